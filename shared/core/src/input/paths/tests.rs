mod entries;
mod page;
mod properties;
mod real;

use super::*;

fn texts(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

fn notes(items: &[&str], at_most: Option<usize>) -> Vec<Note> {
    Batch::read(&texts(items), at_most).unwrap().notes
}

#[test]
fn the_page_of_verdicts_is_the_one_in_the_source() {
    let page = page::whole();
    assert_eq!(
        page,
        include_str!("table.txt"),
        "if this is meant, the page is now:\n{page}"
    );
}

/// Items that an earlier version stored must stay readable.
#[test]
fn what_was_ever_stored_is_still_read() {
    let longest = format!("/{}", "a".repeat(PATH_CHARACTERS_AT_MOST - 1));
    for text in [
        "/",
        "/*",
        "/a*",
        "/a/b.html",
        "/x?y=1&z=%20",
        "/caf%C3%A9",
        "/a@b;c,d=e+f$g!h'(i)",
        "/%2A",
        "/#x",
        "/100%",
        "//a",
        "/a/../b",
        "/https://www.example.com/a",
        &longest,
    ] {
        let read = serde_json::from_value::<InvalidationPath>(text.into()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), text);
    }
}

#[test]
fn what_was_never_stored_is_not_read() {
    let too_long = format!("/{}", "a".repeat(PATH_CHARACTERS_AT_MOST));
    for (text, expected) in [
        ("", PathFault::Empty),
        ("*", PathFault::NoLeadingSlash),
        ("index.html", PathFault::NoLeadingSlash),
        (too_long.as_str(), PathFault::TooLong),
        ("/*/a", PathFault::WildcardInside),
        ("/a**", PathFault::WildcardInside),
        ("/~user", PathFault::Tilde),
        ("/%7euser", PathFault::Tilde),
        ("/a b", PathFault::Unencoded),
        ("/café", PathFault::Unencoded),
        ("/a[0]", PathFault::Unencoded),
        ("/a\n", PathFault::Unencoded),
        ("#", PathFault::EmptyTag),
        ("#a\n", PathFault::TagCharacter),
    ] {
        assert_eq!(InvalidationPath::parse(text), Err(expected), "{text}");
    }
}

#[test]
fn a_wildcard_is_an_asterisk_at_the_end_and_a_tag_a_hash_at_the_beginning() {
    for (text, is_wildcard, is_tag) in [
        ("/a*", true, false),
        ("/*", true, false),
        ("/a", false, false),
        ("/%2A", false, false),
        ("/#a", false, false),
        ("#a", false, true),
    ] {
        let path = InvalidationPath::parse(text).unwrap();
        assert_eq!(
            (path.is_wildcard(), path.is_tag(), path.to_string()),
            (is_wildcard, is_tag, text.to_owned())
        );
    }
}

#[test]
fn the_limits_are_those_of_what_is_sent() {
    let of = |characters: usize| format!("/é{}", "a".repeat(characters - "/%C3%A9".len()));
    assert!(Batch::read(&[of(PATH_CHARACTERS_AT_MOST)], None).is_ok());
    let too_long = Batch::read(&[of(PATH_CHARACTERS_AT_MOST + 1)], None);
    let fault = BatchFault::Items(vec![(1, PathFault::TooLong)]);
    assert_eq!(too_long, Err(fault));
    let tag = |characters: usize| format!("#{}", "t".repeat(characters));
    assert!(Batch::read(&[tag(TAG_CHARACTERS_AT_MOST)], None).is_ok());
    let too_long = Batch::read(&[tag(TAG_CHARACTERS_AT_MOST + 1)], None);
    let fault = BatchFault::Items(vec![(1, PathFault::TagTooLong)]);
    assert_eq!(too_long, Err(fault));
}

#[test]
fn all_wrong_items_are_reported_up_to_a_few() {
    let fault_text = |items: &[&str]| Batch::read(&texts(items), None).unwrap_err().to_string();
    let no_slash = PathFault::NoLeadingSlash;
    assert_eq!(
        fault_text(&["/a", "b", "/~"]),
        format!(
            "is invalid at item 2: it {no_slash}; and at item 3: it {}",
            PathFault::Tilde
        )
    );
    assert!(!fault_text(&["a"; 5]).contains("more"));
    assert!(fault_text(&["a"; 7]).ends_with(
        "at item 5: it must begin with \"/\", such as \"/index.html\" or \"/*\"; and at 2 more"
    ));
}

#[test]
fn a_remark_names_the_items_that_are_sent_and_comes_once() {
    let items = ["/é", "/a/../b", "/ü", "/é", "/c/ß", "/c/*"];
    let expected = [
        Note::Items {
            remark: Remark::Encoded,
            items: vec![1, 3],
            more: 0,
            list: ListKind::Paths,
        },
        Note::Items {
            remark: Remark::Dots,
            items: vec![2],
            more: 0,
            list: ListKind::Paths,
        },
    ];
    assert_eq!(notes(&items, None), expected);
    let merged = [Note::Merged {
        needed: 4,
        sent: 1,
        list: ListKind::Paths,
    }];
    assert_eq!(notes(&items, Some(1)), merged);
    assert_eq!(notes(&["/a", "/b"], Some(2)), []);
}

/// If the list has other items, its author knows what `/` means.
#[test]
fn the_root_is_remarked_on_when_it_is_alone() {
    let root = [Note::Items {
        remark: Remark::Root,
        items: vec![1],
        more: 0,
        list: ListKind::Paths,
    }];
    assert_eq!(notes(&["/", "/"], None), root);
    assert_eq!(notes(&["/", "/index.html"], None), []);
    assert_eq!(notes(&["/", "#page"], None), []);
}

#[test]
fn too_many_wildcards_are_rejected_unless_they_may_be_merged() {
    let items: Vec<String> = (0..WILDCARDS_AT_MOST + 1)
        .map(|n| format!("/dir/{}*", char::from(b'a' + n as u8)))
        .collect();
    assert_eq!(
        Batch::read(&items, None),
        Err(BatchFault::Wildcards(WILDCARDS_AT_MOST + 1))
    );
    assert!(Batch::read(&items[1..], None).is_ok());
    let batch = Batch::read(&items, Some(100)).unwrap();
    assert_eq!(
        batch.paths.len(),
        1,
        "they all begin alike: {:?}",
        batch.paths
    );
    let covered: Vec<String> = items.iter().cloned().chain(["/dir/*".to_owned()]).collect();
    assert!(Batch::read(&covered, None).is_ok());
}

#[test]
fn an_item_covers_what_begins_so() {
    let path = |text| InvalidationPath::parse(text).unwrap();
    for (one, other, covers) in [
        ("/a", "/a", true),
        ("/a", "/A", false),
        ("/a*", "/a", false),
        ("/a/*", "/a/", false),
        ("/a*", "/a/", true),
        ("/a*", "/a*", true),
        ("/a*", "/a/*", true),
        ("/*", "/", true),
        ("/a*", "/a?x=1", true),
        ("/a*", "/ab*", true),
        ("/ab*", "/a*", false),
        ("/a/*", "/a", false),
        ("/a", "/a*", false),
        ("/*", "#tag", true),
        ("/t*", "#tag", false),
        ("#Tag", "#tAG", true),
        ("#tag", "#tags", false),
        ("#tag", "/*", false),
    ] {
        assert_eq!(path(one).covers(&path(other)), covers, "{one} {other}");
    }
}
