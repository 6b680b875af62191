//! The requests that CloudFront rejects.

use std::time::Duration;

use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};
use local_aws::cloudfront::ResourceId;

use super::{create, setup};
use crate::seen;

#[tokio::test(start_paused = true)]
async fn a_bad_path_rejects_its_whole_batch() {
    let (aws, client) = setup();
    let long = |letters: usize| format!("/{}", "a".repeat(letters));
    let good = [
        "/",
        "/*",
        "/images/*",
        "/a?b=c&d",
        "/%E3%81%82",
        "/A(1)!$,;:@=+",
        "/it%27s",
        &long(3_999),
    ];
    assert_eq!(seen(&create(&client, "E1", "good", &good).await), "ok");

    let bad = [
        "",
        "index.html",
        "/a*b",
        "/**",
        "/~me",
        "/%7Eme",
        "/a b",
        "/a /b",
        "/it's",
        "/[1]",
        "/あ",
        "/50%",
        "/%zz",
        "#tag",
        &long(4_000),
    ];
    for path in bad {
        let rejected = create(&client, "E1", path, &["/fine", path]).await;
        assert_eq!(seen(&rejected), "400 InvalidArgument", "{path}");
    }

    aws.cloudfront()
        .enable_cache_tags(ResourceId::Distribution("E1".into()));
    for (tag, expected) in [
        ("#product:1", "ok"),
        ("#", "400 InvalidArgument"),
        ("#a,b", "400 InvalidArgument"),
    ] {
        assert_eq!(
            seen(&create(&client, "E1", tag, &[tag]).await),
            expected,
            "{tag}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_paths_in_progress_are_limited() {
    let (_aws, client) = setup();
    let wildcards: Vec<String> = (0..15).map(|number| format!("/{number}/*")).collect();
    let files: Vec<String> = (0..3_000).map(|number| format!("/{number}")).collect();
    assert_eq!(seen(&create(&client, "E1", "wild", &wildcards).await), "ok");
    assert_eq!(
        seen(&create(&client, "E1", "files", &files).await),
        "ok",
        "the two limits are independent"
    );
    for path in ["/one-more/*", "/one-more"] {
        let rejected = create(&client, "E1", path, &[path]).await;
        assert_eq!(
            seen(&rejected),
            "400 TooManyInvalidationsInProgress",
            "{path}"
        );
        assert!(
            rejected
                .unwrap_err()
                .into_service_error()
                .is_too_many_invalidations_in_progress()
        );
    }
    assert_eq!(
        seen(&create(&client, "E1", "wild", &wildcards).await),
        "ok",
        "a repeated reference creates no invalidation"
    );

    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(
        seen(&create(&client, "E1", "later", &["/one-more/*"]).await),
        "ok"
    );
}

#[tokio::test(start_paused = true)]
async fn each_error_has_its_status_and_code() {
    let (aws, client) = setup();
    assert_eq!(
        seen(&create(&client, "E404", "one", &["/"]).await),
        "404 NoSuchDistribution"
    );

    let missing = client
        .get_invalidation()
        .distribution_id("E1")
        .id("INONE")
        .send()
        .await
        .unwrap_err();
    assert!(missing.into_service_error().is_no_such_invalidation());

    let paths = Paths::builder().quantity(2).items("/").build().unwrap();
    let batch = InvalidationBatch::builder()
        .caller_reference("two")
        .paths(paths)
        .build()
        .unwrap();
    let counted = client
        .create_invalidation()
        .distribution_id("E1")
        .invalidation_batch(batch)
        .send()
        .await;
    assert_eq!(seen(&counted), "400 InconsistentQuantities");
    assert_eq!(
        seen(
            &client
                .create_invalidation()
                .distribution_id("E1")
                .send()
                .await
        ),
        "400 MissingBody"
    );

    aws.cloudfront().deny("CreateInvalidation");
    assert_eq!(
        seen(&create(&client, "E1", "three", &["/"]).await),
        "403 AccessDenied"
    );
    aws.cloudfront().allow("CreateInvalidation");
    assert_eq!(seen(&create(&client, "E1", "three", &["/"]).await), "ok");
}
