//! The queue of a distribution: invalidations in progress, and executions that wait for capacity.
//!
//! "You can have invalidation requests for up to 3,000 files per distribution in progress at one time", and "up to 15
//! wildcard paths in progress at one time"
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html>). Each target of each
//! execution adds a queue entry, which DynamoDB numbers, and removes it when its invalidation has finished. A target
//! may create its invalidation once there is capacity for its entry and for all earlier entries. The order is part of
//! the entries, so no coordinator is needed.
//!
//! An entry arrives at the end. If one pipeline has many entries there, they would delay all others, so an entry may
//! take an earlier turn: the pipelines then take turns, and the entries of one pipeline keep the order of arrival. The
//! turn is written only if no entry arrived, left or took a turn since the queue was read ([`Queue::revision`]). So it
//! is never before an entry that may have been admitted, and no capacity is used twice.
//!
//! A waiting entry needs no invalidation of its own if another invalidation covers its paths and is created after the
//! entry was added. An admitted entry therefore becomes a leader before its target calls CloudFront: it stores the last
//! number that its invalidation also serves. The followers were added before that write, and the invalidation is
//! created after it, so the invalidation includes their deployments. No clock is involved.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::input::identifiers::JobId;
use crate::input::paths::InvalidationPath;
use crate::model::timestamp::Timestamp;

/// The maximum number of wildcard paths of a distribution in progress.
pub const WILDCARDS_IN_PROGRESS: u32 = 15;
/// The maximum number of other paths and cache tags of a distribution in progress.
pub const FILES_IN_PROGRESS: u32 = 3_000;

/// The maximum length of a batch that is stored in a queue entry, so that hundreds of entries fit into one item of the
/// table. An entry with a longer batch has no followers, and follows no leader.
const SHARED_PATHS_AT_MOST: usize = 200;

/// The maximum number of later entries that may pass an entry, so that a stream of new pipelines cannot delay it
/// indefinitely.
const PASSED_BY_AT_MOST: u64 = 100;

/// "Maximum 100" characters in the name of a pipeline
/// (<https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineDeclaration.html>).
const PIPELINE_CHARACTERS_AT_MOST: usize = 100;

/// The maximum time from now until an entry expires. An execution lasts at most 23 hours; the rest allows for clock
/// skew. No execution writes a later expiry, so an entry that has one is invalid, and must not use capacity for years.
const LASTS_AT_MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// The id of a queue entry: one target of one execution.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntryId {
    /// The execution.
    pub execution: JobId,
    /// The index of the target in the execution record.
    pub target_index: usize,
}

/// The state of a queue entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Its number, in the order of arrival.
    pub number: u64,
    /// The number of the entry after which it has its turn; none if it keeps the order of arrival.
    pub turn: Option<u64>,
    /// The capacity that it needs, its paths, and its expiry.
    pub need: Need,
    /// The last number that its invalidation also serves; none while it serves only itself.
    pub leader_up_to: Option<u64>,
    /// Whether it has released its capacity and remains only for its followers.
    pub has_left: bool,
}

/// The need of a target: its capacity in the queue, its paths, and the expiry of its entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Need {
    /// The number of wildcard paths.
    pub wildcards: u32,
    /// The number of other paths and cache tags.
    pub files: u32,
    /// The batch; empty if it is too long to be shared.
    pub paths: Vec<InvalidationPath>,
    /// The pipeline that CodePipeline returned. All entries without one are one group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    /// When the entry expires. An expired entry uses no capacity and is removed.
    pub until: Timestamp,
}

/// The queue as stored in the table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Queue {
    /// The queue entries.
    pub entries: BTreeMap<EntryId, Entry>,
    /// The entries that have left, and how long that is stored. It prevents a late request, or a process with an
    /// outdated record, from adding such an entry again.
    pub gone: BTreeMap<EntryId, Timestamp>,
    /// It grows whenever an entry comes, leaves or takes a turn.
    pub revision: u64,
}

/// The admission of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Admission {
    /// There is no capacity for it yet.
    Waiting {
        /// The number of entries before it.
        ahead: u32,
    },
    /// There is capacity for it, and its invalidation can serve other entries once the entry is stored as a leader.
    Leader,
    /// The invalidation may be created.
    Admitted,
    /// The entry follows this leader, and needs no invalidation of its own.
    Follower(EntryId),
    /// The entry has left the queue, or there is no queue.
    Left,
}

