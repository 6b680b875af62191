use std::time::Duration;

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::error::ProvideErrorMetadata;
use aws_sdk_cloudfront::operation::create_invalidation::{
    CreateInvalidationError, CreateInvalidationOutput,
};
use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use tests::aws::Aws;
use tests::aws::cloudfront::{Completion, Owner};

use crate::{aws, impatient, seen};

type Created = Result<CreateInvalidationOutput, SdkError<CreateInvalidationError, HttpResponse>>;

fn setup() -> (Aws, Client) {
    let aws = aws();
    aws.cloudfront().add_distribution("E1");
    let client = Client::new(&impatient(&aws));
    (aws, client)
}

fn batch<P: AsRef<str>>(reference: &str, paths: &[P]) -> InvalidationBatch {
    let items = paths.iter().map(|path| path.as_ref().to_owned()).collect();
    let paths = Paths::builder()
        .quantity(paths.len() as i32)
        .set_items(Some(items))
        .build()
        .unwrap();
    InvalidationBatch::builder()
        .caller_reference(reference)
        .paths(paths)
        .build()
        .unwrap()
}

async fn create<P: AsRef<str>>(
    client: &Client,
    distribution: &str,
    reference: &str,
    paths: &[P],
) -> Created {
    let request = client.create_invalidation().distribution_id(distribution);
    request
        .invalidation_batch(batch(reference, paths))
        .send()
        .await
}

async fn status(client: &Client, id: &str) -> String {
    let got = client
        .get_invalidation()
        .distribution_id("E1")
        .id(id)
        .send()
        .await
        .unwrap();
    got.invalidation().unwrap().status().into()
}

#[tokio::test(start_paused = true)]
async fn an_invalidation_is_in_progress_until_its_time_has_come() {
    let (aws, client) = setup();
    let created = create(
        &client,
        "E1",
        "one",
        &["/index.html", "/a&b<c>".trim_end_matches("<c>")],
    )
    .await
    .unwrap();
    let invalidation = created.invalidation().unwrap();
    let id = invalidation.id();
    assert!(id.len() == 14 && id.starts_with('I'), "{id}");
    assert!(
        created
            .location()
            .unwrap()
            .ends_with(&format!("/2020-05-31/distribution/E1/invalidation/{id}"))
    );
    assert_eq!(
        invalidation.create_time().to_millis().unwrap() as u64,
        aws.now_ms()
    );
    assert_eq!(
        invalidation
            .invalidation_batch()
            .unwrap()
            .paths()
            .unwrap()
            .items(),
        ["/index.html", "/a&b"]
    );

    tokio::time::sleep(Duration::from_millis(9_999)).await;
    assert_eq!(status(&client, id).await, "InProgress");
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(status(&client, id).await, "Completed");

    aws.cloudfront().set_completion_of(id, Completion::Never);
    aws.cloudfront()
        .set_completion(Completion::After(Duration::ZERO));
    assert_eq!(status(&client, id).await, "InProgress");
    let at_once = create(&client, "E1", "two", &["/*"]).await.unwrap();
    assert_eq!(at_once.invalidation().unwrap().status(), "Completed");
}

