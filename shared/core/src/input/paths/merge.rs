//! Fewer items that cover the same: `MaxPaths`.
//!
//! The two paths that begin alike for longest become one wildcard, again and again, until few enough are left. So what is
//! invalidated in addition is kept small, `/*` comes last, and the same list always gives the same result.

use super::{InvalidationPath, WILDCARDS_AT_MOST, encoding};

/// A path, or some that were merged.
struct Part {
    /// The path, without the `*` of a wildcard.
    beginning: String,
    is_wildcard: bool,
    /// The place of the first of them in the list.
    place: usize,
}

/// At most `at_most` items, at least one, of which at most [`WILDCARDS_AT_MOST`] are wildcards, that cover all `items`; an
/// item stands where the first of those stood that it covers. Of `items`, none covers another.
pub(super) fn merged(items: &[InvalidationPath], at_most: usize) -> Vec<InvalidationPath> {
    let (tags, paths): (Vec<_>, Vec<_>) = items
        .iter()
        .enumerate()
        .partition(|(_, item)| item.is_tag());
    // Only /* covers a tag.
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

/// Merges `parts`, which are sorted and stay so, until there are few enough. Each turn takes at least one away.
fn shrink(parts: &mut Vec<Part>, at_most: usize) {
    loop {
        let wildcards = parts.iter().filter(|part| part.is_wildcard).count();
        if wildcards > WILDCARDS_AT_MOST {
            // Two files would only make one wildcard more.
            merge_closest(parts, |part| part.is_wildcard);
        } else if parts.len() > at_most {
            merge_closest(parts, |_| true);
        } else {
            return;
        }
    }
}

/// Merges the two of the parts to `choose` from that begin alike for longest, with whatever else a wildcard of that beginning
/// covers. In a sorted list these are neighbours; of several such pairs it is the first, so that the order in which they were
/// given does not matter.
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
    /// Whether it is the file of this very name, for which a wildcard that begins so is not relied on.
    fn is_stem(&self, beginning: &str) -> bool {
        !self.is_wildcard && self.beginning == beginning && beginning != "/"
    }
}

/// How two paths begin alike, so that a wildcard of that beginning covers both. No character is cut in two, be it of one code
/// or of several.
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

/// Whether a character of the path that is encoded here ends at `end`.
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
