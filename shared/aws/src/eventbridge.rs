//! EventBridge: puts an event for each outcome on a bus.

use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::config::Builder;
use aws_sdk_eventbridge::config::retry::RetryConfig;
use aws_sdk_eventbridge::config::timeout::TimeoutConfig;
use aws_sdk_eventbridge::operation::describe_event_bus::DescribeEventBusError;
use aws_sdk_eventbridge::operation::put_events::PutEventsOutput;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use super::{rejected, sent, service_error};
use invalidation_core::input::identifiers::EventBusName;
use invalidation_core::model::execution_record::ServiceError;
use invalidation_core::output::{EVENT_DETAIL_TYPE, EVENT_SOURCE, OutcomeEvent};
use invalidation_runtime::ports::Undelivered;

/// The time-out of the check whether a bus exists. The check is not retried.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// One event bus in the region of the function.
#[derive(Debug, Clone)]
pub struct EventBridge {
    client: Client,
    bus: EventBusName,
}

impl EventBridge {
    /// A port that uses this client and the bus of this name.
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
        let event_id = reply
            .map_err(|error| Undelivered(service_error(&error)))
            .and_then(|reply| event_id(&reply))?;
        match self.missing().await {
            Some(service_error) => Err(Undelivered(service_error)),
            None => Ok(event_id),
        }
    }

    /// The error if the bus does not exist. PutEvents does not return it: it accepts an event for a missing bus and
    /// drops it.
    ///
    /// Only a bus that is configured by its name is checked, because DescribeEventBus "displays details about an event
    /// bus in your account", and an ARN may name a bus of another account. A check that is denied, throttled or late is
    /// inconclusive.
    async fn missing(&self) -> Option<ServiceError> {
        if !self.bus.is_name() {
            return None;
        }
        let timeout = TimeoutConfig::builder().operation_timeout(CHECK_TIMEOUT);
        let once = Builder::new()
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeout.build());
        let request = self.client.describe_event_bus().name(self.bus.as_str());
        let check = request.customize().config_override(once);
        let error = sent(check.send()).await.err()?;
        // "An entity that you specified does not exist."
        let is_missing = error
            .as_service_error()
            .is_some_and(DescribeEventBusError::is_resource_not_found_exception);
        is_missing.then(|| service_error(&error))
    }
}

/// The id of the event. "The response includes both successfully and unsuccessfully ingested entries": a successful
/// call may have accepted nothing, and then only its entry contains the error
/// (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>).
fn event_id(reply: &PutEventsOutput) -> Result<String, Undelivered> {
    let entry = reply.entries().first();
    match entry.map(|entry| (entry.event_id(), entry.error_code(), entry.error_message())) {
        Some((Some(id), None, _)) => Ok(id.to_owned()),
        Some((_, Some(code), message)) => {
            Err(Undelivered(rejected(code, message.unwrap_or_default())))
        }
        Some((None, None, _)) | None => Err(Undelivered(ServiceError::no_reply(
            "the reply has no event id",
        ))),
    }
}
