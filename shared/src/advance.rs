//! The loop that moves a record forward: ask what is next, do it, write down what came of it, ask again.
//!
//! What is decided is written before it is acted on, and the id of a new invalidation as soon as it is known, so that a
//! process that dies between two lines leaves a record from which any other can go on. What CloudFront says in between
//! is kept in memory until the next such write: losing it costs one more look. Every write carries the condition that
//! nobody else has written since; who is overtaken takes over what the other wrote, and asks again what is next.

use tracing::{info, warn};

use crate::config::Settings;
use crate::identifiers::JobId;
use crate::invalidation::{self, Observation, Step};
use crate::message;
use crate::ports::{
    Cdn, CdnError, Clock, Ledger, LedgerError, Notifier, Pipeline, Ports, Saved, Undelivered,
};
use crate::record::Record;
use crate::telemetry;
use crate::timestamp::Timestamp;

/// The most steps that one process takes on one record: far more than the longest hold needs, and the reason why a
/// mistake in the decisions could never become a loop that calls AWS for ever.
const STEPS_AT_MOST: u32 = 200;

/// Who writes: the source of write ids that no other writer uses.
#[derive(Debug, Clone)]
pub struct Writer {
    name: String,
    writes: u32,
}

impl Writer {
    /// A writer whose `name` no other invocation of any function has.
    #[must_use]
    pub const fn new(name: String) -> Self {
        Self { name, writes: 0 }
    }

    fn next_id(&mut self) -> String {
        self.writes += 1;
        format!("{}#{}", self.name, self.writes)
    }
}

/// A record in the hands of one process.
#[derive(Debug, Clone)]
pub struct Execution {
    record: Record,
    /// The id of the write that the table holds, as far as we know; none when it holds no record yet.
    stored: Option<String>,
    is_changed: bool,
    writer: Writer,
}

impl Execution {
    /// An execution whose record is not in the table yet; it is written before the first effect.
    #[must_use]
    pub const fn fresh(record: Record, writer: Writer) -> Self {
        Self {
            record,
            stored: None,
            is_changed: true,
            writer,
        }
    }

    /// An execution whose record was loaded from the table.
    #[must_use]
    pub fn loaded(record: Record, writer: Writer) -> Self {
        Self {
            stored: Some(record.write_id.clone()),
            record,
            is_changed: false,
            writer,
        }
    }

    /// The record as it stands.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Whether this job still waits for its answer.
    #[must_use]
    pub fn owes(&self, job_id: &JobId) -> bool {
        self.record.visit.is_open() && self.record.visit.job_id == *job_id
    }

    /// Takes each step that is due, waits for the next while our job is open and it comes until `wait_until`, and returns
    /// when there is nothing to do for now.
    ///
    /// # Errors
    /// When the record can be neither read nor written; what happened until then is in [`record`](Self::record).
    pub async fn advance(
        &mut self,
        ports: &Ports<impl Cdn, impl Ledger, impl Pipeline, impl Notifier, impl Clock>,
        settings: &Settings,
        wait_until: Timestamp,
    ) -> Result<(), LedgerError> {
        for _ in 0..STEPS_AT_MOST {
            let now = ports.clock.now();
            match invalidation::next(&self.record, now) {
                Step::Rest(until) if self.record.visit.is_open() && until <= wait_until => {
                    ports.clock.sleep(until.since(now)).await;
                }
                Step::Rest(_) | Step::Done => {
                    // When somebody else has written, there may be something to do after all: ask again.
                    if self.save(ports).await? {
                        return Ok(());
                    }
                }
                Step::Decide(verdict) => {
                    telemetry::decided(&self.record, &verdict);
                    self.change(invalidation::decided(&self.record, verdict, now));
                }
                Step::Drain => {
                    self.change(invalidation::drained(&self.record, now, &settings.policy));
                }
                step @ (Step::Create | Step::Look | Step::Answer | Step::Announce) => {
                    self.perform(&step, ports, settings).await?;
                }
            }
        }
        warn!(execution_id = %self.record.id, "stopped after {STEPS_AT_MOST} steps; the next pass goes on");
        self.save(ports).await.map(drop)
    }

