//! Attribute values in DynamoDB's own JSON: `{"S": "text"}`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::number::Number;

/// An item: its attributes by name.
pub(in crate::aws) type Item = BTreeMap<String, Value>;

/// An attribute value. The order of two values of different types means nothing; a map of keys needs one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::aws) enum Value {
    S(String),
    N(Number),
    /// Base64, as it came; nothing here looks inside.
    B(String),
    #[serde(rename = "BOOL")]
    Bool(bool),
    #[serde(rename = "NULL")]
    Null(bool),
    M(Item),
    L(Vec<Value>),
    #[serde(rename = "SS")]
    StringSet(BTreeSet<String>),
    #[serde(rename = "NS")]
    NumberSet(BTreeSet<Number>),
    #[serde(rename = "BS")]
    BinarySet(BTreeSet<String>),
}

impl Value {
    /// DynamoDB's name of the type.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Bool(_) => "BOOL",
            Self::Null(_) => "NULL",
            Self::M(_) => "M",
            Self::L(_) => "L",
            Self::StringSet(_) => "SS",
            Self::NumberSet(_) => "NS",
            Self::BinarySet(_) => "BS",
        }
    }

    /// "The size of an item is the sum of its attribute names and values"; 3 bytes and 1 for each member of a document.
    fn size(&self) -> usize {
        match self {
            Self::S(text) => text.len(),
            Self::N(number) => number.size(),
            Self::B(base64) => base64.len() / 4 * 3,
            Self::Bool(_) | Self::Null(_) => 1,
            Self::M(members) => 3 + members.len() + size(members),
            Self::L(members) => {
                3 + members
                    .iter()
                    .map(|member| 1 + member.size())
                    .sum::<usize>()
            }
            Self::StringSet(members) => members.iter().map(String::len).sum(),
            Self::NumberSet(members) => members.iter().map(Number::size).sum(),
            Self::BinarySet(members) => members.iter().map(|base64| base64.len() / 4 * 3).sum(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::S(text) => out.write_str(text),
            Self::N(number) => number.fmt(out),
            other => out.write_str(other.kind()),
        }
    }
}

/// The size of an item in bytes, as the limit of 400 KB counts it.
pub(super) fn size(item: &Item) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + value.size())
        .sum()
}

pub(super) fn to_json(item: &Item) -> serde_json::Value {
    serde_json::to_value(item).expect("text, numbers and maps with text keys have a JSON form")
}
