//! A record that nobody can read never disturbs another.

use std::time::Duration;

use serde_json::{Value, json};
use tests::aws::cloudfront::Completion;
use tests::aws::codepipeline::Status;
use tests::aws::{Fault, FaultKind};
use tests::stage::{PARAMETERS, Stage, TABLE};

/// Items that have no business in the table, each of them long due.
fn poison() -> Vec<Value> {
    let of = |id: &str, more: Value| {
        let mut item = json!({"id": {"S": id}, "due_shard": {"S": "0"}, "due_at": {"N": "1"}});
        for (name, value) in more.as_object().into_iter().flatten() {
            item[name] = value.clone();
        }
        item
    };
    let id = |n: u8| format!("00000000-0000-0000-0000-00000000000{n}");
    vec![
        of("not a job id", json!({})),
        of(&id(1), json!({})),
        of(&id(2), json!({"v": {"N": "2"}})),
        of(&id(3), json!({"v": {"N": "1"}, "visit": {"S": "?"}})),
        of(&id(4), json!({"v": {"S": "1"}, "write_id": {"BOOL": true}})),
    ]
}

#[tokio::test(start_paused = true)]
async fn the_healthy_record_is_finished_and_the_poison_is_left_alone() {
    let stage = Stage::new(&[("HOLD_SECONDS", "0")]);
    stage
        .aws()
        .cloudfront()
        .set_completion(Completion::After(Duration::from_secs(100)));
    for item in poison() {
        stage
            .aws()
            .dynamodb()
            .put_raw(TABLE, item.as_object().unwrap().clone());
    }
    // From its third invocation on, start is dead: what is left must come from the passes of the checker.
    stage.aws().inject(Fault {
        caller: Some("start".into()),
        first: 12,
        ..Fault::always(FaultKind::KillBefore)
    });
    let ending = stage.play(PARAMETERS).await;
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(ending.notices.len(), 1);
    let left: Vec<_> = ending
        .items
        .iter()
        .filter(|item| item.contains_key("due_at"))
        .cloned()
        .map(Value::Object)
        .collect();
    let mut planted = poison();
    planted.sort_by_key(ToString::to_string);
    let mut left = left;
    left.sort_by_key(ToString::to_string);
    assert_eq!(left, planted, "only the poison is left, and untouched");
}
