//! What a sweep has heard of the invalidations of one distribution or distribution tenant, and what it asks next.
//!
//! CloudFront tells how one invalidation stands (GetInvalidation), or how the latest hundred do (ListInvalidations). The
//! first that is looked at is asked for by itself, because often there is no other; in a crowd, there will be. As soon as
//! there is a second one, a list is asked for in its place, and answers for as many others as are on it. One that is not on
//! it is older than a hundred of somebody else's: it is asked for by itself, and so are all that follow. So each list but
//! one was asked for in the place of a single invalidation that was on it, and a sweep makes at most one call more than
//! without lists.

use std::collections::BTreeMap;
use std::time::Duration;

use invalidation_core::input::identifiers::InvalidationId;
use invalidation_core::model::execution_record::{Listed, Status};
use invalidation_core::model::timestamp::Timestamp;

/// What is to be done to learn how an invalidation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing: CloudFront said it a moment ago.
    Know(Status),
    /// Ask for it by itself.
    Poll,
    /// Ask for the list.
    List,
}

/// What was heard.
#[derive(Debug)]
pub(crate) struct StatusCache {
    /// How old an `InProgress` may be.
    max_age: Duration,
    /// Whether so many records are moved that there will be others of this distribution.
    is_backlog: bool,
    /// The invalidation that was looked at first.
    first: Option<InvalidationId>,
    /// Whether a list may be asked for.
    may_list: bool,
    /// Each invalidation with CloudFront's word, and when it was asked for that.
    heard: BTreeMap<InvalidationId, (Status, Timestamp)>,
}

impl StatusCache {
    /// A cache in which an `InProgress` is believed for so long.
    pub(crate) const fn new(max_age: Duration, is_backlog: bool) -> Self {
        Self {
            max_age,
            is_backlog,
            first: None,
            may_list: true,
            heard: BTreeMap::new(),
        }
    }

