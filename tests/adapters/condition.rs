//! DynamoDB's conditional writes: what is asked of them, and whose write stands when the condition fails.

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

/// The reply to a write whose condition failed, with the item that stands there.
fn condition_failed(item: &Value) -> Reply {
    let body = json!({"__type": FAILED_CONDITION, "message": "The conditional request failed", "Item": item});
    Reply::new(400, body.to_string())
}

/// The item itself is `records.json`'s business; here it is what stands around it.
#[tokio::test]
async fn what_it_sends_to_write() {
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
        // Without it, nobody could tell our own earlier write from somebody else's.
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
    // The SDK's retry after a lost reply meets our own first write.
    assert_eq!(
        save(condition_failed(&golden("waiting"))).await,
        Ok(Saved::Written)
    );

    let theirs = item_of("write_id", json!({"S": "run 2"}));
    let stored = ExecutionRecord {
        write_id: "run 2".into(),
        ..waiting()
    };
    assert_eq!(
        save(condition_failed(&theirs)).await,
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
