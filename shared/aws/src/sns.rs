//! SNS: publishes notifications to topics.

use aws_config::Region;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;

use super::{sent, service_error};
use invalidation_core::model::execution_record::ServiceError;
use invalidation_core::output::{Attribute, Notification};
use invalidation_runtime::ports::Undelivered;

/// The SNS client, which uses the region of each topic.
#[derive(Debug, Clone)]
pub struct Sns(Client);

impl Sns {
    /// A port that uses this client.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }

    pub(super) async fn publish(&self, notification: &Notification) -> Result<String, Undelivered> {
        let attributes = notification
            .attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), attribute(value)));
        let mut request = self
            .0
            .publish()
            .topic_arn(notification.topic.as_str())
            .subject(&notification.subject)
            .message(&notification.body)
            .set_message_structure(notification.is_per_protocol.then(|| "json".to_owned()))
            .set_message_attributes(Some(attributes.collect()));
        if notification.topic.is_fifo() {
            // The deduplication id is the same for each attempt, so that a FIFO topic delivers the notification once.
            request = request
                .message_group_id(&notification.notification_id)
                .message_deduplication_id(&notification.notification_id);
        }
        // A topic exists in its own region only, which need not be the region of the pipeline.
        let region = Region::new(notification.topic.region().to_owned());
        let request = request
            .customize()
            .config_override(aws_sdk_sns::Config::builder().region(region));
        let reply = sent(request.send()).await;
        let reply = reply.map_err(|error| Undelivered(service_error(&error)))?;
        reply
            .message_id
            .ok_or_else(|| Undelivered(ServiceError::no_reply("the reply has no message id")))
    }
}

/// "String.Array – an array, formatted as a string" of JSON
/// (<https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html>).
fn attribute(value: &Attribute) -> MessageAttributeValue {
    let (data_type, value) = match value {
        Attribute::Text(text) => ("String", text.clone()),
        Attribute::List(texts) => ("String.Array", serde_json::json!(texts).to_string()),
    };
    MessageAttributeValue::builder()
        .data_type(data_type)
        .string_value(value)
        .build()
        .expect("the data type, the only mandatory field, is given")
}
