//! The loop of the Lambda runtime, for both functions: receive an event, handle it, report the result to Lambda.

use lambda_runtime::{Context, Diagnostic, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::job::Invocation;
use crate::telemetry;

pub use lambda_runtime::Error;

/// Serves invocations until Lambda ends the process. Each log line has `name` as the function, whatever the function is
/// called in Lambda. `handle` receives the event as raw JSON. If the runtime deserialized it, a payload of another
/// shape would be rejected before `handle` runs, and the job would get no result.
///
/// # Errors
/// If the Runtime API cannot be reached. An error of `handle` ends one invocation only, and is reported to Lambda.
pub async fn serve<E: telemetry::NamedError>(
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
        // Boxed, because the compiler cannot compute the layout of futures that are nested this deeply by value.
        let work = Box::pin(handle(event.payload.get(), invocation));
        let run = telemetry::invocation(name, request_id, xray_trace_id.as_deref(), work);
        run.await.map_err(|error| Diagnostic {
            error_type: error.name.to_owned(),
            error_message: error.text,
        })
    }))
    .await
}