    /// What is to be done to learn how `id` stands, or stood at `since` at the earliest.
    pub(crate) fn next(&mut self, id: &InvalidationId, since: Timestamp, now: Timestamp) -> Next {
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

    /// What CloudFront said of it, as far as that still holds; `Completed` holds for good.
    pub(crate) fn known(
        &self,
        id: &InvalidationId,
        since: Timestamp,
        now: Timestamp,
    ) -> Option<Status> {
        let (status, asked_at) = *self.heard.get(id)?;
        let is_fresh = asked_at >= since && now.since(asked_at) <= self.max_age;
        (status == Status::Completed || is_fresh).then_some(status)
    }

    /// What CloudFront said of it in this sweep, however long ago, as far as it says how it stood at `since`.
    pub(crate) fn heard(&self, id: &InvalidationId, since: Timestamp) -> Option<Status> {
        let (status, asked_at) = *self.heard.get(id)?;
        (asked_at >= since).then_some(status)
    }

    /// A list is asked for. Until it has turned out to be of use, it was the last: one that fails, or that nobody waits
    /// for to its end, is not tried again.
    pub(crate) const fn listing(&mut self) {
        self.may_list = false;
    }

    /// The list that was asked for at that moment, for the sake of `id`.
    pub(crate) fn listed(&mut self, id: &InvalidationId, list: Vec<Listed>, asked_at: Timestamp) {
        self.may_list = list.iter().any(|one| one.id == *id);
        let heard = list.into_iter().map(|one| (one.id, (one.status, asked_at)));
        self.heard.extend(heard);
    }

    /// What CloudFront said when it was asked for `id` by itself.
    pub(crate) fn polled(&mut self, id: &InvalidationId, status: Status, asked_at: Timestamp) {
        self.heard.insert(id.clone(), (status, asked_at));
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

    /// What is done at that second for an invalidation of which any status will do.
    fn next(cache: &mut StatusCache, n: usize, seconds: u64) -> Next {
        cache.next(&id(n), at(0), at(seconds))
    }

    #[test]
    fn one_invalidation_is_never_worth_a_list() {
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
        assert_eq!(next(&mut cache, 2, 0), Next::List, "it was of use");
        cache.listing();
        cache.listed(&id(2), vec![listed(1, Status::InProgress)], at(0));
        assert_eq!(next(&mut cache, 2, 0), Next::Poll);
    }

    #[test]
    fn a_status_of_the_sweep_is_cached_for_as_long() {
        let mut cache = StatusCache::new(MAX_AGE, false);
        cache.polled(&id(1), Status::InProgress, at(5));
        assert_eq!(next(&mut cache, 1, 30), Next::Poll);
        assert_eq!(cache.heard(&id(1), at(5)), Some(Status::InProgress));
        assert_eq!(cache.heard(&id(1), at(6)), None);
        assert_eq!(cache.heard(&id(2), at(0)), None);
    }

    #[test]
    fn the_second_is_listed_and_the_others_are_known_from_it() {
        let mut cache = StatusCache::new(MAX_AGE, false);
        assert_eq!(next(&mut cache, 1, 0), Next::Poll);
        assert_eq!(
            next(&mut cache, 2, 0),
            Next::List,
            "even if the first look failed"
        );
        cache.listing();
        let list = vec![listed(3, Status::Completed), listed(2, Status::InProgress)];
        cache.listed(&id(2), list, at(1));
        assert_eq!(next(&mut cache, 2, 11), Next::Know(Status::InProgress));
        assert_eq!(next(&mut cache, 3, 11), Next::Know(Status::Completed));
        assert_eq!(
            next(&mut cache, 2, 12),
            Next::List,
            "that was too long ago, and the last list was of use"
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

    /// At its deadline an execution does not go by what CloudFront said before, unless that was `Completed`.
    #[test]
    fn what_was_said_too_early_is_of_no_use() {
        let mut cache = StatusCache::new(MAX_AGE, false);
        cache.polled(&id(1), Status::InProgress, at(8));
        cache.polled(&id(2), Status::Completed, at(8));
        assert_eq!(cache.known(&id(1), at(8), at(9)), Some(Status::InProgress));
        assert_eq!(cache.known(&id(1), at(9), at(9)), None);
        assert_eq!(cache.known(&id(2), at(9), at(90)), Some(Status::Completed));
    }

    proptest! {
        /// Whoever is looked at when, whatever is on the page and whichever list fails: a sweep makes at most one call more
        /// than if each look were a call of its own, and each look gets CloudFront's word of no longer ago than it may be.
        #[test]
        fn never_more_than_one_call_more(
            polls in prop::collection::vec((0_usize..6, 0_u64..8, prop::bool::weighted(0.9)), 1..60),
            page in prop::collection::btree_set(0_usize..6, 0..6),
            completes_at in prop::collection::vec(0_u64..200, 6),
        ) {
            let mut cache = StatusCache::new(MAX_AGE, false);
            let (mut seconds, mut calls) = (0, 0);
            for (n, backoff, does_list_come) in &polls {
                seconds += backoff;
                let stands = |n: usize, seconds: u64| {
                    if completes_at[n] <= seconds { Status::Completed } else { Status::InProgress }
                };
                let mut next = cache.next(&id(*n), at(0), at(seconds));
                if next == Next::List {
                    calls += 1;
                    cache.listing();
                    if *does_list_come {
                        let list = page.iter().map(|n| listed(*n, stands(*n, seconds))).collect();
                        cache.listed(&id(*n), list, at(seconds));
                    }
                    let known = cache.known(&id(*n), at(0), at(seconds));
                    next = known.map_or(Next::Poll, Next::Know);
                }
                match next {
                    Next::Know(status) => {
                        let then = seconds.saturating_sub(MAX_AGE.as_secs());
                        prop_assert!(status == stands(*n, seconds) || status == stands(*n, then));
                    }
                    _ => {
                        calls += 1;
                        cache.polled(&id(*n), stands(*n, seconds), at(seconds));
                    }
                }
            }
            prop_assert!(calls <= polls.len() + 1, "{calls} calls for {} looks", polls.len());
        }
    }
}
