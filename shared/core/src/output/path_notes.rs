//! The notes about the paths, as text. A note names an item by its number in `Paths` and never quotes it.

use super::name;
use crate::input::paths::{ListKind, Note, Remark};
use crate::model::execution_record::ExecutionRecord;

/// The maximum number of items that a note names by number.
const PLACES_SHOWN: usize = 5;

/// The notes of a record, each a sentence. If all targets have the same notes, they appear once.
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
        Note::Items {
            remark,
            items,
            more,
            list,
        } => {
            let are_several = items.len() > 1 || *more > 0;
            format!(
                "{} {}.",
                named(items, *more, *list),
                about(*remark, are_several)
            )
        }
        Note::Merged { needed, sent, list } => {
            let (unit, list) = words(*list);
            format!(
                "{needed} {unit}s of {list} were merged into {sent} because of MaxPaths, so additional files are invalidated."
            )
        }
    }
}

/// What an item of the list is called, and the name of the list.
const fn words(list: ListKind) -> (&'static str, &'static str) {
    match list {
        ListKind::Paths => ("item", "Paths"),
        ListKind::Lines => ("line", "PathsFile"),
        ListKind::Array => ("item", "PathsFile"),
    }
}

fn named(items: &[u32], more: u32, list: ListKind) -> String {
    let (unit, list) = words(list);
    let mut places: Vec<String> = items
        .iter()
        .take(PLACES_SHOWN)
        .map(ToString::to_string)
        .collect();
    let more = usize::try_from(more).unwrap_or(usize::MAX);
    match items
        .len()
        .saturating_sub(PLACES_SHOWN)
        .saturating_add(more)
    {
        0 => {}
        more => places.push(format!("{more} more")),
    }
    match places.split_last() {
        Some((last, [])) => format!("{unit} {last} of {list}"),
        Some((last, others)) => format!("{unit}s {} and {last} of {list}", others.join(", ")),
        None => list.to_owned(),
    }
}

/// The text of a remark, in the singular or the plural.
fn about(remark: Remark, are_several: bool) -> String {
    let (contains, was, looks) = if are_several {
        ("contain", "were", "look")
    } else {
        ("contains", "was", "looks")
    };
    match remark {
        Remark::Encoded => {
            format!("{was} URL-encoded, as CloudFront requires for non-ASCII and unsafe characters")
        }
        Remark::EncodedNeedlessly => format!(
            "{contains} a URL-encoded character that CloudFront does not require to be encoded; a file that viewers request \
             with the plain character stays cached"
        ),
        Remark::EncodedTwice => {
            format!("{looks} URL-encoded twice; CloudFront may not match any file")
        }
        Remark::Url => format!(
            "{looks} like a URL after a \"/\"; a path has neither scheme nor domain name, so CloudFront may not match any file"
        ),
        Remark::DoubledSlash => {
            format!("{contains} \"//\", which is a different path from \"/\" and usually a mistake")
        }
        Remark::Dots => format!(
            "{contains} a segment \".\" or \"..\", which browsers resolve before the request; write the path without it"
        ),
        Remark::Signed => format!(
            "{contains} the query string of a signed URL; specify the path only up to the \"?\""
        ),
        // There is only one such item.
        Remark::Root => {
            "is \"/\", which invalidates only the root URL; use \"/*\" to invalidate everything"
                .to_owned()
        }
        Remark::ShellVariable => {
            format!(
                "{contains} a \"$\" and a name in capitals; if it is a shell variable, it was not replaced"
            )
        }
        Remark::Stem => format!(
            "{was} sent in addition to the wildcard with the same prefix, because \"/x/*\" may not invalidate \"/x/\""
        ),
        Remark::LeftOut => format!(
            "{was} left out: CloudFront rejects such an item or matches no file, and another item covers every intended meaning"
        ),
    }
}
