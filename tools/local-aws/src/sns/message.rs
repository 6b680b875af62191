//! The validation of messages.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;

use super::invalid_parameter;
use crate::rejection::Rejection;

/// "262,144 bytes", of the message and its attributes together.
const MESSAGE_BYTES: usize = 262_144;

#[derive(Clone, Debug, Default)]
pub(crate) struct Publication {
    pub(crate) topic_arn: String,
    pub(crate) message: String,
    pub(crate) subject: Option<String>,
    pub(crate) structure: Option<String>,
    pub(crate) attributes: BTreeMap<String, Attribute>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Attribute {
    pub(crate) data_type: String,
    /// The text, or the base64 of a binary value.
    pub(crate) value: String,
}

impl Publication {
    pub(super) fn check(&self) -> Result<(), Rejection> {
        if !self.topic_arn.starts_with("arn:") || self.topic_arn.split(':').count() != 6 {
            return Err(invalid_parameter("TopicArn"));
        }
        if self.message.is_empty() {
            return Err(invalid_parameter("Empty message"));
        }
        if self.bytes() > MESSAGE_BYTES {
            return Err(invalid_parameter("Message too long"));
        }
        if !self.subject.as_deref().is_none_or(is_subject) {
            return Err(invalid_parameter("Subject"));
        }
        self.check_structure()?;
        self.attributes
            .iter()
            .try_for_each(|(name, attribute)| attribute.check(name))
    }

    fn bytes(&self) -> usize {
        let attributes = self.attributes.iter();
        let attributes = attributes.map(|(name, attribute)| {
            name.len() + attribute.data_type.len() + attribute.value.len()
        });
        self.message.len() + attributes.sum::<usize>()
    }

    /// "Set MessageStructure to json if you want to send a different message for each protocol": the message must then
    /// "be a syntactically valid JSON object" and "contain at least a top-level JSON key of default with a value that is
    /// a string"; "duplicate keys are not allowed".
    fn check_structure(&self) -> Result<(), Rejection> {
        match self.structure.as_deref() {
            None => return Ok(()),
            Some("json") => {}
            Some(_) => return Err(invalid_parameter("MessageStructure")),
        }
        let mut json = serde_json::Deserializer::from_str(&self.message);
        let members = json
            .deserialize_map(Members)
            .and_then(|members| json.end().map(|()| members));
        let members = members.map_err(|_| {
            invalid_parameter("Message Structure - JSON message body failed to parse")
        })?;
        if matches!(members.get("default"), Some(Value::String(_))) {
            return Ok(());
        }
        Err(invalid_parameter(
            "Message Structure - No default entry in JSON message body",
        ))
    }
}

impl Attribute {
    /// "Name, type and value must not be empty or null."
    fn check(&self, name: &str) -> Result<(), Rejection> {
        let letters = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
        let reserved = name.starts_with("AWS.") || name.starts_with("Amazon.");
        if !(1..=256).contains(&name.len()) || !letters || dots || reserved {
            return Err(bad_attribute(name, "has an invalid name"));
        }
        if !matches!(
            self.data_type.as_str(),
            "String" | "String.Array" | "Number" | "Binary"
        ) {
            return Err(bad_attribute(name, "has an invalid message attribute type"));
        }
        if self.value.is_empty() {
            return Err(bad_attribute(
                name,
                "must contain non-empty message attribute value",
            ));
        }
        Ok(())
    }
}

/// "Text with no line breaks or control characters", 1 to 100 of them, that begins with a letter, number or punctuation
/// mark.
fn is_subject(subject: &str) -> bool {
    let length = subject.chars().count();
    (1..=100).contains(&length)
        && !subject.chars().any(char::is_control)
        && subject.starts_with(|first: char| first.is_ascii_graphic())
}

fn bad_attribute(name: &str, what: &str) -> Rejection {
    Rejection::new(
        400,
        "ParameterValueInvalid",
        format!("The message attribute '{name}' {what}"),
    )
}

/// Reads an object, and rejects one with a duplicate key.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = BTreeMap<String, Value>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object without duplicate keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((key, value)) = object.next_entry()? {
            if members.insert(key, value).is_some() {
                return Err(serde::de::Error::custom("duplicate key"));
            }
        }
        Ok(members)
    }
}
