//! The sparse index and the items that expire.

use std::time::Duration;

use aws_sdk_dynamodb::types::Select;
use local_aws::dynamodb::Projection;
use serde_json::json;

use super::{Item, number, put, record, setup, text};
use crate::seen;

#[tokio::test(start_paused = true)]
async fn a_sparse_index_shows_what_is_due_page_by_page() {
    let (_aws, client) = setup(Projection::KeysOnly);
    for (id, due_at) in [
        ("d", Some("100")),
        ("a", Some("20")),
        ("c", Some("3.5")),
        ("b", Some("20")),
        ("done", None),
    ] {
        assert_eq!(put(&client, record(id, due_at)).await, "ok");
    }
    let query = |condition: &str| {
        let query = client
            .query()
            .table_name("records")
            .index_name("unfinished")
            .key_condition_expression(condition);
        query.expression_attribute_values(":shard", text("0"))
    };
    let due = || {
        query("due_shard = :shard AND due_at <= :now")
            .expression_attribute_values(":now", number("100"))
    };
    let ids = |items: &[Item]| {
        items
            .iter()
            .map(|item| item["id"].as_s().unwrap().clone())
            .collect::<Vec<_>>()
    };

    let mut pages = due().limit(2).into_paginator().send();
    let mut read = Vec::new();
    while let Some(page) = pages.next().await {
        read.push(ids(page.unwrap().items()));
    }
    assert_eq!(
        read,
        [vec!["c", "a"], vec!["b", "d"], vec![]],
        "a full page is never known to be the last"
    );
    let backwards = due().scan_index_forward(false).send().await.unwrap();
    assert_eq!(ids(backwards.items()), ["d", "b", "a", "c"]);
    assert!(
        !backwards.items()[0].contains_key("note"),
        "the index holds keys only"
    );
    let counted = due().select(Select::Count).send().await.unwrap();
    assert_eq!((counted.count, counted.items().len()), (4, 0));

    let cases = [
        ("due_at < :n", vec!["c"]),
        ("due_at >= :n", vec!["a", "b", "d"]),
        ("due_at = :n", vec!["a", "b"]),
        ("due_at BETWEEN :n AND :n", vec!["a", "b"]),
    ];
    for (range, expected) in cases {
        let found = query(&format!("{range} AND due_shard = :shard"))
            .expression_attribute_values(":n", number("20"))
            .send()
            .await;
        assert_eq!(ids(found.unwrap().items()), expected, "{range}");
    }
    let rejected = [
        due().consistent_read(true),
        due().limit(0),
        due().exclusive_start_key("id", text("a")),
        due().index_name("other"),
        query("due_shard > :shard"),
        query("due_shard = :shard AND note = :shard"),
    ];
    for (number, request) in rejected.into_iter().enumerate() {
        assert_eq!(
            seen(&request.send().await),
            "400 ValidationException",
            "case {number}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_index_may_lag_and_an_expired_item_stays_until_swept() {
    let (aws, client) = setup(Projection::All);
    aws.dynamodb().set_index_lag(Duration::from_secs(2));
    let query = || async {
        let query = client
            .query()
            .table_name("records")
            .index_name("unfinished")
            .key_condition_expression("due_shard = :s");
        query
            .expression_attribute_values(":s", text("0"))
            .send()
            .await
            .unwrap()
            .count()
    };
    assert_eq!(put(&client, record("a", Some("1"))).await, "ok");
    assert_eq!(query().await, 0);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(query().await, 1);
    assert_eq!(put(&client, record("a", None)).await, "ok");
    assert_eq!(
        query().await,
        1,
        "the index does not show yet that no work is left"
    );

    let expired = (aws.now_ms() / 1_000 - 1).to_string();
    let with_malformed_record = json!({ "id": { "S": "p" }, "v": { "S": "not a version" }, "expires_at": { "N": expired } });
    let milliseconds =
        json!({ "id": { "S": "m" }, "expires_at": { "N": aws.now_ms().to_string() } });
    for seeded in [with_malformed_record, milliseconds] {
        aws.dynamodb()
            .put_raw("records", seeded.as_object().unwrap().clone());
    }
    aws.dynamodb().set_ttl_attribute("expires_at");
    assert_eq!(aws.dynamodb().items("records").len(), 3);
    assert_eq!(
        aws.dynamodb().expire(),
        1,
        "milliseconds would be thousands of years away"
    );
    assert_eq!(aws.dynamodb().item("records", "p"), None);
}
