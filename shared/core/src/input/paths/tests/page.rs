//! The table of verdicts: items and lists as authors write them, with their results and sources.

use std::collections::BTreeSet;

use super::super::given::Given;
use super::super::*;
use super::entries::{LISTS, SOURCES, items};
use super::real::REAL;
use crate::output::path_notes as note;

const GUIDE: &str = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/";

/// The whole table.
pub(super) fn whole() -> String {
    let mut faults = BTreeSet::new();
    let mut remarks = BTreeSet::new();
    let rows: Vec<String> = items()
        .iter()
        .map(|(item, sources)| row(item, sources, &mut faults, &mut remarks))
        .collect();
    let lists: Vec<String> = LISTS
        .iter()
        .map(|(items, at_most, sources)| {
            let limit = at_most.map(|at_most| format!(" with MaxPaths {at_most}"));
            let title = items.join(" ") + &limit.unwrap_or_default();
            list(&title, items, *at_most, sources, &mut remarks)
        })
        .collect();
    let real: Vec<String> = REAL
        .iter()
        .map(|(items, _, source)| {
            let title = serde_json::to_string(items).expect("texts are JSON");
            list(&title, items, None, source, &mut remarks)
        })
        .collect();
    [
        "Items, one at a time\n\n".to_owned(),
        cells(["given", "verdict", "sent as", "because", "source"]),
        rows.concat(),
        "\nLists\n\n".to_owned(),
        lists.join("\n"),
        "\nReal lists\n\n".to_owned(),
        real.join("\n"),
        "\nRefused, because the item ...\n\n".to_owned(),
        faults
            .iter()
            .map(|fault| format!("{fault:?}: {fault}\n"))
            .collect(),
        "\nNoted, because the item ...\n\n".to_owned(),
        remarks
            .iter()
            .map(|remark| format!("{remark:?}: {}\n", words(*remark)))
            .collect(),
        "\nSources\n\n".to_owned(),
        SOURCES
            .iter()
            .map(|(name, place, says)| source(name, place, says))
            .collect(),
    ]
    .concat()
}

fn row(
    item: &str,
    sources: &str,
    faults: &mut BTreeSet<PathFault>,
    remarks: &mut BTreeSet<Remark>,
) -> String {
    let given = shown(&format!("{item:?}"));
    let read = Batch::read(&[item.to_owned()], None);
    match (read, Given::read(item)) {
        (Ok(batch), Ok(_)) => {
            let [sent] = &batch.paths[..] else {
                panic!("one item becomes one")
            };
            let found: Vec<Remark> = batch.notes.iter().map(remark).collect();
            remarks.extend(&found);
            let verdict = if found.is_empty() {
                "sent"
            } else {
                "sent, noted"
            };
            let form = if sent.as_str() == item {
                "it is".to_owned()
            } else {
                sent.to_string()
            };
            let because: Vec<String> = found.iter().map(|remark| format!("{remark:?}")).collect();
            cells([&given, verdict, &form, &because.join(" "), sources])
        }
        (Err(BatchFault::Items(_)), Err(fault)) => {
            faults.insert(fault);
            cells([&given, "refused", "", &format!("{fault:?}"), sources])
        }
        (read, given) => panic!("{item:?}: {read:?}, {given:?}"),
    }
}

fn remark(note: &Note) -> Remark {
    match note {
        Note::Items { remark, .. } => *remark,
        Note::Merged { .. } => panic!("one item is not merged"),
    }
}

/// The text of a remark, without the name of the item.
fn words(remark: Remark) -> String {
    let text = note::text(&Note::Items {
        remark,
        items: vec![1],
        more: 0,
        list: ListKind::Paths,
    });
    let said = text
        .strip_prefix("item 1 of Paths ")
        .and_then(|said| said.strip_suffix('.'));
    said.unwrap_or_else(|| panic!("{text}")).to_owned()
}

fn list(
    title: &str,
    items: &[&str],
    at_most: Option<usize>,
    sources: &str,
    remarks: &mut BTreeSet<Remark>,
) -> String {
    let texts: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
    let verdict = match Batch::read(&texts, at_most) {
        Ok(batch) => {
            let sent: Vec<&str> = batch.paths.iter().map(InvalidationPath::as_str).collect();
            let items = batch
                .notes
                .iter()
                .filter(|note| matches!(note, Note::Items { .. }));
            remarks.extend(items.map(remark));
            let notes: String = batch
                .notes
                .iter()
                .map(|note| format!("    noted    {}\n", note::text(note)))
                .collect();
            format!("sent as  {}\n{notes}", sent.join(" "))
        }
        Err(fault) => format!("refused: it {fault}\n"),
    };
    format!("{title}\n    {verdict}    source   {sources}\n")
}

/// Long text as its beginning and its length.
fn shown(text: &str) -> String {
    let characters = text.chars().count();
    if characters <= 44 {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(8).collect();
    format!("{beginning}...\" ({} characters)", characters - 2)
}

fn cells([given, verdict, sent, because, source]: [&str; 5]) -> String {
    format!("{given:<46}{verdict:<13}{sent:<40}{because:<20}{source}\n")
}

fn source(name: &str, place: &str, says: &str) -> String {
    let place = match place {
        "" => String::new(),
        _ if place.starts_with("https") => format!("    {place}\n"),
        _ => format!("    {GUIDE}{place}.html\n"),
    };
    format!("{name}: {says}\n{place}")
}

#[test]
fn the_page_has_every_verdict_and_every_source() {
    let page = whole();
    assert!(items().len() >= 60);
    let mut faults: BTreeSet<PathFault> = items()
        .iter()
        .filter_map(|(item, _)| Given::read(item).err())
        .collect();
    // Such a character in an author's item is encoded.
    assert!(
        faults.insert(PathFault::Unencoded),
        "it is an author's fault now"
    );
    assert_eq!(faults.len(), 18, "each fault");
    let noted = page
        .split("Noted, because")
        .nth(1)
        .and_then(|rest| rest.split("Sources").next());
    assert_eq!(
        noted
            .unwrap()
            .lines()
            .filter(|line| line.contains(": "))
            .count(),
        11,
        "each remark"
    );
    let of_items = items().into_iter().map(|(_, sources)| sources);
    let named: BTreeSet<&str> = of_items
        .chain(LISTS.iter().map(|(_, _, sources)| *sources))
        .flat_map(str::split_whitespace)
        .collect();
    let known: BTreeSet<&str> = SOURCES.iter().map(|(name, _, _)| *name).collect();
    assert_eq!(named, known);
}
