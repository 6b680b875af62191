mod fairness;

use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_000);
const LATER: Timestamp = Timestamp::from_millis(2_000);

fn entry_id(number: u64) -> EntryId {
    let execution = JobId::parse(&format!("{number:08x}-abcd-1111-abcd-111111abcdef")).unwrap();
    EntryId {
        execution,
        target_index: 0,
    }
}

fn paths(texts: &[&str]) -> Vec<InvalidationPath> {
    let parsed = texts
        .iter()
        .map(|text| InvalidationPath::parse(text).unwrap());
    parsed.collect()
}

fn entry(number: u64, texts: &[&str]) -> Entry {
    Entry {
        number,
        turn: None,
        need: Need::of(&paths(texts), None, LATER),
        leader_up_to: None,
        has_left: false,
    }
}

fn queue(entries: impl IntoIterator<Item = Entry>) -> Queue {
    let entries = entries
        .into_iter()
        .map(|entry| (entry_id(entry.number), entry));
    Queue {
        entries: entries.collect(),
        ..Queue::default()
    }
}

fn admission(queue: &Queue, number: u64) -> Admission {
    queue.admission(&entry_id(number), false, 2, NOW).unwrap()
}

#[test]
fn a_single_entry_is_admitted() {
    assert_eq!(
        admission(&queue([entry(1, &["/*"])]), 1),
        Admission::Admitted
    );
    assert_eq!(
        Queue::default().admission(&entry_id(1), false, 2, NOW),
        None
    );
}

#[test]
fn thirteen_wildcards_are_admitted_and_two_are_reserved() {
    let distinct: Vec<String> = (1..=15).map(|n| format!("/{n}/*")).collect();
    let all = queue((1..=15).map(|n| entry(n, &[distinct[n as usize - 1].as_str()])));
    assert_eq!(admission(&all, 13), Admission::Admitted);
    assert_eq!(admission(&all, 14), Admission::Waiting { ahead: 13 });
    assert_eq!(admission(&all, 15), Admission::Waiting { ahead: 14 });
    let without_reserve = all.admission(&entry_id(15), false, 0, NOW);
    assert_eq!(without_reserve, Some(Admission::Admitted));
}

#[test]
fn files_and_wildcards_have_separate_capacity() {
    let mut many = entry(1, &["/a"]);
    many.need.files = 2_999;
    let all = queue([
        many,
        entry(2, &["/b"]),
        entry(3, &["/c"]),
        entry(4, &["/d/*"]),
    ]);
    assert_eq!(admission(&all, 2), Admission::Admitted);
    assert_eq!(admission(&all, 3), Admission::Waiting { ahead: 2 });
    assert_eq!(
        admission(&all, 4),
        Admission::Admitted,
        "there is room for its kind"
    );
}

/// A reserve that leaves no capacity, and needs of any size: the first entry is still admitted, and nothing overflows.
#[test]
fn any_numbers_have_a_sum_and_a_rest() {
    let one = || entry(1, &["/a/*"]);
    let both = queue([one(), entry(2, &["/b/*"])]);
    for reserved in [15, 16, u32::MAX] {
        let admission = |n| both.admission(&entry_id(n), false, reserved, NOW);
        assert_eq!(admission(1), Some(Admission::Admitted), "{reserved}");
        assert_eq!(
            admission(2),
            Some(Admission::Waiting { ahead: 1 }),
            "{reserved}"
        );
    }
    let huge = |n| {
        let mut entry = entry(n, &["/a", "/a/*"]);
        entry.need.wildcards = u32::MAX;
        entry.need.files = u32::MAX;
        entry
    };
    let all = queue([huge(1), huge(2), entry(3, &["/b", "/b/*"])]);
    assert_eq!(admission(&all, 3), Admission::Waiting { ahead: 2 });
}

/// CloudFront decides: it may accept more than the capacity that the queue assumes.
#[test]
fn the_first_entry_is_admitted_whatever_it_needs() {
    let mut large = entry(1, &["/a/*"]);
    large.need.wildcards = 15;
    assert_eq!(admission(&queue([large.clone()]), 1), Admission::Admitted);
    large.number = 2;
    let second = queue([entry(1, &["/b/*"]), large]);
    assert_eq!(admission(&second, 2), Admission::Waiting { ahead: 1 });
}

#[test]
fn a_left_or_expired_entry_uses_no_capacity() {
    let distinct: Vec<String> = (1..=14).map(|n| format!("/{n}/*")).collect();
    let mut all = queue((1..=14).map(|n| entry(n, &[distinct[n as usize - 1].as_str()])));
    assert_eq!(admission(&all, 14), Admission::Waiting { ahead: 13 });
    all.entries.get_mut(&entry_id(3)).unwrap().has_left = true;
    assert_eq!(admission(&all, 14), Admission::Admitted);
    let mut all = queue((1..=14).map(|n| entry(n, &[distinct[n as usize - 1].as_str()])));
    all.entries.get_mut(&entry_id(3)).unwrap().need.until = Timestamp::from_millis(999);
    assert_eq!(admission(&all, 14), Admission::Admitted);
    assert_eq!(all.forgotten(NOW).collect::<Vec<_>>(), [&entry_id(3)]);
}

