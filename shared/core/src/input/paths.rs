//! What may be invalidated: the items of a batch, paths and cache tags, as CloudFront accepts them.
//!
//! CloudFront rejects a whole batch if one item is invalid ("Your request contains one or more invalid invalidation
//! paths."), and silently ignores some mistakes, so each item is validated before an invalidation is created. The rules
//! and the quoted sentences are those of the CloudFront developer guide, "What you need to know when invalidating
//! paths" (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html>)
//! and "… tags"
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-tags.html>).
//!
//! An item is sent unchanged, sent URL-encoded, or rejected. An item that CloudFront may silently ignore gets a
//! [`Note`]. [`Batch`] removes items that another item covers, and merges the rest if `MaxPaths` requires it.
//! `paths/table.txt`, printed by a test of this module, contains the result, the reason and the source of each rule.

mod batch;
mod cover;
mod encoding;
mod given;
mod meant;
mod merge;
mod note;
mod signed;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::input::pipeline_variables::Unreplaced;

pub use batch::{Batch, BatchFault};
pub use note::{ListKind, Note, Remark};

/// "The maximum length of a path is 4,000 characters."
pub const PATH_CHARACTERS_AT_MOST: usize = 4_000;

/// "The maximum length of a tag is 256 characters."
pub const TAG_CHARACTERS_AT_MOST: usize = 256;

/// "If you're using the * wildcard, you can have requests for up to 15 invalidation paths in progress at one time": a
/// batch with more could never be accepted.
pub const WILDCARDS_AT_MOST: usize = 15;

/// "If you're invalidating files individually, you can have invalidation requests for up to 3,000 files per distribution
/// in progress at one time"
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html>).
pub const FILES_AT_MOST: usize = 3_000;

/// An item that CloudFront accepts, in the form in which it is sent: a path such as `/*` or `/images/logo.png`, or a
/// cache tag such as `#product:electronics`. The API calls both paths.
///
/// A stored item was validated by the rules of an earlier version, so deserialization checks only the rules that never
/// changed: a record must stay readable. User input is read by [`Batch::read`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InvalidationPath(String);

/// Why CloudFront would reject or ignore an item. The text completes "the item …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum PathFault {
    /// The item is empty.
    #[error("is empty; to invalidate everything, write \"/*\"")]
    Empty,
    /// CodePipeline did not replace a pipeline variable.
    #[error("{}", Unreplaced::Pipeline)]
    Variable,
    /// A shell or a template did not replace its variable.
    #[error("{}", Unreplaced::Shell)]
    ShellVariable,
    /// A blank, a comma or a semicolon before a `/` or a `#`. Encoded, it would be one path that no viewer requests.
    #[error(
        "looks like several paths; use an array, such as [\"/index.html\", \"/images/*\"]; if it is one path, write a \
         space as \"%20\" and a comma as \"%2C\", or cover it with a wildcard"
    )]
    Several,
    /// Git Bash on Windows replaces a leading `/` in program arguments with its installation folder.
    #[error(
        "begins with a Windows drive, which Git Bash substitutes for a leading \"/\"; set MSYS_NO_PATHCONV=1 in the shell \
         that writes the parameters"
    )]
    Rewritten,
    /// CloudFront would match the name including the space, which no file has.
    #[error(
        "begins or ends with a space or a line break, which would be part of the path; if a space is intended, write \"%20\""
    )]
    Padded,
    /// A control character within the item.
    #[error("contains a control character, such as a tab or a line break")]
    Control,
    /// "The path is relative to the distribution."
    #[error(
        "is a full URL; specify only its path, from the \"/\" after the domain name, such as \"/index.html\""
    )]
    Url,
    /// "When you use the CloudFront API directly, invalidation paths must begin with a leading slash." The console adds
    /// the slash. This action does not, because the item may be a domain name or a tag; a wrong guess would invalidate
    /// no file and report success.
    #[error("must begin with \"/\", such as \"/index.html\" or \"/*\"")]
    NoLeadingSlash,
    /// See [`PATH_CHARACTERS_AT_MOST`].
    #[error(
        "is longer than CloudFront's 4,000 characters; a wildcard such as \"/images/*\" covers many files"
    )]
    TooLong,
    /// "The * wildcard … must be the last character in the invalidation path."
    #[error(
        "contains a \"*\" that is not its last character; CloudFront treats such a \"*\" literally and would match no file"
    )]
    WildcardInside,
    /// "Do not URL-encode any other characters in the path, or CloudFront will not invalidate the old version of the
    /// updated file." A file with this name is covered by the wildcard.
    #[error("ends with \"%2A\", which CloudFront does not treat as a wildcard; use \"*\"")]
    EncodedWildcard,
    /// "Don't use the ~ character in your path. CloudFront doesn't support this character for invalidations, whether
    /// it's URL-encoded or not."
    #[error(
        "contains \"~\" (or \"%7E\"), which CloudFront does not support in invalidations; use a wildcard that covers it"
    )]
    Tilde,
    /// "If the path includes non-ASCII characters or unsafe characters as defined in RFC 1738, URL-encode those
    /// characters." [`Batch::read`] encodes them, so only a stored item can have this fault.
    #[error(
        "contains a character that must be URL-encoded: a space, a control or non-ASCII character, or one of \"<>{{}}|\\^`[]"
    )]
    Unencoded,
    /// "Tag invalidation items must begin with the # character"; the tag is missing.
    #[error("is a \"#\" without a cache tag; use a tag such as \"#product:electronics\"")]
    EmptyTag,
    /// See [`TAG_CHARACTERS_AT_MOST`].
    #[error("is a cache tag of more than 256 characters, not counting the \"#\"")]
    TagTooLong,
    /// "Unlike path invalidations, tag invalidation items do not support the * wildcard."
    #[error(
        "is a cache tag with a \"*\"; cache tags do not support wildcards, so each item must be one complete tag"
    )]
    TagWildcard,
    /// "Each tag value must contain only ASCII visible characters (33–126), excluding commas."
    #[error(
        "is a cache tag with a comma, a space or a non-ASCII character, which cache tags do not allow"
    )]
    TagCharacter,
}

