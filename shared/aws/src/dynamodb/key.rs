//! The keys of the table's items.

use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;

use super::text;
use invalidation_core::input::identifiers::{Alias, DistributionId, DistributionTenantId, JobId};
use invalidation_core::model::execution_record::Resource;

/// The prefixes of keys that are not job ids. No job id has a slash.
const QUEUE: &str = "queue/";
const ACTION: &str = "action/";

/// The attribute that is the table's key.
pub(super) const ID: &str = "id";

/// The key of an item, by the kind of the item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemKey {
    /// The record of an execution, under its first job id.
    Execution(JobId),
    /// The queue of a distribution or a distribution tenant.
    Queue(Resource),
    /// The last outcome of the action with this
    /// [name](invalidation_core::model::execution_record::ExecutionRecord::action_name).
    Action(String),
}

impl ItemKey {
    /// Parses a key; `None` if it is not a key of these functions.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        if let Some(name) = key.strip_prefix(ACTION) {
            Some(Self::Action(name.to_owned()))
        } else if let Some(id) = key.strip_prefix(QUEUE) {
            resource(id).map(Self::Queue)
        } else {
            JobId::parse(key).map(Self::Execution)
        }
    }

    pub(super) fn value(&self) -> AttributeValue {
        text(&self.to_string())
    }
}

impl fmt::Display for ItemKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Execution(id) => id.fmt(formatter),
            Self::Queue(resource) => write!(formatter, "{QUEUE}{resource}"),
            Self::Action(name) => write!(formatter, "{ACTION}{name}"),
        }
    }
}

/// The resource of this name. The three kinds of names do not overlap.
fn resource(name: &str) -> Option<Resource> {
    let distribution = DistributionId::parse(name).map(Resource::Distribution);
    let tenant = || DistributionTenantId::parse(name).map(Resource::Tenant);
    let alias = || Alias::parse(name).map(Resource::Alias);
    distribution.or_else(tenant).or_else(alias)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_parses_to_itself() {
        let id = "11111111-abcd-1111-abcd-111111abcdef";
        let distribution = DistributionId::parse("E1").unwrap();
        let tenant = DistributionTenantId::parse("dt_1").unwrap();
        for (key, text) in [
            (ItemKey::Execution(JobId::parse(id).unwrap()), id),
            (
                ItemKey::Queue(Resource::Distribution(distribution)),
                "queue/E1",
            ),
            (ItemKey::Queue(Resource::Tenant(tenant)), "queue/dt_1"),
            (
                ItemKey::Action("site/Deploy/Invalidate".to_owned()),
                "action/site/Deploy/Invalidate",
            ),
        ] {
            assert_eq!(key.to_string(), text);
            assert_eq!(ItemKey::parse(text), Some(key));
        }
        for text in ["", "queue/", "queue", "E1", "other/E1"] {
            assert_eq!(ItemKey::parse(text), None, "{text}");
        }
    }
}
