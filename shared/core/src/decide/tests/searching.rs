//! The search for an invalidation whose id is lost.

use proptest::prelude::*;

use super::*;
use crate::decide::next_step::CLOCK_SKEW;

/// An invalidation that CloudFront lists, created so many seconds after the execution began.
fn one(name: &str, seconds: u64) -> Listed {
    Listed {
        id: InvalidationId::parse(name).unwrap(),
        status: Status::InProgress,
        created_at: at(seconds),
    }
}

/// A record that tried to create its invalidation at each of these times, and then got a caller reference conflict.
fn tried(moments: &[u64]) -> ExecutionRecord {
    let create = Step::Call(0, CloudFrontCall::Create.into());
    let mut record = first_job();
    for moment in moments {
        record = before(&record, &create, at(*moment)).unwrap();
    }
    let rejected = Observation::Replied(0, CloudFrontReply::CallerReferenceConflict.into());
    after(&record, rejected, at(*moments.last().unwrap()), &POLICY)
}

fn candidates(record: &ExecutionRecord, listed: Vec<Listed>) -> Vec<String> {
    let found = Observation::Replied(0, CloudFrontReply::Listed(listed).into());
    match after(record, found, at(10_000), &POLICY).targets[0]
        .search
        .clone()
    {
        Some(Search::Among(ids)) => ids.iter().map(|id| id.as_str().to_owned()).collect(),
        other => panic!("{other:?}"),
    }
}

/// After a wait in the queue, the right invalidation is one of the newest, and not one of the oldest.
#[test]
fn the_search_begins_with_the_first_attempt_and_not_with_the_execution() {
    let foreign = (0..24).map(|n| one(&format!("F{n}"), 19 * n));
    let listed: Vec<Listed> = foreign.chain([one("OURS", 481)]).collect();
    let found = candidates(&tried(&[480, 490]), listed);
    assert_eq!(
        found,
        ["OURS", "F23"],
        "F23 is within one minute of clock skew"
    );
}

/// An earlier version stored no time of the first attempt.
#[test]
fn without_a_first_attempt_the_search_begins_with_the_execution() {
    let mut record = tried(&[480]);
    record.targets[0].first_create_at = None;
    let found = candidates(
        &record,
        vec![one("F1", 470), one("F2", 5), one("OURS", 481)],
    );
    assert_eq!(found, ["F2", "F1", "OURS"]);
}

#[test]
fn the_first_attempt_is_kept_and_the_nearest_is_first() {
    let record = tried(&[100, 300]);
    assert_eq!(record.targets[0].first_create_at, Some(at(100)));
    let listed = [("A", 39), ("B", 40), ("C", 160), ("D", 99), ("E", 101)];
    let listed = listed.map(|(name, seconds)| one(name, seconds));
    assert_eq!(candidates(&record, listed.to_vec()), ["E", "D", "C", "B"]);
}

proptest! {
    /// Whichever attempt took effect, and whatever others created in between, the right invalidation is a candidate if
    /// it is listed. No candidate was created more than the clock skew before the first attempt.
    #[test]
    fn the_invalidation_is_a_candidate_if_it_is_listed(
        first in 0..900_u64,
        later in prop::collection::vec(1..200_u64, 0..6),
        effective in any::<prop::sample::Index>(),
        skew in -60_i64..=60,
        foreign in prop::collection::vec(0..2_000_u64, 0..99),
    ) {
        let mut tries = vec![first];
        for backoff in later {
            tries.push(tries.last().unwrap() + backoff);
        }
        let record = tried(&tries);
        let created_at = tries[effective.index(tries.len())].saturating_add_signed(skew);
        let foreign = foreign.into_iter().enumerate().map(|(n, seconds)| one(&format!("F{n}"), seconds));
        let listed: Vec<Listed> = foreign.chain([one("OURS", created_at)]).collect();
        let (early, found) = (listed.clone(), candidates(&record, listed));
        prop_assert!(found.contains(&"OURS".to_owned()), "{found:?}");
        prop_assert!(found.len() <= CANDIDATES_AT_MOST);
        let mut early = early.iter().filter(|one| one.created_at + CLOCK_SKEW < at(first));
        prop_assert!(early.all(|one| !found.contains(&one.id.as_str().to_owned())));
    }
}
