//! One item as an author wrote it: what is sent for it, or why nothing is.
//!
//! What CloudFront refuses is refused, and so is what CloudFront would take but could never match, when it is surely a
//! mistake. What is only likely to be one is sent, with a remark.

use super::{InvalidationPath, PathFault, Remark, encoding, first_broken};

/// An item that is sent, and what its author should know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    /// The item as it is sent.
    pub(super) path: InvalidationPath,
    /// Each at most once, in their order.
    pub(super) remarks: Vec<Remark>,
}

impl Given {
    /// Judges what an author wrote.
    ///
    /// # Errors
    /// The first rule that it breaks; the error never quotes it.
    pub(super) fn read(text: &str) -> Result<Self, PathFault> {
        if let Some(fault) = mistake(text) {
            return Err(fault);
        }
        if text.starts_with('#') {
            let path = InvalidationPath::parse(text)?;
            let remarks = Vec::new();
            return Ok(Self { path, remarks });
        }
        let path = InvalidationPath::parse(&encoding::encoded(text))?;
        let remarks = remarks(text, &path);
        Ok(Self { path, remarks })
    }
}

/// What would be sent, but not as it was meant.
fn mistake(text: &str) -> Option<PathFault> {
    let is_url = !text.starts_with(['/', '#']) && begins_as_url(text);
    let is_wildcard_encoded = text.starts_with('/') && text.to_ascii_lowercase().ends_with("%2a");
    first_broken([
        (text.trim() != text, PathFault::Padded),
        (text.chars().any(char::is_control), PathFault::Control),
        (is_url, PathFault::Url),
        (is_wildcard_encoded, PathFault::EncodedWildcard),
    ])
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
    let judged = [
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
    ];
    judged
        .into_iter()
        .filter_map(|(is_true, remark)| is_true.then_some(remark))
        .collect()
}

/// Whether a `%` was encoded that began a code.
fn is_encoded_twice(text: &str) -> bool {
    let begins_code = |after: &str| {
        after.len() >= 2 && after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit())
    };
    encoding::codes(text).any(|(byte, after)| byte == b'%' && begins_code(after))
}

/// Whether a query is that of a CloudFront signed URL.
fn is_signed(query: &str) -> bool {
    query
        .split('&')
        .filter_map(|parameter| parameter.split_once('='))
        .any(|(name, _)| matches!(name, "Key-Pair-Id" | "Signature"))
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
