//! What the page of verdicts is about: items and lists, and who says what becomes of them.

/// Each source: its name in the table, where it is, and what it says.
pub(super) const SOURCES: &[(&str, &str, &str)] = &[
    (
        "relative",
        "invalidation-specifying-objects",
        "The path is relative to the distribution.",
    ),
    (
        "slash",
        "invalidation-specifying-objects",
        "When you use the CloudFront API directly, invalidation paths must begin with a leading slash.",
    ),
    (
        "wildcard",
        "invalidation-specifying-objects",
        "The *, which replaces 0 or more characters, must be the last character in the invalidation path.",
    ),
    (
        "within",
        "invalidation-specifying-objects",
        "You can't use a wildcard within the path; only at the end of the path.",
    ),
    (
        "all",
        "invalidation-specifying-objects",
        "To invalidate all of the files in a distribution: /*",
    ),
    (
        "length",
        "invalidation-specifying-objects",
        "The maximum length of a path is 4,000 characters.",
    ),
    (
        "encode",
        "invalidation-specifying-objects",
        "If the path includes non-ASCII characters or unsafe characters as defined in RFC 1738, URL-encode those characters.",
    ),
    (
        "plain",
        "invalidation-specifying-objects",
        "Do not URL-encode any other characters in the path, or CloudFront will not invalidate the old version of the updated file.",
    ),
    (
        "tilde",
        "invalidation-specifying-objects",
        "Don't use the ~ character in your path. CloudFront doesn't support this character for invalidations, whether it's URL-encoded or not.",
    ),
    (
        "case",
        "invalidation-specifying-objects",
        "Invalidation paths are case sensitive.",
    ),
    (
        "query",
        "invalidation-specifying-objects",
        "If you configured CloudFront to forward query strings to your origin, you must include the query strings when invalidating files ...",
    ),
    (
        "signed",
        "invalidation-specifying-objects",
        "If you are using signed URLs, invalidate a file by including only the portion of the URL before the question mark (?).",
    ),
    (
        "root",
        "invalidation-specifying-objects",
        "To invalidate the default root object (file), specify the path the same way that you specify the path for any other file.",
    ),
    (
        "directory",
        "invalidation-specifying-objects",
        "If the invalidation path is a directory and if you have not standardized on a method for specifying directories - with or without a trailing slash (/) - we recommend that you invalidate the directory both with and without a trailing slash.",
    ),
    (
        "normal",
        "DownloadDistValuesCacheBehavior",
        "Some characters are normalized and removed from the path, such as multiple slashes (//) or periods (..).",
    ),
    (
        "limits",
        "InvalidationLimits",
        "If you're using the * wildcard, you can have requests for up to 15 invalidation paths in progress at one time.",
    ),
    (
        "tag",
        "invalidation-specifying-tags",
        "Tag invalidation items must begin with the # character.",
    ),
    (
        "tag-format",
        "invalidation-specifying-tags",
        "Each tag value must contain only ASCII visible characters (33–126), excluding commas. The maximum length of a tag is 256 characters.",
    ),
    (
        "tag-exact",
        "invalidation-specifying-tags",
        "Unlike path invalidations, tag invalidation items do not support the * wildcard. Each #-prefixed item matches the exact tag value.",
    ),
    (
        "tag-case",
        "invalidation-specifying-tags",
        "Tag values are case-insensitive.",
    ),
    (
        "tag-mixed",
        "invalidation-specifying-tags",
        "You can include both path items (for example, /images/*) and tag items ...",
    ),
    (
        "unsafe",
        "https://www.rfc-editor.org/rfc/rfc1738#section-2.2",
        "In short: unsafe are the space and < > \" # % { } | \\ ^ ~ [ ] `, and whatever is not printable ASCII.",
    ),
    (
        "brackets",
        "https://knowledge-capsule.site/cloudfront-cache-delete-specific-character/",
        "Measured: a path with [ and ] is an invalid invalidation path.",
    ),
    (
        "tilde-seen",
        "https://github.com/aws/aws-sdk/issues/525",
        "Measured: a path with ~ is refused; with %7E it is taken, and invalidates nothing.",
    ),
    (
        "star-seen",
        "https://github.com/apancutt/deploy-aws-s3-cloudfront/issues/7",
        "Measured: with %2A for *, there is no error, and no invalidation.",
    ),
    (
        "query-seen",
        "https://github.com/boto/boto/issues/3850",
        "Measured: with %3F for ?, no path with a query is invalidated.",
    ),
    (
        "slash-seen",
        "https://github.com/rust-lang/promote-release/pull/94",
        "Measured: a path without its leading slash is an invalid invalidation path.",
    ),
    (
        "url-seen",
        "https://github.com/rust-lang/crates.io/pull/14000",
        "Measured: with a URL behind a slash, the deleted file was served on.",
    ),
    (
        "root-seen",
        "https://github.com/import-io/s3-deploy/issues/54",
        "Measured: / does not invalidate everything.",
    ),
    (
        "origin-seen",
        "https://github.com/aws/aws-cdk/issues/4223",
        "Measured: a path that begins with the origin path of the distribution invalidates nothing.",
    ),
    (
        "plus-seen",
        "https://github.com/rust-lang/crates.io/pull/14000",
        "Measured: a file whose name has a + is invalidated by +, not by %2B.",
    ),
    (
        "ours",
        "",
        "Our own judgement: it can only be a mistake, and would be told by nobody.",
    ),
];

