//! `PathsFile`: a list of paths in a file of an input artifact, because `UserParameters` hold only about 30 paths.
//!
//! The file is one entry of a zip archive in S3. [`archive`] says which parts of the archive are needed, and returns the bytes
//! of the entry. [`content`] reads these bytes by the rules of `Paths`. Both are pure: the caller fetches the parts.

pub mod archive;
pub mod artifacts;
pub mod content;

use crate::input::user_parameters::UserParameters;

/// "The name of the artifact … [a-zA-Z0-9_\-]+", 1 to 100 characters
/// (<https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_InputArtifact.html>).
const ARTIFACT_CHARACTERS_AT_MOST: usize = 100;

/// A file of an input artifact, as `PathsFile` names it: `file`, or `ArtifactName::file` as elsewhere in CodePipeline.
///
/// Its value is never shown: CodePipeline may have inserted a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathsFile {
    /// The name of the artifact; `None` if the action has only one.
    pub artifact: Option<String>,
    /// The path of the file in the artifact, without `./`.
    pub file: String,
}

impl PathsFile {
    /// Parses the value of the parameter.
    ///
    /// # Errors
    /// The text completes "PathsFile …".
    pub fn parse(text: &str) -> Result<Self, String> {
        const NO_FILE: &str = "must be the path of a file relative to the root of the artifact, such as \"invalidation.txt\", \
                               or \"ArtifactName::invalidation.txt\"";
        let (artifact, file) = match text.split_once("::") {
            Some((artifact, file)) => (Some(artifact), file),
            None => (None, text),
        };
        let file = file.strip_prefix("./").unwrap_or(file);
        let is_segment = |segment: &str| !matches!(segment, "" | "." | "..");
        let is_file = file.split('/').all(is_segment)
            && !file.contains('\\')
            && !file.contains(char::is_control);
        if !is_file || artifact.is_some_and(|name| !is_artifact_name(name)) {
            return Err(NO_FILE.to_owned());
        }
        Ok(Self {
            artifact: artifact.map(str::to_owned),
            file: file.to_owned(),
        })
    }
}

/// Whether parameters may name a file. Only then the event's artifacts and credentials are read.
#[must_use]
pub fn may_be_named(user_parameters: &str) -> bool {
    user_parameters.contains("PathsFile")
}

fn is_artifact_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=ARTIFACT_CHARACTERS_AT_MOST).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// The errors in a file: the first ones, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFaults {
    /// Each is a sentence without its full stop. Never empty.
    pub shown: Vec<String>,
    /// The number of further errors.
    pub more: usize,
}

/// The maximum number of errors in a message. A file may have thousands.
const FAULTS_SHOWN: usize = 10;

impl FileFaults {
    /// The first ten of these errors.
    #[must_use]
    pub fn of(mut faults: Vec<String>) -> Self {
        let more = faults.len().saturating_sub(FAULTS_SHOWN);
        faults.truncate(FAULTS_SHOWN);
        Self {
            shown: faults,
            more,
        }
    }
}

impl From<String> for FileFaults {
    fn from(fault: String) -> Self {
        Self::of(vec![fault])
    }
}

/// The names of the files that the parameters require, each with the place where it is named.
pub fn required(parameters: &UserParameters) -> impl Iterator<Item = (String, &PathsFile)> {
    let targets = (1..).zip(&parameters.targets);
    let of_targets = targets.filter_map(|(place, target)| {
        let file = target.file.as_ref()?;
        Some((label(target.names_file.then_some(place)), file))
    });
    let of_all = parameters.targets_file.iter();
    of_all.map(|file| (label(None), file)).chain(of_targets)
}

/// How messages name the file.
pub(super) fn label(target: Option<usize>) -> String {
    match target {
        None => "PathsFile".to_owned(),
        Some(place) => format!("PathsFile of Targets item {place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_relative_to_the_root_of_an_artifact() {
        for (text, artifact, file) in [
            ("a.txt", None, "a.txt"),
            ("./dist/a.txt", None, "dist/a.txt"),
            ("BuildOutput::a b.txt", Some("BuildOutput"), "a b.txt"),
        ] {
            let read = PathsFile::parse(text).unwrap();
            assert_eq!(
                (read.artifact.as_deref(), read.file.as_str()),
                (artifact, file)
            );
        }
        let long = format!("{}::a", "n".repeat(101));
        for text in [
            "",
            "/a.txt",
            "a/",
            "../a",
            "a//b",
            "a\\b",
            "::a",
            "Build Output::a",
            "A::",
            "a\n",
            &long,
        ] {
            assert!(PathsFile::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_first_ten_faults_are_shown() {
        let faults = FileFaults::of((0..12).map(|n| n.to_string()).collect());
        assert_eq!((faults.shown.len(), faults.more), (10, 2));
    }
}
