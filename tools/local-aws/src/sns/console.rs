//! SNS as its operators see it.

use std::collections::BTreeMap;

use crate::Aws;

/// A message that SNS accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// When, on AWS's clock, in milliseconds since 1970.
    pub at_ms: u64,
    /// The topic's ARN.
    pub topic: String,
    /// What a mail would have as its subject.
    pub subject: Option<String>,
    /// The message as sent; with `MessageStructure=json` the whole object.
    pub message: String,
    /// The value of each message attribute.
    pub attributes: BTreeMap<String, String>,
    /// The id that SNS gave it.
    pub message_id: String,
    /// Who published it, as named at the door.
    pub caller: String,
}

/// Creates topics, and looks at what was published.
#[derive(Clone, Debug)]
pub struct Console {
    pub(crate) aws: Aws,
}

impl Console {
    /// Creates a topic. Until then its ARN is `NotFound`.
    pub fn add_topic(&self, arn: &str) {
        self.aws
            .at_once(|state, _| state.sns.topics.insert(arn.into()));
    }

    /// Deletes a topic, as somebody might while a deploy runs.
    pub fn delete_topic(&self, arn: &str) {
        self.aws.at_once(|state, _| state.sns.topics.remove(arn));
    }

    /// Refuses to publish to a topic with AuthorizationError from now on.
    pub fn deny(&self, arn: &str) {
        self.aws
            .at_once(|state, _| state.sns.denied.insert(arn.into()));
    }

    /// Takes back [`Console::deny`].
    pub fn allow(&self, arn: &str) {
        self.aws.at_once(|state, _| state.sns.denied.remove(arn));
    }

    /// All messages so far, in the order of their publication.
    #[must_use]
    pub fn messages(&self) -> Vec<Published> {
        self.aws.at_once(|state, _| state.sns.messages.clone())
    }
}