    /// Writes the record if it has changed. False means that somebody else had written: the record is now theirs.
    ///
    /// # Errors
    /// When the table cannot be reached, or holds something unreadable.
    pub async fn save<C, P, N>(
        &mut self,
        ports: &Ports<C, impl Ledger, P, N, impl Clock>,
    ) -> Result<bool, LedgerError> {
        if !self.is_changed {
            return Ok(true);
        }
        self.record.write_id = self.writer.next_id();
        self.record.due_at = invalidation::due_at(&self.record, ports.clock.now());
        let saved = ports
            .ledger
            .save(&self.record, self.stored.as_deref())
            .await?;
        match saved {
            Saved::Written => self.stored = Some(self.record.write_id.clone()),
            Saved::Overtaken(theirs) => {
                info!(execution_id = %self.record.id, "somebody else has written this record; going on from theirs");
                *self = Self::loaded(*theirs, self.writer.clone());
                return Ok(false);
            }
        }
        self.is_changed = false;
        Ok(true)
    }

    /// Goes on from `record`, which is written before the next effect.
    pub fn change(&mut self, record: Record) {
        if record != self.record {
            self.record = record;
            self.is_changed = true;
        }
    }

    /// Takes one step that reaches out. A look has no effect, so it goes without a write before it, unless the table does
    /// not know of the execution at all yet.
    async fn perform(
        &mut self,
        step: &Step,
        ports: &Ports<impl Cdn, impl Ledger, impl Pipeline, impl Notifier, impl Clock>,
        settings: &Settings,
    ) -> Result<(), LedgerError> {
        if let Some(claimed) = invalidation::before(&self.record, step, ports.clock.now()) {
            self.change(claimed);
        }
        let is_mere_look = *step == Step::Look && self.stored.is_some();
        if !is_mere_look && !self.save(ports).await? {
            return Ok(());
        }
        let Some(observation) = self.observe(step, ports, settings).await else {
            return Ok(());
        };
        let is_created = matches!(observation, Observation::Created(..));
        let now = ports.clock.now();
        let after = invalidation::after(&self.record, observation.clone(), now, &settings.policy);
        self.change(after);
        telemetry::observed(&self.record, &observation);
        // Nobody but us knows the new id; until it is stored, only a repetition under the same reference could tell it.
        if is_created {
            self.save(ports).await.map(drop)
        } else {
            Ok(())
        }
    }

    async fn observe(
        &self,
        step: &Step,
        ports: &Ports<impl Cdn, impl Ledger, impl Pipeline, impl Notifier, impl Clock>,
        settings: &Settings,
    ) -> Option<Observation> {
        let record = &self.record;
        let target = record.target.as_ref();
        let observation = match step {
            Step::Create => {
                let created = ports.cdn.create_invalidation(target?).await;
                created.map_or_else(Observation::from, |(id, status)| {
                    Observation::Created(id, status)
                })
            }
            Step::Look => {
                let (distribution, id) = (&target?.distribution_id, &record.sighting()?.id);
                let seen = ports.cdn.get_invalidation(distribution, id).await;
                seen.map_or_else(Observation::from, Observation::Seen)
            }
            Step::Answer => {
                let answer = message::answer(record, ports.clock.now());
                let answered = ports.pipeline.answer(&record.visit.job_id, &answer).await;
                answered.map_or_else(
                    |error| Observation::Unanswered(error.0),
                    Observation::Answered,
                )
            }
            Step::Announce => {
                let notice = message::notice(record, settings.region.as_deref())?;
                match ports.notifier.publish(&notice).await {
                    Ok(message_id) => Observation::Announced { message_id },
                    Err(Undelivered(trouble)) => Observation::Unannounced(trouble),
                }
            }
            Step::Decide(_) | Step::Drain | Step::Rest(_) | Step::Done => return None,
        };
        Some(observation)
    }
}

impl From<CdnError> for Observation {
    fn from(error: CdnError) -> Self {
        match error {
            CdnError::Refused(reason) => Self::Refused(reason),
            CdnError::PutOff(trouble) => Self::PutOff(trouble),
        }
    }
}
