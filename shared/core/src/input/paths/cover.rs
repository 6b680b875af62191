//! What an item invalidates beside itself.

use super::InvalidationPath;

impl InvalidationPath {
    /// Whether whatever `other` invalidates, this item invalidates, too.
    ///
    /// A wildcard is not relied on for its own beginning, `/x/*` for `/x/`: by AWS's sentence it covers it, but a deploy was
    /// measured in which `/dev/*` left `/dev/` as it was (<https://github.com/pulumi/docs/pull/21786>). One path more costs
    /// $0.005 at most, and a page that stays old costs a deploy. `/*` covers `/`, because AWS says of it alone that it
    /// invalidates "the entire distribution".
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match self.0.strip_suffix('*') {
            // "To invalidate all of the files in a distribution: /*", whatever their tags are.
            Some("/") => true,
            // "The *, which replaces 0 or more characters", those of a query among them.
            Some(beginning) => other.0.starts_with(beginning) && other.0 != beginning,
            // "Tag values are case-insensitive."
            None if self.is_tag() => self.0.eq_ignore_ascii_case(&other.0),
            // "Invalidation paths are case sensitive."
            None => self == other,
        }
    }
}

/// Whether `path` is one of these wildcards without its `*`, and none of them is relied on for it.
pub(super) fn is_stem(path: &InvalidationPath, wildcards: &[InvalidationPath]) -> bool {
    let is_of = |one: &InvalidationPath| one.0.strip_suffix('*') == Some(path.0.as_str());
    path.0 != "/" && wildcards.iter().any(is_of)
}

/// The items that no other covers, in their order; of those that invalidate the same, the first.
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
