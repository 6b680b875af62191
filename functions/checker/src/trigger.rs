//! What woke the checker. Any JSON will do: a schedule's payload differs between EventBridge rules and EventBridge
//! Scheduler (whose `detail` is the *string* `"{}"`) and can be set to anything, and a sweep needs nothing of it.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use invalidation_core::input::job_event::{JobEvent, UnreadableEvent};
use invalidation_core::input::json_object::Entries;

/// What woke the checker.
pub enum Trigger {
    /// A schedule, or anybody else who wants a sweep; with the `source` of the event, if it is one of EventBridge's.
    Schedule(Option<String>),
    /// Lambda's record of an event whose every delivery to a function failed, with that event.
    FailedDelivery {
        /// The event.
        event: JobEvent,
        /// The ARN of the function, as the record has it.
        function_arn: Option<String>,
    },
    /// The same, but nobody can answer the event.
    Invalid(UnreadableEvent),
}

impl Trigger {
    /// Reads what woke us. Only a record of Lambda's own, with a `requestContext` and a `requestPayload`
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>), is more than a wish for a
    /// pass.
    #[must_use]
    pub fn read(event: &str) -> Self {
        let entries = Entries::read(event).unwrap_or_default();
        match (entries.get("requestContext"), entries.get("requestPayload")) {
            (Some(_), Some(payload)) => match JobEvent::read(payload) {
                Ok(event) => {
                    let context = entries.object("requestContext");
                    let function_arn = context.get("functionArn");
                    let function_arn =
                        function_arn.and_then(|text| serde_json::from_str(text).ok());
                    Self::FailedDelivery {
                        event,
                        function_arn,
                    }
                }
                Err(fault) => Self::Invalid(fault),
            },
            _ => {
                let schedule = serde_json::from_str::<EventBridgeEvent>(event);
                Self::Schedule(schedule.ok().map(|schedule| schedule.source))
            }
        }
    }
}
