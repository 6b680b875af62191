//! EventBridge: the bus on which outcomes are put.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::operation::put_events::PutEventsOutput;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use super::{NO_REPLY, sent, trouble};
use crate::identifiers::EventBusName;
use crate::message::{EVENT_DETAIL_TYPE, EVENT_SOURCE, OutcomeEvent};
use crate::ports::Undelivered;
use crate::record::Trouble;

/// One event bus, in our own region.
#[derive(Debug, Clone)]
pub struct EventBridge {
    client: Client,
    bus: EventBusName,
}

impl EventBridge {
    /// The bus of this name, through this client.
    #[must_use]
    pub const fn new(client: Client, bus: EventBusName) -> Self {
        Self { client, bus }
    }

    pub(super) async fn put_event(&self, event: &OutcomeEvent) -> Result<String, Undelivered> {
        let millis = i64::try_from(event.time.as_millis()).unwrap_or(i64::MAX);
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(self.bus.as_str())
            .source(EVENT_SOURCE)
            .detail_type(EVENT_DETAIL_TYPE)
            .time(DateTime::from_millis(millis))
            .detail(&event.detail);
        let request = self.client.put_events().entries(entry.build());
        let reply = sent(request.send()).await;
        reply
            .map_err(|error| Undelivered(trouble(&error)))
            .and_then(|reply| event_id(&reply))
    }
}

/// The id of the one event that we put. "The response includes both successfully and unsuccessfully ingested entries": a
/// call that was answered well may have taken nothing, and then says so in its entry alone
/// (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>).
fn event_id(reply: &PutEventsOutput) -> Result<String, Undelivered> {
    let entry = reply.entries().first();
    match entry.map(|entry| (entry.event_id(), entry.error_code(), entry.error_message())) {
        Some((Some(id), None, _)) => Ok(id.to_owned()),
        Some((_, Some(code), message)) => {
            Err(Undelivered(Trouble::new(code, message.unwrap_or_default())))
        }
        Some((None, None, _)) | None => Err(Undelivered(Trouble::new(
            NO_REPLY,
            "the reply has no event id",
        ))),
    }
}
