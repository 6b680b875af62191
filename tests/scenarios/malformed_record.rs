//! An unreadable record does not affect any other.

use std::time::Duration;

use harness::{Ending, Harness, PARAMETERS, TABLE};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind};
use serde_json::{Map, Value, json};

type Item = Map<String, Value>;

/// An item that does not belong in the table, and has long been due.
fn malformed_record(id: &str, more: &Value) -> Item {
    let mut item = json!({"id": {"S": id}, "due_shard": {"S": "0"}, "due_at": {"N": "1"}});
    for (name, value) in more.as_object().into_iter().flatten() {
        item[name] = value.clone();
    }
    item.as_object().cloned().unwrap_or_default()
}

fn id(n: usize) -> String {
    format!("00000000-0000-0000-0000-{n:012}")
}

/// Runs an action whose `start` crashes after two jobs, so that the sweeps of the checker must do the rest.
async fn play(malformed_record: &[Item]) -> Ending {
    let harness = Harness::new(&[("MAX_WAIT_SECONDS", "0")]);
    harness
        .aws()
        .cloudfront()
        .set_completion(Completion::After(Duration::from_secs(100)));
    for item in malformed_record {
        harness.aws().dynamodb().put_raw(TABLE, item.clone());
    }
    harness.aws().inject(Fault {
        caller: Some("start".into()),
        first: 14,
        ..Fault::always(FaultKind::KillBefore)
    });
    harness.play(PARAMETERS).await
}

/// The items that are still in the index, without the attributes that a sweep changes to defer them.
fn left(ending: &Ending) -> Vec<Item> {
    let mut items: Vec<Item> = ending.items.clone();
    items.retain(|item| item.contains_key("due_at"));
    for item in &mut items {
        item.remove("backoff");
        item.remove("overdue_at");
        item.insert("due_at".to_owned(), json!({"N": "1"}));
    }
    items
}

fn sorted(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by_key(|item| Value::Object(item.clone()).to_string());
    items
}

#[tokio::test(start_paused = true)]
async fn the_healthy_record_is_finished_and_the_malformed_record_is_left_alone() {
    let malformed_record = vec![
        malformed_record("not a job id", &json!({})),
        malformed_record(&id(1), &json!({})),
        malformed_record(&id(2), &json!({"v": {"N": "3"}})),
        malformed_record(&id(3), &json!({"v": {"N": "1"}, "job": {"S": "?"}})),
        malformed_record(
            &id(4),
            &json!({"v": {"S": "1"}, "write_id": {"BOOL": true}}),
        ),
    ];
    let ending = play(&malformed_record).await;
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(ending.notifications.len(), 1);
    assert_eq!(
        sorted(left(&ending)),
        sorted(malformed_record),
        "each item is deferred, and not changed otherwise"
    );
}

/// More of each kind than the checker reads from the index at a time, each due before the valid record.
#[tokio::test(start_paused = true)]
async fn a_thousand_unreadable_records_do_not_keep_a_healthy_one_waiting() {
    let unreadable = (0..600).map(|n| malformed_record(&id(n), &json!({})));
    let foreign = (0..600).map(|n| malformed_record(&format!("not a job id {n}"), &json!({})));
    let alone = play(&[]).await;
    let with_malformed = play(&unreadable.chain(foreign).collect::<Vec<_>>()).await;
    assert_eq!(with_malformed.action.status, Status::Succeeded);
    let delay = with_malformed.took().saturating_sub(alone.took());
    assert!(delay < Duration::from_secs(60), "{delay:?}");
    let claims = with_malformed.calls.iter().filter(|call| {
        call.operation == "UpdateItem" && call.subject.contains("00000000-0000-0000-0000-")
    });
    assert!(
        claims.count() < 600 * 9,
        "a record that cannot be read is tried ever more seldom"
    );
}
