//! The loop of the Lambda runtime, which both functions share: receive an event, handle it, report the result to Lambda.

use lambda_runtime::{Context, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::job::Invocation;
use crate::telemetry;

pub use lambda_runtime::Error;

/// Serves invocations until Lambda ends the process; each log line names the function `name`, whatever its name in Lambda
/// is. `handle` gets the event as raw JSON: the runtime would reject a payload that does not fit a type, `handle` would never
/// run, and the job would get no result.
///
/// # Errors
/// When the Runtime API cannot be reached. An error of `handle` ends one run only, and is reported to Lambda.
pub async fn serve<E: std::error::Error + 'static>(
    name: &'static str,
    handle: impl AsyncFn(&str, Invocation) -> Result<(), E>,
) -> Result<(), Error> {
    let handle = &handle;
    run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        let Context {
            request_id,
            deadline,
            invoked_function_arn,
            xray_trace_id,
            ..
        } = &event.context;
        let invocation =
            Invocation::new(Uuid::new_v4().to_string(), *deadline).of(invoked_function_arn);
        // On the heap: the compiler gives up on the layout of futures that nest as deep as these by value.
        let work = Box::pin(handle(event.payload.get(), invocation));
        telemetry::invocation(name, request_id, xray_trace_id.as_deref(), work).await
    }))
    .await
}
