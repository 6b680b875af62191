//! Lists from public files and threads, each with its verdict.
//!
//! If CloudFront rejects a list or accepts it without effect, this action rejects or corrects it. It accepts a list
//! that works. The verdicts are tested twice: here by the reason, and in the table by the exact text.

use super::super::*;
use Verdict::{AsGiven, Rejected, Sent};

/// The verdict on a list.
pub(super) enum Verdict {
    /// Each item is sent unchanged.
    AsGiven,
    /// These items are sent.
    Sent(&'static [&'static str]),
    /// The first invalid item has this fault.
    Rejected(PathFault),
}

/// Each list with its verdict and its source.
pub(super) const REAL: &[(&[&str], Verdict, &str)] = &[
    (
        &[
            "/dev",
            "/dev/",
            "/dev/*",
            "/assets",
            "/assets/",
            "/assets/*",
        ],
        AsGiven,
        "pulumi/docs#21786",
    ),
    (
        &["/dev /dev/* /assets /assets/*"],
        Rejected(PathFault::Several),
        "pulumi/docs, invalidate-dev-cache.yml",
    ),
    (
        &["/index.html /service-worker.js /manifest.json"],
        Rejected(PathFault::Several),
        "chetan/invalidate-cloudfront-action#4",
    ),
    (
        &["/index.html,/css/*,/js/*"],
        Rejected(PathFault::Several),
        "a workflow, the list as one text",
    ),
    (&["/**/*", "/*"], Sent(&["/*"]), "five deploy scripts"),
    (&["/", "/*", "/*/*"], Sent(&["/*"]), "a deploy script"),
    (
        &["/**/*"],
        Rejected(PathFault::WildcardInside),
        "a Jenkinsfile",
    ),
    (
        &["/*.html"],
        Rejected(PathFault::WildcardInside),
        "a Makefile",
    ),
    (
        &["/*.html", "/assets*", "/favicons*"],
        Rejected(PathFault::WildcardInside),
        "Experience-Monks/nextjs-boilerplate, cache-invalidate.sh",
    ),
    (
        &["*"],
        Rejected(PathFault::NoLeadingSlash),
        "five deploy scripts",
    ),
    (
        &["/manifest.webmanifest", "/index.html", "/sw.js"],
        AsGiven,
        "daviddiamant/meal-planner, deploy.sh",
    ),
    (
        &[
            "/",
            "/index.html",
            "/manifest.webmanifest",
            "/sw.js",
            "/icon*",
            "/worklets/*",
        ],
        AsGiven,
        "a deploy script",
    ),
    (
        &[
            "/index.html",
            "/app.js",
            "/styles.css",
            "/miniapp/static/app.js",
            "/miniapp/static/styles.css",
        ],
        AsGiven,
        "a deploy script",
    ),
    (
        &[
            "/index.html",
            "/favicon.ico",
            "/static/css/*",
            "/static/js/*",
            "/static/media/*",
        ],
        AsGiven,
        "a Makefile",
    ),
    (
        &[
            "/index.html",
            "/assets/css/main.css",
            "/albums/*",
            "/projects/*",
        ],
        AsGiven,
        "a deploy script",
    ),
    (
        &[
            "/index.html",
            "/worker/index.umd.js",
            "/assets/wormhole.wasm",
        ],
        AsGiven,
        "a deploy script",
    ),
    (
        &["/*", "/setts", "/super-setts", "/hunt", "/stake"],
        Sent(&["/*"]),
        "a deploy script",
    ),
    (
        &["/*", "/index.html", "/assets/i18n/*"],
        Sent(&["/*"]),
        "a deploy script",
    ),
    (
        &["/*", "/_next/static/*", "/_next/static/chunks/*"],
        Sent(&["/*"]),
        "a deploy script",
    ),
    (
        &["/*", "/index.html", "/", "/docs/*"],
        Sent(&["/*"]),
        "a deploy script",
    ),
    (&["/", "/*"], Sent(&["/*"]), "nine deploy scripts"),
    (
        &[
            "/index.html",
            "/assets/*",
            "/Images/*",
            "/Games/*",
            "/Software/*",
            "/robots.txt",
            "/laws-cover.png",
        ],
        AsGiven,
        "a deploy script",
    ),
    (
        &["/index.html", "/assets/*", "/profile*"],
        AsGiven,
        "a deploy script",
    ),
    (
        &["/en/*", "/pl/*", "/index.html"],
        AsGiven,
        "a deploy script",
    ),
    (
        &["/_next/static/*", "/_next/image*"],
        AsGiven,
        "a deploy script",
    ),
    (&["#product:electronics"], AsGiven, "the developer guide"),
    (
        &["#post:my-post-slug", "#category:news", "#page:home"],
        AsGiven,
        "a site with cache tags",
    ),
    (&["#site:mn"], AsGiven, "a site with cache tags"),
    (
        &["#crate:serde", "#release:serde@1.0.219"],
        AsGiven,
        "rust-lang/crates.io",
    ),
    (
        &["#{$VERSION}/*"],
        Rejected(PathFault::ShellVariable),
        "a storybook, its variable left as it was",
    ),
    (
        &["/products", "/products?_rsc=*"],
        AsGiven,
        "opennextjs/opennextjs-aws#665",
    ),
    (
        &[
            "/_next/data/BUILD/products.json*",
            "/_next/data/BUILD/index.json",
        ],
        AsGiven,
        "opennextjs/opennextjs-aws#658",
    ),
    (
        &["/2013/11/22/Interview-sur-l'osteopathie/index.html"],
        Sent(&["/2013/11/22/Interview-sur-l%27osteopathie/index.html"]),
        "laurilehmijoki/s3_website#63",
    ),
    (
        &["/projects/demo/assets/my chair.glb"],
        Sent(&["/projects/demo/assets/my%20chair.glb"]),
        "ir-engine/etherealengine-archive#10622",
    ),
    (
        &["/assets/fonts/**/*.{eot,svg,ttf,woff,woff2}"],
        Rejected(PathFault::WildcardInside),
        "grunt-aws#23",
    ),
    (
        &["/index.html", "/remoteEntry.js", "/"],
        AsGiven,
        "a deploy script",
    ),
    (&["/en/dev*"], AsGiven, "bokeh/bokeh#9264"),
    (
        &["/images/*.png"],
        Rejected(PathFault::WildcardInside),
        "CDK-SPA-Deploy#444",
    ),
    (&["/simple/*", "/static/*"], AsGiven, "tuna/opentuna#90"),
    (
        &["C:/Program Files/Git/index.html"],
        Rejected(PathFault::Rewritten),
        "scripts that run in Git Bash",
    ),
    (
        &["#{variables.Prefix}/*"],
        Rejected(PathFault::Variable),
        "a pipeline, its variable left as it was",
    ),
];

#[test]
fn each_real_list_has_its_verdict() {
    for (list, verdict, source) in REAL {
        let texts: Vec<String> = list.iter().map(|item| (*item).to_owned()).collect();
        let read = Batch::read(&texts, None);
        let fault = match &read {
            Err(BatchFault::Items(faults)) => Some(faults[0].1),
            Err(other) => panic!("{list:?}, {source}: {other}"),
            Ok(_) => None,
        };
        let sent = read.map(|batch| batch.paths).unwrap_or_default();
        let sent: Vec<&str> = sent.iter().map(InvalidationPath::as_str).collect();
        let (expected, expected_fault): (&[&str], _) = match verdict {
            AsGiven => (list, None),
            Sent(sent) => (sent, None),
            Rejected(fault) => (&[], Some(*fault)),
        };
        assert_eq!(
            (&sent[..], fault),
            (expected, expected_fault),
            "{list:?}, {source}"
        );
    }
}
