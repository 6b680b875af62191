//! SNS's query protocol: a form in, XML out.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Reply, Requested, unknown_operation, xml};
use crate::call::Service;
use crate::rejection::Rejection;
use crate::sns::{Attribute, Publication, Sns};

pub(super) const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

pub(super) fn identify(body: &[u8]) -> Option<Requested> {
    let form = Form::read(body);
    let operation = form.get("Action")?;
    Some(Requested {
        service: Service::Sns,
        operation,
        subject: form.get("TopicArn").unwrap_or_default(),
    })
}

pub(super) fn serve(
    sns: &mut Sns,
    now_ms: u64,
    caller: &str,
    body: &[u8],
    request_id: &str,
) -> Result<Reply, Rejection> {
    let form = Form::read(body);
    match form.get("Action").as_deref() {
        Some("Publish") => {
            let message_id = sns.publish(now_ms, caller, form.publication())?;
            Ok(Reply::ok(
                published(&message_id, request_id),
                format!("message {message_id}"),
            ))
        }
        other => Err(unknown_operation(other.unwrap_or_default())),
    }
}

struct Form {
    fields: BTreeMap<String, String>,
}

impl Form {
    fn read(body: &[u8]) -> Self {
        let fields = form_urlencoded::parse(body);
        Self {
            fields: fields
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        }
    }

    fn get(&self, name: &str) -> Option<String> {
        self.fields.get(name).cloned()
    }

    fn publication(&self) -> Publication {
        Publication {
            topic_arn: self.get("TopicArn").unwrap_or_default(),
            message: self.get("Message").unwrap_or_default(),
            subject: self.get("Subject"),
            structure: self.get("MessageStructure"),
            attributes: self.attributes(),
        }
    }

    /// `MessageAttributes.entry.1.Name`, `….entry.1.Value.DataType`, `….entry.1.Value.StringValue`
    fn attributes(&self) -> BTreeMap<String, Attribute> {
        let entries = (1..).map(|number| format!("MessageAttributes.entry.{number}"));
        let named = entries.map_while(|entry| Some((self.get(&format!("{entry}.Name"))?, entry)));
        named
            .map(|(name, entry)| (name, self.attribute(&entry)))
            .collect()
    }

    fn attribute(&self, entry: &str) -> Attribute {
        let value = |kind: &str| self.get(&format!("{entry}.Value.{kind}"));
        Attribute {
            data_type: value("DataType").unwrap_or_default(),
            value: value("StringValue")
                .or_else(|| value("BinaryValue"))
                .unwrap_or_default(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PublishResponse<'a> {
    #[serde(rename = "@xmlns")]
    xmlns: &'a str,
    publish_result: PublishResult<'a>,
    response_metadata: ResponseMetadata<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PublishResult<'a> {
    message_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResponseMetadata<'a> {
    request_id: &'a str,
}

fn published(message_id: &str, request_id: &str) -> String {
    let (publish_result, response_metadata) = (
        PublishResult { message_id },
        ResponseMetadata { request_id },
    );
    xml::write(&PublishResponse {
        xmlns: NAMESPACE,
        publish_result,
        response_metadata,
    })
}
