//! SNS and EventBridge together as our [`Notifier`].

use super::{EventBridge, Sns};
use invalidation_core::model::execution_record::Trouble;
use invalidation_core::output::{Notice, OutcomeEvent};
use invalidation_runtime::ports::{Notifier, Undelivered};

/// The code of a [`Trouble`] when an event is owed and there is no bus any more.
const NO_EVENT_BUS: &str = "NoEventBus";

/// Who tells people on SNS, and programs on EventBridge, if there is a bus.
#[derive(Debug, Clone)]
pub struct Announcer {
    /// The topics.
    pub sns: Sns,
    /// The bus; none when the settings name none.
    pub bus: Option<EventBridge>,
}

impl Notifier for Announcer {
    async fn publish(&self, notice: &Notice) -> Result<String, Undelivered> {
        self.sns.publish(notice).await
    }

    async fn put_event(&self, event: &OutcomeEvent) -> Result<String, Undelivered> {
        match &self.bus {
            Some(bus) => bus.put_event(event).await,
            None => {
                let message =
                    "EVENT_BUS_NAME was set when this execution began, and is not any more";
                Err(Undelivered(Trouble::new(NO_EVENT_BUS, message)))
            }
        }
    }
}
