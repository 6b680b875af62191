use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_000);
const LATER: Timestamp = Timestamp::from_millis(2_000);

fn ticket(number: u64) -> Ticket {
    let execution = JobId::parse(&format!("{number:08x}-abcd-1111-abcd-111111abcdef")).unwrap();
    Ticket {
        execution,
        place: 0,
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
        need: Need::of(&paths(texts), LATER),
        makes_up_to: None,
        has_left: false,
    }
}

fn queue(entries: impl IntoIterator<Item = Entry>) -> Queue {
    let entries = entries
        .into_iter()
        .map(|entry| (ticket(entry.number), entry));
    Queue {
        entries: entries.collect(),
        gone: BTreeMap::new(),
    }
}

fn turn(queue: &Queue, number: u64) -> Turn {
    queue.turn(&ticket(number), false, 2, NOW).unwrap()
}

#[test]
fn who_is_alone_is_called() {
    assert_eq!(turn(&queue([entry(1, &["/*"])]), 1), Turn::Called);
    assert_eq!(Queue::default().turn(&ticket(1), false, 2, NOW), None);
}

#[test]
fn thirteen_wildcards_have_room_and_two_are_left_to_people() {
    let distinct: Vec<String> = (1..=15).map(|n| format!("/{n}/*")).collect();
    let all = queue((1..=15).map(|n| entry(n, &[distinct[n as usize - 1].as_str()])));
    assert_eq!(turn(&all, 13), Turn::Called);
    assert_eq!(turn(&all, 14), Turn::Waiting { ahead: 13 });
    assert_eq!(turn(&all, 15), Turn::Waiting { ahead: 14 });
    let without_reserve = all.turn(&ticket(15), false, 0, NOW);
    assert_eq!(without_reserve, Some(Turn::Called));
}

#[test]
fn files_and_wildcards_have_room_of_their_own() {
    let mut many = entry(1, &["/a"]);
    many.need.files = 2_999;
    let all = queue([
        many,
        entry(2, &["/b"]),
        entry(3, &["/c"]),
        entry(4, &["/d/*"]),
    ]);
    assert_eq!(turn(&all, 2), Turn::Called);
    assert_eq!(turn(&all, 3), Turn::Waiting { ahead: 2 });
    assert_eq!(turn(&all, 4), Turn::Called, "there is room for its kind");
}

/// A reserve that leaves no room, and numbers that nobody could need: the first in the queue is still called, and nothing
/// overflows.
#[test]
fn any_numbers_have_a_sum_and_a_rest() {
    let one = || entry(1, &["/a/*"]);
    let both = queue([one(), entry(2, &["/b/*"])]);
    for reserved in [15, 16, u32::MAX] {
        let turn = |n| both.turn(&ticket(n), false, reserved, NOW);
        assert_eq!(turn(1), Some(Turn::Called), "{reserved}");
        assert_eq!(turn(2), Some(Turn::Waiting { ahead: 1 }), "{reserved}");
    }
    let huge = |n| {
        let mut entry = entry(n, &["/a", "/a/*"]);
        entry.need.wildcards = u32::MAX;
        entry.need.files = u32::MAX;
        entry
    };
    let all = queue([huge(1), huge(2), entry(3, &["/b", "/b/*"])]);
    assert_eq!(turn(&all, 3), Turn::Waiting { ahead: 2 });
}

/// CloudFront's word is the last: what is more than we would leave to it may still be taken.
#[test]
fn who_is_first_is_called_whatever_it_needs() {
    let mut large = entry(1, &["/a/*"]);
    large.need.wildcards = 15;
    assert_eq!(turn(&queue([large.clone()]), 1), Turn::Called);
    large.number = 2;
    let second = queue([entry(1, &["/b/*"]), large]);
    assert_eq!(turn(&second, 2), Turn::Waiting { ahead: 1 });
}

#[test]
fn who_has_left_or_is_forgotten_takes_no_room() {
    let distinct: Vec<String> = (1..=14).map(|n| format!("/{n}/*")).collect();
    let mut all = queue((1..=14).map(|n| entry(n, &[distinct[n as usize - 1].as_str()])));
    assert_eq!(turn(&all, 14), Turn::Waiting { ahead: 13 });
    all.entries.get_mut(&ticket(3)).unwrap().has_left = true;
    assert_eq!(turn(&all, 14), Turn::Called);
    let mut all = queue((1..=14).map(|n| entry(n, &[distinct[n as usize - 1].as_str()])));
    all.entries.get_mut(&ticket(3)).unwrap().need.until = Timestamp::from_millis(999);
    assert_eq!(turn(&all, 14), Turn::Called);
    assert_eq!(all.forgotten(NOW).collect::<Vec<_>>(), [&ticket(3)]);
}

