use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue::{self, Bool, N, S};
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use serde_json::json;
use tests::aws::Aws;
use tests::aws::dynamodb::{Index, Key, Projection, Table};

use crate::{aws, impatient, seen};

type Item = HashMap<String, AttributeValue>;

fn setup(projection: Projection) -> (Aws, Client) {
    let aws = aws();
    let index = Index {
        name: "unfinished".into(),
        hash_key: Key::text("due_shard"),
        range_key: Some(Key::number("due_at")),
        projection,
    };
    aws.dynamodb().create_table(Table {
        name: "records".into(),
        hash_key: Key::text("id"),
        indexes: vec![index],
    });
    let client = Client::new(&impatient(&aws));
    (aws, client)
}

fn text(value: &str) -> AttributeValue {
    S(value.into())
}

fn number(value: &str) -> AttributeValue {
    N(value.into())
}

fn item<const N: usize>(members: [(&str, AttributeValue); N]) -> Item {
    members
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect()
}

/// A record that is due at some time, or has nothing left to do.
fn record(id: &str, due_at: Option<&str>) -> Item {
    let mut record = item([("id", text(id)), ("note", text("kept"))]);
    if let Some(due_at) = due_at {
        record.extend(item([("due_shard", text("0")), ("due_at", number(due_at))]));
    }
    record
}

async fn put(client: &Client, item: Item) -> String {
    seen(
        &client
            .put_item()
            .table_name("records")
            .set_item(Some(item))
            .send()
            .await,
    )
}