/// The first thirteen are admitted as they arrive. The fourteenth becomes the leader of all later entries.
#[test]
fn waiting_entries_follow_the_next_admitted_entry() {
    let mut all = queue((1..=20).map(|n| entry(n, &["/*"])));
    for n in 1..=13 {
        all.entries.remove(&entry_id(n));
    }
    assert_eq!(admission(&all, 14), Admission::Leader);
    all.entries.get_mut(&entry_id(14)).unwrap().leader_up_to = Some(20);
    assert_eq!(admission(&all, 14), Admission::Admitted, "it has said so");
    for n in 15..=20 {
        assert_eq!(admission(&all, n), Admission::Follower(entry_id(14)));
    }
    let alone = all.admission(&entry_id(15), true, 2, NOW);
    assert_eq!(alone, Some(Admission::Leader));
}

/// The invalidation that it followed may be older than the entries of its own followers.
#[test]
fn a_leader_follows_no_other() {
    let mut all = queue([entry(1, &["/*"]), entry(2, &["/*"]), entry(3, &["/*"])]);
    all.entries.get_mut(&entry_id(1)).unwrap().leader_up_to = Some(2);
    assert_eq!(admission(&all, 2), Admission::Follower(entry_id(1)));
    all.entries.get_mut(&entry_id(2)).unwrap().leader_up_to = Some(3);
    assert_eq!(admission(&all, 2), Admission::Admitted);
    assert_eq!(admission(&all, 3), Admission::Follower(entry_id(2)));
}

#[test]
fn an_entry_after_the_leader_was_marked_does_not_follow() {
    let mut all = queue([entry(1, &["/*"]), entry(2, &["/*"]), entry(3, &["/*"])]);
    all.entries.get_mut(&entry_id(1)).unwrap().leader_up_to = Some(2);
    assert_eq!(admission(&all, 2), Admission::Follower(entry_id(1)));
    assert_eq!(admission(&all, 3), Admission::Admitted);
}

#[test]
fn a_leader_is_found_until_it_is_forgotten() {
    let mut all = queue([entry(1, &["/*"]), entry(2, &["/a"])]);
    let leader = all.entries.get_mut(&entry_id(1)).unwrap();
    (leader.leader_up_to, leader.has_left) = (Some(2), true);
    assert_eq!(admission(&all, 2), Admission::Follower(entry_id(1)));
}

/// No execution lasts longer than a day, so no execution wrote such an entry.
#[test]
fn a_queue_entry_that_outlasts_any_execution_uses_no_capacity_and_has_no_followers() {
    let longest = NOW + LASTS_AT_MOST;
    for (until, expected, forgotten) in [
        (longest, Admission::Waiting { ahead: 1 }, 0),
        (longest + Duration::from_millis(1), Admission::Admitted, 1),
        (
            Timestamp::from_millis(9_999_999_999_999),
            Admission::Admitted,
            1,
        ),
    ] {
        let mut all = queue([entry(0, &["/*"]), entry(1, &["/a/*"])]);
        let forged = all.entries.get_mut(&entry_id(0)).unwrap();
        (forged.need.wildcards, forged.need.until) = (15, until);
        assert_eq!(admission(&all, 1), expected, "{until:?}");
        assert_eq!(all.forgotten(NOW).count(), forgotten, "{until:?}");
        all.entries.get_mut(&entry_id(0)).unwrap().leader_up_to = Some(1);
        let is_led = admission(&all, 1) == Admission::Follower(entry_id(0));
        assert_eq!(is_led, forgotten == 0, "{until:?}");
    }
}

/// The state `Left` prevents a process with an outdated record from adding its entry again.
#[test]
fn a_removed_entry_is_reported_as_left_while_remembered() {
    let mut all = queue([entry(1, &["/*"])]);
    all.entries.get_mut(&entry_id(1)).unwrap().has_left = true;
    assert_eq!(admission(&all, 1), Admission::Left);
    all.gone.insert(entry_id(2), LATER);
    assert_eq!(admission(&all, 2), Admission::Left);
    assert_eq!(all.forgotten(LATER).count(), 0);
    assert_eq!(all.forgotten(Timestamp::from_millis(2_001)).count(), 2);
}

#[test]
fn a_batch_too_long_to_share_has_no_followers() {
    let long = format!("/{}", "a".repeat(300));
    let need = Need::of(&paths(&[&long, "/b/*"]), None, LATER);
    assert_eq!((need.wildcards, need.files, need.paths.len()), (1, 1, 0));
    let shared = |characters: usize| {
        let path = format!("/{}", "a".repeat(characters - 1));
        Need::of(&paths(&[&path]), None, LATER).paths.len()
    };
    assert_eq!(
        (
            shared(SHARED_PATHS_AT_MOST),
            shared(SHARED_PATHS_AT_MOST + 1)
        ),
        (1, 0)
    );
    assert!(!covers(&need.paths, &paths(&["/b/c"])));
    assert!(!covers(&paths(&["/*"]), &need.paths));
}

