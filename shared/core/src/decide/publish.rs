//! The announcements of an outcome: who is told next, and what becomes of each try.

use super::backoff::announce_pause;
use super::next_step::Step;
use crate::model::execution_record::{Announcement, Channel, Goal, NotifyOn, Record};
use crate::model::timestamp::Timestamp;

/// How often an announcement is tried before we give up: with the pauses between, for about two and a half hours.
pub const ANNOUNCE_ATTEMPTS_AT_MOST: u32 = 20;

/// The channel on which the outcome may be told next, and when; none once nobody is to be told any more.
pub(super) fn owed(record: &Record) -> Option<(Timestamp, Channel)> {
    let owed = Channel::ALL
        .into_iter()
        .filter_map(|channel| match record.announced(channel) {
            Announcement::Owed { retry_at, .. } => Some((*retry_at, channel)),
            Announcement::Undecided
            | Announcement::Unwanted
            | Announcement::Sent { .. }
            | Announcement::GivenUp => None,
        });
    owed.min_by_key(|(at, _)| *at)
}

/// What is done about an announcement that is owed. An event is for programs, which choose by rules of their own.
pub(super) fn announcing(record: &Record, channel: Channel) -> Step {
    match (channel, record.notify_on) {
        (Channel::Topic, NotifyOn::Failure) if record.is_success() => Step::Omit,
        (Channel::Topic, NotifyOn::Change) if !record.is_change => Step::Recall,
        _ => Step::Announce(channel),
    }
}

/// The record with one more try of an announcement counted, and nobody else's for a while.
pub(super) fn tried(record: &Record, channel: Channel, now: Timestamp) -> Option<Record> {
    let mut record = record.clone();
    let Announcement::Owed { attempts, retry_at } = record.announced_mut(channel) else {
        return None;
    };
    *attempts = attempts.saturating_add(1);
    *retry_at = now + announce_pause(*attempts);
    Some(record)
}

/// A change is told at once; anything else is known to everybody.
pub(super) fn recalled(record: &mut Record, is_change: bool, now: Timestamp) {
    record.is_change = is_change;
    if !is_change {
        record.announcement = Announcement::Unwanted;
    } else if let Announcement::Owed { retry_at, .. } = &mut record.announcement {
        *retry_at = now;
    }
}

/// The record with no notice owed any more.
#[must_use]
pub fn omitted(record: &Record) -> Record {
    Record {
        announcement: Announcement::Unwanted,
        ..record.clone()
    }
}

/// What becomes of an announcement that was tried in vain.
pub(super) fn unannounced(record: &mut Record, channel: Channel) {
    let announced = record.announced_mut(channel);
    if matches!(announced, Announcement::Owed { attempts, .. } if *attempts >= ANNOUNCE_ATTEMPTS_AT_MOST)
    {
        *announced = Announcement::GivenUp;
    }
}

/// What is owed once the outcome is decided.
pub(super) fn decided(record: &mut Record, now: Timestamp) {
    for channel in Channel::ALL {
        *record.announced_mut(channel) = if has_audience(record, channel) {
            Announcement::Owed {
                attempts: 0,
                retry_at: now,
            }
        } else {
            Announcement::Unwanted
        };
    }
}

/// Whether there is anybody to be told. A plan is for who asked for it, and changes nothing that others should hear of.
fn has_audience(record: &Record, channel: Channel) -> bool {
    let is_there = match channel {
        Channel::Topic => record.topic.is_some(),
        Channel::Bus => record.event == Announcement::Undecided,
    };
    is_there && record.goal != Goal::Planned
}
