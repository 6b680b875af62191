//! What becomes of our knowledge when somebody else has written the record first.

use super::decided;
use crate::record::{Announcement, Record, Target};

/// The record that somebody else has written, with what only we know: how it ends, that CodePipeline has had its answer,
/// that SNS took the notice, which invalidation is ours, and when CloudFront may be asked again. It is true whoever
/// writes next; forgotten, it would be asked or done again. An outcome that stands is not changed.
#[must_use]
pub fn joined(theirs: &Record, ours: &Record) -> Record {
    let mut record = match &ours.outcome {
        Some(outcome) => decided(theirs, outcome.verdict.clone(), outcome.decided_at),
        None => theirs.clone(),
    };
    if record.visit.job_id == ours.visit.job_id && record.visit.is_open() {
        record.visit.answer = ours.visit.answer;
    }
    let is_owed = matches!(
        record.announcement,
        Announcement::Owed { .. } | Announcement::GivenUp
    );
    if is_owed && matches!(ours.announcement, Announcement::Sent { .. }) {
        record.announcement = ours.announcement.clone();
    }
    if let (Some(target), Some(ours)) = (&mut record.target, &ours.target) {
        join(target, ours);
    }
    record
}

fn join(target: &mut Target, ours: &Target) {
    let was_told = ours.invalidation.is_some() || ours.delays > 0;
    if was_told && ours.next_call_at > target.next_call_at {
        target.next_call_at = ours.next_call_at;
        target.delays = ours.delays;
        target.trouble.clone_from(&ours.trouble);
    }
    if target.invalidation.is_none() || ours.is_completed() {
        target.invalidation.clone_from(&ours.invalidation);
    }
}
