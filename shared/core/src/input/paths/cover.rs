//! Whether an item covers another one.

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
pub(super) fn is_stem(path: &InvalidationPath, wildcards: &[InvalidationPath]) -> bool {
    let is_of = |one: &InvalidationPath| one.0.strip_suffix('*') == Some(path.0.as_str());
    path.0 != "/" && wildcards.iter().any(is_of)
}

/// The items that no other item covers, in their order. Of items that cover each other, the first is kept.
pub(super) fn without_covered<T>(items: Vec<T>, path: impl Fn(&T) -> &InvalidationPath) -> Vec<T> {
    let is_needed = |index: usize| {
        let item = path(&items[index]);
        !items.iter().map(&path).enumerate().any(|(place, other)| {
            place != index && other.covers(item) && (place < index || !item.covers(other))
        })
    };
    let needed: Vec<bool> = (0..items.len()).map(is_needed).collect();
    items
        .into_iter()
        .zip(needed)
        .filter_map(|(item, is_needed)| is_needed.then_some(item))
        .collect()
}
