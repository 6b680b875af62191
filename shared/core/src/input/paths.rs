//! What may be invalidated: the items of a batch, paths and cache tags, as CloudFront accepts them.
//!
//! CloudFront refuses a whole batch for one bad item ("Your request contains one or more invalid invalidation paths."),
//! and silently ignores some mistakes, so each item is judged here, before anything is created. The rules and the quoted
//! sentences are those of the CloudFront developer guide, "What you need to know when invalidating paths"
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html>) and "… tags"
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-tags.html>).
//!
//! An item that an author wrote is sent as it is, or encoded, or refused, and what CloudFront may silently ignore comes with a
//! [`Note`]. Of the whole list, [`Batch`] keeps what is needed, and merges it if fewer items are wanted. Each verdict, with
//! its reason and its source, is in the table that this file's test prints, and that is kept beside it in `paths/table.txt`.

mod batch;
mod cover;
mod encoding;
mod given;
mod meant;
mod merge;
mod note;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::input::pipeline_variables::Unreplaced;

pub use batch::{Batch, BatchFault};
pub use note::{Note, Remark};

/// "The maximum length of a path is 4,000 characters."
pub const PATH_CHARACTERS_AT_MOST: usize = 4_000;

/// "The maximum length of a tag is 256 characters."
pub const TAG_CHARACTERS_AT_MOST: usize = 256;

/// "If you're using the * wildcard, you can have requests for up to 15 invalidation paths in progress at one time": a
/// batch with more could never be accepted.
pub const WILDCARDS_AT_MOST: usize = 15;

/// An item that CloudFront accepts, as it is sent: a path such as `/*` or `/images/logo.png`, or a cache tag such as
/// `#product:electronics`. The API calls both paths.
///
/// What is stored was judged by the rules of its day, so only those rules are asked of it that have always been: a record
/// must be readable for as long as it lives. What an author writes goes through [`Batch::read`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InvalidationPath(String);

/// Why CloudFront would refuse or ignore an item; the text completes "the item …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum PathFault {
    /// Nothing was given.
    #[error("is empty; to invalidate everything, write \"/*\"")]
    Empty,
    /// CodePipeline left one of its variables as it was written.
    #[error("{}", Unreplaced::Pipeline)]
    Variable,
    /// A shell or a template did.
    #[error("{}", Unreplaced::Shell)]
    ShellVariable,
    /// A blank, a comma or a semicolon with a `/` or a `#` behind it: encoded, it would be one path that no viewer asks for.
    #[error(
        "looks like several paths; write an array, such as [\"/index.html\", \"/images/*\"]; if it is one path, write a \
         space as \"%20\" and a comma as \"%2C\", or cover it with a wildcard"
    )]
    Several,
    /// Git Bash on Windows replaces a leading `/` in the arguments of a program by the folder in which it is installed.
    #[error(
        "begins with a Windows drive; Git Bash rewrites a leading \"/\" so: set MSYS_NO_PATHCONV=1 where the parameters are \
         written"
    )]
    Rewritten,
    /// No file has such a name, and CloudFront would look for just that.
    #[error(
        "begins or ends with a space or a line break, which would be part of it; where it is meant, write it as \"%20\""
    )]
    Padded,
    /// The same, within the item.
    #[error("contains a control character, such as a tab or a line break")]
    Control,
    /// "The path is relative to the distribution."
    #[error(
        "is a full URL; write its path alone, from the \"/\" behind the domain name on, as in \"/index.html\""
    )]
    Url,
    /// "When you use the CloudFront API directly, invalidation paths must begin with a leading slash." The console adds the
    /// slash; we do not, because what lacks it may as well be a domain name or a tag, and a wrong guess would invalidate
    /// nothing and report success.
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
    /// "Do not URL-encode any other characters in the path, or CloudFront will not invalidate the old version of the
    /// updated file." Nobody who wants the file of that very name needs this form: the wildcard covers it.
    #[error("ends with \"%2A\", which CloudFront does not take for a wildcard; write \"*\"")]
    EncodedWildcard,
    /// "Don't use the ~ character in your path. CloudFront doesn't support this character for invalidations, whether
    /// it's URL-encoded or not."
    #[error(
        "contains \"~\" (or \"%7E\"), which CloudFront does not support in invalidations; cover it with a wildcard"
    )]
    Tilde,
    /// "If the path includes non-ASCII characters or unsafe characters as defined in RFC 1738, URL-encode those
    /// characters." An author need not: it is done before the item is sent.
    #[error(
        "contains a character that must be URL-encoded: a space, a control or non-ASCII character, or one of \"<>{{}}|\\^`[]"
    )]
    Unencoded,
    /// "Tag invalidation items must begin with the # character", and a tag follows.
    #[error("is a \"#\" without a cache tag, as in \"#product:electronics\"")]
    EmptyTag,
    /// See [`TAG_CHARACTERS_AT_MOST`].
    #[error("is a cache tag of more than 256 characters, \"#\" not counted")]
    TagTooLong,
    /// "Unlike path invalidations, tag invalidation items do not support the * wildcard."
    #[error(
        "is a cache tag with a \"*\"; cache tags have no wildcard, so each item names one whole tag"
    )]
    TagWildcard,
    /// "Each tag value must contain only ASCII visible characters (33–126), excluding commas."
    #[error(
        "is a cache tag with a comma, a space or a non-ASCII character, none of which a tag can have"
    )]
    TagCharacter,
}

impl InvalidationPath {
    /// Judges an item in the form in which it is sent, and stored.
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

    /// `/*`: everything that the distribution holds.
    #[must_use]
    pub fn everything() -> Self {
        Self("/*".to_owned())
    }

    /// The item as it is sent to CloudFront.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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

/// The first rule that is broken, each of which is told with its fault.
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
    let is_taken = |c: char| c.is_ascii_graphic() && c != ',';
    first_broken([
        (tag.is_empty(), PathFault::EmptyTag),
        (tag.contains('*'), PathFault::TagWildcard),
        (!tag.chars().all(is_taken), PathFault::TagCharacter),
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

/// What was never sent as it is. A `#`, a `'` and a lone `%` must be encoded, too, but earlier versions sent them, and stored
/// them.
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
mod tests;
