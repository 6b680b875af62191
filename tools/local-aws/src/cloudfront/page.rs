//! Lists in pages.

use super::{Invalidation, invalid_argument};
use crate::rejection::Rejection;

/// "MaxItems: String with a maximum value of 100. Default: 100." This is ListDistributions; for ListInvalidations it is
/// not documented.
const MOST: usize = 100;

/// The page that a client requests, in the client's parameters.
pub(crate) struct PageRequest {
    pub(crate) marker: Option<String>,
    pub(crate) max_items: Option<String>,
}

/// The element of a page.
pub(crate) trait Listed {
    fn id(&self) -> &str;
}

impl Listed for &Invalidation {
    fn id(&self) -> &str {
        &self.id
    }
}

/// A page of a list.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// The number of items in the whole list.
    pub(crate) total: usize,
    pub(crate) max_items: usize,
    pub(crate) more: bool,
}

impl<T: Listed> Page<T> {
    pub(super) fn of(all: Vec<T>, page_request: &PageRequest) -> Result<Self, Rejection> {
        let max_items = page_request
            .max_items
            .as_deref()
            .map_or(Ok(MOST), str::parse::<usize>)
            .ok()
            .filter(|max_items| *max_items > 0)
            .ok_or_else(|| invalid_argument("Invalid MaxItems."))?
            .min(MOST);
        // "The results include [items] in the list that occur after the marker."
        let start = match page_request.marker.as_deref() {
            None | Some("") => 0,
            Some(marker) => all
                .iter()
                .position(|item| item.id() == marker)
                .map(|last_seen| last_seen + 1)
                .ok_or_else(|| invalid_argument("Invalid Marker."))?,
        };
        Ok(Self {
            total: all.len(),
            max_items,
            more: all.len() - start > max_items,
            items: all.into_iter().skip(start).take(max_items).collect(),
        })
    }

    /// Present "if IsTruncated is true"; it "is also the ID of the last" item "on that page".
    pub(crate) fn next_marker(&self) -> Option<&str> {
        let last = self.items.last().filter(|_| self.more)?;
        Some(last.id())
    }
}
