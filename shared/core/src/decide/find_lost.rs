//! The search for an invalidation of this execution whose id is unknown.
//!
//! A request that is repeated under its reference should be told the id of the first: "CloudFront returns information about
//! the invalidation request that you previously created" (API reference, `InvalidationBatch`). When CloudFront refuses
//! the repetition instead, ours is looked for among its latest invalidations. "CallerReference" is not in the list, so
//! each candidate is asked for, within a budget.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::Duration;

use super::next_step::CLOCK_SKEW;
use crate::input::identifiers::InvalidationId;
use crate::input::paths::InvalidationPath;
use crate::model::execution_record::{Found, Listed, Reason, Search, Target};
use crate::model::timestamp::Timestamp;

/// The most invalidations that are compared in one search: all that one list of CloudFront's shows. Fewer would not do,
/// because others may create any number of them between the first try to create ours and the one that took effect.
pub const CANDIDATES_AT_MOST: usize = 100;

/// Keeps those candidates that were created since the first try to create ours, the nearest to it first: unless CloudFront
/// retryable the first tries, ours is the first or among the first.
///
/// The record of an earlier version has no first try, but the beginning of its execution.
pub(super) fn narrow(target: &mut Target, mut listed: Vec<Listed>, began: Timestamp) {
    let tried_at = target.first_create_at.unwrap_or(began);
    listed.retain(|one| one.created_at + CLOCK_SKEW >= tried_at);
    listed.sort_by_key(|one| distance(one.created_at, tried_at));
    listed.truncate(CANDIDATES_AT_MOST);
    search_among(target, listed.into_iter().map(|one| one.id).collect());
}

/// How far two moments lie apart; of two that are as far, the later is nearer, for it can be ours by any clock.
fn distance(one: Timestamp, other: Timestamp) -> (Duration, Reverse<Timestamp>) {
    (one.since(other).max(other.since(one)), Reverse(one))
}

/// Whether what was found has our reference and our batch: the same paths, in whatever order.
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

/// Goes on with these candidates; without any, nothing can come of the target any more.
fn search_among(target: &mut Target, candidates: Vec<InvalidationId>) {
    if candidates.is_empty() {
        target.rejection = Some(Reason::CallerReferenceConflict);
    }
    target.search = Some(Search::Among(candidates));
}
