//! Metrics of an execution.

use std::time::Duration;

use super::metrics::{Metric, measure};
use invalidation_core::decide::{CloudFrontReply, QueueReply, Reply};
use invalidation_core::model::execution_record::{Delivery, ExecutionRecord, Target, Verdict};
use invalidation_core::model::timestamp::Timestamp;

/// The delay between a continuation token and the continuation job. Without a wait, the pipeline takes that much
/// longer.
const CONTINUATION: Duration = Duration::from_secs(30);
/// A shorter job did not wait: the outcome was already available.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// Records the metrics of an execution whose outcome was just stored.
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

/// Records the time that a target spent in the queue, if this reply provides its invalidation.
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

/// Records the time that the wait saved, after the result of a job was accepted.
pub(super) fn result_reported(record: &ExecutionRecord, delivery: Delivery, now: Timestamp) {
    match delivery {
        // After the end of the job, the checker reports the result in place of `start`.
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

/// The time from the end of a wait of this length to the continuation job that would otherwise have reported the
/// outcome.
fn saved(waited: Duration) -> Duration {
    if waited < SHORTEST_WAIT {
        return Duration::ZERO;
    }
    let job_count = waited.as_millis().div_ceil(CONTINUATION.as_millis());
    let job_count = u32::try_from(job_count).unwrap_or(u32::MAX);
    CONTINUATION
        .saturating_mul(job_count)
        .saturating_sub(waited)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_saves_the_time_until_the_continuation_job() {
        for (waited, saved) in [
            (0, 0),
            (999, 0),
            (1_000, 29_000),
            (12_000, 18_000),
            (30_000, 0),
            (30_001, 29_999),
            (50_000, 10_000),
        ] {
            let waited = Duration::from_millis(waited);
            assert_eq!(
                super::saved(waited),
                Duration::from_millis(saved),
                "{waited:?}"
            );
        }
        assert_eq!(super::saved(Duration::MAX), Duration::ZERO);
    }
}
