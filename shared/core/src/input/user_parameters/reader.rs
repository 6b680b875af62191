//! The parameter object, read key by key. All errors are collected.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{CHARACTERS_AT_MOST, KEYS, targets};
use crate::input::identifiers::{DistributionId, DistributionTenantId};
use crate::input::job_event::Text;
use crate::input::json_object::{Entries, NotAnObject};
use crate::input::pipeline_variables::{Unreplaced, unreplaced, unreplaced_in_name};

/// The entries of an object.
pub(super) struct Reader<'a> {
    entries: Entries<'a>,
    /// The errors found so far, each a sentence without its full stop.
    pub(super) faults: Vec<String>,
    is_object: bool,
}

impl<'a> Reader<'a> {
    /// A reader of the parameters with these allowed keys.
    pub(super) fn of(text: &'a Text, keys: &[&'static str]) -> Self {
        match object(text) {
            Ok(entries) => Self::over(entries, keys),
            Err(fault) => Self {
                entries: Entries::default(),
                faults: vec![fault],
                is_object: false,
            },
        }
    }

    /// A reader of an object within the parameters with these allowed keys.
    pub(super) fn within(value: &'a RawValue, keys: &[&'static str]) -> Option<Self> {
        let entries = Entries::read(value.get()).ok()?;
        Some(Self::over(entries, keys))
    }

    /// A reader of a file with these allowed keys.
    ///
    /// # Errors
    /// If the file is not a JSON object.
    pub(super) fn of_file(text: &'a str, keys: &[&'static str]) -> Result<Self, Vec<String>> {
        match Entries::read(text) {
            Ok(entries) => Ok(Self::over(entries, keys)),
            Err(NotAnObject { line, column }) => Err(vec![format!(
                "the file is not a JSON object (line {line}, column {column}); check this position for a missing quote or comma"
            )]),
        }
    }

    fn over(entries: Entries<'a>, keys: &[&'static str]) -> Self {
        let unknown = unknown_keys(&entries, keys);
        let faults = unknown.chain(repeated_keys(&entries, keys)).collect();
        Self {
            entries,
            faults,
            is_object: true,
        }
    }

    /// Whether the key is present. True for each key if the parameters are not an object, so that no key is reported as
    /// missing.
    pub(super) fn has(&self, key: &str) -> bool {
        !self.is_object || self.entries.all(key).next().is_some()
    }

    /// How many of the keys are present.
    pub(super) fn count(&self, keys: &[&str]) -> usize {
        let is_present = |key: &&&str| self.entries.all(key).next().is_some();
        keys.iter().filter(is_present).count()
    }

    /// The value of an optional key, if it is present and valid. A duplicate key has no value, because a pipeline
    /// variable may have inserted the second one. The duplicate is already among the errors.
    pub(super) fn take<T: DeserializeOwned + Kind, V>(
        &mut self,
        key: &str,
        validate: impl FnOnce(T) -> Result<V, String>,
    ) -> Option<V> {
        let raw = self.entries.get(key)?;
        let read = || {
            let value = serde_json::from_str(raw);
            value
                .map_err(|_| format!("must be {}", T::KIND))
                .and_then(validate)
        };
        let read = match serde_json::from_str::<String>(raw) {
            Ok(text) => without_variable(&text, read),
            Err(_) => read(),
        };
        read.map_err(|fault| self.faults.push(format!("{key} {fault}")))
            .ok()
    }
}

/// The result of `read`, unless `text` contains an unreplaced variable. A pipeline variable is an error in any text, a
/// shell variable only in an invalid text.
pub(super) fn without_variable<V>(
    text: &str,
    read: impl FnOnce() -> Result<V, String>,
) -> Result<V, String> {
    if unreplaced(text) == Some(Unreplaced::Pipeline) {
        return Err(Unreplaced::Pipeline.to_string());
    }
    read().map_err(|fault| unreplaced_in_name(text).map_or(fault, |variable| variable.to_string()))
}

/// Names of `Paths` in the CloudFront API and in similar actions.
const PATHS_ELSEWHERE: [&str; 4] = ["items", "files", "objects", "urls"];

/// The description of the required JSON type.
pub(super) trait Kind {
    const KIND: &'static str;
}

impl Kind for bool {
    const KIND: &'static str = "true or false";
}

impl Kind for String {
    const KIND: &'static str = "a string";
}

fn object(text: &Text) -> Result<Entries<'_>, String> {
    let text = match text {
        Text::Given(text) => text,
        Text::Absent => {
            return Err(
                "the parameters are missing; specify at least {\"DistributionId\": \"E…\"}"
                    .to_owned(),
            );
        }
        Text::NotAString => {
            return Err(
                "the parameters are not a string; specify the JSON object as a string".to_owned(),
            );
        }
    };
    let characters = text.chars().count();
    if characters > CHARACTERS_AT_MOST {
        return Err(format!(
            "the parameters have {characters} characters; CodePipeline allows {CHARACTERS_AT_MOST}"
        ));
    }
    Entries::read(text).map_err(|place| not_an_object(text, place))
}

