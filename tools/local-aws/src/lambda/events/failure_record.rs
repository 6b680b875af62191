//! What an on-failure destination receives.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Value, json};

use super::{Delivery, FunctionError};

impl Delivery<'_> {
    /// A destination receives "the request + response": the whole event, including credentials.
    pub(super) fn failure_record(
        &self,
        condition: &str,
        attempts: u32,
        error: &FunctionError,
    ) -> String {
        json!({
            "version": "1.0",
            "timestamp": timestamp(self.rules.clock.now_ms()),
            "requestContext": {
                "requestId": self.request_id,
                "functionArn": format!("{}:$LATEST", self.rules.function_arn),
                "condition": condition,
                "approximateInvokeCount": attempts,
            },
            "requestPayload": as_json(&self.payload),
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
            "responsePayload": { "errorType": error.error_type, "errorMessage": error.message },
        })
        .to_string()
    }
}

/// Lambda accepts only JSON; any other payload is shown as text.
fn as_json(payload: &[u8]) -> Value {
    serde_json::from_slice(payload)
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(payload)))
}

fn timestamp(epoch_ms: u64) -> String {
    let epoch_ms = i64::try_from(epoch_ms).unwrap_or(i64::MAX);
    DateTime::from_millis(epoch_ms)
        .fmt(Format::DateTime)
        .unwrap_or_default()
}
