//! The table, with the one record of the execution.

use invalidation_core::decide::driver::Saved;
use invalidation_core::model::execution_record::{Announcement, Record, Verdict};
use invalidation_core::model::queue::{Entry, Need, Queue, Ticket};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output;

use super::World;
use crate::model::bug::Bug;
use crate::model::frozen::Frozen;
use crate::model::promise::Promise;

/// How long a claimed record is left alone the first time, in milliseconds.
const FIRST_PAUSE_MS: u64 = 30_000;

/// What the table holds and has held.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Table {
    /// The record.
    pub record: Option<Frozen<Record>>,
    /// The ticket in the queue, with what it needs.
    pub entry: Option<Frozen<(Ticket, Entry)>>,
    /// The first outcome that was ever stored.
    pub outcome: Option<Frozen<Verdict>>,
}

impl World {
    /// The record, if there is one.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        self.table.record.as_ref().map(Frozen::get)
    }

    /// A conditional write, and what comes of it.
    pub fn save(&mut self, record: &Record, replaces: Option<&str>, bug: Option<Bug>) -> Saved {
        let stored = self.record();
        let is_allowed = stored.map(|stored| stored.write_id.as_str()) == replaces
            || bug == Some(Bug::UnconditionalWrite);
        match stored {
            Some(stored) if !is_allowed => Saved::refused(record, stored.clone()),
            _ => {
                self.store(spoilt(record.clone(), bug));
                Saved::Written
            }
        }
    }

    /// Takes up the record if it is due at `now`, as the update does that `invalidation_aws` sends: it is put off by its
    /// pause, and the pause is doubled.
    pub fn claim(&mut self, now: Timestamp) -> Option<Record> {
        let mut record = self.record()?.clone();
        if record.due_at? > now {
            return None;
        }
        let pause = record.pause.unwrap_or(FIRST_PAUSE_MS);
        record.due_at = Some(Timestamp::from_millis(now.as_millis() + pause));
        record.pause = Some(pause * 2);
        self.table.record = Some(Frozen::new(record.clone()));
        Some(record)
    }

    fn store(&mut self, record: Record) {
        if let Some(outcome) = &self.table.outcome {
            let now = record.outcome.as_ref().map(|outcome| &outcome.verdict);
            self.broken
                .unless(now == Some(outcome.get()), Promise::OneOutcome);
        } else if let Some(outcome) = &record.outcome {
            self.table.outcome = Some(Frozen::new(outcome.verdict.clone()));
        }
        let is_sent =
            |announcement: &Announcement| matches!(announcement, Announcement::Sent { .. });
        let is_true = (!is_sent(&record.announcement) || self.published > 0)
            && (!is_sent(&record.event) || self.put > 0);
        self.broken.unless(is_true, Promise::TrueMark);
        self.table.record = Some(Frozen::new(record));
    }

    /// Takes the place in the queue, unless it is taken.
    pub fn enter(&mut self, ticket: &Ticket, need: &Need) -> Queue {
        if self.table.entry.is_none() {
            let entry = Entry {
                number: 1,
                // Nobody else is there to whom it could matter that it is forgotten.
                need: Need {
                    until: Timestamp::from_millis(u64::MAX),
                    ..need.clone()
                },
                makes_up_to: None,
                has_left: false,
            };
            self.table.entry = Some(Frozen::new((ticket.clone(), entry)));
        }
        self.queue()
    }

    /// Leaves the queue; it stays to be seen that it has.
    pub fn leave(&mut self) {
        if let Some(entry) = self.table.entry.take() {
            let (ticket, entry) = entry.get().clone();
            let has_left = true;
            self.table.entry = Some(Frozen::new((ticket, Entry { has_left, ..entry })));
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

    /// The last answer that follows from what is stored.
    #[must_use]
    pub fn stored_answer(&self) -> Option<output::Answer> {
        let record = self.record().filter(|record| record.outcome.is_some())?;
        Some(output::answer(record, self.now))
    }
}

/// The record as a product with this fault would write it.
fn spoilt(mut record: Record, bug: Option<Bug>) -> Record {
    let is_claim =
        matches!(record.announcement, Announcement::Owed { attempts, .. } if attempts > 0);
    match (bug, &mut record.announcement) {
        (Some(Bug::NoOutbox), announcement @ Announcement::Owed { .. }) => {
            *announcement = Announcement::Unwanted;
        }
        (Some(Bug::MarkBeforePublish), announcement) if is_claim => {
            *announcement = Announcement::Sent {
                message_id: "early".to_owned(),
            };
        }
        (Some(Bug::NoClaim), Announcement::Owed { retry_at, .. }) if is_claim => {
            *retry_at = Timestamp::from_millis(0);
        }
        _ => {}
    }
    record
}