fn not_an_object(text: &str, place: NotAnObject) -> String {
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text);
    let alone = text.trim().trim_matches('"');
    if DistributionId::parse(alone).is_some() {
        return "the parameters are only a distribution id; specify {\"DistributionId\": \"E…\"}"
            .to_owned();
    }
    if DistributionTenantId::parse(alone).is_some() {
        return "the parameters are only a distribution tenant id; specify {\"DistributionTenantId\": \"dt_…\"}"
            .to_owned();
    }
    let NotAnObject { line, column } = place;
    let Err(error) = is_json else {
        return "the parameters are JSON, but not an object; specify {\"DistributionId\": \"E…\"}"
            .to_owned();
    };
    // The JSON library exposes these causes only as text.
    let error = error.to_string();
    let cause = if begins_variable(text, place) {
        ": CodePipeline did not replace the variable at this position; check its namespace and spelling"
    } else if error.starts_with("control character") {
        ": a string contains a line break or another control character; write \\n for a line break, and do not use a \
         pipeline variable whose value contains one"
    } else if error.starts_with("invalid escape") {
        ": a string contains a backslash; write \\\\ instead, and do not use a pipeline variable whose value contains one"
    } else {
        "; check this position for a missing quote or comma, or for a pipeline variable whose value contains a quote, a \
         backslash or a line break"
    };
    format!("the parameters are not valid JSON (line {line}, column {column}){cause}")
}

/// Whether a variable begins at this position.
fn begins_variable(text: &str, NotAnObject { line, column }: NotAnObject) -> bool {
    let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let rest = line.get(column.saturating_sub(1)..).unwrap_or_default();
    rest.starts_with("#{") && unreplaced(rest).is_some()
}

fn unknown_keys(entries: &Entries<'_>, keys: &[&'static str]) -> impl Iterator<Item = String> {
    entries
        .iter()
        .filter(|(key, _)| !keys.contains(key))
        .map(
            |(key, _)| match (misplaced(key, keys), nearest(key, keys)) {
                (Some(right), _) => format!("{} {right}", shown(key)),
                (None, Some(known)) => {
                    format!("{} is not a known key (did you mean {known}?)", shown(key))
                }
                (None, None) => format!(
                    "{} is not a known key; the known keys are {}",
                    shown(key),
                    keys.join(", ")
                ),
            },
        )
}

/// Where a misplaced key belongs: in the parameters or in a target.
fn misplaced(key: &str, keys: &[&'static str]) -> Option<String> {
    // A target of the parameters may have PathsFile, a target of a file may not.
    if keys == targets::FILE_KEYS || (keys != KEYS && key == "PathsFile") {
        let belongs_in_parameters = KEYS.contains(&key);
        return belongs_in_parameters.then(|| {
            "must be specified in UserParameters; a file contains only Targets".to_owned()
        });
    }
    let belongs_beside = keys != KEYS && KEYS.contains(&key);
    belongs_beside
        .then(|| "must be specified next to Targets; it applies to every target".to_owned())
}

fn repeated_keys(entries: &Entries<'_>, keys: &[&'static str]) -> impl Iterator<Item = String> {
    keys.iter()
        .filter(|key| entries.all(key).count() > 1)
        .map(|key| format!("{key} is specified more than once; remove the duplicate"))
}

/// The known key that is most similar to `key`.
fn nearest(key: &str, keys: &[&'static str]) -> Option<&'static str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '-', ' '], "");
    let key = plain(key);
    let is_beginning = |known: &str| key.len() > 3 && plain(known).starts_with(&key);
    // As in objectPaths and cloudFrontDistributionId.
    let is_longer = |known: &str| key.ends_with(&plain(known));
    let is_other_word = |known: &str| known == "Paths" && PATHS_ELSEWHERE.contains(&key.as_str());
    let closeness =
        |known: &&str| match is_beginning(known) || is_longer(known) || is_other_word(known) {
            true => 1.0,
            false => strsim::normalized_damerau_levenshtein(&key, &plain(known)),
        };
    // Of several, the first: Paths, and not PathsFile.
    keys.iter()
        .rev()
        .copied()
        .filter(|known| closeness(known) > 0.6)
        .max_by(|a, b| closeness(a).total_cmp(&closeness(b)))
}

/// The text for an unknown key. It is shown only if it looks like a name, because a failed substitution can insert any
/// text.
fn shown(key: &str) -> &str {
    let is_name = key.len() <= 64
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if is_name && !key.is_empty() {
        key
    } else {
        "one key (not shown: it does not look like a name)"
    }
}

/// A validated AWS identifier.
pub(super) fn named<T: TryFrom<String, Error = &'static str>>(text: String) -> Result<T, String> {
    T::try_from(text).map_err(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_is_made_only_where_little_is_missing() {
        let keys = ["PipelineName", "Paths"];
        for (key, guess) in [
            ("pipeline_name", Some("PipelineName")),
            ("Pipe", Some("PipelineName")),
            ("Pip", None),
            ("Pathz", Some("Paths")),
            ("Patzz", None),
            ("objectPaths", Some("Paths")),
            ("invalidation_paths", Some("Paths")),
            ("items", Some("Paths")),
            ("item", None),
        ] {
            assert_eq!(nearest(key, &keys), guess, "{key}");
        }
    }
}
