//! One item as an author wrote it: the item that is sent for it, or the reason for its rejection.
//!
//! An item that CloudFront would reject is rejected, and so is a certain mistake, which CloudFront would accept but
//! could never match. A probable mistake is sent with a remark.

use super::signed::is_signed;
use super::{InvalidationPath, PathFault, Remark, encoding, first_broken};
use crate::input::pipeline_variables::{Unreplaced, has_shell_name, unreplaced};

/// An item that is sent, with the remarks for its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    /// The item as it is sent.
    pub(super) path: InvalidationPath,
    /// Each remark at most once, in order.
    pub(super) remarks: Vec<Remark>,
}

impl Given {
    /// Validates an item as its author wrote it.
    ///
    /// # Errors
    /// The first rule that it breaks; the error never quotes the item.
    pub(super) fn read(text: &str) -> Result<Self, PathFault> {
        if let Some(fault) = mistake(text) {
            return Err(fault);
        }
        if text.starts_with('#') {
            let path = InvalidationPath::parse(text)?;
            let named = has_shell_name(text).then_some(Remark::ShellVariable);
            let remarks = named.into_iter().collect();
            return Ok(Self { path, remarks });
        }
        let path = InvalidationPath::parse(&encoding::encoded(text))?;
        let remarks = remarks(text, &path);
        Ok(Self { path, remarks })
    }
}

/// A mistake in the text as written. Once encoded, some of these texts would be valid items.
fn mistake(text: &str) -> Option<PathFault> {
    let is_url = !text.starts_with(['/', '#']) && begins_as_url(text);
    let is_wildcard_encoded = text.starts_with('/') && text.to_ascii_lowercase().ends_with("%2a");
    let variable = unreplaced(text);
    let is_shell = variable == Some(Unreplaced::Shell) || text.starts_with('$');
    first_broken([
        (is_shell, PathFault::ShellVariable),
        (variable.is_some(), PathFault::Variable),
        (is_several(text), PathFault::Several),
        (begins_with_drive(text), PathFault::Rewritten),
        (text.trim() != text, PathFault::Padded),
        (text.chars().any(char::is_control), PathFault::Control),
        (is_url, PathFault::Url),
        (is_wildcard_encoded, PathFault::EncodedWildcard),
    ])
}

/// Whether a text looks like a list of paths or tags: it has a separator before a `/` or a `#`, or a comma or semicolon
/// at its end. CloudFront rejects an unencoded space. Encoded, such a list would be one path, accepted without effect.
/// The same applies within a query, where `?a=1,/b` is more often a list than a value; a wildcard such as `/x?a=1*`
/// covers the value.
fn is_several(text: &str) -> bool {
    let text = text.trim();
    let is_separator = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
    let begins_item = |rest: &str| rest.trim_start_matches(['"', '\'']).starts_with(['/', '#']);
    let mut behind = text.char_indices().filter(|(_, c)| is_separator(*c));
    let has_item =
        behind.any(|(index, c)| text.get(index + c.len_utf8()..).is_some_and(begins_item));
    has_item || text.ends_with([',', ';'])
}

/// Whether a text begins like a Windows path, as in `C:/Program Files/Git/index.html`.
fn begins_with_drive(text: &str) -> bool {
    matches!(text.as_bytes(), [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic())
}

/// Whether a text begins with a scheme, as in `https://` or `s3://`.
fn begins_as_url(text: &str) -> bool {
    let is_scheme = |scheme: &str| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    text.split_once("://")
        .is_some_and(|(scheme, _)| is_scheme(scheme))
}

fn remarks(text: &str, sent: &InvalidationPath) -> Vec<Remark> {
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let is_url = begins_as_url(path.trim_start_matches('/'));
    let has_dots = path.split('/').any(|segment| matches!(segment, "." | ".."));
    let identified = [
        (sent.as_str() != text, Remark::Encoded),
        (
            encoding::codes(text).any(|(byte, _)| !encoding::is_unsafe(byte)),
            Remark::EncodedNeedlessly,
        ),
        (is_encoded_twice(text), Remark::EncodedTwice),
        (is_url, Remark::Url),
        (path.contains("//") && !is_url, Remark::DoubledSlash),
        (has_dots, Remark::Dots),
        (is_signed(query), Remark::Signed),
        (has_shell_name(text), Remark::ShellVariable),
    ];
    identified
        .into_iter()
        .filter_map(|(is_true, remark)| is_true.then_some(remark))
        .collect()
}

/// Whether the `%` of a code is itself encoded.
fn is_encoded_twice(text: &str) -> bool {
    let begins_code = |after: &str| {
        after.len() >= 2 && after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit())
    };
    encoding::codes(text).any(|(byte, after)| byte == b'%' && begins_code(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_begins_with_a_scheme() {
        for (text, is_url) in [
            ("https://www.example.com/a", true),
            ("s3://bucket/a.png", true),
            ("://a", false),
            ("a/b://c", false),
        ] {
            assert_eq!(begins_as_url(text), is_url, "{text}");
        }
    }
}
