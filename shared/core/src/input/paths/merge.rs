//! Merges items into fewer wildcards that cover them, for `MaxPaths`.
//!
//! The two paths with the longest common beginning become one wildcard, repeatedly, until few enough items are left.
//! This invalidates few additional files and uses `/*` last. The same list always has the same result.

use super::{InvalidationPath, WILDCARDS_AT_MOST, encoding};

/// A path, or several merged paths.
struct Part {
    /// The path, without the `*` of a wildcard.
    beginning: String,
    is_wildcard: bool,
    /// The position of the first of them in the list.
    place: usize,
}

/// At most `at_most` items, and at least one, that cover all `items`. At most [`WILDCARDS_AT_MOST`] of them are
/// wildcards. Each has the position of the first item that it covers. No item in `items` covers another.
pub(super) fn merged(items: &[InvalidationPath], at_most: usize) -> Vec<InvalidationPath> {
    let (tags, paths): (Vec<_>, Vec<_>) = items
        .iter()
        .enumerate()
        .partition(|(_, item)| item.is_tag());
    // Only `/*` covers a tag.
    if tags.len() + paths.len().min(1) > at_most {
        return vec![InvalidationPath::everything()];
    }
    let mut parts: Vec<Part> = paths.into_iter().map(part).collect();
    parts.sort_by(|a, b| (&a.beginning, a.is_wildcard).cmp(&(&b.beginning, b.is_wildcard)));
    shrink(&mut parts, at_most - tags.len());
    let tags = tags.into_iter().map(|(place, tag)| (place, tag.clone()));
    let mut merged: Vec<(usize, InvalidationPath)> =
        parts.into_iter().map(item).chain(tags).collect();
    merged.sort_by_key(|(place, _)| *place);
    super::cover::without_covered(merged, |(_, item)| item)
        .into_iter()
        .map(|(_, item)| item)
        .collect()
}

fn part((place, path): (usize, &InvalidationPath)) -> Part {
    let text = path.as_str();
    Part {
        beginning: text.strip_suffix('*').unwrap_or(text).to_owned(),
        is_wildcard: path.is_wildcard(),
        place,
    }
}

fn item(part: Part) -> (usize, InvalidationPath) {
    let end = if part.is_wildcard { "*" } else { "" };
    (part.place, InvalidationPath(part.beginning + end))
}

/// Merges `parts`, which are sorted and stay sorted, until few enough are left. Each iteration removes at least one.
fn shrink(parts: &mut Vec<Part>, at_most: usize) {
    loop {
        let wildcards = parts.iter().filter(|part| part.is_wildcard).count();
        if wildcards > WILDCARDS_AT_MOST {
            // Merging two files would add a wildcard.
            merge_closest(parts, |part| part.is_wildcard);
        } else if parts.len() > at_most {
            merge_closest(parts, |_| true);
        } else {
            return;
        }
    }
}

/// Of the parts that `choose` accepts, merges the two with the longest common beginning, and every other part that
/// their wildcard covers. Because the parts are sorted, these two are neighbours. Of several such pairs, the first one
/// is merged, so that the order of the given list does not matter.
fn merge_closest(parts: &mut Vec<Part>, choose: impl Fn(&Part) -> bool) {
    let chosen: Vec<&Part> = parts.iter().filter(|part| choose(part)).collect();
    let closest = chosen
        .windows(2)
        .map(|pair| common(pair[0], pair[1]))
        .rev()
        .max_by_key(|beginning| beginning.len());
    let Some(beginning) = closest else {
        return;
    };
    let beginning = beginning.to_owned();
    let is_covered =
        |part: &Part| part.beginning.starts_with(&beginning) && !part.is_stem(&beginning);
    let covered = parts.iter().filter(|part| is_covered(part));
    let place = covered.map(|part| part.place).min().unwrap_or_default();
    let at = parts.iter().position(is_covered).unwrap_or_default();
    parts.retain(|part| !is_covered(part));
    parts.insert(
        at,
        Part {
            beginning,
            is_wildcard: true,
            place,
        },
    );
}

impl Part {
    /// Whether this is the file with exactly this name. The wildcard of this beginning is not relied on to cover it.
    fn is_stem(&self, beginning: &str) -> bool {
        !self.is_wildcard && self.beginning == beginning && beginning != "/"
    }
}

/// The longest common beginning of two paths whose wildcard covers both. It does not split a character, whether that is
/// encoded as one code or as several.
fn common<'a>(one: &'a Part, other: &Part) -> &'a str {
    let text = &one.beginning;
    let pairs = text.bytes().zip(other.beginning.bytes());
    let alike = pairs.take_while(|(a, b)| a == b).count();
    let is_fit = |end: &usize| {
        let beginning = &text[..*end];
        is_boundary(text, *end) && !one.is_stem(beginning) && !other.is_stem(beginning)
    };
    let end = (1..=alike).rev().find(is_fit).unwrap_or(1);
    &text[..end]
}

/// Whether a character of this encoded path ends at `end`.
fn is_boundary(path: &str, end: usize) -> bool {
    let path = path.as_bytes();
    let is_within_code = (1..=2).any(|back| {
        let begin = end.checked_sub(back);
        begin.is_some_and(|begin| encoding::code_at(path, begin).is_some())
    });
    let is_within_character =
        encoding::code_at(path, end).is_some_and(|byte| (0x80..0xC0).contains(&byte));
    !is_within_code && !is_within_character
}