impl Need {
    /// The need of this batch of a pipeline. The entry expires at `until`.
    #[must_use]
    pub fn of(paths: &[InvalidationPath], pipeline: Option<&str>, until: Timestamp) -> Self {
        let wildcards = paths.iter().filter(|path| path.is_wildcard()).count();
        let characters: usize = paths.iter().map(|path| path.as_str().len()).sum();
        let shared = if characters > SHARED_PATHS_AT_MOST {
            &[]
        } else {
            paths
        };
        Self {
            wildcards: number(wildcards),
            files: number(paths.len().saturating_sub(wildcards)),
            paths: shared.to_vec(),
            pipeline: pipeline.map(|name| name.chars().take(PIPELINE_CHARACTERS_AT_MOST).collect()),
            until,
        }
    }

    /// Whether the two use the same kind of capacity.
    const fn competes_with(&self, other: &Self) -> bool {
        (self.wildcards > 0 && other.wildcards > 0) || (self.files > 0 && other.files > 0)
    }
}

impl Queue {
    /// The admission of this entry; none if it is not in the queue. `reserved` wildcards are reserved for manual
    /// invalidations. If it is `alone`, it does not follow a leader.
    #[must_use]
    pub fn admission(
        &self,
        entry_id: &EntryId,
        alone: bool,
        reserved: u32,
        now: Timestamp,
    ) -> Option<Admission> {
        if self.gone.contains_key(entry_id) {
            return Some(Admission::Left);
        }
        let mine = self.entries.get(entry_id)?;
        if mine.has_left {
            return Some(Admission::Left);
        }
        // A leader does not become a follower: the other invalidation may be older than the entries of its own
        // followers.
        let may_be_follower = !alone && mine.leader_up_to.is_none();
        if let Some(leader) = self.leader(mine, now).filter(|_| may_be_follower) {
            return Some(Admission::Follower(leader.clone()));
        }
        Some(match self.has_capacity(mine, reserved, now) {
            false => Admission::Waiting {
                ahead: number(self.ahead(mine, now).count()),
            },
            true if mine.leader_up_to.is_none() && self.is_wanted(mine, now) => Admission::Leader,
            true => Admission::Admitted,
        })
    }

    /// The turn that the entry should take; none if it keeps the order of arrival or has taken its turn.
    ///
    /// It comes after each entry that may be admitted, one turn after the last entry of its pipeline, and no entry is passed by more than
    /// `PASSED_BY_AT_MOST` others.
    #[must_use]
    pub fn fair_turn(&self, entry_id: &EntryId, now: Timestamp) -> Option<u64> {
        let mine = self.entries.get(entry_id)?;
        let keeps_its_turn = mine.turn.is_some() || mine.leader_up_to.is_some() || mine.has_left;
        if keeps_its_turn || self.has_capacity(mine, 0, now) {
            return None;
        }
        // Without a reserve, because another process may have another setting.
        let may_be_admitted = |entry: &Entry| {
            entry.need.competes_with(&mine.need) && self.has_capacity(entry, 0, now)
        };
        let bound = |entry: &Entry| {
            let (turn, number) = entry.place();
            let is_of_mine = entry.need.pipeline == mine.need.pipeline;
            match is_of_mine || (may_be_admitted(entry) && number > mine.number) {
                true => turn.saturating_add(1),
                false if may_be_admitted(entry) => turn,
                false => 0,
            }
        };
        let bounds = self.ahead(mine, now).map(bound);
        let last_passed = mine.number.saturating_sub(PASSED_BY_AT_MOST);
        let turn = bounds.fold(last_passed, u64::max);
        let passes = |entry: &Entry| entry.place() > (turn, mine.number);
        self.ahead(mine, now).any(passes).then_some(turn)
    }