/// It is not certain that `/b/*` invalidates `/b/`, so an entry with `/b/` does not follow.
#[test]
fn a_wildcard_is_not_shared_for_its_own_beginning() {
    let covers = |ours: &[&str], theirs: &[&str]| covers(&paths(ours), &paths(theirs));
    assert!(!covers(&["/b/*"], &["/b/"]));
    assert!(!covers(&["/b/*"], &["/b/", "/b/c"]));
    assert!(covers(&["/b/*", "/b/"], &["/b/", "/b/c"]));
    assert!(covers(&["/*"], &["/"]));
}

#[test]
fn an_entry_id_is_read_as_it_is_written() {
    let entry_id = entry_id(7);
    assert_eq!(
        EntryId::try_from(entry_id.to_string()),
        Ok(entry_id.clone())
    );
    assert_eq!(String::from(entry_id.clone()), entry_id.to_string());
    for text in [
        "",
        "x",
        "x/1",
        &format!("{}/", entry_id.execution),
        &format!("{}/x", entry_id.execution),
    ] {
        assert!(EntryId::try_from(text.to_owned()).is_err(), "{text}");
    }
}

const BATCHES: [&[&str]; 5] = [&["/*"], &["/a/*"], &["/a/b"], &["/a/*", "/c"], &["/c"]];

proptest! {
    /// For any order of arrivals, admissions and departures: the invalidations in progress never exceed the capacity,
    /// the first waiting entry never waits for later ones, and no entry follows an invalidation that is older than the
    /// entry.
    #[test]
    fn the_limits_hold_and_no_follower_uses_an_older_invalidation(
        moves in prop::collection::vec((0..7_u8, 0..40_usize, 0..BATCHES.len()), 1..200),
        reserved in 0..15_u32,
    ) {
        let (mut all, mut last) = (Queue::default(), 0_u64);
        // The queue as a slow process read it.
        let mut stale = Queue::default();
        // The entries whose invalidation was created, and the last number at that moment.
        let mut made: BTreeMap<EntryId, u64> = BTreeMap::new();
        // The followers, and the last number when their invalidation was created.
        let mut shared: BTreeMap<EntryId, u64> = BTreeMap::new();
        for (what, which, batch) in moves {
            let chosen = all.entries.keys().nth(which).cloned();
            match (what, chosen) {
                (0, _) | (_, None) => {
                    last += 1;
                    let mut entry = entry(last, BATCHES[batch]);
                    entry.need.pipeline = (which > 9).then(|| (which / 10).to_string());
                    all.entries.insert(entry_id(last), entry);
                    all.revision += 1;
                }
                (4, _) => stale = all.clone(),
                (5, Some(chosen)) if !made.contains_key(&chosen) && !shared.contains_key(&chosen) => {
                    fairness::take_turn(&mut all, &stale, &chosen);
                }
                (5, Some(_)) => {}
                (1, Some(chosen)) if made.contains_key(&chosen) => {
                    let entry = all.entries.get_mut(&chosen).unwrap();
                    if entry.leader_up_to.is_some() { entry.has_left = true; } else { all.entries.remove(&chosen); }
                    all.revision += 1;
                }
                // The admission is stored before the call to CloudFront. After that, it is not requested again.
                (_, Some(chosen)) if made.contains_key(&chosen) || shared.contains_key(&chosen) => {}
                (6, Some(chosen)) => if stale.admission(&chosen, true, reserved, NOW) == Some(Admission::Admitted) {
                    made.entry(chosen).or_insert(last);
                },
                (_, Some(chosen)) => match all.admission(&chosen, false, reserved, NOW).unwrap() {
                    Admission::Leader => all.entries.get_mut(&chosen).unwrap().leader_up_to = Some(last),
                    Admission::Admitted => { made.entry(chosen).or_insert(last); }
                    Admission::Follower(leader) => {
                        let number = all.entries[&chosen].number;
                        if let Some(created) = made.get(&leader).or_else(|| shared.get(&leader)).copied() {
                            prop_assert!(created >= number, "it was made before this one came");
                            shared.insert(chosen.clone(), created);
                        }
                        prop_assert!(covers(&all.entries[&leader].need.paths, &all.entries[&chosen].need.paths));
                    }
                    Admission::Waiting { ahead } => prop_assert!(ahead > 0, "no entry is ahead"),
                    Admission::Left => prop_assert!(all.entries[&chosen].has_left),
                },
            }
            let running = made.keys().filter_map(|entry_id| all.entries.get(entry_id)).filter(|entry| !entry.has_left);
            let wildcards: u32 = running.clone().map(|entry| entry.need.wildcards).sum();
            let files: u32 = running.map(|entry| entry.need.files).sum();
            prop_assert!(wildcards <= WILDCARDS_IN_PROGRESS - reserved.min(14) && files <= FILES_IN_PROGRESS);
        }
        let first = all.entries.values().filter(|entry| !entry.has_left).min_by_key(|entry| entry.place());
        if let Some(first) = first {
            let admission = all.admission(&entry_id(first.number), false, reserved, NOW).unwrap();
            prop_assert!(!matches!(admission, Admission::Waiting { .. }), "the first waits");
        }
    }
}
