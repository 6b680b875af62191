//! The parameters' object, read key by key, with all its faults.

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
    /// The faults found so far, each a sentence without its full stop.
    pub(super) faults: Vec<String>,
    is_object: bool,
}

impl<'a> Reader<'a> {
    /// The parameters, which may have these keys.
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

    /// An object within the parameters, which may have these keys.
    pub(super) fn within(value: &'a RawValue, keys: &[&'static str]) -> Option<Self> {
        let entries = Entries::read(value.get()).ok()?;
        Some(Self::over(entries, keys))
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

    /// Whether the key is there; in what is not an object at all, none is missed.
    pub(super) fn has(&self, key: &str) -> bool {
        !self.is_object || self.entries.all(key).next().is_some()
    }

    /// The value of an optional key, if it is there and valid. Of two values nobody can tell which is meant, and the second
    /// may be a pipeline variable's doing; that there are two has been told already.
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

/// What `read` makes of `text`, unless a variable stands in it that was not replaced: of the pipeline, in any text; of a shell,
/// in a text that is wrong.
pub(super) fn without_variable<V>(
    text: &str,
    read: impl FnOnce() -> Result<V, String>,
) -> Result<V, String> {
    if unreplaced(text) == Some(Unreplaced::Pipeline) {
        return Err(Unreplaced::Pipeline.to_string());
    }
    read().map_err(|fault| unreplaced_in_name(text).map_or(fault, |variable| variable.to_string()))
}

/// How others call `Paths`: CloudFront's API, and actions that do the same.
const PATHS_ELSEWHERE: [&str; 4] = ["items", "files", "objects", "urls"];

/// What a JSON value must be, in words.
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
            return Err("there are none; add at least {\"DistributionId\": \"E…\"}".to_owned());
        }
        Text::NotAString => {
            return Err("they are not a string; write the JSON object as one string".to_owned());
        }
    };
    let characters = text.chars().count();
    if characters > CHARACTERS_AT_MOST {
        return Err(format!(
            "they have {characters} characters; CodePipeline allows {CHARACTERS_AT_MOST}"
        ));
    }
    Entries::read(text).map_err(|place| not_an_object(text, place))
}

fn not_an_object(text: &str, place: NotAnObject) -> String {
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text);
    let alone = text.trim().trim_matches('"');
    if DistributionId::parse(alone).is_some() {
        return "they are a distribution's id alone; write {\"DistributionId\": \"E…\"}".to_owned();
    }
    if DistributionTenantId::parse(alone).is_some() {
        return "they are a distribution tenant's id alone; write {\"Targets\": [{\"DistributionTenantId\": \"dt_…\"}]}"
            .to_owned();
    }
    let NotAnObject { line, column } = place;
    let Err(error) = is_json else {
        return "they are JSON, but not an object; write {\"DistributionId\": \"E…\"}".to_owned();
    };
    // The JSON library has these causes as words alone.
    let error = error.to_string();
    let cause = if begins_variable(text, place) {
        ": a variable there was not replaced by CodePipeline; check its namespace and its spelling"
    } else if error.starts_with("control character") {
        ": there is a line break or another control character in a string; write \\n for a line break, and take no pipeline \
         variable whose value has one"
    } else if error.starts_with("invalid escape") {
        ": there is a backslash in a string; write \\\\ for it, and take no pipeline variable whose value has one"
    } else {
        "; look there for a missing quote or comma, or for a pipeline variable whose value has a quote, a backslash or a line \
         break in it"
    };
    format!("they are not valid JSON (line {line}, column {column}){cause}")
}

/// Whether a variable begins at this place.
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

/// Where a key belongs that stands in the wrong one of the two places.
fn misplaced(key: &str, keys: &[&'static str]) -> Option<String> {
    if keys != KEYS {
        let belongs_beside = KEYS.contains(&key);
        return belongs_beside
            .then(|| "belongs beside Targets, where it holds for each of them".to_owned());
    }
    let example = match key {
        "Alias" => "www.example.com",
        "DistributionTenantId" => "dt_…",
        _ => return None,
    };
    debug_assert!(targets::KEYS.contains(&key), "it is a target's");
    Some(format!(
        "belongs in Targets, as in {{\"Targets\": [{{\"{key}\": \"{example}\"}}]}}"
    ))
}

fn repeated_keys(entries: &Entries<'_>, keys: &[&'static str]) -> impl Iterator<Item = String> {
    keys.iter()
        .filter(|key| entries.all(key).count() > 1)
        .map(|key| format!("{key} is given more than once; keep one"))
}

/// The known key that somebody who wrote `key` most likely meant.
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
    keys.iter()
        .copied()
        .filter(|known| closeness(known) > 0.6)
        .max_by(|a, b| closeness(a).total_cmp(&closeness(b)))
}

/// An unknown key as it may be shown: only if it looks like a name, since a broken substitution can put anything here.
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

/// A name of AWS's, checked.
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
