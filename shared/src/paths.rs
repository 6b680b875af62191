//! What may be invalidated: one path as CloudFront accepts it.
//!
//! CloudFront refuses a whole batch for one bad path ("Your request contains one or more invalid invalidation
//! paths."), and silently ignores some mistakes, so a path is judged here, before anything is created. The rules and
//! the quoted sentences are those of the CloudFront developer guide, "Invalidating files"
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html>).

use std::fmt;

use serde::{Deserialize, Serialize};

/// "The maximum length of a path is 4,000 characters."
pub const PATH_CHARACTERS_AT_MOST: usize = 4_000;

/// "If you're using the * wildcard, you can have requests for up to 15 invalidation paths in progress at one time": a
/// batch with more could never be accepted.
pub const WILDCARDS_AT_MOST: usize = 15;

/// An invalidation path that CloudFront accepts, such as `/*` or `/images/logo.png`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InvalidationPath(String);

/// Why CloudFront would refuse or ignore a path; the text completes "the path …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PathFault {
    /// Nothing was given.
    #[error("is empty; to invalidate everything, write \"/*\"")]
    Empty,
    /// The API wants what the console forgives.
    #[error("must begin with \"/\", as in \"/index.html\" or \"/*\"")]
    NoLeadingSlash,
    /// See [`PATH_CHARACTERS_AT_MOST`].
    #[error(
        "is longer than CloudFront's 4,000 characters; a wildcard such as \"/images/*\" covers many files"
    )]
    TooLong,
    /// "The * wildcard … must be the last character in the invalidation path."
    #[error(
        "has a \"*\" that is not its last character; CloudFront takes such a \"*\" literally and would find nothing"
    )]
    WildcardInside,
    /// "Don't use the ~ character in your path. CloudFront doesn't support this character for invalidations, whether
    /// it's URL-encoded or not."
    #[error(
        "contains \"~\" (or \"%7E\"), which CloudFront does not support in invalidations; cover it with a wildcard"
    )]
    Tilde,
    /// "If the path includes non-ASCII characters or unsafe characters as defined in RFC 1738, URL-encode those
    /// characters."
    #[error(
        "contains a character that must be URL-encoded: a space, a control or non-ASCII character, or one of \"<>{{}}|\\^`[]"
    )]
    Unencoded,
}

impl InvalidationPath {
    /// Judges a path.
    ///
    /// # Errors
    /// The first rule that it breaks; the error never quotes the path.
    pub fn parse(text: &str) -> Result<Self, PathFault> {
        match fault(text) {
            Some(fault) => Err(fault),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// `/*`: everything that the distribution holds.
    #[must_use]
    pub fn everything() -> Self {
        Self("/*".to_owned())
    }

    /// The path as it is sent to CloudFront.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether CloudFront counts it against the limit of wildcards in progress.
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        self.0.ends_with('*')
    }
}

fn fault(text: &str) -> Option<PathFault> {
    let body = text.strip_suffix('*').unwrap_or(text);
    let rules = [
        (text.is_empty(), PathFault::Empty),
        (!text.starts_with('/'), PathFault::NoLeadingSlash),
        (
            text.chars().count() > PATH_CHARACTERS_AT_MOST,
            PathFault::TooLong,
        ),
        (body.contains('*'), PathFault::WildcardInside),
        (
            text.contains('~') || text.to_ascii_lowercase().contains("%7e"),
            PathFault::Tilde,
        ),
        (text.chars().any(must_be_encoded), PathFault::Unencoded),
    ];
    rules
        .into_iter()
        .find_map(|(broken, fault)| broken.then_some(fault))
}

fn must_be_encoded(character: char) -> bool {
    !character.is_ascii_graphic() || "\"<>{}|\\^`[]".contains(character)
}

impl fmt::Display for InvalidationPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for InvalidationPath {
    type Error = PathFault;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<InvalidationPath> for String {
    fn from(path: InvalidationPath) -> Self {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_cloudfront_accepts() {
        let longest = format!("/{}", "a".repeat(PATH_CHARACTERS_AT_MOST - 1));
        for text in [
            "/",
            "/*",
            "/a*",
            "/a/b.html",
            "/x?y=1&z=%20",
            "/caf%C3%A9",
            "/a@b;c,d=e+f$g!h'(i)",
            "/%2A",
            "/#x",
            &longest,
        ] {
            assert_eq!(
                InvalidationPath::parse(text).map(String::from),
                Ok(text.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_wildcard_is_an_asterisk_at_the_end() {
        for (text, is_wildcard) in [("/a*", true), ("/*", true), ("/a", false), ("/%2A", false)] {
            let path = InvalidationPath::parse(text).unwrap();
            assert_eq!(
                (path.is_wildcard(), path.to_string()),
                (is_wildcard, text.to_owned())
            );
        }
    }

    #[test]
    fn refuses_the_rest_and_says_why() {
        let too_long = format!("/{}", "a".repeat(PATH_CHARACTERS_AT_MOST));
        for (text, expected) in [
            ("", PathFault::Empty),
            ("*", PathFault::NoLeadingSlash),
            ("index.html", PathFault::NoLeadingSlash),
            ("https://www.example.com/a", PathFault::NoLeadingSlash),
            (too_long.as_str(), PathFault::TooLong),
            ("/*/a", PathFault::WildcardInside),
            ("/a**", PathFault::WildcardInside),
            ("/~user", PathFault::Tilde),
            ("/%7euser", PathFault::Tilde),
            ("/a b", PathFault::Unencoded),
            ("/café", PathFault::Unencoded),
            ("/a[0]", PathFault::Unencoded),
            ("/a\n", PathFault::Unencoded),
        ] {
            assert_eq!(InvalidationPath::parse(text), Err(expected), "{text}");
        }
    }
}
