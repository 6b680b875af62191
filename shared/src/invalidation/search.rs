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
use crate::record::{Found, Listed, Record, Search};

/// The most invalidations that are compared in one search, the oldest first: ours was created soon after its execution
/// began.
pub const CANDIDATES_AT_MOST: usize = 20;

pub(super) fn begin(record: &mut Record) {
    if let Some(target) = &mut record.target {
        target.search = Some(Search::Wanted);
    }
}

/// Keeps those candidates that were created since the execution began.
pub(super) fn narrow(record: &mut Record, mut listed: Vec<Listed>) {
    listed.retain(|one| one.created_at + CLOCK_SKEW >= record.created_at);
    listed.sort_by_key(|one| one.created_at);
    listed.truncate(CANDIDATES_AT_MOST);
    if let Some(target) = &mut record.target {
        target.search = Some(Search::Among(
            listed.into_iter().map(|one| one.id).collect(),
        ));
    }
}

/// Whether what was found has our reference and our batch: the same paths, in whatever order.
pub(super) fn is_ours(record: &Record, found: &Found) -> bool {
    record.target.as_ref().is_some_and(|target| {
        let ours: BTreeSet<&str> = target.paths.iter().map(InvalidationPath::as_str).collect();
        let theirs: BTreeSet<&str> = found.paths.iter().map(String::as_str).collect();
        found.caller_reference == target.caller_reference && ours == theirs
    })
}

pub(super) fn exclude(record: &mut Record, id: &InvalidationId) {
    if let Some(Search::Among(candidates)) = record
        .target
        .as_mut()
        .and_then(|target| target.search.as_mut())
    {
        candidates.retain(|candidate| candidate != id);
    }
}

/// Whether every candidate has been compared.
pub(super) fn is_exhausted(record: &Record) -> bool {
    let search = record
        .target
        .as_ref()
        .and_then(|target| target.search.as_ref());
    matches!(search, Some(Search::Among(candidates)) if candidates.is_empty())
}
