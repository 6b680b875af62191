//! DynamoDB's UpdateItem, by which a sweep claims a record: one write that reads the record and defers its due time.

use harness::recorded::{CANARY, Reply, Wire, json_error};
use invalidation_core::input::identifiers::JobId;
use invalidation_core::model::execution_record::ExecutionRecord;
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::ports::{ExecutionStore, StoreError};
use serde_json::{Value, json};

use crate::record::{golden, waiting};

const FAILED_CONDITION: &str = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
const NOW: Timestamp = Timestamp::from_millis(1_767_225_700_000);

fn first() -> JobId {
    JobId::parse("11111111-abcd-1111-abcd-111111abcdef").unwrap()
}

async fn claim(reply: Reply) -> Result<Option<ExecutionRecord>, StoreError> {
    Wire::replying([reply])
        .dynamodb()
        .claim(&first(), NOW)
        .await
}

/// DynamoDB's reply to an update, with the whole updated item.
fn updated(item: &Value) -> Reply {
    Reply::ok(json!({ "Attributes": item }).to_string())
}

#[tokio::test]
async fn the_request_of_a_claim() {
    let mut item = golden("waiting");
    item["due_at"] = json!({"N": "1767225760000"});
    item["backoff"] = json!({"N": "120000"});
    let wire = Wire::replying([updated(&item)]);
    let claimed = ExecutionRecord {
        due_at: Some(Timestamp::from_millis(1_767_225_760_000)),
        backoff: Some(120_000),
        ..waiting()
    };
    assert_eq!(
        wire.dynamodb().claim(&first(), NOW).await,
        Ok(Some(claimed))
    );
    insta::assert_snapshot!(wire.only(), @r#"
    POST https://dynamodb.us-east-1.amazonaws.com/
    signed for us-east-1/dynamodb
    DynamoDB_20120810.UpdateItem
    {
      "ConditionExpression": "due_at <= :now",
      "ExpressionAttributeValues": {
        ":first": {
          "N": "30000"
        },
        ":now": {
          "N": "1767225700000"
        }
      },
      "Key": {
        "id": {
          "S": "11111111-abcd-1111-abcd-111111abcdef"
        }
      },
      "ReturnValues": "ALL_NEW",
      "TableName": "invalidations",
      "UpdateExpression": "SET due_at = if_not_exists(backoff, :first) + :now, backoff = if_not_exists(backoff, :first) + if_not_exists(backoff, :first), overdue_at = if_not_exists(overdue_at, :now)"
    }
    "#);
}

/// Whether the record is deleted or not due any more, the condition fails in the same way: another run claimed it,
/// and no work is left.
#[tokio::test]
async fn a_deleted_or_not_due_record_is_not_claimed() {
    let failed = json_error(400, FAILED_CONDITION, "The conditional request failed");
    assert_eq!(claim(failed).await, Ok(None));
    // DynamoDB always returns the requested values; if it does not, the adapter does not guess.
    assert_eq!(claim(Reply::ok("{}")).await, Ok(None));
}

#[tokio::test]
async fn an_unreadable_record_is_reported_without_its_content() {
    let observed = "the stored record is unreadable: ";
    for (key, value, why) in [
        (
            "v",
            json!({"N": "3"}),
            "its version is 3, and this function reads 1",
        ),
        (
            "v",
            json!({"S": CANARY}),
            "its version is none, and this function reads 1",
        ),
        (
            "job",
            json!({"S": CANARY}),
            "an attribute is missing, or not what it should be",
        ),
        (
            "write_id",
            json!({"NULL": true}),
            "an attribute is missing, or not what it should be",
        ),
    ] {
        let mut item = golden("waiting");
        item[key] = value;
        let error = claim(updated(&item)).await.unwrap_err();
        assert_eq!(error.to_string(), format!("{observed}{why}"), "{key}");
    }
}
