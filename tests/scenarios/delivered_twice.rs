//! "Even if your function doesn't return an error, it's possible … to receive the same event … multiple times."

use std::time::Duration;

use harness::{Harness, PARAMETERS};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind};

#[tokio::test(start_paused = true)]
async fn two_copies_of_each_event_at_once_make_one_invalidation_and_one_notification() {
    for (max_wait, completion) in [("0", 10), ("25", 10), ("25", 50)] {
        let harness = Harness::new(&[("MAX_WAIT_SECONDS", max_wait)]).delivering_twice();
        harness
            .aws()
            .cloudfront()
            .set_completion(Completion::After(Duration::from_secs(completion)));
        let ending = harness.play(PARAMETERS).await;
        assert_eq!(
            ending.broken_invariants(),
            [""; 0],
            "wait {max_wait}, completed after {completion} s"
        );
        assert_eq!(ending.action.status, Status::Succeeded);
        assert_eq!(
            ending.notifications.len(),
            1,
            "wait {max_wait}, completed after {completion} s"
        );
    }
}

/// An event may be delivered again long after the result of its job was reported and the record was finalized.
#[tokio::test(start_paused = true)]
async fn a_late_copy_changes_nothing() {
    let harness = Harness::new(&[]);
    let action = harness.begin(PARAMETERS);
    let codepipeline = harness.aws().codepipeline();
    let event = codepipeline.next_invocation().await.event;
    let _ = codepipeline.start_action_with(event.clone());
    let first = harness.watch(&action).await;
    let _ = codepipeline.start_action_with(event);
    let second = harness.watch(&action).await;
    assert_eq!(second.broken_invariants(), [""; 0]);
    assert_eq!(
        (second.notifications.len(), second.invalidations.len()),
        (1, 1)
    );
    let new_calls = &second.calls[first.calls.len()..];
    let effects: Vec<&str> = new_calls
        .iter()
        .filter(|call| call.outcome.took_effect())
        .map(|call| call.operation.as_str())
        .collect();
    assert!(
        effects
            .iter()
            .all(|operation| ["Query", "GetItem", "GetJobDetails"].contains(operation)),
        "{effects:?}"
    );
}

/// Each event is delivered a second time, minutes after it was handled.
#[tokio::test(start_paused = true)]
async fn each_event_may_be_delivered_again_minutes_later() {
    for minutes in [1, 3, 7] {
        for (max_wait, completion) in [("0", 10), ("25", 10), ("25", 50), ("25", 300)] {
            let observed =
                format!("{minutes} min later, wait {max_wait}, completed after {completion} s");
            let harness = Harness::new(&[("MAX_WAIT_SECONDS", max_wait)])
                .delivering_again_after(Duration::from_secs(60 * minutes));
            harness
                .aws()
                .cloudfront()
                .set_completion(Completion::After(Duration::from_secs(completion)));
            let ending = harness.play(PARAMETERS).await;
            assert_eq!(ending.broken_invariants(), [""; 0], "{observed}");
            assert_eq!(ending.action.status, Status::Succeeded, "{observed}");
            assert_eq!(ending.notifications.len(), 1, "{observed}");
        }
    }
}

/// During any call the event is delivered again and the checker is triggered, so that three runs work on one record.
#[tokio::test(start_paused = true)]
async fn other_runs_may_begin_during_any_call() {
    let baseline = Harness::new(&[]).play(PARAMETERS).await;
    let of_start = baseline.calls.iter().filter(|call| call.caller == "start");
    for nth in 1..=of_start.count() as u32 {
        let harness = Harness::new(&[]);
        harness.aws().inject(Fault {
            caller: Some("start".into()),
            first: nth,
            count: 1,
            ..Fault::always(FaultKind::Cue(Duration::from_secs(2)))
        });
        let ending = harness.play(PARAMETERS).await;
        assert_eq!(ending.broken_invariants(), [""; 0], "call {nth}");
        assert_eq!(ending.action.status, Status::Succeeded, "call {nth}");
        assert_eq!(ending.notifications.len(), 1, "call {nth}");
    }
}
