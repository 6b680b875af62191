//! The search for an invalidation of ours whose id we do not know.
//!
//! A request that is repeated under its reference should be told the id of the first: "CloudFront returns information about
//! the invalidation request that you previously created" (API reference, `InvalidationBatch`). When CloudFront refuses
//! the repetition instead, ours is looked for among its latest invalidations. "CallerReference" is not in the list, so
//! each candidate is asked for, within a budget.

use std::collections::BTreeSet;

use super::CLOCK_SKEW;
use crate::identifiers::InvalidationId;
use crate::paths::InvalidationPath;
use crate::record::{Found, Listed, Reason, Search, Target};
use crate::timestamp::Timestamp;

/// The most invalidations that are compared in one search, the oldest first: ours was created soon after its execution
/// began.
pub const CANDIDATES_AT_MOST: usize = 20;

/// Keeps those candidates that were created since the execution began.
pub(super) fn narrow(target: &mut Target, mut listed: Vec<Listed>, began: Timestamp) {
    listed.retain(|one| one.created_at + CLOCK_SKEW >= began);
    listed.sort_by_key(|one| one.created_at);
    listed.truncate(CANDIDATES_AT_MOST);
    look_among(target, listed.into_iter().map(|one| one.id).collect());
}

/// Whether what was found has our reference and our batch: the same paths, in whatever order.
pub(super) fn is_ours(target: &Target, found: &Found) -> bool {
    let ours: BTreeSet<&str> = target.paths.iter().map(InvalidationPath::as_str).collect();
    let theirs: BTreeSet<&str> = found.paths.iter().map(String::as_str).collect();
    found.caller_reference == target.caller_reference && ours == theirs
}

/// Leaves out a candidate that is not ours.
pub(super) fn exclude(target: &mut Target, id: &InvalidationId) {
    if let Some(Search::Among(mut candidates)) = target.search.take() {
        candidates.retain(|candidate| candidate != id);
        look_among(target, candidates);
    }
}

/// Goes on with these candidates; without any, nothing can come of the target any more.
fn look_among(target: &mut Target, candidates: Vec<InvalidationId>) {
    if candidates.is_empty() {
        target.refusal = Some(Reason::ReferenceReused);
    }
    target.search = Some(Search::Among(candidates));
}
