//! What an item that is refused can have meant, at most: for where another item covers that, nothing is lost without it.

use super::{InvalidationPath, PathFault, encoding};

/// An item that would invalidate all that the author of `text` can have meant by it; none where that cannot be said, for what
/// lacks its `/` may be a domain name, and what has a variable may be anything.
pub(super) fn most(text: &str, fault: PathFault) -> Option<InvalidationPath> {
    match fault {
        PathFault::WildcardInside | PathFault::EncodedWildcard | PathFault::Tilde => {
            Some(beginning_with(certain(text)))
        }
        PathFault::TooLong => Some(beginning_with(text)),
        // Whatever the single ones are.
        PathFault::Several if text.starts_with(['/', '#', '*']) => {
            Some(InvalidationPath::everything())
        }
        PathFault::NoLeadingSlash if text.starts_with('*') => Some(InvalidationPath::everything()),
        // Only `/*` covers a tag that is not itself.
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

/// All that begins so.
fn beginning_with(text: &str) -> InvalidationPath {
    InvalidationPath(encoding::encoded(text) + "*")
}

/// What stands before everything that CloudFront would take otherwise than it was meant.
fn certain(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    let ends = ["*", "~", "%2a", "%7e"]
        .iter()
        .filter_map(|what| lower.find(what));
    &text[..ends.min().unwrap_or(text.len())]
}