/// Items, one at a time, with the names of the sources of the verdict.
const ITEMS: &[(&str, &str)] = &[
    ("/", "root root-seen"),
    ("/*", "all"),
    ("/index.html", "relative"),
    ("/Index.HTML", "case"),
    ("/images/*", "wildcard"),
    ("/images*", "wildcard"),
    ("/images", "directory"),
    ("/images/", "directory"),
    ("/logo.*", "wildcard"),
    ("/movie-*", "wildcard"),
    ("/.well-known/x", "relative"),
    ("/web/index.html", "relative origin-seen"),
    ("/a@b;c,d=e+f$g!h'(i)", "plain unsafe"),
    ("/x.jpg?p=a&q=b", "query"),
    ("/x.jpg?p=1*", "query wildcard"),
    ("/x.jpg*", "query wildcard"),
    ("/x?Expires=1&Signature=s&Key-Pair-Id=k", "signed"),
    ("/x?Signatures=2", "query"),
    ("", "ours"),
    ("index.html", "slash slash-seen"),
    ("*", "slash"),
    ("images/*", "slash slash-seen"),
    ("product:electronics", "slash tag"),
    ("www.example.com/index.html", "slash relative"),
    ("https://www.example.com/a", "relative url-seen"),
    ("s3://bucket/a.png", "relative"),
    ("/https://www.example.com/a", "relative url-seen"),
    ("//www.example.com/a", "normal"),
    ("/a//b.html", "normal"),
    ("/a/../b.html", "normal"),
    ("/./b.html", "normal"),
    ("/a/..b.html", "relative"),
    ("/*/index.html", "within"),
    ("/a**", "within"),
    ("/*.html", "within"),
    ("/a*?p=1", "within"),
    ("/images/%2A", "star-seen plain"),
    ("/images/%2a", "star-seen plain"),
    ("/a%2Ab", "plain"),
    ("/~user/", "tilde tilde-seen"),
    ("/%7Euser/", "tilde tilde-seen"),
    ("/%7euser/", "tilde tilde-seen"),
    ("/a b.html", "encode unsafe"),
    ("/a%20b.html", "encode unsafe"),
    ("/a+b.html", "plain plus-seen"),
    ("/a%2Bb.html", "plain plus-seen"),
    ("/café.html", "encode"),
    ("/caf%C3%A9.html", "encode"),
    ("/caf%c3%a9.html", "encode case"),
    ("/日本/*", "encode wildcard"),
    ("/a[0].html", "encode unsafe brackets"),
    ("/a%5B0%5D.html", "encode unsafe brackets"),
    ("/{id}", "encode unsafe"),
    ("/a|b", "encode unsafe"),
    ("/a\\b", "encode unsafe"),
    ("/a^b`c", "encode unsafe"),
    ("/a<b>\"c\"", "encode unsafe"),
    ("/page#part", "encode unsafe"),
    ("/100%", "encode unsafe"),
    ("/100%/caf%C3%A9", "encode unsafe"),
    ("/100%25", "encode unsafe"),
    ("/a%2520b", "plain"),
    ("/%41.html", "plain"),
    ("/a%2Fb", "plain"),
    ("/what%3Fis", "plain query-seen"),
    (" /a", "ours"),
    ("/a ", "ours"),
    ("/a\n", "ours"),
    ("/a\tb", "ours"),
    ("\\images\\a.png", "slash"),
    ("#product:electronics", "tag"),
    ("#a~[b]{c}%d", "tag-format"),
    ("##a", "tag-format"),
    ("#", "tag"),
    ("#product*", "tag-exact"),
    ("#a*b", "tag-exact"),
    ("#a,b", "tag-format"),
    ("#a b", "tag-format"),
    ("#café", "tag-format"),
    ("# a", "tag-format"),
];

