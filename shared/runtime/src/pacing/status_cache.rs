//! The known statuses of the invalidations of one distribution or distribution tenant in a sweep, and the next call to
//! make.
//!
//! CloudFront returns the status of one invalidation (GetInvalidation) or of the latest hundred (ListInvalidations).
//! The first invalidation is polled by itself, because there is often no other; in backlog mode, there are others. From
//! the second invalidation on, the sweep requests the list instead, and uses it for all invalidations on it. If the
//! list does not contain the requested invalidation, at least a hundred later ones exist. That invalidation and all
//! following ones are then polled one by one. Each list but one therefore replaces the poll of an invalidation that is
//! on it, and a sweep makes at most one call more than without lists.

use std::collections::BTreeMap;
use std::time::Duration;

use invalidation_core::input::identifiers::InvalidationId;
use invalidation_core::model::execution_record::{Listed, Status};
use invalidation_core::model::timestamp::Timestamp;

/// How to get the status of an invalidation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Use this status, which is recent enough.
    Know(Status),
    /// Poll the invalidation.
    Poll,
    /// Request the list.
    List,
}

/// The known statuses.
#[derive(Debug)]
pub(super) struct StatusCache {
    /// The maximum age of an `InProgress`.
    max_age: Duration,
    /// Whether the sweep is in backlog mode, in which more records of this distribution follow.
    is_backlog: bool,
    /// The invalidation that was requested first.
    first: Option<InvalidationId>,
    /// Whether a list may be requested.
    may_list: bool,
    /// The status of each invalidation, and when it was requested.
    statuses: BTreeMap<InvalidationId, (Status, Timestamp)>,
}

impl StatusCache {
    /// An empty cache in which an `InProgress` is valid for `max_age`.
    pub(super) const fn new(max_age: Duration, is_backlog: bool) -> Self {
        Self {
            max_age,
            is_backlog,
            first: None,
            may_list: true,
            statuses: BTreeMap::new(),
        }
    }

    /// How to get the status of `id`, as of `since` or later.
    pub(super) fn next(&mut self, id: &InvalidationId, since: Timestamp, now: Timestamp) -> Next {
        if let Some(status) = self.known(id, since, now) {
            return Next::Know(status);
        }
        let first = self.first.get_or_insert_with(|| id.clone());
        if self.may_list && (self.is_backlog || first != id) {
            Next::List
        } else {
            Next::Poll
        }
    }

    /// The cached status, if it is still valid. `Completed` stays valid.
    pub(super) fn known(
        &self,
        id: &InvalidationId,
        since: Timestamp,
        now: Timestamp,
    ) -> Option<Status> {
        let (status, requested_at) = *self.statuses.get(id)?;
        let is_fresh = requested_at >= since && now.since(requested_at) <= self.max_age;
        (status == Status::Completed || is_fresh).then_some(status)
    }

    /// The status from any time in this sweep, if it was requested at `since` or later.
    pub(super) fn latest(&self, id: &InvalidationId, since: Timestamp) -> Option<Status> {
        let (status, requested_at) = *self.statuses.get(id)?;
        (requested_at >= since).then_some(status)
    }

    /// Records that a list is requested. No further list is requested until this one proves useful: a list that fails
    /// or takes too long is not retried.
    pub(super) const fn listing(&mut self) {
        self.may_list = false;
    }

    /// Records the list that was requested at that time because of `id`.
    pub(super) fn listed(
        &mut self,
        id: &InvalidationId,
        list: Vec<Listed>,
        requested_at: Timestamp,
    ) {
        self.may_list = list.iter().any(|one| one.id == *id);
        let statuses = list
            .into_iter()
            .map(|one| (one.id, (one.status, requested_at)));
        self.statuses.extend(statuses);
    }

