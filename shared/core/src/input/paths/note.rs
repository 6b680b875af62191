//! What the author of a batch should know, although it is sent: data, from which the words are made when they are needed.

use serde::{Deserialize, Serialize};

/// Something about a batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Note {
    /// Something about some of its items.
    Items {
        /// What it is.
        remark: Remark,
        /// Which items, by their places in the list as it was given, counted from 1.
        items: Vec<u32>,
    },
    /// More items were given than `MaxPaths`, so that some were replaced by wildcards.
    Merged {
        /// How many were needed before.
        needed: u32,
        /// How many are sent.
        sent: u32,
    },
}

/// Something about an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Remark {
    /// It was URL-encoded before it was sent: "If the path includes non-ASCII characters or unsafe characters as defined
    /// in RFC 1738, URL-encode those characters."
    Encoded,
    /// It has a code of another character: "Do not URL-encode any other characters in the path, or CloudFront will not
    /// invalidate the old version of the updated file."
    EncodedNeedlessly,
    /// The `%` of one of its codes is encoded, too.
    EncodedTwice,
    /// It is a URL behind a slash: "The path is relative to the distribution."
    Url,
    /// It has `//`: "Some characters are normalized and removed from the path, such as multiple slashes (//) or periods
    /// (..)" ("Cache behavior settings", path normalization).
    DoubledSlash,
    /// It has a segment `.` or `..`, which the same sentence names, and which a browser resolves before it asks.
    Dots,
    /// It has the query of a signed URL: "If you are using signed URLs, invalidate a file by including only the portion
    /// of the URL before the question mark (?)."
    Signed,
    /// It is `/`, alone: "To invalidate the default root object (file), specify the path the same way that you specify the
    /// path for any other file."
    Root,
    /// It has a `$` and a name of capitals, such as `$VERSION`, which a shell may have left as it is.
    ShellVariable,
    /// It is a wildcard without its `*`, beside that wildcard: see [`InvalidationPath::covers`](super::InvalidationPath::covers).
    Stem,
    /// It is wrong, but another item covers all that it can have meant, so it is not sent.
    LeftOut,
}
