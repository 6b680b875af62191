//! The whole list: what of it is needed, and what its author should know.

use std::fmt;

use super::given::Given;
use super::{InvalidationPath, Note, PathFault, Remark, WILDCARDS_AT_MOST, cover, merge};

/// How many wrong items are told, so that the message stays readable.
const FAULTS_TOLD: usize = 5;

/// The items that are sent, and what is to be said of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// At least one, none of which covers another, in the order in which they were given.
    pub paths: Vec<InvalidationPath>,
    /// What the author should know.
    pub notes: Vec<Note>,
}

/// Why a list is refused; the text completes "the list …".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchFault {
    /// It has no item.
    Empty,
    /// These items, counted from 1, are wrong.
    Items(Vec<(usize, PathFault)>),
    /// It needs so many wildcards, which are more than [`WILDCARDS_AT_MOST`].
    Wildcards(usize),
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

    /// Judges the items that an author wrote, and leaves out what another item covers. If that leaves more than `at_most`,
    /// or too many wildcards, they are merged; without `at_most` they are not.
    ///
    /// # Errors
    /// When an item is wrong, or there is none, or there are too many wildcards; the error never quotes an item.
    pub fn read(texts: &[String], at_most: Option<usize>) -> Result<Self, BatchFault> {
        if texts.is_empty() {
            return Err(BatchFault::Empty);
        }
        let needed = cover::without_covered(read_each(texts)?, |(_, given)| &given.path);
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
        let mut notes = remarks(&needed, &sent);
        if sent != paths {
            notes.push(Note::Merged {
                needed: number(paths.len()),
                sent: number(sent.len()),
            });
        }
        Ok(Self { paths: sent, notes })
    }
}

/// Each item with its place in the list, counted from 1.
type Placed = (usize, Given);

fn read_each(texts: &[String]) -> Result<Vec<Placed>, BatchFault> {
    let mut given = Vec::new();
    let mut faults = Vec::new();
    for (place, text) in (1..).zip(texts) {
        match Given::read(text) {
            Ok(item) => given.push((place, item)),
            Err(fault) => faults.push((place, fault)),
        }
    }
    if faults.is_empty() {
        Ok(given)
    } else {
        Err(BatchFault::Items(faults))
    }
}

/// The remarks on those items that are sent as themselves, each remark once.
fn remarks(needed: &[Placed], sent: &[InvalidationPath]) -> Vec<Note> {
    let root =
        |given: &Given| (given.path.as_str() == "/" && sent.len() == 1).then_some(Remark::Root);
    let mut all: Vec<(Remark, u32)> = needed
        .iter()
        .filter(|(_, given)| sent.contains(&given.path))
        .flat_map(|(place, given)| {
            let remarks = given.remarks.iter().copied().chain(root(given));
            remarks.map(|remark| (remark, number(*place)))
        })
        .collect();
    all.sort_unstable();
    all.chunk_by(|(one, _), (other, _)| one == other)
        .map(|chunk| Note::Items {
            remark: chunk[0].0,
            items: chunk.iter().map(|(_, place)| *place).collect(),
        })
        .collect()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl fmt::Display for BatchFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => {
                formatter.write_str("is empty; leave the key out to invalidate everything (\"/*\")")
            }
            Self::Items(faults) => {
                let told: Vec<String> = faults
                    .iter()
                    .take(FAULTS_TOLD)
                    .map(|(place, fault)| format!("at item {place}: it {fault}"))
                    .collect();
                write!(formatter, "is wrong {}", told.join("; and "))?;
                match faults.len().saturating_sub(FAULTS_TOLD) {
                    0 => Ok(()),
                    more => write!(formatter, "; and at {more} more"),
                }
            }
            Self::Wildcards(count) => write!(
                formatter,
                "has {count} wildcards; CloudFront runs at most {WILDCARDS_AT_MOST} at a time; with MaxPaths, \
                 some are merged"
            ),
        }
    }
}
