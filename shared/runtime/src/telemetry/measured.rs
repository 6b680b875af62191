//! What is measured of an execution.

use std::time::Duration;

use super::metrics::{Metric, measure};
use invalidation_core::decide::{CloudFrontReply, QueueReply, Reply};
use invalidation_core::model::execution_record::{Delivery, ExecutionRecord, Target, Verdict};
use invalidation_core::model::timestamp::Timestamp;

/// CodePipeline comes back about so long after it was told to; the pipeline feels each such wait to its end.
const CONTINUATION: Duration = Duration::from_secs(30);
/// A job that ended sooner had the outcome at hand, and held nothing.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// Measures an execution whose outcome the table has just learned.
pub(super) fn decided(record: &ExecutionRecord) {
    let Some(outcome) = &record.outcome else {
        return;
    };
    let verdict = match outcome.verdict {
        Verdict::Succeeded => Metric::Succeeded,
        Verdict::Failed(_) => Metric::Failed,
        Verdict::TimedOut => Metric::TimedOut,
        Verdict::SucceededWithWarning => Metric::SucceededWithWarning,
    };
    let seconds = outcome.decided_at.since(record.created_at).as_secs();
    let calls = record.cloudfront_calls.into();
    measure(
        &[
            (verdict, 1),
            (Metric::CompletionSeconds, seconds),
            (Metric::CloudFrontCalls, calls),
        ],
        outcome.decided_at,
    );
}

/// Measures how long a target stood in the queue, when this reply gives it its invalidation.
pub(super) fn replied(target: &Target, reply: &Reply, now: Timestamp) {
    let has_it_now = match reply {
        Reply::CloudFront(CloudFrontReply::Created(..))
        | Reply::Queue(QueueReply::LeaderState(Some(_))) => true,
        Reply::CloudFront(CloudFrontReply::Compared(id, _)) => target
            .invalidation
            .as_ref()
            .is_some_and(|seen| seen.id == *id),
        _ => false,
    };
    if let Some(entered_at) = target.entered_at.filter(|_| has_it_now) {
        let waited = now.since(entered_at).as_secs();
        measure(&[(Metric::QueueSeconds, waited)], now);
    }
}

/// Measures what the wait was worth, once a job has its answer.
pub(super) fn result_reported(record: &ExecutionRecord, delivery: Delivery, now: Timestamp) {
    match delivery {
        // Later, it is somebody else who answers in the job handler's place.
        Delivery::Concluded if now <= record.job.ends_at => {
            let saved = saved(now.since(record.job.opened_at)).as_secs();
            if saved > 0 {
                measure(&[(Metric::WaitSavedSeconds, saved)], now);
            }
        }
        Delivery::Concluded
        | Delivery::Continued
        | Delivery::Closed
        | Delivery::Undeliverable
        | Delivery::Unknown => {}
    }
}

/// From the end of a hold of this length to the job on which CodePipeline would otherwise have heard the outcome.
fn saved(held: Duration) -> Duration {
    if held < SHORTEST_WAIT {
        return Duration::ZERO;
    }
    let job_count = held.as_millis().div_ceil(CONTINUATION.as_millis());
    let job_count = u32::try_from(job_count).unwrap_or(u32::MAX);
    CONTINUATION.saturating_mul(job_count).saturating_sub(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_saves_the_time_until_the_continuation_job() {
        for (held, saved) in [
            (0, 0),
            (999, 0),
            (1_000, 29_000),
            (12_000, 18_000),
            (30_000, 0),
            (30_001, 29_999),
            (50_000, 10_000),
        ] {
            let held = Duration::from_millis(held);
            assert_eq!(super::saved(held), Duration::from_millis(saved), "{held:?}");
        }
        assert_eq!(super::saved(Duration::MAX), Duration::ZERO);
    }
}
