//! SNS: publishing to a standard topic.

mod console;
mod message;

use std::collections::{BTreeMap, BTreeSet};

pub use console::{Console, Published};
pub(super) use message::{Attribute, Publication};

use super::names::Names;
use super::rejection::Rejection;

#[derive(Debug)]
pub(super) struct Sns {
    names: Names,
    region: String,
    topics: BTreeSet<String>,
    denied: BTreeSet<String>,
    messages: Vec<Published>,
}

impl Sns {
    pub(super) fn new(names: Names, region: &str) -> Self {
        Self {
            names,
            region: region.into(),
            topics: BTreeSet::new(),
            denied: BTreeSet::new(),
            messages: Vec::new(),
        }
    }

    /// Accepts a message and returns its id. "Publish is not idempotent on a standard topic": a second call is a second
    /// message.
    pub(super) fn publish(
        &mut self,
        now_ms: u64,
        caller: &str,
        publication: Publication,
    ) -> Result<String, Rejection> {
        publication.check()?;
        // "The topic must be in the same region as the endpoint": an ARN of another region is invalid.
        if publication.topic_arn.split(':').nth(3) != Some(&self.region) {
            return Err(invalid_parameter("TopicArn"));
        }
        if self.denied.contains(&publication.topic_arn) {
            let message = "User is not authorized to perform: SNS:Publish on this resource";
            return Err(Rejection::new(403, "AuthorizationError", message));
        }
        if !self.topics.contains(&publication.topic_arn) {
            return Err(Rejection::new(404, "NotFound", "Topic does not exist"));
        }
        let message_id = self.names.uuid("message", self.messages.len() as u64);
        let value_of = |attribute: Attribute| attribute.value;
        let attributes: BTreeMap<_, _> = publication
            .attributes
            .into_iter()
            .map(|(name, attribute)| (name, value_of(attribute)))
            .collect();
        self.messages.push(Published {
            at_ms: now_ms,
            topic: publication.topic_arn,
            subject: publication.subject,
            message: publication.message,
            attributes,
            message_id: message_id.clone(),
            caller: caller.into(),
        });
        Ok(message_id)
    }
}

fn invalid_parameter(what: &str) -> Rejection {
    Rejection::new(
        400,
        "InvalidParameter",
        format!("Invalid parameter: {what}"),
    )
}
