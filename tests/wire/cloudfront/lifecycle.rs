//! The lifecycle of an invalidation, and where it is found.

use std::time::Duration;

use aws_sdk_cloudfront::error::ProvideErrorMetadata;
use local_aws::cloudfront::{Completion, Repetition};

use super::{create, setup, status};
use crate::seen;

#[tokio::test(start_paused = true)]
async fn an_invalidation_is_in_progress_until_its_completion_time() {
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

/// Users have reported an error although nothing in their request had changed; the id is then found by List and Get.
#[tokio::test(start_paused = true)]
async fn a_repeated_reference_may_be_rejected_and_found_again() {
    let (aws, client) = setup();
    let first = create(&client, "E1", "deploy-7", &["/*"]).await.unwrap();
    create(&client, "E1", "deploy-8", &["/*"]).await.unwrap();
    for (repetition, expected) in [
        (Repetition::InvalidArgument, "400 InvalidArgument"),
        (
            Repetition::AlreadyExists,
            "409 InvalidationBatchAlreadyExists",
        ),
    ] {
        aws.cloudfront().set_repetition(repetition);
        let again = create(&client, "E1", "deploy-7", &["/*"]).await;
        assert_eq!(seen(&again), expected);
    }
    assert_eq!(aws.cloudfront().invalidations().len(), 2);

    let list = client.list_invalidations().distribution_id("E1");
    let page = list.clone().max_items(1).send().await.unwrap();
    let page = page.invalidation_list().unwrap();
    assert_eq!((page.items().len(), page.max_items()), (1, 1));
    let rest = list.marker(page.next_marker().unwrap()).send().await;
    let rest = rest.unwrap();
    let oldest = rest.invalidation_list().unwrap().items()[0].id();
    assert_eq!(oldest, first.invalidation().unwrap().id());
    let get = client.get_invalidation().distribution_id("E1").id(oldest);
    let got = get.send().await.unwrap();
    let batch = got.invalidation().unwrap().invalidation_batch().unwrap();
    assert_eq!(batch.caller_reference(), "deploy-7");

    aws.cloudfront().deny("ListInvalidations");
    let denied = client.list_invalidations().distribution_id("E1").send();
    assert_eq!(seen(&denied.await), "403 AccessDenied");
}

#[tokio::test(start_paused = true)]
async fn a_list_is_paginated_with_the_newest_first() {
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
