//! Whether an item covers another one.

use std::collections::HashSet;

use super::InvalidationPath;

impl InvalidationPath {
    /// Whether this item invalidates everything that `other` invalidates.
    ///
    /// A wildcard does not count as covering its own beginning, as in `/x/*` and `/x/`. It should by AWS's definition,
    /// but in one measured deployment `/dev/*` did not invalidate `/dev/`
    /// (<https://github.com/pulumi/docs/pull/21786>). An additional path costs at most $0.005, and a page that stays
    /// outdated costs a deployment. `/*` covers `/`, because AWS documents only for `/*` that it invalidates "the
    /// entire distribution".
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match self.0.strip_suffix('*') {
            // "To invalidate all of the files in a distribution: /*", with any tags.
            Some("/") => true,
            // "The *, which replaces 0 or more characters", including those of a query.
            Some(beginning) => other.0.starts_with(beginning) && other.0 != beginning,
            // "Tag values are case-insensitive."
            None if self.is_tag() => self.0.eq_ignore_ascii_case(&other.0),
            // "Invalidation paths are case sensitive."
            None => self == other,
        }
    }
}

/// Whether `path` is one of these wildcards without its `*`. That wildcard does not count as covering it.
pub(super) fn is_stem(path: &InvalidationPath, wildcards: &[&InvalidationPath]) -> bool {
    let is_of = |one: &&InvalidationPath| one.0.strip_suffix('*') == Some(path.0.as_str());
    path.0 != "/" && wildcards.iter().any(is_of)
}

/// The items that no other item covers, in their order. Of items that cover each other, the first is kept.
pub(super) fn without_covered<T>(items: Vec<T>, path: impl Fn(&T) -> &InvalidationPath) -> Vec<T> {
    let cover = Cover::of(items.iter().map(&path));
    let mut seen = HashSet::new();
    let is_needed = |item: &T| {
        let item = path(item);
        seen.insert(same(item)) && !cover.is_within_another(item)
    };
    let needed: Vec<bool> = items.iter().map(is_needed).collect();
    items
        .into_iter()
        .zip(needed)
        .filter_map(|(item, is_needed)| is_needed.then_some(item))
        .collect()
}

/// A text that two items share if each covers the other.
fn same(item: &InvalidationPath) -> String {
    if item.is_tag() {
        item.0.to_ascii_lowercase()
    } else {
        item.0.clone()
    }
}

/// What some items cover together, for lists of thousands: the beginnings of their wildcards, sorted, of which none begins with
/// another, and the other items.
pub(super) struct Cover {
    has_everything: bool,
    beginnings: Vec<String>,
    others: HashSet<String>,
}

impl Cover {
    pub(super) fn of<'p>(items: impl Iterator<Item = &'p InvalidationPath>) -> Self {
        let (mut beginnings, mut others) = (Vec::new(), HashSet::new());
        for item in items {
            match item.0.strip_suffix('*') {
                Some(beginning) => beginnings.push(beginning.to_owned()),
                None => drop(others.insert(same(item))),
            }
        }
        beginnings.sort_unstable();
        let has_everything = beginnings.iter().any(|beginning| beginning == "/");
        beginnings.dedup_by(|next, kept| next.starts_with(kept.as_str()));
        Self {
            has_everything,
            beginnings,
            others,
        }
    }

    /// Whether one of the items covers `item`.
    pub(super) fn covers(&self, item: &InvalidationPath) -> bool {
        self.others.contains(&same(item)) || self.has(item) || self.is_within_another(item)
    }

    /// Whether one of the items that is not `item` itself covers it.
    fn is_within_another(&self, item: &InvalidationPath) -> bool {
        if self.has_everything {
            return item.0 != "/*";
        }
        let Some(beginning) = self.beginning_of(item) else {
            return false;
        };
        beginning != item.0 && !self.has(item)
    }

    /// Whether `item` is one of the wildcards, and no other covers it.
    fn has(&self, item: &InvalidationPath) -> bool {
        let beginning = item.0.strip_suffix('*');
        beginning.is_some_and(|beginning| self.beginning_of(item) == Some(beginning))
    }

    /// The only beginning that `item` can begin with: all between it and `item` would begin with it.
    fn beginning_of(&self, item: &InvalidationPath) -> Option<&str> {
        let place = self
            .beginnings
            .partition_point(|beginning| beginning.as_str() <= item.0.as_str());
        let beginning = self.beginnings.get(place.checked_sub(1)?)?;
        item.0
            .starts_with(beginning.as_str())
            .then_some(beginning.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The rule itself, of each pair.
        #[test]
        fn a_long_list_is_covered_as_its_pairs_are(
            texts in prop::collection::vec("(/[ab/]{0,4}\\*?|#[aAb]{1,2})", 1..30)
        ) {
            let items: Vec<InvalidationPath> = texts.into_iter().map(InvalidationPath).collect();
            let cover = Cover::of(items.iter());
            let is_needed = |index: &usize| {
                let item = &items[*index];
                !items.iter().enumerate().any(|(place, other)| {
                    place != *index && other.covers(item) && (place < *index || !item.covers(other))
                })
            };
            let needed: Vec<&InvalidationPath> = (0..items.len())
                .filter(is_needed)
                .map(|index| &items[index])
                .collect();
            prop_assert_eq!(without_covered(items.iter().collect(), |item| *item), needed);
            for probe in ["/", "/a", "/ab*", "/b/a", "#A", "/*"].map(|text| InvalidationPath(text.to_owned())) {
                let is_covered = items.iter().any(|item| item.covers(&probe) || *item == probe);
                prop_assert_eq!(cover.covers(&probe), is_covered, "{}", probe);
            }
        }
    }
}
