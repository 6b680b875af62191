//! DynamoDB: AWS JSON 1.0.

use harness::recorded::{CANARY, Reply, Sent, Wire, json_error, unreadable};
use invalidation_core::decide::driver::Saved;
use invalidation_core::input::identifiers::JobId;
use invalidation_core::model::execution_record::ExecutionRecord;
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::ports::{ExecutionStore, Open, StoreError};
use serde_json::{Value, json};

use crate::record::{golden, waiting};
use crate::service_error;

fn first() -> JobId {
    JobId::parse("11111111-abcd-1111-abcd-111111abcdef").unwrap()
}

async fn load(reply: Reply) -> Result<Option<ExecutionRecord>, StoreError> {
    Wire::replying([reply]).dynamodb().load(&first()).await
}

async fn save(reply: Reply) -> Result<Saved, StoreError> {
    Wire::replying([reply])
        .dynamodb()
        .save(&waiting(), Some("run 1"))
        .await
}

async fn due(reply: Reply) -> Result<Vec<JobId>, StoreError> {
    Wire::replying([reply])
        .dynamodb()
        .due(Timestamp::from_millis(0), 500)
        .await
}

async fn claim(reply: Reply) -> Result<Option<ExecutionRecord>, StoreError> {
    let wire = Wire::replying([reply]);
    wire.dynamodb()
        .claim(&first(), Timestamp::from_millis(0))
        .await
}

