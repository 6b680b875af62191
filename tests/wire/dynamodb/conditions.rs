//! The meaning of a condition, and the returned item when it fails.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue::{self, Bool};
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use local_aws::dynamodb::Projection;
use serde_json::json;

use super::{item, number, put, setup, text};
use crate::seen;

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
    let rejected = create("second")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    let PutItemError::ConditionalCheckFailedException(rejected) = rejected else {
        panic!("{rejected:?}");
    };
    assert_eq!(
        rejected.item(),
        Some(&item([("id", text("job-1")), ("note", text("first"))]))
    );

    let got = client
        .get_item()
        .table_name("records")
        .key("id", text("job-1"))
        .consistent_read(true)
        .send()
        .await;
    assert_eq!(got.unwrap().item(), rejected.item());
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

/// A claim: one update that reads, checks and marks a record, and returns the winner's write to the loser.
#[tokio::test(start_paused = true)]
async fn an_update_claims_what_its_condition_allows() {
    let (_aws, client) = setup(Projection::KeysOnly);
    let due = item([
        ("id", text("a")),
        ("due_shard", text("0")),
        ("due_at", number("100")),
        ("jobs", number("1")),
    ]);
    assert_eq!(put(&client, due.clone()).await, "ok");
    let claim = |writer: &str, returns: ReturnValue| {
        client
            .update_item()
            .table_name("records")
            .key("id", text("a"))
            .update_expression("SET write_id = :me, due_at = :later ADD jobs :one REMOVE note")
            .condition_expression("attribute_exists(id) AND due_at <= :now")
            .expression_attribute_values(":me", text(writer))
            .expression_attribute_values(":later", number("160"))
            .expression_attribute_values(":now", number("110"))
            .expression_attribute_values(":one", number("1"))
            .return_values(returns)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
    };
    let claimed = claim("one", ReturnValue::AllNew).await.unwrap();
    let mut expected = due.clone();
    expected.extend(item([
        ("write_id", text("one")),
        ("due_at", number("160")),
        ("jobs", number("2")),
    ]));
    assert_eq!(claimed.attributes(), Some(&expected));
    let late = claim("two", ReturnValue::AllNew).await.unwrap_err();
    let UpdateItemError::ConditionalCheckFailedException(late) = late.into_service_error() else {
        panic!("the claim is rejected");
    };
    assert_eq!(late.item(), Some(&expected));

    assert_eq!(put(&client, due.clone()).await, "ok");
    let before = claim("three", ReturnValue::AllOld).await.unwrap();
    assert_eq!(before.attributes(), Some(&due));
}

#[tokio::test(start_paused = true)]
async fn a_condition_has_the_documented_meaning() {
    let (_aws, client) = setup(Projection::All);
    let nested = AttributeValue::L(vec![AttributeValue::M(item([(
        "status",
        text("InProgress"),
    )]))]);
    let members = [
        ("id", text("a")),
        ("stage", text("created")),
        ("attempts", number("9")),
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
        (true, "attempts < :ten"),
        (true, "attempts = :nine AND stage = :created"),
        (false, "attempts > :ten"),
        (true, "attempts <> :ten and done = :no"),
        (false, "stage > :ten"),
        (true, "begins_with(stage, :cr)"),
        (
            true,
            "NOT begins_with(stage, :created) OR attempts >= :nine",
        ),
        (
            false,
            "NOT (begins_with(stage, :created) OR attempts >= :nine)",
        ),
        (
            true,
            "attempts BETWEEN :nine AND :ten AND attribute_exists(stage)",
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
        (true, "attempts = :nine OR stage = :cr AND stage = :cr"),
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