/// Fourteen of `/*`: the first thirteen are called as they come, and the next who is called makes it for all behind it.
#[test]
fn who_waited_is_led_by_whoever_is_called_next() {
    let mut all = queue((1..=20).map(|n| entry(n, &["/*"])));
    for n in 1..=13 {
        all.entries.remove(&ticket(n));
    }
    assert_eq!(turn(&all, 14), Turn::Leading);
    all.entries.get_mut(&ticket(14)).unwrap().makes_up_to = Some(20);
    assert_eq!(turn(&all, 14), Turn::Called, "it has said so");
    for n in 15..=20 {
        assert_eq!(turn(&all, n), Turn::Following(ticket(14)));
    }
    let alone = all.turn(&ticket(15), true, 2, NOW);
    assert_eq!(alone, Some(Turn::Leading));
}

/// What it followed may have been made before those came for whom it is to make one.
#[test]
fn who_leads_follows_nobody() {
    let mut all = queue([entry(1, &["/*"]), entry(2, &["/*"]), entry(3, &["/*"])]);
    all.entries.get_mut(&ticket(1)).unwrap().makes_up_to = Some(2);
    assert_eq!(turn(&all, 2), Turn::Following(ticket(1)));
    all.entries.get_mut(&ticket(2)).unwrap().makes_up_to = Some(3);
    assert_eq!(turn(&all, 2), Turn::Called);
    assert_eq!(turn(&all, 3), Turn::Following(ticket(2)));
}

#[test]
fn who_came_after_the_word_does_not_follow() {
    let mut all = queue([entry(1, &["/*"]), entry(2, &["/*"]), entry(3, &["/*"])]);
    all.entries.get_mut(&ticket(1)).unwrap().makes_up_to = Some(2);
    assert_eq!(turn(&all, 2), Turn::Following(ticket(1)));
    assert_eq!(turn(&all, 3), Turn::Called);
}

#[test]
fn a_leader_is_found_until_it_is_forgotten() {
    let mut all = queue([entry(1, &["/*"]), entry(2, &["/a"])]);
    let leader = all.entries.get_mut(&ticket(1)).unwrap();
    (leader.makes_up_to, leader.has_left) = (Some(2), true);
    assert_eq!(turn(&all, 2), Turn::Following(ticket(1)));
}

/// No execution lasts longer than a day, so whoever wrote such a ticket, it was none.
#[test]
fn a_ticket_that_would_outlast_any_execution_takes_no_room_and_leads_nobody() {
    let longest = NOW + LASTS_AT_MOST;
    for (until, expected, forgotten) in [
        (longest, Turn::Waiting { ahead: 1 }, 0),
        (longest + Duration::from_millis(1), Turn::Called, 1),
        (Timestamp::from_millis(9_999_999_999_999), Turn::Called, 1),
    ] {
        let mut all = queue([entry(0, &["/*"]), entry(1, &["/a/*"])]);
        let forged = all.entries.get_mut(&ticket(0)).unwrap();
        (forged.need.wildcards, forged.need.until) = (15, until);
        assert_eq!(turn(&all, 1), expected, "{until:?}");
        assert_eq!(all.forgotten(NOW).count(), forgotten, "{until:?}");
        all.entries.get_mut(&ticket(0)).unwrap().makes_up_to = Some(1);
        let is_led = turn(&all, 1) == Turn::Following(ticket(0));
        assert_eq!(is_led, forgotten == 0, "{until:?}");
    }
}

/// A process that knows of nothing hears that it is over, and takes no place again.
#[test]
fn who_has_left_is_told_so_as_long_as_that_is_remembered() {
    let mut all = queue([entry(1, &["/*"])]);
    all.entries.get_mut(&ticket(1)).unwrap().has_left = true;
    assert_eq!(turn(&all, 1), Turn::Left);
    all.gone.insert(ticket(2), LATER);
    assert_eq!(turn(&all, 2), Turn::Left);
    assert_eq!(all.forgotten(LATER).count(), 0);
    assert_eq!(all.forgotten(Timestamp::from_millis(2_001)).count(), 2);
}

#[test]
fn what_is_too_long_to_be_told_is_made_for_nobody_else() {
    let long = format!("/{}", "a".repeat(300));
    let need = Need::of(&paths(&[&long, "/b/*"]), LATER);
    assert_eq!((need.wildcards, need.files, need.paths.len()), (1, 1, 0));
    let told = |characters: usize| {
        let path = format!("/{}", "a".repeat(characters - 1));
        Need::of(&paths(&[&path]), LATER).paths.len()
    };
    assert_eq!(
        (told(PATHS_TOLD_AT_MOST), told(PATHS_TOLD_AT_MOST + 1)),
        (1, 0)
    );
    assert!(!covers(&need.paths, &paths(&["/b/c"])));
    assert!(!covers(&paths(&["/*"]), &need.paths));
}

