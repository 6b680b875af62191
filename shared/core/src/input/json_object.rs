//! A JSON object read as its entries, in order and with duplicates kept, without looking into any value.
//!
//! Two readers stand on it. The event reader takes the few fields it needs and never touches the others, so that a
//! credential is skipped over, not parsed. The parameter reader sees a key that was given twice, which a map would hide.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Where a text stops being a JSON object. It never quotes the text, as the error of the JSON library would.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON object (line {line}, column {column})")]
pub struct NotAnObject {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1; 0 at the very beginning.
    pub column: usize,
}

/// The entries of the JSON object in `text`, each value left as the JSON it was written in.
///
/// # Errors
/// When `text` is not one JSON object, with the place at which it fails to be.
pub fn entries(text: &str) -> Result<Vec<(String, &RawValue)>, NotAnObject> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let entries = deserializer
        .deserialize_map(Entries)
        .and_then(|entries| deserializer.end().map(|()| entries));
    entries.map_err(|error| NotAnObject {
        line: error.line(),
        column: error.column(),
    })
}

/// The value of `key` in the JSON object in `text`; none when there is no such object, no such key, or more than one.
#[must_use]
pub fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let entries = entries(text).ok()?;
    let mut values = entries.iter().filter(|(name, _)| name == key);
    let (_, value) = values.next()?;
    values.next().is_none().then(|| value.get())
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_and_duplicates_and_leaves_values_alone() {
        let read = entries(r#" {"b": {"x":[1]}, "a":"é", "b":null} "#).unwrap();
        let seen: Vec<(&str, &str)> = read
            .iter()
            .map(|(key, value)| (key.as_str(), value.get()))
            .collect();
        assert_eq!(
            seen,
            [("b", r#"{"x":[1]}"#), ("a", r#""é""#), ("b", "null")]
        );
    }

    #[test]
    fn a_field_that_is_missing_or_given_twice_is_none() {
        assert_eq!(field(r#"{"a":1,"b":2}"#, "b"), Some("2"));
        for text in [
            r#"{"a":1}"#,
            r#"{"b":1,"b":2}"#,
            "[1]",
            "null",
            "{",
            "",
            r#"{"b":1} x"#,
        ] {
            assert_eq!(field(text, "b"), None, "{text}");
        }
    }

    #[test]
    fn an_error_says_where() {
        assert_eq!(
            entries("{\"a\":1,\n \"b\" 2}").err(),
            Some(NotAnObject { line: 2, column: 6 })
        );
    }
}
