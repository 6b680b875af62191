//! A JSON object as its entries, in order and with duplicates. The values are not parsed.
//!
//! The event reader takes only the fields that it needs, so that credentials are skipped and never parsed. The
//! parameter reader detects a duplicate key, which a map would hide.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The position at which a text is not a JSON object. Unlike the error of the JSON library, it never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON object (line {line}, column {column})")]
pub struct NotAnObject {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1; 0 at the very beginning.
    pub column: usize,
}

/// The entries of a JSON object, with their values as JSON text. The default has none.
#[derive(Default)]
pub struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Entries<'a> {
    /// The entries of the JSON object in `text`.
    ///
    /// # Errors
    /// If `text` is not one JSON object, with the position of the error.
    pub fn read(text: &'a str) -> Result<Self, NotAnObject> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let entries = deserializer
            .deserialize_map(Reader)
            .and_then(|entries| deserializer.end().map(|()| entries));
        entries.map(Self).map_err(|error| NotAnObject {
            line: error.line(),
            column: error.column(),
        })
    }

    /// The value of `key`; none if the key is missing or duplicate.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a str> {
        let mut values = self.all(key);
        let value = values.next()?;
        values.next().is_none().then(|| value.get())
    }

    /// The entries of the object under `key`; none if the key is missing or duplicate, or has another type.
    #[must_use]
    pub fn object(&self, key: &str) -> Self {
        let value = self.get(key).and_then(|value| Self::read(value).ok());
        value.unwrap_or_default()
    }

    /// All values of `key`.
    pub fn all(&self, key: &str) -> impl Iterator<Item = &'a RawValue> {
        let entries = self.0.iter();
        entries.filter_map(move |(name, value)| (name == key).then_some(*value))
    }

    /// All entries, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), *value))
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
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
        let read = Entries::read(r#" {"b": {"x":[1]}, "a":"é", "b":null} "#).unwrap();
        let seen: Vec<(&str, &str)> = read.iter().map(|(key, value)| (key, value.get())).collect();
        assert_eq!(
            seen,
            [("b", r#"{"x":[1]}"#), ("a", r#""é""#), ("b", "null")]
        );
    }

    #[test]
    fn an_object_within_has_entries_of_its_own() {
        let read = Entries::read(r#"{"a":{"b":{"c":1}},"d":7,"e":{},"e":{"c":2}}"#).unwrap();
        assert_eq!(read.object("a").object("b").get("c"), Some("1"));
        for key in ["d", "e", "f"] {
            assert_eq!(read.object(key).iter().count(), 0, "{key}");
        }
    }

    #[test]
    fn a_field_that_is_missing_or_given_twice_is_none() {
        let field = |text| Entries::read(text).ok().and_then(|read| read.get("b"));
        assert_eq!(field(r#"{"a":1,"b":2}"#), Some("2"));
        for text in [
            r#"{"a":1}"#,
            r#"{"b":1,"b":2}"#,
            "[1]",
            "null",
            "{",
            "",
            r#"{"b":1} x"#,
        ] {
            assert_eq!(field(text), None, "{text}");
        }
    }

    #[test]
    fn an_error_says_where() {
        assert_eq!(
            Entries::read("{\"a\":1,\n \"b\" 2}").err(),
            Some(NotAnObject { line: 2, column: 6 })
        );
    }
}
