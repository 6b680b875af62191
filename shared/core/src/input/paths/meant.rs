//! The widest possible meaning of a rejected item. If another item covers it, the rejected item can be left out.

use super::{InvalidationPath, PathFault, encoding};

/// An item that covers every possible meaning of `text`; none if the meaning is unknown. Without its leading slash, an
/// item may be a domain name, and an item with a variable may be anything.
pub(super) fn most(text: &str, fault: PathFault) -> Option<InvalidationPath> {
    match fault {
        PathFault::WildcardInside | PathFault::EncodedWildcard | PathFault::Tilde => {
            Some(beginning_with(certain(text)))
        }
        PathFault::TooLong => Some(beginning_with(text)),
        // The meaning of each single item is unknown.
        PathFault::Several if text.starts_with(['/', '#', '*']) => {
            Some(InvalidationPath::everything())
        }
        PathFault::NoLeadingSlash if text.starts_with('*') => Some(InvalidationPath::everything()),
        // Only `/*` covers a different tag.
        PathFault::TagWildcard | PathFault::TagCharacter | PathFault::TagTooLong => {
            Some(InvalidationPath::everything())
        }
        PathFault::Empty
        | PathFault::Variable
        | PathFault::ShellVariable
        | PathFault::Several
        | PathFault::Rewritten
        | PathFault::Padded
        | PathFault::Control
        | PathFault::Url
        | PathFault::NoLeadingSlash
        | PathFault::Unencoded
        | PathFault::EmptyTag => None,
    }
}

/// All paths with this beginning.
fn beginning_with(text: &str) -> InvalidationPath {
    InvalidationPath(encoding::encoded(text) + "*")
}

/// The text before the first character that CloudFront would not interpret as intended.
fn certain(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    let ends = ["*", "~", "%2a", "%7e"]
        .iter()
        .filter_map(|what| lower.find(what));
    &text[..ends.min().unwrap_or(text.len())]
}
