//! What triggered the checker. Any JSON is accepted: the payload of a schedule differs between EventBridge rules and
//! EventBridge Scheduler (whose `detail` is the *string* `"{}"`) and can be configured. A sweep needs none of it.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use invalidation_core::input::job_event::{JobEvent, UnreadableEvent};
use invalidation_core::input::json_object::Entries;

/// The maximum length of the `source` of an event, in characters. Every principal that may invoke the function
/// chooses it, and it is logged.
const SOURCE_AT_MOST: usize = 64;

/// What triggered the checker.
pub enum Trigger {
    /// A schedule, or any other event, with the beginning of its `source` if it is an EventBridge event.
    Schedule(Option<String>),
    /// Lambda's record of an event whose deliveries to a function all failed, with that event.
    FailedDelivery {
        /// The event.
        event: JobEvent,
        /// The ARN of the function in the record.
        function_arn: Option<String>,
    },
    /// A failure record whose event has no readable job id.
    Invalid(UnreadableEvent),
}

impl Trigger {
    /// Reads the event. Only an invocation record of Lambda, with a `requestContext` and a `requestPayload`
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>), is a failed delivery.
    /// Every other event triggers a sweep.
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
                let source =
                    |event: EventBridgeEvent| event.source.chars().take(SOURCE_AT_MOST).collect();
                Self::Schedule(schedule.ok().map(source))
            }
        }
    }
}
