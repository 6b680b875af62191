//! The table, with the one record of the execution.

use invalidation_core::decide::driver::Saved;
use invalidation_core::model::execution_record::{ExecutionRecord, PublishState, Verdict};
use invalidation_core::model::queue::{Entry, EntryId, Need, Queue};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output;

use super::World;
use crate::model::bug::Bug;
use crate::model::frozen::Frozen;
use crate::model::invariant::Invariant;

/// The first backoff of a claimed record, in milliseconds.
const FIRST_BACKOFF_MS: u64 = 30_000;

/// The content of the table, and its history.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Table {
    /// The record.
    pub record: Option<Frozen<ExecutionRecord>>,
    /// The queue entry, with its capacity.
    pub entry: Option<Frozen<(EntryId, Entry)>>,
    /// The first outcome that was ever stored.
    pub outcome: Option<Frozen<Verdict>>,
}

impl World {
    /// The record, if there is one.
    #[must_use]
    pub fn record(&self) -> Option<&ExecutionRecord> {
        self.table.record.as_ref().map(Frozen::get)
    }

    /// A conditional write, and its result.
    pub fn save(
        &mut self,
        record: &ExecutionRecord,
        replaces: Option<&str>,
        bug: Option<Bug>,
    ) -> Saved {
        let stored = self.record();
        let is_allowed = stored.map(|stored| stored.write_id.as_str()) == replaces
            || bug == Some(Bug::UnconditionalWrite);
        match stored {
            Some(stored) if !is_allowed => Saved::rejected(record, stored.clone()),
            _ => {
                self.store(with_bug(record.clone(), bug));
                Saved::Written
            }
        }
    }

    /// Claims the record if it is due at `now`, like the update that `invalidation_aws` sends: the record is due
    /// again after its backoff, and the backoff is doubled.
    pub fn claim(&mut self, now: Timestamp) -> Option<ExecutionRecord> {
        let mut record = self.record()?.clone();
        if record.due_at? > now {
            return None;
        }
        let backoff = record.backoff.unwrap_or(FIRST_BACKOFF_MS);
        record.due_at = Some(Timestamp::from_millis(now.as_millis() + backoff));
        record.backoff = Some(backoff * 2);
        self.table.record = Some(Frozen::new(record.clone()));
        Some(record)
    }

    fn store(&mut self, record: ExecutionRecord) {
        if let Some(outcome) = &self.table.outcome {
            let now = record.outcome.as_ref().map(|outcome| &outcome.verdict);
            self.broken
                .unless(now == Some(outcome.get()), Invariant::OneOutcome);
        } else if let Some(outcome) = &record.outcome {
            self.table.outcome = Some(Frozen::new(outcome.verdict.clone()));
        }
        let is_sent = |notification_state: &PublishState| {
            matches!(notification_state, PublishState::Sent { .. })
        };
        let is_true = (!is_sent(&record.notification_state) || self.published > 0)
            && (!is_sent(&record.event_state) || self.put > 0);
        self.broken.unless(is_true, Invariant::TrueMark);
        self.table.record = Some(Frozen::new(record));
    }

    /// Adds the queue entry, unless it exists.
    pub fn enter(&mut self, entry_id: &EntryId, need: &Need) -> Queue {
        if self.table.entry.is_none() {
            let entry = Entry {
                number: 1,
                turn: None,
                // No other execution is affected by the expiry of the entry.
                need: Need {
                    until: Timestamp::from_millis(u64::MAX),
                    ..need.clone()
                },
                leader_up_to: None,
                has_left: false,
            };
            self.table.entry = Some(Frozen::new((entry_id.clone(), entry)));
        }
        self.queue()
    }

    /// Leaves the queue; the entry stays visible as left.
    pub fn leave(&mut self) {
        if let Some(entry) = self.table.entry.take() {
            let (entry_id, entry) = entry.get().clone();
            let has_left = true;
            self.table.entry = Some(Frozen::new((entry_id, Entry { has_left, ..entry })));
        }
    }

    /// The queue.
    #[must_use]
    pub fn queue(&self) -> Queue {
        let entries = self.table.entry.iter().map(|entry| entry.get().clone());
        Queue {
            entries: entries.collect(),
            ..Queue::default()
        }
    }

    /// The final result that follows from the stored record.
    #[must_use]
    pub fn stored_result(&self) -> Option<output::JobResult> {
        let record = self.record().filter(|record| record.outcome.is_some())?;
        Some(output::job_result(record, self.now))
    }
}

/// The record as a product with this fault would write it.
fn with_bug(mut record: ExecutionRecord, bug: Option<Bug>) -> ExecutionRecord {
    let is_claim =
        matches!(record.notification_state, PublishState::Pending { attempts, .. } if attempts > 0);
    match (bug, &mut record.notification_state) {
        (Some(Bug::NoOutbox), notification_state @ PublishState::Pending { .. }) => {
            *notification_state = PublishState::NotWanted;
        }
        (Some(Bug::MarkBeforePublish), notification_state) if is_claim => {
            *notification_state = PublishState::Sent {
                message_id: "early".to_owned(),
            };
        }
        (Some(Bug::NoClaim), PublishState::Pending { retry_at, .. }) if is_claim => {
            *retry_at = Timestamp::from_millis(0);
        }
        _ => {}
    }
    record
}
