//! The console of SNS.

use std::collections::BTreeMap;

use crate::Aws;

/// A message that SNS accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// When, on AWS's clock, in milliseconds since 1970.
    pub at_ms: u64,
    /// The topic's ARN.
    pub topic: String,
    /// The subject of an email message.
    pub subject: Option<String>,
    /// The message as sent; with `MessageStructure=json` the whole object.
    pub message: String,
    /// The value of each message attribute.
    pub attributes: BTreeMap<String, String>,
    /// The id that SNS gave it.
    pub message_id: String,
    /// The publisher, as named by its transport.
    pub caller: String,
}

/// Creates topics, and reads the published messages.
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

    /// Deletes a topic.
    pub fn delete_topic(&self, arn: &str) {
        self.aws.at_once(|state, _| state.sns.topics.remove(arn));
    }

    /// Rejects publishing to a topic with AuthorizationError from now on.
    pub fn deny(&self, arn: &str) {
        self.aws
            .at_once(|state, _| state.sns.denied.insert(arn.into()));
    }

    /// Reverts [`Console::deny`].
    pub fn allow(&self, arn: &str) {
        self.aws.at_once(|state, _| state.sns.denied.remove(arn));
    }

    /// All messages so far, in the order of their publication.
    #[must_use]
    pub fn messages(&self) -> Vec<Published> {
        self.aws.at_once(|state, _| state.sns.messages.clone())
    }
}