#[tokio::test]
async fn the_requests_of_reads() {
    let wire = Wire::replying([Reply::ok(json!({"Item": golden("waiting")}).to_string())]);
    assert_eq!(wire.dynamodb().load(&first()).await, Ok(Some(waiting())));
    insta::assert_snapshot!(wire.only(), @r#"
    POST https://dynamodb.us-east-1.amazonaws.com/
    signed for us-east-1/dynamodb
    DynamoDB_20120810.GetItem
    {
      "ConsistentRead": true,
      "Key": {
        "id": {
          "S": "11111111-abcd-1111-abcd-111111abcdef"
        }
      },
      "TableName": "invalidations"
    }
    "#);

    let items =
        json!([{"id": {"S": "22222222-abcd-2222-abcd-222222abcdef"}}, {"id": {"S": first()}}]);
    let wire = Wire::replying([Reply::ok(json!({"Items": items, "Count": 2}).to_string())]);
    let due = wire
        .dynamodb()
        .due(Timestamp::from_millis(1_767_225_600_000), 500)
        .await
        .unwrap();
    assert_eq!(
        due.iter().map(JobId::as_str).collect::<Vec<_>>(),
        ["22222222-abcd-2222-abcd-222222abcdef", first().as_str()]
    );
    insta::assert_snapshot!(wire.only(), @r#"
    POST https://dynamodb.us-east-1.amazonaws.com/
    signed for us-east-1/dynamodb
    DynamoDB_20120810.Query
    {
      "ExpressionAttributeValues": {
        ":now": {
          "N": "1767225600000"
        },
        ":shard": {
          "S": "0"
        }
      },
      "IndexName": "unfinished",
      "KeyConditionExpression": "due_shard = :shard AND due_at <= :now",
      "Limit": 500,
      "TableName": "invalidations"
    }
    "#);
}

/// Open records are counted page by page; the first entry of the other index is the longest overdue.
#[tokio::test]
async fn the_query_for_open_records() {
    let key =
        json!({"id": {"S": first()}, "due_shard": {"S": "0"}, "due_at": {"N": "1767225600000"}});
    let page = |count: u64, more: Value| {
        Reply::ok(json!({"Count": count, "LastEvaluatedKey": more}).to_string())
    };
    let entry = json!({"id": {"S": first()}, "due_shard": {"S": "0"}, "overdue_at": {"N": "1767226500000"}});
    let wire = Wire::replying([
        page(9_000, key.clone()),
        page(2, Value::Null),
        Reply::ok(json!({"Items": [entry], "Count": 1, "LastEvaluatedKey": key}).to_string()),
    ]);
    let open = Open {
        executions: 9_002,
        overdue_at: Some(Timestamp::from_millis(1_767_226_500_000)),
    };
    assert_eq!(wire.dynamodb().open().await, Ok(open));
    let requests: Vec<Value> = wire.sent().iter().map(Sent::json).collect();
    let [count, next, overdue] = &requests[..] else {
        panic!("{requests:#?}")
    };
    let shard = json!({":shard": {"S": "0"}});
    assert_eq!(
        *count,
        json!({
            "TableName": "invalidations",
            "IndexName": "unfinished",
            "Select": "COUNT",
            "KeyConditionExpression": "due_shard = :shard",
            "ExpressionAttributeValues": shard,
        })
    );
    assert_eq!(next["ExclusiveStartKey"], key);
    assert_eq!(
        *overdue,
        json!({
            "TableName": "invalidations",
            "IndexName": "overdue",
            "Limit": 1,
            "KeyConditionExpression": "due_shard = :shard",
            "ExpressionAttributeValues": shard,
        })
    );
}

/// Without open records one query is enough; an invalid time counts as long past.
#[tokio::test]
async fn overdue_records_are_queried_and_read_with_care() {
    let wire = Wire::replying([Reply::ok(r#"{"Count":0}"#)]);
    let nothing = Open {
        executions: 0,
        overdue_at: None,
    };
    assert_eq!(wire.dynamodb().open().await, Ok(nothing));
    assert_eq!(wire.sent().len(), 1);
    for (items, expected) in [
        (json!([]), None),
        (json!([{"overdue_at": {"N": "-1.5"}}]), Some(0)),
        (json!([{"overdue_at": {"N": "7"}}]), Some(7)),
    ] {
        let wire = Wire::replying([
            Reply::ok(r#"{"Count":1}"#),
            Reply::ok(json!({"Items": items, "Count": 1}).to_string()),
        ]);
        let open = wire.dynamodb().open().await.unwrap();
        assert_eq!(
            open.overdue_at,
            expected.map(Timestamp::from_millis),
            "{items}"
        );
    }
}

/// An unknown stored form is rejected, not guessed, and its content is not repeated.
#[tokio::test]
async fn an_item_that_is_no_record_is_unreadable() {
    for (key, value) in [
        ("v", json!({"N": "3"})),
        ("v", json!({"S": "1"})),
        ("v", Value::Null),
        ("id", json!({"S": CANARY})),
        ("topic", json!({"S": CANARY})),
        ("targets", json!({"S": CANARY})),
        ("goal", json!({"S": CANARY})),
        ("job", Value::Null),
        ("notification_state", json!({"S": CANARY})),
        ("created_at", json!({"S": CANARY})),
        ("deadline_at", json!({"N": "-1"})),
        // A type that DynamoDB does not have today, at the top level and nested.
        ("pipeline", json!({"FUTURE": CANARY})),
        (
            "pipeline_context",
            json!({"M": {"action": {"FUTURE": CANARY}}}),
        ),
        ("topic", json!({"L": [{"FUTURE": CANARY}]})),
    ] {
        let mut item = golden("waiting");
        match &value {
            Value::Null => drop(item.as_object_mut().unwrap().remove(key)),
            value => item[key] = value.clone(),
        }
        let error = load(Reply::ok(json!({"Item": item}).to_string()))
            .await
            .unwrap_err();
        assert!(
            matches!(error, StoreError::Unreadable(_)),
            "{key} {value}: {error}"
        );
        assert!(!error.to_string().contains(CANARY), "{key}: {error}");
    }
}

#[tokio::test]
async fn an_empty_table_returns_nothing() {
    assert_eq!(load(Reply::ok("{}")).await, Ok(None));
    assert_eq!(
        due(Reply::ok(json!({"Items": [], "Count": 0}).to_string())).await,
        Ok(vec![])
    );
    assert_eq!(due(Reply::ok("{}")).await, Ok(vec![]));
}

/// One broken entry of the index must not delay the others.
#[tokio::test]
async fn an_entry_without_an_id_is_left_out() {
    let items = json!([{"id": {"S": "malformed"}}, {"id": {"N": "7"}}, {}, {"id": {"S": first()}}]);
    assert_eq!(
        due(Reply::ok(json!({"Items": items, "Count": 4}).to_string())).await,
        Ok(vec![first()])
    );
}

#[tokio::test]
async fn each_error_is_unavailable() {
    for (status, kind) in [
        (
            400,
            "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        ),
        (
            400,
            "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
        ),
        (
            400,
            "com.amazonaws.dynamodb.v20120810#ItemCollectionSizeLimitExceededException",
        ),
        (
            400,
            "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
        ),
        (400, "com.amazonaws.dynamodb.v20120810#RequestLimitExceeded"),
        (500, "com.amazonaws.dynamodb.v20120810#InternalServerError"),
        (
            400,
            "com.amazonaws.dynamodb.v20120810#ReplicatedWriteConflictException",
        ),
        (400, "com.amazonaws.dynamodb.v20120810#ThrottlingException"),
        (400, "com.amazon.coral.validate#ValidationException"),
        (400, "com.amazon.coral.service#AccessDeniedException"),
        (400, "com.amazon.coral.service#ExpiredTokenException"),
        (400, "com.amazon.coral.availability#ThrottlingException"),
        (503, "ServiceUnavailable"),
    ] {
        let reply = json_error(status, kind, "a message of DynamoDB");
        let code = kind.rsplit('#').next().unwrap();
        let expected = |operation| StoreError::Unavailable {
            operation,
            service_error: service_error(code, "a message of DynamoDB"),
        };
        assert_eq!(load(reply.clone()).await, Err(expected("GetItem")));
        assert_eq!(save(reply.clone()).await, Err(expected("PutItem")));
        assert_eq!(claim(reply.clone()).await, Err(expected("UpdateItem")));
        assert_eq!(due(reply).await, Err(expected("Query")));
    }
}

/// A missing or unreadable reply does not mean "no record": it must not start an execution a second time.
#[tokio::test]
async fn a_missing_or_unreadable_reply_is_unavailable() {
    for reply in unreadable() {
        let errors = [
            load(reply.clone()).await.map(drop),
            save(reply.clone()).await.map(drop),
            claim(reply.clone()).await.map(drop),
            due(reply.clone()).await.map(drop),
        ];
        for error in errors.map(|met| met.expect_err(&format!("{reply:?}"))) {
            assert!(
                !format!("{error} {error:?}").contains(CANARY),
                "{reply:?}: {error}"
            );
            let StoreError::Unavailable { service_error, .. } = error else {
                panic!("{reply:?}: {error}")
            };
            assert_eq!(service_error.code, "NoReply", "{reply:?}");
        }
    }
}
