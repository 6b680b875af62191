//! The [`Publisher`] of SNS and EventBridge.

use super::{EventBridge, Sns};
use invalidation_core::model::execution_record::ServiceError;
use invalidation_core::output::{Notification, OutcomeEvent};
use invalidation_runtime::ports::{Publisher, Undelivered};

/// The code of a [`ServiceError`] if an event is pending and no bus is configured any more.
const NO_EVENT_BUS: &str = "NoEventBus";

/// Publishes notifications to SNS, and events to EventBridge if a bus is configured.
#[derive(Debug, Clone)]
pub struct AwsPublisher {
    /// The SNS topics.
    pub sns: Sns,
    /// The event bus; `None` if the settings name none.
    pub bus: Option<EventBridge>,
}

impl Publisher for AwsPublisher {
    async fn publish(&self, notification: &Notification) -> Result<String, Undelivered> {
        self.sns.publish(notification).await
    }

    async fn put_event(&self, event: &OutcomeEvent) -> Result<String, Undelivered> {
        match &self.bus {
            Some(bus) => bus.put_event(event).await,
            None => {
                let message =
                    "EVENT_BUS_NAME was set when this execution began, and is not any more";
                Err(Undelivered(ServiceError::new(NO_EVENT_BUS, message)))
            }
        }
    }
}
