//! The list of paths: validation, removal of covered items, merging, and notes.

use std::collections::HashSet;
use std::fmt;

use super::given::Given;
use super::note::{ITEMS_NAMED, ListKind};
use super::{
    FILES_AT_MOST, InvalidationPath, Note, PathFault, Remark, WILDCARDS_AT_MOST, cover, meant,
    merge,
};

/// The maximum number of invalid items in an error message.
const FAULTS_SHOWN: usize = 5;

/// The items that are sent, and the notes about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The items in the given order. No item covers another. Only [`Batch::nothing`] has none.
    pub paths: Vec<InvalidationPath>,
    /// The notes for the author.
    pub notes: Vec<Note>,
}

/// Why a list is rejected. The text completes "the list …".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchFault {
    /// The list is empty.
    Empty,
    /// These items, counted from 1, are invalid.
    Items(Vec<(usize, PathFault)>),
    /// The number of wildcards, more than [`WILDCARDS_AT_MOST`].
    Wildcards(usize),
    /// The number of other items, more than [`FILES_AT_MOST`].
    Files(usize),
}

impl Batch {
    /// `/*` alone.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            paths: vec![InvalidationPath::everything()],
            notes: Vec::new(),
        }
    }

    /// No item: there is nothing to invalidate.
    #[must_use]
    pub const fn nothing() -> Self {
        Self {
            paths: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Validates the items, and removes each item that another item covers, even an invalid one. If more than `at_most`
    /// items or too many wildcards remain, they are merged. Without `at_most` items are not merged.
    ///
    /// # Errors
    /// If an item is invalid, there is no item, or there are too many wildcards. The error never quotes an item.
    pub fn read(texts: &[String], at_most: Option<usize>) -> Result<Self, BatchFault> {
        let items: Vec<(usize, &str)> = (1..).zip(texts.iter().map(String::as_str)).collect();
        Self::of_list(&items, ListKind::Paths, at_most)
    }

    /// The same for items of any list, each with its number there.
    ///
    /// # Errors
    /// As [`Batch::read`].
    pub fn of_list(
        items: &[(usize, &str)],
        list: ListKind,
        at_most: Option<usize>,
    ) -> Result<Self, BatchFault> {
        if items.is_empty() {
            return Err(BatchFault::Empty);
        }
        let (given, left_out) = read_each(items)?;
        let needed = cover::without_covered(given, |(_, given)| &given.path);
        let paths: Vec<InvalidationPath> =
            needed.iter().map(|(_, given)| given.path.clone()).collect();
        let sent = match at_most {
            Some(at_most) => merge::merged(&paths, at_most),
            None => paths.clone(),
        };
        let wildcards = sent.iter().filter(|path| path.is_wildcard()).count();
        if wildcards > WILDCARDS_AT_MOST {
            return Err(BatchFault::Wildcards(wildcards));
        }
        let files = sent.len() - wildcards;
        if files > FILES_AT_MOST {
            return Err(BatchFault::Files(files));
        }
        let mut notes = notes(remarks(&needed, &sent), &left_out, list);
        if sent != paths {
            notes.push(Note::Merged {
                needed: number(paths.len()),
                sent: number(sent.len()),
                list,
            });
        }
        Ok(Self { paths: sent, notes })
    }
}

/// An item with its number in the list, counted from 1.
type Placed = (usize, Given);

/// The valid items, and the numbers of the invalid items that a valid item covers.
fn read_each(items: &[(usize, &str)]) -> Result<(Vec<Placed>, Vec<usize>), BatchFault> {
    let mut given: Vec<Placed> = Vec::new();
    let mut wrong = Vec::new();
    for &(place, text) in items {
        match Given::read(text) {
            Ok(item) => given.push((place, item)),
            Err(fault) => wrong.push((place, fault, meant::most(text, fault))),
        }
    }
    let cover = cover::Cover::of(given.iter().map(|(_, item)| &item.path));
    let is_covered = |most: &InvalidationPath| cover.covers(most);
    let (left_out, faults): (Vec<_>, Vec<_>) = wrong
        .into_iter()
        .partition(|(_, _, most)| most.as_ref().is_some_and(is_covered));
    if faults.is_empty() {
        let places = left_out.into_iter().map(|(place, _, _)| place);
        Ok((given, places.collect()))
    } else {
        let faults = faults.into_iter().map(|(place, fault, _)| (place, fault));
        Err(BatchFault::Items(faults.collect()))
    }
}

/// The remarks about the items that are sent unmerged, each with the number of its item.
fn remarks(needed: &[Placed], sent: &[InvalidationPath]) -> Vec<(Remark, usize)> {
    let wildcards: Vec<&InvalidationPath> = sent.iter().filter(|path| path.is_wildcard()).collect();
    let of_list = |path: &InvalidationPath| {
        let root = (path.as_str() == "/" && sent.len() == 1).then_some(Remark::Root);
        let stem = cover::is_stem(path, &wildcards).then_some(Remark::Stem);
        root.into_iter().chain(stem)
    };
    let sent: HashSet<&InvalidationPath> = sent.iter().collect();
    needed
        .iter()
        .filter(|(_, given)| sent.contains(&given.path))
        .flat_map(|(place, given)| {
            let remarks = given.remarks.iter().copied().chain(of_list(&given.path));
            remarks.map(|remark| (remark, *place))
        })
        .collect()
}

/// Each remark once, with the numbers of its first items.
fn notes(mut remarks: Vec<(Remark, usize)>, left_out: &[usize], list: ListKind) -> Vec<Note> {
    remarks.extend(left_out.iter().map(|place| (Remark::LeftOut, *place)));
    remarks.sort_unstable();
    remarks
        .chunk_by(|(one, _), (other, _)| one == other)
        .map(|chunk| Note::Items {
            remark: chunk[0].0,
            items: chunk
                .iter()
                .take(ITEMS_NAMED)
                .map(|(_, place)| number(*place))
                .collect(),
            more: number(chunk.len().saturating_sub(ITEMS_NAMED)),
            list,
        })
        .collect()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl fmt::Display for BatchFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter
                .write_str("is empty; specify at least one path, or set WhenEmpty to \"succeed\""),
            Self::Items(faults) => {
                let texts: Vec<String> = faults
                    .iter()
                    .take(FAULTS_SHOWN)
                    .map(|(place, fault)| format!("at item {place}: it {fault}"))
                    .collect();
                write!(formatter, "is invalid {}", texts.join("; and "))?;
                match faults.len().saturating_sub(FAULTS_SHOWN) {
                    0 => Ok(()),
                    more => write!(formatter, "; and at {more} more"),
                }
            }
            Self::Files(count) => write!(
                formatter,
                "contains {count} paths without a wildcard; CloudFront processes {FILES_AT_MOST} of a distribution at one time; set \
                 MaxPaths to merge some of them, or write wildcards"
            ),
            Self::Wildcards(count) => write!(
                formatter,
                "contains {count} wildcards; CloudFront allows {WILDCARDS_AT_MOST} in progress at one time; set MaxPaths to \
                 merge some of them"
            ),
        }
    }
}