/// Whether `/b/*` invalidates `/b/` is not certain, so an execution that wants it is not sent along.
#[test]
fn a_wildcard_is_not_shared_for_its_own_beginning() {
    let covers = |ours: &[&str], theirs: &[&str]| covers(&paths(ours), &paths(theirs));
    assert!(!covers(&["/b/*"], &["/b/"]));
    assert!(!covers(&["/b/*"], &["/b/", "/b/c"]));
    assert!(covers(&["/b/*", "/b/"], &["/b/", "/b/c"]));
    assert!(covers(&["/*"], &["/"]));
}

#[test]
fn a_ticket_is_read_as_it_is_written() {
    let ticket = ticket(7);
    assert_eq!(Ticket::try_from(ticket.to_string()), Ok(ticket.clone()));
    assert_eq!(String::from(ticket.clone()), ticket.to_string());
    for text in [
        "",
        "x",
        "x/1",
        &format!("{}/", ticket.execution),
        &format!("{}/x", ticket.execution),
    ] {
        assert!(Ticket::try_from(text.to_owned()).is_err(), "{text}");
    }
}

const BATCHES: [&[&str]; 5] = [&["/*"], &["/a/*"], &["/a/b"], &["/a/*", "/c"], &["/c"]];

proptest! {
    /// Whoever comes, leads, leaves in whatever order: those who are called never have more in progress than there is room
    /// for, the first of those who wait is never kept waiting by those behind it, and nobody follows whom it came after.
    #[test]
    fn the_limits_hold_and_nobody_follows_what_was_made_before_it_came(
        moves in prop::collection::vec((0..4_u8, 0..40_usize, 0..BATCHES.len()), 1..200),
        reserved in 0..15_u32,
    ) {
        let (mut all, mut last) = (Queue::default(), 0_u64);
        // The tickets whose invalidation is created, and the last number at that moment.
        let mut made: BTreeMap<Ticket, u64> = BTreeMap::new();
        // The tickets that go on with another's, and the last number when that was created.
        let mut shared: BTreeMap<Ticket, u64> = BTreeMap::new();
        for (what, which, batch) in moves {
            let chosen = all.entries.keys().nth(which).cloned();
            match (what, chosen) {
                (0, _) | (_, None) => {
                    last += 1;
                    all.entries.insert(ticket(last), entry(last, BATCHES[batch]));
                }
                (1, Some(chosen)) if made.contains_key(&chosen) => {
                    let entry = all.entries.get_mut(&chosen).unwrap();
                    if entry.makes_up_to.is_some() { entry.has_left = true; } else { all.entries.remove(&chosen); }
                }
                // It is written down before CloudFront is asked that it was called, and from then on nobody asks again.
                (_, Some(chosen)) if made.contains_key(&chosen) || shared.contains_key(&chosen) => {}
                (_, Some(chosen)) => match all.turn(&chosen, false, reserved, NOW).unwrap() {
                    Turn::Leading => all.entries.get_mut(&chosen).unwrap().makes_up_to = Some(last),
                    Turn::Called => { made.entry(chosen).or_insert(last); }
                    Turn::Following(leader) => {
                        let number = all.entries[&chosen].number;
                        if let Some(created) = made.get(&leader).or_else(|| shared.get(&leader)).copied() {
                            prop_assert!(created >= number, "it was made before this one came");
                            shared.insert(chosen.clone(), created);
                        }
                        prop_assert!(covers(&all.entries[&leader].need.paths, &all.entries[&chosen].need.paths));
                    }
                    Turn::Waiting { ahead } => prop_assert!(ahead > 0, "nobody is ahead"),
                    Turn::Left => prop_assert!(all.entries[&chosen].has_left),
                },
            }
            let running = made.keys().filter_map(|ticket| all.entries.get(ticket)).filter(|entry| !entry.has_left);
            let wildcards: u32 = running.clone().map(|entry| entry.need.wildcards).sum();
            let files: u32 = running.map(|entry| entry.need.files).sum();
            prop_assert!(wildcards <= WILDCARDS_IN_PROGRESS - reserved.min(14) && files <= FILES_IN_PROGRESS);
        }
        let first = all.entries.values().filter(|entry| !entry.has_left).min_by_key(|entry| entry.number);
        if let Some(first) = first {
            let turn = all.turn(&ticket(first.number), false, reserved, NOW).unwrap();
            prop_assert!(!matches!(turn, Turn::Waiting { .. }), "the first waits");
        }
    }
}
