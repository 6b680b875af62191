//! The order of a queue that several pipelines share.

use std::collections::BTreeSet;

use super::*;

/// Takes the turn that a process computed from the queue as it read it; nothing if the queue has changed since.
pub(super) fn take_turn(queue: &mut Queue, read: &Queue, entry_id: &EntryId) {
    let Some(turn) = read.fair_turn(entry_id, NOW) else {
        return;
    };
    if queue.revision == read.revision {
        queue.entries.get_mut(entry_id).unwrap().turn = Some(turn);
        queue.revision += 1;
    }
}

/// Adds an entry with a wildcard of its own.
fn arrive(queue: &mut Queue, number: u64, pipeline: &str) {
    let mut entry = entry(number, &[&format!("/{number}/*")]);
    entry.need.pipeline = Some(pipeline.to_owned());
    queue.entries.insert(entry_id(number), entry);
    queue.revision += 1;
    let read = queue.clone();
    take_turn(queue, &read, &entry_id(number));
}

/// The queue after these arrivals, each of a pipeline.
fn arrived<'p>(pipelines: impl IntoIterator<Item = &'p str>) -> Queue {
    let mut queue = Queue::default();
    for (number, pipeline) in (1..).zip(pipelines) {
        arrive(&mut queue, number, pipeline);
    }
    queue
}

/// The pipelines of the entries in their order.
fn order(queue: &Queue) -> Vec<&str> {
    let mut entries: Vec<&Entry> = queue.entries.values().collect();
    entries.sort_by_key(|entry| entry.place());
    let pipelines = entries
        .iter()
        .map(|entry| entry.need.pipeline.as_deref().unwrap());
    pipelines.collect()
}

#[test]
fn pipelines_take_turns_behind_the_entries_that_may_be_admitted() {
    let burst = std::iter::repeat_n("a", 50);
    let queue = arrived(burst.chain(["b", "b", "c", "b"]));
    let expected = [
        ["a"; 15].as_slice(),
        &["b", "c", "a", "b", "a", "b"],
        &["a"; 33],
    ];
    assert_eq!(order(&queue), expected.concat());
    assert_eq!(admission(&queue, 51), Admission::Waiting { ahead: 15 });
    assert_eq!(admission(&queue, 16), Admission::Waiting { ahead: 17 });
}

#[test]
fn unknown_pipelines_are_one_group() {
    let queue = queue((1..=30).map(|number| entry(number, &["/a/*"])));
    assert_eq!(queue.fair_turn(&entry_id(30), NOW), None);
}

#[test]
fn an_entry_that_leads_or_has_left_or_has_its_turn_keeps_it() {
    let mut queue = arrived(std::iter::repeat_n("a", 30));
    queue.entries.get_mut(&entry_id(30)).unwrap().need.pipeline = None;
    assert_eq!(queue.fair_turn(&entry_id(30), NOW), Some(15));
    for change in [
        |entry: &mut Entry| entry.leader_up_to = Some(30),
        |entry: &mut Entry| entry.has_left = true,
        |entry: &mut Entry| entry.turn = Some(20),
    ] {
        let mut queue = queue.clone();
        change(queue.entries.get_mut(&entry_id(30)).unwrap());
        assert_eq!(queue.fair_turn(&entry_id(30), NOW), None);
    }
}

/// Files that fit beside the wildcards do not delay a wildcard of another pipeline.
#[test]
fn an_admitted_entry_of_the_other_kind_is_no_bound() {
    let mut queue = arrived(std::iter::repeat_n("a", 40));
    let mut files = entry(41, &["/index.html"]);
    files.need.pipeline = Some("a".to_owned());
    queue.entries.insert(entry_id(41), files);
    arrive(&mut queue, 42, "b");
    assert_eq!(queue.entries[&entry_id(42)].turn, Some(15));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn one_pipeline_keeps_the_order_of_arrival(count in 1..120_usize) {
        let queue = arrived(std::iter::repeat_n("a", count));
        prop_assert!(queue.entries.values().all(|entry| entry.turn.is_none()));
    }

    /// Each pipeline keeps its own order, an entry is passed by at most a hundred later ones, and the first entry never waits.
    #[test]
    fn no_entry_starves(arrivals in prop::collection::vec((0..6_u8, 0..3_u8), 1..160)) {
        let mut queue = Queue::default();
        let mut passed: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        for (number, (pipeline, leaving)) in (1..).zip(arrivals) {
            arrive(&mut queue, number, &pipeline.to_string());
            let entries = || queue.entries.values();
            for entry in entries() {
                let of_mine = entries().filter(|other| other.need.pipeline == entry.need.pipeline);
                for other in of_mine {
                    prop_assert_eq!(other.number < entry.number, other.place() < entry.place());
                }
                let later = entries().filter(|other| other.number > entry.number && other.place() < entry.place());
                let passed = passed.entry(entry.number).or_default();
                passed.extend(later.map(|other| other.number));
                prop_assert!(passed.len() as u64 <= PASSED_BY_AT_MOST);
            }
            for _ in 0..leaving {
                let first = queue.entries.iter().min_by_key(|(_, entry)| entry.place());
                let Some(first) = first.map(|(entry_id, _)| entry_id.clone()) else { break };
                let admission = queue.admission(&first, true, 2, NOW);
                prop_assert_eq!(admission, Some(Admission::Admitted));
                queue.entries.remove(&first);
                queue.revision += 1;
            }
        }
    }
}