/// The same, with some that are as long as can be, and longer.
pub(super) fn items() -> Vec<(String, &'static str)> {
    let long = |characters: usize| format!("/{}", "a".repeat(characters - 1));
    let tag = |characters: usize| format!("#{}", "t".repeat(characters));
    let lengthy = [
        (long(4_000), "length"),
        (long(4_001), "length"),
        (tag(256), "tag-format"),
        (tag(257), "tag-format"),
    ];
    let short = ITEMS
        .iter()
        .map(|(item, sources)| ((*item).to_owned(), *sources));
    short.chain(lengthy).collect()
}

/// Lists, with `MaxPaths`.
pub(super) const LISTS: &[(&[&str], Option<usize>, &str)] = &[
    (&["/b", "/a", "/b"], None, "relative"),
    (&["/a", "/A"], None, "case"),
    (&["/café", "/caf%C3%A9"], None, "encode"),
    (&["#A", "#a", "/b"], None, "tag-case tag-mixed"),
    (&["/img/a.png", "/img/*", "/img/icons/*"], None, "wildcard"),
    (&["/img", "/img/", "/img/*"], None, "directory wildcard"),
    (&["/x.jpg?p=1", "/x.jpg", "/x.jpg*"], None, "query wildcard"),
    (&["/index.html", "#a", "/*"], None, "all"),
    (&["/", "/index.html"], None, "root"),
    (
        &["/img/a.png", "/img/b.png", "/index.html"],
        Some(3),
        "wildcard",
    ),
    (
        &["/img/a.png", "/img/b.png", "/index.html"],
        Some(2),
        "wildcard",
    ),
    (
        &["/img/a.png", "/index.html", "/img/b.png"],
        Some(2),
        "wildcard",
    ),
    (
        &["/img/a.png", "/img/b.png", "/index.html"],
        Some(1),
        "wildcard",
    ),
    (
        &["/docs/1", "/docs/2", "/app/*", "/app.js"],
        Some(2),
        "wildcard",
    ),
    (&["/b/1", "/b/2", "/a/1", "/a/2"], Some(3), "wildcard"),
    (&["/a", "/b", "/c"], Some(2), "all"),
    (&["/é/1", "/è/1"], Some(1), "encode wildcard"),
    (&["/日本/1", "/日光/1"], Some(1), "encode wildcard"),
    (&["#a", "/b/1", "/b/2"], Some(2), "tag-mixed wildcard"),
    (&["#a", "#b", "/c"], Some(2), "all"),
    (&["#a", "#b"], Some(1), "all"),
    (
        &[
            "/a*", "/b*", "/c*", "/d*", "/e*", "/f*", "/g*", "/h*", "/i*", "/j*", "/k*", "/l*",
            "/m*", "/n*", "/oa*", "/ob*",
        ],
        None,
        "limits",
    ),
    (
        &[
            "/a*", "/b*", "/c*", "/d*", "/e*", "/f*", "/g*", "/h*", "/i*", "/j*", "/k*", "/l*",
            "/m*", "/n*", "/oa*", "/ob*",
        ],
        Some(100),
        "limits",
    ),
];
