//! The search for an invalidation of this execution whose id is unknown.
//!
//! A repeated request with the same caller reference should return the first invalidation: "CloudFront returns
//! information about the invalidation request that you previously created" (API reference, `InvalidationBatch`). If
//! CloudFront rejects the repetition instead, the search compares the latest invalidations. The list has no
//! `CallerReference`, so each candidate costs one GetInvalidation, within a budget.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::Duration;

use super::next_step::CLOCK_SKEW;
use crate::input::identifiers::InvalidationId;
use crate::input::paths::InvalidationPath;
use crate::model::execution_record::{Found, Listed, Reason, Search, Target};
use crate::model::timestamp::Timestamp;

/// The maximum number of invalidations that one search compares: all of one page of ListInvalidations. A lower limit
/// could miss the right one, because others may create any number of invalidations between the first attempt and the
/// attempt that took effect.
pub const CANDIDATES_AT_MOST: usize = 100;

/// Keeps the invalidations that were created since the first attempt, the nearest to it first. Unless the first
/// attempts failed, the right one is the first or among the first.
///
/// A record of an earlier version has no time of the first attempt; the start of its execution is used instead.
pub(super) fn narrow(target: &mut Target, mut listed: Vec<Listed>, began: Timestamp) {
    let tried_at = target.first_create_at.unwrap_or(began);
    listed.retain(|one| one.created_at + CLOCK_SKEW >= tried_at);
    listed.sort_by_key(|one| distance(one.created_at, tried_at));
    listed.truncate(CANDIDATES_AT_MOST);
    search_among(target, listed.into_iter().map(|one| one.id).collect());
}

/// The distance between two times. At equal distance the later time comes first, because it needs no clock skew to be
/// the right one.
fn distance(one: Timestamp, other: Timestamp) -> (Duration, Reverse<Timestamp>) {
    (one.since(other).max(other.since(one)), Reverse(one))
}

/// Whether the invalidation has the caller reference and the batch of the target: the same paths, in any order.
pub(super) fn is_ours(target: &Target, found: &Found) -> bool {
    let ours: BTreeSet<&str> = target.paths.iter().map(InvalidationPath::as_str).collect();
    let theirs: BTreeSet<&str> = found.paths.iter().map(String::as_str).collect();
    found.caller_reference == target.caller_reference && ours == theirs
}

/// Removes a candidate with another caller reference.
pub(super) fn exclude(target: &mut Target, id: &InvalidationId) {
    if let Some(Search::Among(mut candidates)) = target.search.take() {
        candidates.retain(|candidate| candidate != id);
        search_among(target, candidates);
    }
}

/// Continues with these candidates; without any, the target is rejected.
fn search_among(target: &mut Target, candidates: Vec<InvalidationId>) {
    if candidates.is_empty() {
        target.rejection = Some(Reason::CallerReferenceConflict);
    }
    target.search = Some(Search::Among(candidates));
}
