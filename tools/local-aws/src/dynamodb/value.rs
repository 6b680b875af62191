//! Attribute values in DynamoDB's own JSON: `{"S": "text"}`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::number::Number;

/// An item: its attributes by name.
pub(crate) type Item = BTreeMap<String, Value>;

/// "DynamoDB supports nested attributes up to 32 levels deep"
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>).
const LEVELS: usize = 32;

/// An attribute value. The order of two values of different types has no meaning; a map of keys needs one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Value {
    S(String),
    N(Number),
    /// Base64, unchanged and not decoded.
    B(String),
    #[serde(rename = "BOOL")]
    Bool(bool),
    #[serde(rename = "NULL")]
    Null(bool),
    M(Item),
    L(Vec<Value>),
    #[serde(rename = "SS")]
    StringSet(Set<String>),
    #[serde(rename = "NS")]
    NumberSet(Set<Number>),
    #[serde(rename = "BS")]
    BinarySet(Set<String>),
}

/// The members of a set, and the original list if it had a duplicate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(
    from = "Vec<T>",
    into = "Vec<T>",
    bound(
        serialize = "T: Clone + Serialize",
        deserialize = "T: Ord + Clone + fmt::Display + Deserialize<'de>"
    )
)]
pub(crate) struct Set<T> {
    members: BTreeSet<T>,
    repeating: Option<String>,
}

impl<T: Ord + fmt::Display> From<Vec<T>> for Set<T> {
    fn from(given: Vec<T>) -> Self {
        let texts: Vec<String> = given.iter().map(ToString::to_string).collect();
        let members: BTreeSet<T> = given.into_iter().collect();
        let repeating = (members.len() < texts.len()).then(|| format!("[{}]", texts.join(", ")));
        Self { members, repeating }
    }
}

impl<T> From<Set<T>> for Vec<T> {
    fn from(set: Set<T>) -> Self {
        set.members.into_iter().collect()
    }
}

impl<T> Set<T> {
    /// "An attribute value cannot be an empty set (string set, number set, or binary set)" (the same page of constraints), and
    /// "Each value within a set must be unique"
    /// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>).
    fn check(&self, empty: &str) -> Result<(), String> {
        let invalid = |what: &str| format!("One or more parameter values were invalid: {what}");
        if self.members.is_empty() {
            return Err(invalid(empty));
        }
        match &self.repeating {
            Some(given) => Err(invalid(&format!(
                "Input collection {given} contains duplicates."
            ))),
            None => Ok(()),
        }
    }
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

    /// The service's error for a value at any depth, in its own words.
    pub(super) fn check(&self) -> Result<(), String> {
        self.check_at(0)
    }

    fn check_at(&self, level: usize) -> Result<(), String> {
        if level > LEVELS {
            return Err("Nesting Levels have exceeded supported limits".to_owned());
        }
        match self {
            // AWS does not document it. dynalite has recorded that the service rejects it; it is reported that the
            // service now accepts it, and reads it back as `true` (<https://github.com/nubo-db/dynoxide/issues/62>). A
            // client must not rely on either.
            Self::Null(false) => Err(
                "One or more parameter values were invalid: Null attribute value types must have the value of true"
                    .to_owned(),
            ),
            Self::StringSet(set) => set.check("An string set  may not be empty"),
            Self::NumberSet(set) => set.check("An number set  may not be empty"),
            Self::BinarySet(set) => set.check("Binary sets should not be empty"),
            Self::M(members) => members
                .values()
                .try_for_each(|member| member.check_at(level + 1)),
            Self::L(members) => members
                .iter()
                .try_for_each(|member| member.check_at(level + 1)),
            _ => Ok(()),
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
            Self::StringSet(set) => set.members.iter().map(String::len).sum(),
            Self::NumberSet(set) => set.members.iter().map(Number::size).sum(),
            Self::BinarySet(set) => set.members.iter().map(|base64| base64.len() / 4 * 3).sum(),
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