#[tokio::test(start_paused = true)]
async fn a_caller_reference_makes_one_invalidation_per_distribution() {
    let (aws, client) = setup();
    aws.cloudfront().add_distribution("E2");
    let first = create(&client, "E1", "deploy-7", &["/*"]).await.unwrap();
    let again = create(&client, "E1", "deploy-7", &["/*"]).await.unwrap();
    assert_eq!(first.invalidation(), again.invalidation());

    let other_batch = create(&client, "E1", "deploy-7", &["/", "/*"]).await;
    assert_eq!(seen(&other_batch), "400 InvalidArgument");
    let message = "Your request contains a caller reference that was used for a previous invalidation batch for the same distribution.";
    assert_eq!(other_batch.unwrap_err().message(), Some(message));

    let elsewhere = create(&client, "E2", "deploy-7", &["/", "/*"])
        .await
        .unwrap();
    assert_ne!(
        elsewhere.invalidation().unwrap().id(),
        first.invalidation().unwrap().id()
    );
    assert_eq!(aws.cloudfront().invalidations().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_bad_path_refuses_its_whole_batch() {
    let (aws, client) = setup();
    let long = |letters: usize| format!("/{}", "a".repeat(letters));
    let good = [
        "/",
        "/*",
        "/images/*",
        "/a?b=c&d",
        "/%E3%81%82",
        "/A(1)'!$,;:@=+",
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
        "/[1]",
        "/あ",
        "/50%",
        "/%zz",
        "#tag",
        &long(4_000),
    ];
    for path in bad {
        let refused = create(&client, "E1", path, &["/fine", path]).await;
        assert_eq!(seen(&refused), "400 InvalidArgument", "{path}");
    }

    aws.cloudfront()
        .enable_cache_tags(Owner::Distribution("E1".into()));
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
async fn only_so_much_is_in_progress_at_once() {
    let (_aws, client) = setup();
    let wildcards: Vec<String> = (0..15).map(|number| format!("/{number}/*")).collect();
    let files: Vec<String> = (0..3_000).map(|number| format!("/{number}")).collect();
    assert_eq!(seen(&create(&client, "E1", "wild", &wildcards).await), "ok");
    assert_eq!(
        seen(&create(&client, "E1", "files", &files).await),
        "ok",
        "the two limits are apart"
    );
    for path in ["/one-more/*", "/one-more"] {
        let refused = create(&client, "E1", path, &[path]).await;
        assert_eq!(
            seen(&refused),
            "400 TooManyInvalidationsInProgress",
            "{path}"
        );
        assert!(
            refused
                .unwrap_err()
                .into_service_error()
                .is_too_many_invalidations_in_progress()
        );
    }
    assert_eq!(
        seen(&create(&client, "E1", "wild", &wildcards).await),
        "ok",
        "the earlier one is no new one"
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

#[tokio::test(start_paused = true)]
async fn a_list_is_newest_first_and_comes_in_pages() {
    let (_aws, client) = setup();
    let mut newest_first = Vec::new();
    for number in 0..5 {
        let created = create(&client, "E1", &number.to_string(), &["/"])
            .await
            .unwrap();
        newest_first.insert(0, created.invalidation().unwrap().id().to_owned());
    }
    let mut pages = client
        .list_invalidations()
        .distribution_id("E1")
        .into_paginator()
        .page_size(2)
        .send();
    let mut listed = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        let page = page.invalidation_list().unwrap();
        assert_eq!(page.is_truncated(), page.next_marker().is_some());
        listed.push(
            page.items()
                .iter()
                .map(|summary| summary.id().to_owned())
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(listed.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(listed.concat(), newest_first);
}

#[tokio::test(start_paused = true)]
async fn a_tenant_has_invalidations_of_its_own() {
    let (aws, client) = setup();
    aws.cloudfront().add_tenant("dt_1");
    let request = |id: &str| {
        client
            .create_invalidation_for_distribution_tenant()
            .id(id)
            .invalidation_batch(batch("one", &["/*"]))
    };
    assert_eq!(seen(&request("dt_2").send().await), "404 EntityNotFound");
    let created = request("dt_1").send().await.unwrap();
    let id = created.invalidation().unwrap().id();

    let lookup = client
        .get_invalidation_for_distribution_tenant()
        .distribution_tenant_id("dt_1")
        .id(id);
    assert_eq!(
        lookup.send().await.unwrap().invalidation().unwrap().id(),
        id
    );
    let in_distribution = client
        .get_invalidation()
        .distribution_id("E1")
        .id(id)
        .send()
        .await;
    assert_eq!(seen(&in_distribution), "404 NoSuchInvalidation");
    assert_eq!(
        aws.calls()[1].operation,
        "CreateInvalidationForDistributionTenant"
    );
}