#[tokio::test(start_paused = true)]
async fn a_failed_condition_shows_the_item_that_failed_it() {
    let (aws, client) = setup(Projection::All);
    let create = |note: &str| {
        let request = client
            .put_item()
            .table_name("records")
            .item("id", text("job-1"))
            .item("note", text(note));
        request
            .condition_expression("attribute_not_exists(id)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    };
    create("first").send().await.unwrap();
    let refused = create("second")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(
        refused,
    ) = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!(
        refused.item(),
        Some(&item([("id", text("job-1")), ("note", text("first"))]))
    );

    let got = client
        .get_item()
        .table_name("records")
        .key("id", text("job-1"))
        .consistent_read(true)
        .send()
        .await;
    assert_eq!(got.unwrap().item(), refused.item());
    let nothing = client
        .get_item()
        .table_name("records")
        .key("id", text("job-2"))
        .send()
        .await;
    assert_eq!(nothing.unwrap().item(), None);
    assert_eq!(
        aws.dynamodb().item("records", "job-1").unwrap()["note"],
        json!({ "S": "first" })
    );
    let details: Vec<_> = aws
        .calls()
        .into_iter()
        .map(|call| (call.subject, call.detail))
        .collect();
    assert_eq!(
        details[1],
        ("job-1".into(), "The conditional request failed".into())
    );
}

#[tokio::test(start_paused = true)]
async fn a_condition_means_what_dynamodb_says() {
    let (_aws, client) = setup(Projection::All);
    let nested = AttributeValue::L(vec![AttributeValue::M(item([(
        "status",
        text("InProgress"),
    )]))]);
    let members = [
        ("id", text("a")),
        ("stage", text("created")),
        ("visit", number("9")),
        ("done", Bool(false)),
        ("targets", nested),
    ];
    let record = item(members);
    assert_eq!(put(&client, record.clone()).await, "ok");
    let values = [
        (":ten", number("10.0")),
        (":nine", number("9.00")),
        (":created", text("created")),
        (":cr", text("cr")),
        (":no", Bool(false)),
        (":progress", text("InProgress")),
    ];
    let cases = [
        (true, "visit < :ten"),
        (true, "visit = :nine AND stage = :created"),
        (false, "visit > :ten"),
        (true, "visit <> :ten and done = :no"),
        (false, "stage > :ten"),
        (true, "begins_with(stage, :cr)"),
        (true, "NOT begins_with(stage, :created) OR visit >= :nine"),
        (
            false,
            "NOT (begins_with(stage, :created) OR visit >= :nine)",
        ),
        (
            true,
            "visit BETWEEN :nine AND :ten AND attribute_exists(stage)",
        ),
        (true, "stage IN (:cr, :created)"),
        (false, "stage IN(:cr)"),
        (true, "absent <> :cr"),
        (false, "absent < :ten OR absent = :cr OR absent IN (:cr)"),
        (
            true,
            "attribute_not_exists(absent) AND (attribute_exists(#d) OR attribute_exists(absent))",
        ),
        (true, "targets[0].#s = :progress"),
        (false, "attribute_exists(targets[1])"),
        // AND binds closer than OR.
        (true, "visit = :nine OR stage = :cr AND stage = :cr"),
    ];
    for (holds, condition) in cases {
        let mut request = client
            .put_item()
            .table_name("records")
            .set_item(Some(record.clone()))
            .condition_expression(condition);
        for (name, value) in &values {
            let end = |after: char| !after.is_ascii_alphanumeric();
            if condition
                .match_indices(name)
                .any(|(at, name)| condition[at + name.len()..].chars().next().is_none_or(end))
            {
                request = request.expression_attribute_values(*name, value.clone());
            }
        }
        for (name, attribute) in [("#d", "done"), ("#s", "status")] {
            if condition.contains(name) {
                request = request.expression_attribute_names(name, attribute);
            }
        }
        let expected = if holds {
            "ok"
        } else {
            "400 ConditionalCheckFailedException"
        };
        assert_eq!(seen(&request.send().await), expected, "{condition}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_request_is_told_what_is_wrong() {
    let (_aws, client) = setup(Projection::All);
    let base = || {
        client
            .put_item()
            .table_name("records")
            .item("id", text("a"))
    };
    let cases = [
        (
            "ResourceNotFoundException",
            "Requested resource not found",
            base().table_name("other"),
        ),
        (
            "ValidationException",
            "Missing the key id",
            client.put_item().table_name("records").item("x", text("a")),
        ),
        (
            "ValidationException",
            "empty string value. Key: id",
            base().item("id", text("")),
        ),
        (
            "ValidationException",
            "key id expected: S actual: N",
            base().item("id", number("1")),
        ),
        (
            "ValidationException",
            "Index Key due_at Expected: N Actual: S",
            base().item("due_at", text("1")),
        ),
        (
            "ValidationException",
            "IndexKey: due_shard",
            base().item("due_shard", text("")),
        ),
        (
            "ValidationException",
            "Item size has exceeded",
            base().item("x", text(&"x".repeat(400 * 1_024))),
        ),
        (
            "ValidationException",
            "not defined; attribute value: :v",
            base().condition_expression("a = :v"),
        ),
        (
            "ValidationException",
            "not defined; attribute name: #n",
            base().condition_expression("attribute_exists(#n)"),
        ),
        (
            "ValidationException",
            "unused in expressions: keys: {:v}",
            base().expression_attribute_values(":v", text("a")),
        ),
        (
            "ValidationException",
            "reserved keyword: status",
            base().condition_expression("attribute_exists(status)"),
        ),
        (
            "ValidationException",
            "Syntax error",
            base().condition_expression("attribute_exists(a) AND"),
        ),
        (
            "ValidationException",
            "operand type: BOOL",
            base()
                .condition_expression("a < :v")
                .expression_attribute_values(":v", Bool(true)),
        ),
        (
            "SerializationException",
            "cannot be converted into a number",
            base().item("x", number("one")),
        ),
    ];
    for (code, message, request) in cases {
        let error = request.send().await.unwrap_err();
        assert_eq!(error.code(), Some(code), "{message}");
        assert!(
            error.message().unwrap().contains(message),
            "{message}: {:?}",
            error.message()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_changes_what_it_names() {
    let (_aws, client) = setup(Projection::All);
    let start = item([
        ("id", text("a")),
        ("visit", number("9")),
        ("note", text("old")),
    ]);
    let added = |name: &str, value: AttributeValue| {
        let mut changed = start.clone();
        changed.insert(name.into(), value);
        changed
    };
    let removed = item([("id", text("a")), ("visit", number("10"))]);
    let values = [
        (":one", number("1")),
        (":x", text("x")),
        (":half", number("0.5")),
    ];
    let cases = [
        ("SET note = :x", Ok(added("note", text("x")))),
        ("SET visit = visit + :one", Ok(added("visit", number("10")))),
        (
            "SET visit = visit - :half",
            Ok(added("visit", number("8.5"))),
        ),
        ("SET note = if_not_exists(note, :x)", Ok(start.clone())),
        (
            "SET fresh = if_not_exists(fresh, :one) + :one",
            Ok(added("fresh", number("2"))),
        ),
        ("ADD visit :half", Ok(added("visit", number("9.5")))),
        ("add fresh :one", Ok(added("fresh", number("1")))),
        ("REMOVE note, absent SET visit = visit + :one", Ok(removed)),
        ("SET id = :x", Err("part of the key")),
        ("SET note = :x REMOVE note", Err("overlap")),
        ("SET note = absent", Err("does not exist in the item")),
        ("SET note = note + :one", Err("incorrect data type")),
        ("SET due_at = :x", Err("Index Key due_at")),
        ("SET note.deep = :x", Err("not part of this AWS")),
        ("CHANGE note = :x", Err("Syntax error")),
    ];
    for (update, expected) in cases {
        assert_eq!(put(&client, start.clone()).await, "ok");
        let mut request = client
            .update_item()
            .table_name("records")
            .key("id", text("a"))
            .update_expression(update);
        for (name, value) in values.iter().filter(|(name, _)| update.contains(name)) {
            request = request.expression_attribute_values(*name, value.clone());
        }
        match (
            request.return_values(ReturnValue::AllNew).send().await,
            expected,
        ) {
            (Ok(updated), Ok(expected)) => {
                assert_eq!(updated.attributes(), Some(&expected), "{update}");
            }
            (Err(error), Err(message)) => assert!(
                error.message().unwrap().contains(message),
                "{update}: {error:?}"
            ),
            (result, _) => panic!("{update}: {result:?}"),
        }
    }
    let create = client
        .update_item()
        .table_name("records")
        .key("id", text("b"))
        .update_expression("SET note = :x");
    create
        .expression_attribute_values(":x", text("x"))
        .send()
        .await
        .unwrap();
    let delete = client
        .delete_item()
        .table_name("records")
        .key("id", text("b"))
        .condition_expression("note = :x");
    let delete = delete
        .expression_attribute_values(":x", text("x"))
        .return_values(ReturnValue::AllOld)
        .send()
        .await;
    assert_eq!(
        delete.unwrap().attributes(),
        Some(&item([("id", text("b")), ("note", text("x"))]))
    );
}

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
    let refused = [
        due().consistent_read(true),
        due().limit(0),
        due().exclusive_start_key("id", text("a")),
        due().index_name("other"),
        query("due_shard > :shard"),
        query("due_shard = :shard AND note = :shard"),
    ];
    for (number, request) in refused.into_iter().enumerate() {
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
        "the index has not heard that there is nothing left to do"
    );

    let expired = (aws.now_ms() / 1_000 - 1).to_string();
    let poisoned = json!({ "id": { "S": "p" }, "v": { "S": "not a version" }, "expires_at": { "N": expired } });
    let milliseconds =
        json!({ "id": { "S": "m" }, "expires_at": { "N": aws.now_ms().to_string() } });
    for planted in [poisoned, milliseconds] {
        aws.dynamodb()
            .put_raw("records", planted.as_object().unwrap().clone());
    }
    aws.dynamodb().set_ttl_attribute("expires_at");
    assert_eq!(aws.dynamodb().items("records").len(), 3);
    assert_eq!(
        aws.dynamodb().expire(),
        1,
        "milliseconds are thousands of years away"
    );
    assert_eq!(aws.dynamodb().item("records", "p"), None);
}
