//! Notes about a batch that is sent regardless. They are stored as data; the text is generated for display.

use serde::{Deserialize, Serialize};

/// A note about a batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Note {
    /// A remark about some items.
    Items {
        /// The remark.
        remark: Remark,
        /// The numbers of the first items in the given list, counted from 1.
        items: Vec<u32>,
        /// The number of further items: a list may have thousands, and a record has a limit.
        #[serde(default, skip_serializing_if = "is_zero")]
        more: u32,
        /// The list.
        #[serde(default, skip_serializing_if = "ListKind::is_default")]
        list: ListKind,
    },
    /// The list had more than `MaxPaths` items, so some were replaced by wildcards.
    Merged {
        /// The number of items before merging.
        needed: u32,
        /// The number of items that are sent.
        sent: u32,
        /// The list.
        #[serde(default, skip_serializing_if = "ListKind::is_default")]
        list: ListKind,
    },
}

/// The maximum number of items that a note stores; a text names fewer.
pub(super) const ITEMS_NAMED: usize = 20;

/// The list whose items are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ListKind {
    /// `Paths` of the parameters.
    #[default]
    Paths,
    /// The lines of `PathsFile`.
    Lines,
    /// The JSON array in `PathsFile`.
    Array,
}

impl ListKind {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    fn is_default(&self) -> bool {
        *self == Self::Paths
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A remark about an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Remark {
    /// It was URL-encoded before it was sent: "If the path includes non-ASCII characters or unsafe characters as
    /// defined in RFC 1738, URL-encode those characters."
    Encoded,
    /// It contains the code of a character that needs no encoding: "Do not URL-encode any other characters in the path,
    /// or CloudFront will not invalidate the old version of the updated file."
    EncodedNeedlessly,
    /// The `%` of one of its codes is itself encoded.
    EncodedTwice,
    /// It is a URL after a slash: "The path is relative to the distribution."
    Url,
    /// It has `//`: "Some characters are normalized and removed from the path, such as multiple slashes (//) or periods
    /// (..)" ("Cache behavior settings", path normalization).
    DoubledSlash,
    /// It has a segment `.` or `..`, which the same sentence names, and which a browser resolves before the request.
    Dots,
    /// It has the query of a signed URL: "If you are using signed URLs, invalidate a file by including only the portion
    /// of the URL before the question mark (?)."
    Signed,
    /// It is `/`, the only item: "To invalidate the default root object (file), specify the path the same way that you
    /// specify the path for any other file."
    Root,
    /// It contains a `$` and a name in capitals, such as `$VERSION`: possibly an unreplaced shell variable.
    ShellVariable,
    /// It is a wildcard of the same list without its `*`: see
    /// [`InvalidationPath::covers`](super::InvalidationPath::covers).
    Stem,
    /// It is invalid and not sent, because another item covers every possible meaning.
    LeftOut,
}