impl InvalidationPath {
    /// Validates an item in the form in which it is sent and stored.
    ///
    /// # Errors
    /// The first rule that it breaks; the error never quotes the item.
    pub fn parse(text: &str) -> Result<Self, PathFault> {
        let fault = match text.strip_prefix('#') {
            Some(tag) => tag_fault(tag),
            None => path_fault(text),
        };
        match fault {
            Some(fault) => Err(fault),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// `/*`: all files of the distribution.
    #[must_use]
    pub fn everything() -> Self {
        Self("/*".to_owned())
    }

    /// The item as it is sent to CloudFront. Messages, events and logs have [`Self::shown`].
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The item without the values of a signed URL's query.
    #[must_use]
    pub fn shown(&self) -> Cow<'_, str> {
        signed::redacted(&self.0)
    }

    /// Whether CloudFront counts it against the limit of wildcards in progress.
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        self.0.ends_with('*')
    }

    /// Whether it is a cache tag.
    #[must_use]
    pub fn is_tag(&self) -> bool {
        self.0.starts_with('#')
    }
}

/// The fault of the first broken rule.
fn first_broken(rules: impl IntoIterator<Item = (bool, PathFault)>) -> Option<PathFault> {
    rules
        .into_iter()
        .find_map(|(is_broken, fault)| is_broken.then_some(fault))
}

fn path_fault(text: &str) -> Option<PathFault> {
    first_broken([
        (text.is_empty(), PathFault::Empty),
        (!text.starts_with('/'), PathFault::NoLeadingSlash),
        (
            text.chars().count() > PATH_CHARACTERS_AT_MOST,
            PathFault::TooLong,
        ),
        (has_wildcard_inside(text), PathFault::WildcardInside),
        (has_tilde(text), PathFault::Tilde),
        (text.chars().any(must_be_encoded), PathFault::Unencoded),
    ])
}

fn tag_fault(tag: &str) -> Option<PathFault> {
    let is_valid = |c: char| c.is_ascii_graphic() && c != ',';
    first_broken([
        (tag.is_empty(), PathFault::EmptyTag),
        (tag.contains('*'), PathFault::TagWildcard),
        (!tag.chars().all(is_valid), PathFault::TagCharacter),
        (
            tag.chars().count() > TAG_CHARACTERS_AT_MOST,
            PathFault::TagTooLong,
        ),
    ])
}

fn has_wildcard_inside(text: &str) -> bool {
    text.strip_suffix('*').unwrap_or(text).contains('*')
}

fn has_tilde(text: &str) -> bool {
    text.contains('~') || text.to_ascii_lowercase().contains("%7e")
}

/// Whether the character was never sent unencoded. `#`, `'` and a lone `%` must also be encoded, but earlier versions
/// sent and stored them.
fn must_be_encoded(character: char) -> bool {
    !character.is_ascii_graphic() || "\"<>{}|\\^`[]".contains(character)
}

/// The item as it is shown, also in a log line of a record.
impl fmt::Debug for InvalidationPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.shown(), formatter)
    }
}

impl fmt::Display for InvalidationPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown())
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
mod tests;
