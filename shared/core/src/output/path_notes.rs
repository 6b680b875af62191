//! What the author of a batch should know, in words. They name an item by its place in `Paths`, and never quote it.

use super::name;
use crate::input::paths::{Note, Remark};
use crate::model::execution_record::ExecutionRecord;

/// How many items a note names by their places.
const PLACES_SHOWN: usize = 5;

/// The notes of a record, each a sentence; one that several targets have in common comes once.
pub(super) fn lines(record: &ExecutionRecord) -> impl Iterator<Item = String> {
    let are_the_same = record
        .targets
        .windows(2)
        .all(|two| two[0].notes == two[1].notes);
    let shown = if are_the_same {
        1
    } else {
        record.targets.len()
    };
    record.targets.iter().take(shown).flat_map(move |target| {
        target.notes.iter().map(move |note| match are_the_same {
            true => text(note),
            false => format!("{}: {}", name(target), text(note)),
        })
    })
}

/// A note as a sentence.
pub(crate) fn text(note: &Note) -> String {
    match note {
        Note::Items { remark, items } => {
            format!("{} {}.", named(items), about(*remark, items.len() > 1))
        }
        Note::Merged { needed, sent } => format!(
            "{needed} items of Paths were merged into {sent} for MaxPaths, so more is invalidated than they name."
        ),
    }
}

fn named(items: &[u32]) -> String {
    let mut places: Vec<String> = items
        .iter()
        .take(PLACES_SHOWN)
        .map(ToString::to_string)
        .collect();
    match items.len().saturating_sub(PLACES_SHOWN) {
        0 => {}
        more => places.push(format!("{more} more")),
    }
    match places.split_last() {
        Some((last, [])) => format!("item {last} of Paths"),
        Some((last, others)) => format!("items {} and {last} of Paths", others.join(", ")),
        None => "Paths".to_owned(),
    }
}

/// What is to be said of one item, or of several.
fn about(remark: Remark, are_several: bool) -> String {
    let (has, was, polls) = if are_several {
        ("have", "were", "look")
    } else {
        ("has", "was", "looks")
    };
    match remark {
        Remark::Encoded => {
            format!("{was} URL-encoded, as CloudFront wants non-ASCII and unsafe characters to be")
        }
        Remark::EncodedNeedlessly => format!(
            "{has} a URL-encoded character that CloudFront wants as it is; a file that viewers request by the plain \
             character stays cached"
        ),
        Remark::EncodedTwice => {
            format!("{polls} URL-encoded twice, and CloudFront may find nothing by that name")
        }
        Remark::Url => format!(
            "{polls} like a URL behind a \"/\"; a path has neither scheme nor domain name, so CloudFront may find nothing"
        ),
        Remark::DoubledSlash => {
            format!("{has} \"//\", which is another path than with \"/\", and seldom meant")
        }
        Remark::Dots => format!(
            "{has} a segment \".\" or \"..\", which browsers resolve before they ask; write the path without it"
        ),
        Remark::Signed => format!(
            "{has} the query of a signed URL; CloudFront wants the path only up to the \"?\""
        ),
        // There is only one such item.
        Remark::Root => "is \"/\" alone, which is one address, and not what lies below it; \"/*\" invalidates everything"
            .to_owned(),
        Remark::ShellVariable => {
            format!("{has} a \"$\" and a name in capitals; if it is a variable of a shell, it was not replaced")
        }
        Remark::Stem => format!(
            "{was} sent in addition to the wildcard that begins so, because \"/x/*\" may leave \"/x/\" as it is"
        ),
        Remark::LeftOut => format!(
            "{was} left out: CloudFront refuses such an item or finds nothing by it, and another item covers what it can mean"
        ),
    }
}
