//! A client that may write to the table: its items have no effect beyond the settings.

use std::time::Duration;

use harness::{DISTRIBUTION, Harness, PARAMETERS, TABLE, TOPIC};
use local_aws::codepipeline::Status;
use serde_json::json;

use super::UNKNOWN;

/// Parameters without a topic.
const BARE: &str = r#"{"DistributionId":"E2EXAMPLE1ABCD"}"#;
const OTHER: &str = "arn:aws:sns:us-east-1:111111111111:other";

/// A pending notification to a topic outside the settings: it is abandoned immediately, and not retried for hours.
#[tokio::test(start_paused = true)]
async fn a_stored_topic_is_checked_against_the_list_again() {
    // A stack without topics has the list "none".
    for (list, parameters) in [(TOPIC, PARAMETERS), ("none", BARE)] {
        let harness = Harness::new(&[("ALLOWED_TOPIC_ARNS", list)]);
        harness.aws().sns().add_topic(OTHER);
        let ending = harness
            .during(async {
                let action = harness.begin(parameters);
                tokio::time::sleep(Duration::from_secs(2)).await;
                let job = harness.aws().codepipeline().action(&action).jobs[0].clone();
                let mut record = harness.aws().dynamodb().item(TABLE, &job).unwrap();
                record.insert("topic".into(), json!({"S": OTHER}));
                record.insert("write_id".into(), json!({"S": "another writer"}));
                harness.aws().dynamodb().put_raw(TABLE, record);
                harness.settled(std::slice::from_ref(&action)).await;
                tokio::time::sleep(Duration::from_secs(600)).await;
                harness.ending(&action)
            })
            .await;
        assert_eq!(ending.action.status, Status::Succeeded);
        assert_eq!(ending.notifications.len(), 0);
        let published = ending.calls.iter().filter(|call| call.subject == OTHER);
        assert_eq!(published.count(), 0);
        assert!(ending.is_finalized());
    }
}

/// A queue entry of 15 wildcards that expires in the year 2286 delays no execution.
#[tokio::test(start_paused = true)]
async fn a_queue_entry_that_no_execution_wrote_blocks_no_distribution() {
    let harness = Harness::new(&[]);
    let entry_id = format!("{}/0", UNKNOWN[0]);
    let need = json!({"M": {
        "wildcards": {"N": "15"}, "files": {"N": "0"}, "paths": {"L": []}, "until": {"N": "9999999999999"},
    }});
    let item = json!({
        "id": {"S": format!("queue/{DISTRIBUTION}")},
        format!("need/{entry_id}"): need,
        format!("number/{entry_id}"): {"N": "0"},
        "last_number": {"N": "0"},
    });
    let item = item.as_object().unwrap().clone();
    harness.aws().dynamodb().put_raw(TABLE, item);
    let ending = harness.play(PARAMETERS).await;
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(ending.invalidations.len(), 1);
    let queue = harness
        .aws()
        .dynamodb()
        .item(TABLE, &format!("queue/{DISTRIBUTION}"));
    let is_swept = !queue.unwrap().contains_key(&format!("need/{entry_id}"));
    assert!(is_swept, "an entry that no execution wrote is removed");
}
