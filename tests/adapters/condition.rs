//! DynamoDB's conditional writes: the request, and which write is stored when the condition fails.

use harness::recorded::{Reply, Wire, json_error};
use invalidation_core::decide::driver::Saved;
use invalidation_core::model::execution_record::ExecutionRecord;
use invalidation_runtime::ports::{ExecutionStore, StoreError};
use serde_json::{Value, json};

use crate::record::{golden, waiting};

const FAILED_CONDITION: &str = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";

async fn save(reply: Reply) -> Result<Saved, StoreError> {
    Wire::replying([reply])
        .dynamodb()
        .save(&waiting(), Some("run 1"))
        .await
}

/// The reply to a write whose condition failed, with the stored item.
fn condition_failed(item: &Value) -> Reply {
    let body = json!({"__type": FAILED_CONDITION, "message": "The conditional request failed", "Item": item});
    Reply::new(400, body.to_string())
}

/// `records.json` tests the item itself; this tests the rest of the request.
#[tokio::test]
async fn the_request_of_a_write() {
    for (replaces, condition, values) in [
        (None, "attribute_not_exists(id)", Value::Null),
        (
            Some("run 1"),
            "write_id = :replaces",
            json!({":replaces": {"S": "run 1"}}),
        ),
    ] {
        let wire = Wire::replying([Reply::ok("{}")]);
        assert_eq!(
            wire.dynamodb().save(&waiting(), replaces).await,
            Ok(Saved::Written)
        );
        let sent = wire.only().json();
        assert_eq!(sent["TableName"], "invalidations");
        assert_eq!(
            (
                &sent["ConditionExpression"],
                &sent["ExpressionAttributeValues"]
            ),
            (&json!(condition), &values)
        );
        // Without it, an earlier write of this process could not be distinguished from another writer's.
        assert_eq!(sent["ReturnValuesOnConditionCheckFailure"], "ALL_OLD");
        assert_eq!(sent["Item"], golden("waiting"));
    }
}

#[tokio::test]
async fn a_failed_condition_shows_which_write_succeeded() {
    let item_of = |key: &str, value: Value| {
        let mut item = golden("waiting");
        item[key] = value;
        item
    };
    // The SDK's retry after a lost reply finds the process's own first write.
    assert_eq!(
        save(condition_failed(&golden("waiting"))).await,
        Ok(Saved::Written)
    );

    let other = item_of("write_id", json!({"S": "run 2"}));
    let stored = ExecutionRecord {
        write_id: "run 2".into(),
        ..waiting()
    };
    assert_eq!(
        save(condition_failed(&other)).await,
        Ok(Saved::Overtaken(Box::new(stored)))
    );

    let nothing = json_error(400, FAILED_CONDITION, "The conditional request failed");
    assert_eq!(save(nothing).await, Err(StoreError::Gone));

    let newer = item_of("v", json!({"N": "3"}));
    assert!(matches!(
        save(condition_failed(&newer)).await,
        Err(StoreError::Unreadable(_))
    ));
}