    /// Records the status from a poll of `id`.
    pub(super) fn polled(&mut self, id: &InvalidationId, status: Status, requested_at: Timestamp) {
        self.statuses.insert(id.clone(), (status, requested_at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MAX_AGE: Duration = Duration::from_secs(10);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn id(n: usize) -> InvalidationId {
        InvalidationId::parse(&format!("I{n}")).unwrap()
    }

    fn listed(n: usize, status: Status) -> Listed {
        Listed {
            id: id(n),
            status,
            created_at: at(0),
        }
    }

    /// The next call at that second, if a status of any age is accepted.
    fn next(cache: &mut StatusCache, n: usize, seconds: u64) -> Next {
        cache.next(&id(n), at(0), at(seconds))
    }

    #[test]
    fn a_single_invalidation_is_never_listed() {
        let mut cache = StatusCache::new(MAX_AGE, false);
        for seconds in [0, 20, 40] {
            assert_eq!(next(&mut cache, 1, seconds), Next::Poll);
            cache.polled(&id(1), Status::InProgress, at(seconds));
            let known = next(&mut cache, 1, seconds + 10);
            assert_eq!(known, Next::Know(Status::InProgress));
        }
    }

    #[test]
    fn in_a_backlog_the_first_is_listed() {
        let mut cache = StatusCache::new(MAX_AGE, true);
        assert_eq!(next(&mut cache, 1, 0), Next::List);
        cache.listing();
        cache.listed(&id(1), vec![listed(1, Status::InProgress)], at(0));
        assert_eq!(next(&mut cache, 1, 0), Next::Know(Status::InProgress));
        assert_eq!(next(&mut cache, 2, 0), Next::List, "the list was useful");
        cache.listing();
        cache.listed(&id(2), vec![listed(1, Status::InProgress)], at(0));
        assert_eq!(next(&mut cache, 2, 0), Next::Poll);
    }

    #[test]
    fn a_status_of_the_sweep_is_cached_for_as_long() {
        let mut cache = StatusCache::new(MAX_AGE, false);
        cache.polled(&id(1), Status::InProgress, at(5));
        assert_eq!(next(&mut cache, 1, 30), Next::Poll);
        assert_eq!(cache.latest(&id(1), at(5)), Some(Status::InProgress));
        assert_eq!(cache.latest(&id(1), at(6)), None);
        assert_eq!(cache.latest(&id(2), at(0)), None);
    }

    #[test]
    fn the_second_is_listed_and_the_list_has_the_others() {
        let mut cache = StatusCache::new(MAX_AGE, false);
        assert_eq!(next(&mut cache, 1, 0), Next::Poll);
        assert_eq!(
            next(&mut cache, 2, 0),
            Next::List,
            "even if the first poll failed"
        );
        cache.listing();
        let list = vec![listed(3, Status::Completed), listed(2, Status::InProgress)];
        cache.listed(&id(2), list, at(1));
        assert_eq!(next(&mut cache, 2, 11), Next::Know(Status::InProgress));
        assert_eq!(next(&mut cache, 3, 11), Next::Know(Status::Completed));
        assert_eq!(
            next(&mut cache, 2, 12),
            Next::List,
            "that status is too old, and the last list was useful"
        );
        assert_eq!(next(&mut cache, 1, 12), Next::Poll);
    }

    #[test]
    fn after_a_list_without_it_each_is_polled_by_itself() {
        let mut cache = StatusCache::new(MAX_AGE, false);
        next(&mut cache, 1, 0);
        assert_eq!(next(&mut cache, 2, 0), Next::List);
        cache.listing();
        cache.listed(&id(2), vec![listed(9, Status::Completed)], at(0));
        for n in [2, 3, 4] {
            assert_eq!(next(&mut cache, n, 0), Next::Poll);
        }
        assert_eq!(next(&mut cache, 9, 0), Next::Know(Status::Completed));
    }

    #[test]
    fn a_missing_list_is_not_requested_again() {
        let mut cache = StatusCache::new(MAX_AGE, false);
        next(&mut cache, 1, 0);
        assert_eq!(next(&mut cache, 2, 0), Next::List);
        cache.listing();
        assert_eq!(next(&mut cache, 2, 0), Next::Poll);
        assert_eq!(next(&mut cache, 3, 0), Next::Poll);
    }

    /// At its deadline, an execution does not use an earlier status, unless that was `Completed`.
    #[test]
    fn a_status_from_before_the_deadline_is_not_used() {
        let mut cache = StatusCache::new(MAX_AGE, false);
        cache.polled(&id(1), Status::InProgress, at(8));
        cache.polled(&id(2), Status::Completed, at(8));
        assert_eq!(cache.known(&id(1), at(8), at(9)), Some(Status::InProgress));
        assert_eq!(cache.known(&id(1), at(9), at(9)), None);
        assert_eq!(cache.known(&id(2), at(9), at(90)), Some(Status::Completed));
    }

    proptest! {
        /// For any order of polls, any list and any failed list: a sweep makes at most one call more than with one call
        /// per poll, and no poll gets a status that is too old.
        #[test]
        fn at_most_one_call_more(
            polls in prop::collection::vec((0_usize..6, 0_u64..8, prop::bool::weighted(0.9)), 1..60),
            page in prop::collection::btree_set(0_usize..6, 0..6),
            completes_at in prop::collection::vec(0_u64..200, 6),
        ) {
            let mut cache = StatusCache::new(MAX_AGE, false);
            let (mut seconds, mut calls) = (0, 0);
            for (n, backoff, does_list_succeed) in &polls {
                seconds += backoff;
                let status_at = |n: usize, seconds: u64| {
                    if completes_at[n] <= seconds { Status::Completed } else { Status::InProgress }
                };
                let mut next = cache.next(&id(*n), at(0), at(seconds));
                if next == Next::List {
                    calls += 1;
                    cache.listing();
                    if *does_list_succeed {
                        let list = page.iter().map(|n| listed(*n, status_at(*n, seconds))).collect();
                        cache.listed(&id(*n), list, at(seconds));
                    }
                    let known = cache.known(&id(*n), at(0), at(seconds));
                    next = known.map_or(Next::Poll, Next::Know);
                }
                match next {
                    Next::Know(status) => {
                        let then = seconds.saturating_sub(MAX_AGE.as_secs());
                        prop_assert!(status == status_at(*n, seconds) || status == status_at(*n, then));
                    }
                    _ => {
                        calls += 1;
                        cache.polled(&id(*n), status_at(*n, seconds), at(seconds));
                    }
                }
            }
            prop_assert!(calls <= polls.len() + 1, "{calls} calls for {} polls", polls.len());
        }
    }
}