    /// Whether there is capacity for this entry beside those before it.
    fn has_capacity(&self, mine: &Entry, reserved: u32, now: Timestamp) -> bool {
        let ahead = || self.ahead(mine, now);
        let wildcards = total(ahead().map(|entry| entry.need.wildcards));
        let files = total(ahead().map(|entry| entry.need.files));
        fits(
            mine.need.wildcards,
            wildcards,
            WILDCARDS_IN_PROGRESS.saturating_sub(reserved),
        ) && fits(mine.need.files, files, FILES_IN_PROGRESS)
    }

    /// The entries to remove. They are expired, so that no entry follows them and no other process removes them, or
    /// their expiry is invalid.
    pub fn forgotten(&self, now: Timestamp) -> impl Iterator<Item = &EntryId> {
        let entries = self
            .entries
            .iter()
            .map(|(entry_id, entry)| (entry_id, entry.need.until));
        let all = entries.chain(self.gone.iter().map(|(entry_id, until)| (entry_id, *until)));
        all.filter_map(move |(entry_id, until)| {
            (until < now || is_impossible(until, now)).then_some(entry_id)
        })
    }

    /// The earlier entries that use or need capacity. A follower is one of them until it leaves the queue, because it
    /// may have been admitted before.
    fn ahead(&self, mine: &Entry, now: Timestamp) -> impl Iterator<Item = &Entry> {
        self.entries
            .values()
            .filter(move |entry| entry.place() < mine.place() && entry.uses_capacity(now))
    }

    /// The leader of this entry: an earlier entry that became a leader after this one was added.
    fn leader(&self, entry: &Entry, now: Timestamp) -> Option<&EntryId> {
        let is_leader = |other: &Entry| {
            !is_impossible(other.need.until, now)
                && other.place() < entry.place()
                && other.leader_up_to >= Some(entry.number)
                && covers(&other.need.paths, &entry.need.paths)
        };
        let mut others = self.entries.iter();
        others.find_map(|(entry_id, other)| is_leader(other).then_some(entry_id))
    }

    /// Whether a later entry could follow this one.
    fn is_wanted(&self, mine: &Entry, now: Timestamp) -> bool {
        self.entries.values().any(|entry| {
            entry.place() > mine.place()
                && entry.uses_capacity(now)
                && covers(&mine.need.paths, &entry.need.paths)
        })
    }
}

impl Entry {
    /// Its position in the order of the queue.
    fn place(&self) -> (u64, u64) {
        (self.turn.unwrap_or(self.number), self.number)
    }

    /// Whether it uses capacity or waits for it.
    fn uses_capacity(&self, now: Timestamp) -> bool {
        let until = self.need.until;
        !self.has_left && until >= now && !is_impossible(until, now)
    }
}

/// Whether no execution can have written this expiry.
fn is_impossible(until: Timestamp, now: Timestamp) -> bool {
    until > now + LASTS_AT_MOST
}

/// Whether each of `theirs` is invalidated by one of `ours`. A batch that was too long to be stored covers nothing, and
/// nothing covers it.
#[must_use]
pub fn covers(ours: &[InvalidationPath], theirs: &[InvalidationPath]) -> bool {
    let is_covered = |path: &InvalidationPath| ours.iter().any(|one| one.covers(path));
    !theirs.is_empty() && theirs.iter().all(is_covered)
}

/// Whether there is capacity for `more` in addition to `ahead`. The first entry is admitted whatever it needs, because
/// CloudFront decides whether it accepts the invalidation.
const fn fits(more: u32, ahead: u32, capacity: u32) -> bool {
    more == 0 || ahead == 0 || ahead.saturating_add(more) <= capacity
}

/// The sum, which saturates, because the table may contain any number.
fn total(counts: impl Iterator<Item = u32>) -> u32 {
    counts.fold(0, u32::saturating_add)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl fmt::Display for EntryId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.execution, self.target_index)
    }
}

impl TryFrom<String> for EntryId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fault = "must be a job's id, a slash and a number";
        let (execution, target_index) = text.split_once('/').ok_or(fault)?;
        Ok(Self {
            execution: JobId::parse(execution).ok_or(fault)?,
            target_index: target_index.parse().map_err(|_| fault)?,
        })
    }
}

impl From<EntryId> for String {
    fn from(entry_id: EntryId) -> Self {
        entry_id.to_string()
    }
}

#[cfg(test)]
mod tests;
