//! Paths with the query of a signed URL. CloudFront needs the path exactly. Readers of messages, events and logs must not receive
//! the signature, because its holder can request the file until it expires.

use std::borrow::Cow;

/// The parameters of a signed URL whose values are not shown: "CloudFront removes these parameters"
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-create-signed-url-custom-policy.html>).
const HIDDEN: [&str; 3] = ["Key-Pair-Id", "Policy", "Signature"];
/// What is shown in the place of a value.
const REDACTED: &str = "REDACTED";

/// Whether a query is that of a CloudFront signed URL.
pub(super) fn is_signed(query: &str) -> bool {
    parameters(query).any(|(name, _)| matches!(name, "Key-Pair-Id" | "Signature"))
}

/// The path without the values of such a query.
pub(super) fn redacted(path: &str) -> Cow<'_, str> {
    let Some((before, query)) = path.split_once('?') else {
        return Cow::Borrowed(path);
    };
    if !parameters(query).any(|(name, _)| is_hidden(name)) {
        return Cow::Borrowed(path);
    }
    let shown: Vec<String> = query.split('&').map(parameter).collect();
    Cow::Owned(format!("{before}?{}", shown.join("&")))
}

fn parameter(text: &str) -> String {
    match text.split_once('=') {
        Some((name, _)) if is_hidden(name) => format!("{name}={REDACTED}"),
        _ => text.to_owned(),
    }
}

fn is_hidden(name: &str) -> bool {
    HIDDEN
        .iter()
        .any(|hidden| hidden.eq_ignore_ascii_case(name))
}

fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query
        .split('&')
        .filter_map(|parameter| parameter.split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_not_shown() {
        for (path, shown) in [
            ("/a", "/a"),
            ("/a?b=1&c", "/a?b=1&c"),
            ("/a?Policy", "/a?Policy"),
            (
                "/a?x=1&Expires=9&Signature=s3cr~et=&Key-Pair-Id=K1",
                "/a?x=1&Expires=9&Signature=REDACTED&Key-Pair-Id=REDACTED",
            ),
            (
                "/a?policy=eyJ&signature=x*",
                "/a?policy=REDACTED&signature=REDACTED",
            ),
            ("/a?Signature=x?Policy=y", "/a?Signature=REDACTED"),
        ] {
            assert_eq!(redacted(path), shown);
        }
    }
}
