//! The last outcome of an action: two updates, whose conditions are the whole rule.

use harness::recorded::{Reply, Wire, json_error};
use invalidation_core::decide::{InvocationBudget, Policy, decided, rejected};
use invalidation_core::input::identifiers::JobId;
use invalidation_core::model::execution_record::{
    ExecutionRecord, NotificationSettings, PipelineContext, Reason, Verdict,
};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::ports::{ExecutionStore, StoreError};
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const FAILED_CONDITION: &str = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";

fn record(is_success: bool) -> ExecutionRecord {
    let job = JobId::parse("11111111-abcd-1111-abcd-111111abcdef").unwrap();
    let policy = Policy {
        status_max_age: Duration::from_secs(10),
        timeout: Duration::from_secs(900),
        retention: Duration::from_secs(86_400),
        reserved_wildcards: 2,
        puts_events: false,
    };
    let budget = InvocationBudget {
        from: NOW,
        wait_until: NOW,
        work_until: NOW,
        ends_at: NOW,
    };
    let pipeline = Some("example-pipeline".to_owned());
    let nothing = NotificationSettings::default();
    let failed = rejected(job, pipeline, nothing, Reason::Internal, budget, &policy);
    if !is_success {
        return failed;
    }
    let open = ExecutionRecord {
        outcome: None,
        ..failed
    };
    decided(&open, Verdict::Succeeded, NOW)
}

#[tokio::test]
async fn a_failure_is_always_a_change_and_is_remembered() {
    let wire = Wire::replying([Reply::ok("{}")]);
    assert_eq!(wire.dynamodb().is_change(&record(false)).await, Ok(true));
    insta::assert_snapshot!(wire.only(), @r#"
    POST https://dynamodb.us-east-1.amazonaws.com/
    signed for us-east-1/dynamodb
    DynamoDB_20120810.UpdateItem
    {
      "ConditionExpression": "attribute_not_exists(failed_at) OR failed_at < :at",
      "ExpressionAttributeValues": {
        ":at": {
          "N": "1767225600000"
        },
        ":expires_at": {
          "N": "1798761600"
        }
      },
      "Key": {
        "id": {
          "S": "action/example-pipeline"
        }
      },
      "TableName": "invalidations",
      "UpdateExpression": "SET failed_at = :at, expires_at = :expires_at REMOVE recovered_by"
    }
    "#);
    let known = Wire::replying([json_error(400, FAILED_CONDITION, "")]);
    assert_eq!(known.dynamodb().is_change(&record(false)).await, Ok(true));
}

#[tokio::test]
async fn a_success_is_a_change_if_it_is_the_first_after_a_failure() {
    let wire = Wire::replying([Reply::ok("{}")]);
    assert_eq!(wire.dynamodb().is_change(&record(true)).await, Ok(true));
    insta::assert_snapshot!(wire.only(), @r#"
    POST https://dynamodb.us-east-1.amazonaws.com/
    signed for us-east-1/dynamodb
    DynamoDB_20120810.UpdateItem
    {
      "ConditionExpression": "failed_at < :at AND (attribute_not_exists(recovered_by) OR recovered_by = :id)",
      "ExpressionAttributeValues": {
        ":at": {
          "N": "1767225600000"
        },
        ":id": {
          "S": "11111111-abcd-1111-abcd-111111abcdef"
        }
      },
      "Key": {
        "id": {
          "S": "action/example-pipeline"
        }
      },
      "TableName": "invalidations",
      "UpdateExpression": "SET recovered_by = :id"
    }
    "#);
    let known = Wire::replying([json_error(400, FAILED_CONDITION, "")]);
    assert_eq!(known.dynamodb().is_change(&record(true)).await, Ok(false));
}

/// Two actions of one pipeline have separate states.
#[tokio::test]
async fn an_action_has_the_name_that_codepipeline_gives_it() {
    let pipeline_context = PipelineContext {
        pipeline: "site".to_owned(),
        pipeline_execution_id: "1".to_owned(),
        stage: "Deploy".to_owned(),
        action: "Invalidate".to_owned(),
    };
    let owned = ExecutionRecord {
        pipeline_context: Some(pipeline_context),
        ..record(false)
    };
    let wire = Wire::replying([Reply::ok("{}")]);
    wire.dynamodb().is_change(&owned).await.unwrap();
    let key = wire.only().json()["Key"]["id"]["S"].clone();
    assert_eq!(key, "action/site/Deploy/Invalidate");
}

#[tokio::test]
async fn a_table_without_a_reply_is_an_error() {
    for is_success in [false, true] {
        let wire = Wire::replying([json_error(400, "AccessDeniedException", "no")]);
        let error = wire.dynamodb().is_change(&record(is_success)).await;
        assert!(matches!(
            error,
            Err(StoreError::Unavailable {
                operation: "UpdateItem",
                ..
            })
        ));
    }
}
