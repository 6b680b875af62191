//! SNS: the topics on which people are told.

use aws_config::Region;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;

use super::{sent, trouble};
use invalidation_core::model::execution_record::Trouble;
use invalidation_core::output::{Attribute, Notice};
use invalidation_runtime::ports::Undelivered;

/// SNS, asked in each topic's own region.
#[derive(Debug, Clone)]
pub struct Sns(Client);

impl Sns {
    /// SNS through this client.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }

    pub(super) async fn publish(&self, notice: &Notice) -> Result<String, Undelivered> {
        let attributes = notice
            .attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), attribute(value)));
        let mut request = self
            .0
            .publish()
            .topic_arn(notice.topic.as_str())
            .subject(&notice.subject)
            .message(&notice.body)
            .set_message_structure(notice.is_per_protocol.then(|| "json".to_owned()))
            .set_message_attributes(Some(attributes.collect()));
        if notice.topic.is_fifo() {
            // The deduplication id is the same for each try, so that a FIFO topic delivers the notice once.
            request = request
                .message_group_id(&notice.notification_id)
                .message_deduplication_id(&notice.notification_id);
        }
        // A topic is known only in its own region, which need not be the pipeline's.
        let region = Region::new(notice.topic.region().to_owned());
        let request = request
            .customize()
            .config_override(aws_sdk_sns::Config::builder().region(region));
        let reply = sent(request.send()).await;
        let reply = reply.map_err(|error| Undelivered(trouble(&error)))?;
        reply
            .message_id
            .ok_or_else(|| Undelivered(Trouble::no_reply("the reply has no message id")))
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
