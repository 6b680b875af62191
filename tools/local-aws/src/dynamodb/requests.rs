//! The members of each request. An unknown member is rejected rather than ignored, because a client may rely on it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::value::{Item, Value};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct GetItem {
    pub(super) table_name: String,
    pub(super) key: Item,
    /// Reads of the table itself are never stale here, so this has no effect.
    #[serde(rename = "ConsistentRead")]
    _consistent_read: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct PutItem {
    pub(super) table_name: String,
    pub(super) item: Item,
    #[serde(rename = "ConditionExpression")]
    pub(super) condition: Option<String>,
    #[serde(rename = "ExpressionAttributeNames")]
    pub(super) names: Option<BTreeMap<String, String>>,
    #[serde(rename = "ExpressionAttributeValues")]
    pub(super) values: Option<BTreeMap<String, Value>>,
    #[serde(rename = "ReturnValues", default)]
    pub(super) returns: ReturnValues,
    #[serde(rename = "ReturnValuesOnConditionCheckFailure", default)]
    pub(super) on_failure: OnFailure,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct UpdateItem {
    pub(super) table_name: String,
    pub(super) key: Item,
    #[serde(rename = "UpdateExpression")]
    pub(super) update: Option<String>,
    #[serde(rename = "ConditionExpression")]
    pub(super) condition: Option<String>,
    #[serde(rename = "ExpressionAttributeNames")]
    pub(super) names: Option<BTreeMap<String, String>>,
    #[serde(rename = "ExpressionAttributeValues")]
    pub(super) values: Option<BTreeMap<String, Value>>,
    #[serde(rename = "ReturnValues", default)]
    pub(super) returns: ReturnValues,
    #[serde(rename = "ReturnValuesOnConditionCheckFailure", default)]
    pub(super) on_failure: OnFailure,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteItem {
    pub(super) table_name: String,
    pub(super) key: Item,
    #[serde(rename = "ConditionExpression")]
    pub(super) condition: Option<String>,
    #[serde(rename = "ExpressionAttributeNames")]
    pub(super) names: Option<BTreeMap<String, String>>,
    #[serde(rename = "ExpressionAttributeValues")]
    pub(super) values: Option<BTreeMap<String, Value>>,
    #[serde(rename = "ReturnValues", default)]
    pub(super) returns: ReturnValues,
    #[serde(rename = "ReturnValuesOnConditionCheckFailure", default)]
    pub(super) on_failure: OnFailure,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Query {
    pub(super) table_name: String,
    pub(super) index_name: Option<String>,
    #[serde(rename = "KeyConditionExpression")]
    pub(super) condition: String,
    #[serde(rename = "ExpressionAttributeNames")]
    pub(super) names: Option<BTreeMap<String, String>>,
    #[serde(rename = "ExpressionAttributeValues")]
    pub(super) values: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    pub(crate) select: Select,
    pub(super) limit: Option<i64>,
    pub(super) exclusive_start_key: Option<Item>,
    pub(super) scan_index_forward: Option<bool>,
    pub(super) consistent_read: Option<bool>,
}

/// The attributes that a query returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Select {
    /// The attributes in the table or the index.
    #[default]
    AllProjectedAttributes,
    /// "Returns the number of matching items, rather than the matching items themselves."
    Count,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum ReturnValues {
    #[default]
    None,
    AllOld,
    AllNew,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum OnFailure {
    #[default]
    None,
    AllOld,
}
