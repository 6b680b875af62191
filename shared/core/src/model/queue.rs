//! The queue of a distribution: invalidations in progress, and executions that wait for capacity.
//!
//! "You can have invalidation requests for up to 3,000 files per distribution in progress at one time", and "up to 15
//! wildcard paths in progress at one time"
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html>). Each target of each
//! execution adds a queue entry, numbered by DynamoDB, and removes it when its invalidation has finished.
//! It may create its invalidation once there is capacity for it and for all earlier entries. The order is that of arrival, so no
//! coordinator is needed.
//!
//! Who waits need not make an invalidation of its own if another one's covers its paths and is created later than it came.
//! So whoever's turn it is says, before it asks CloudFront, up to which number it makes the invalidation for others, too.
//! The order of these two writes is the proof that those had their deploy behind them; no clock has a say in it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::input::identifiers::JobId;
use crate::input::paths::InvalidationPath;
use crate::model::timestamp::Timestamp;

/// The wildcards that a distribution may have in progress.
pub const WILDCARDS_IN_PROGRESS: u32 = 15;
/// The other paths and cache tags that a distribution may have in progress.
pub const FILES_IN_PROGRESS: u32 = 3_000;

/// The most characters of a batch that others are told, so that hundreds of entries fit into one item of the table. What
/// is longer is not made for others.
const SHARED_PATHS_AT_MOST: usize = 200;

/// How much later than now an entry may expire at most: an execution lasts 23 hours at most, and the rest is for
/// clocks that differ. No execution writes a later moment, so an entry that has one is not from any, and must not take room
/// for years.
const LASTS_AT_MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// Who stands in the queue: one target of one execution.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntryId {
    /// The execution.
    pub execution: JobId,
    /// The index of the target in its record.
    pub target_index: usize,
}

/// The state of a queue entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    /// When it came, in the order of arrival.
    pub number: u64,
    /// What it needs.
    pub need: Need,
    /// The last number that its invalidation also serves; none while it serves only itself.
    pub leader_up_to: Option<u64>,
    /// Whether it has released its capacity and remains only for its followers.
    pub has_left: bool,
}

/// What a target needs of its distribution.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Need {
    /// How many wildcards it has.
    pub wildcards: u32,
    /// How many other paths and cache tags.
    pub files: u32,
    /// The batch; empty if it is too long to be shared.
    pub paths: Vec<InvalidationPath>,
    /// Until when it may be in the queue. Later than that it is no more than forgotten.
    pub until: Timestamp,
}

/// The queue as the table holds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Queue {
    /// The queue entries.
    pub entries: BTreeMap<EntryId, Entry>,
    /// The entries that have left, and until when that is remembered: a request that comes late, or a process that knows of
    /// nothing, must not take a place for what is over.
    pub gone: BTreeMap<EntryId, Timestamp>,
}

/// The admission of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Admission {
    /// There is no capacity for it yet.
    Waiting {
        /// How many are before it.
        ahead: u32,
    },
    /// There is capacity for it, and its invalidation can serve other entries once that is written.
    Leader,
    /// The invalidation may be created.
    Admitted,
    /// This one makes the invalidation for it.
    Follower(EntryId),
    /// It stands in the queue no more, or there is none.
    Left,
}

impl Need {
    /// What this batch needs, until then.
    #[must_use]
    pub fn of(paths: &[InvalidationPath], until: Timestamp) -> Self {
        let wildcards = paths.iter().filter(|path| path.is_wildcard()).count();
        let characters: usize = paths.iter().map(|path| path.as_str().len()).sum();
        let told = if characters > SHARED_PATHS_AT_MOST {
            &[]
        } else {
            paths
        };
        Self {
            wildcards: number(wildcards),
            files: number(paths.len().saturating_sub(wildcards)),
            paths: told.to_vec(),
            until,
        }
    }
}

impl Queue {
    /// The admission of this entry; none if it is not in the queue. `reserved` wildcards are reserved for manual invalidations.
    /// An entry that is `alone` does not follow another.
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
        // Whoever has said that it makes the invalidation for others makes one: what it would follow may be older than they.
        let may_be_follower = !alone && mine.leader_up_to.is_none();
        if let Some(leader) = self.leader(mine, now).filter(|_| may_be_follower) {
            return Some(Admission::Follower(leader.clone()));
        }
        let ahead = || self.ahead(mine, now);
        let wildcards = total(ahead().map(|entry| entry.need.wildcards));
        let files = total(ahead().map(|entry| entry.need.files));
        let has_capacity = fits(
            mine.need.wildcards,
            wildcards,
            WILDCARDS_IN_PROGRESS.saturating_sub(reserved),
        ) && fits(mine.need.files, files, FILES_IN_PROGRESS);
        Some(match has_capacity {
            false => Admission::Waiting {
                ahead: number(ahead().count()),
            },
            true if mine.leader_up_to.is_none() && self.is_wanted(mine, now) => Admission::Leader,
            true => Admission::Admitted,
        })
    }

    /// The expired entries: no entry follows them any more, and nobody will give their room back; or no execution
    /// wrote them.
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

    /// Those who came before, and have room or wait for it. Who follows another one is still among them, for it may have
    /// been called before; it gives its room back as soon as it follows.
    fn ahead(&self, mine: &Entry, now: Timestamp) -> impl Iterator<Item = &Entry> {
        self.entries
            .values()
            .filter(move |entry| entry.number < mine.number && entry.uses_capacity(now))
    }

    /// Who makes the invalidation for this one: somebody ahead of it who said so after it had come.
    fn leader(&self, entry: &Entry, now: Timestamp) -> Option<&EntryId> {
        let is_leader = |other: &Entry| {
            !is_impossible(other.need.until, now)
                && other.number < entry.number
                && other.leader_up_to >= Some(entry.number)
                && covers(&other.need.paths, &entry.need.paths)
        };
        let mut others = self.entries.iter();
        others.find_map(|(entry_id, other)| is_leader(other).then_some(entry_id))
    }

    /// Whether somebody behind would have its invalidation made by this one.
    fn is_wanted(&self, mine: &Entry, now: Timestamp) -> bool {
        self.entries.values().any(|entry| {
            entry.number > mine.number
                && entry.uses_capacity(now)
                && covers(&mine.need.paths, &entry.need.paths)
        })
    }
}

impl Entry {
    /// Whether it has capacity or waits for it.
    fn uses_capacity(&self, now: Timestamp) -> bool {
        let until = self.need.until;
        !self.has_left && until >= now && !is_impossible(until, now)
    }
}

/// Whether no execution can have written this as the expiry of an entry.
fn is_impossible(until: Timestamp, now: Timestamp) -> bool {
    until > now + LASTS_AT_MOST
}

/// Whether each of `theirs` is invalidated by one of `ours`. What was too long to be told covers nothing, and is covered by
/// nothing.
#[must_use]
pub fn covers(ours: &[InvalidationPath], theirs: &[InvalidationPath]) -> bool {
    let is_covered = |path: &InvalidationPath| ours.iter().any(|one| one.covers(path));
    !theirs.is_empty() && theirs.iter().all(is_covered)
}

/// Whether there is room for so many more beside those ahead. Who is first is let in however much it needs: CloudFront's
/// own word is the last.
const fn fits(more: u32, ahead: u32, capacity: u32) -> bool {
    more == 0 || ahead == 0 || ahead.saturating_add(more) <= capacity
}

/// The sum of what is read from the table, where any number may stand.
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
