//! Wiring only: settings, clients, clock, and the loop of the Lambda runtime.

use invalidation_aws as aws;
use invalidation_aws::CodePipeline;
use invalidation_runtime::clock::SystemClock;
use invalidation_runtime::job::Invocation;
use invalidation_runtime::settings::{BadSettings, Settings};
use invalidation_runtime::{settings, telemetry};
use lambda_runtime::{Context, Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;
use uuid::Uuid;

/// What our log calls this function, whatever its name in Lambda is.
const NAME: &str = "start";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(settings::environment);
    let sdk = aws::sdk_config().await;
    let settings = match Settings::from_lookup(settings::environment) {
        Ok(settings) => settings,
        Err(faults) => return refuse_all(&faults, &aws::code_pipeline(&sdk)).await,
    };
    let ports = aws::ports(&sdk, &settings, SystemClock);
    let (ports, settings) = (&ports, &settings);
    run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        let invocation = Invocation::new(Uuid::new_v4().to_string(), event.context.deadline)
            .of(&event.context.invoked_function_arn);
        let work = start::handle(event.payload.get(), ports, settings, &invocation);
        let Context {
            request_id,
            xray_trace_id,
            ..
        } = &event.context;
        telemetry::invocation(NAME, request_id, xray_trace_id.as_deref(), work).await
    }))
    .await
}

async fn refuse_all(faults: &BadSettings, pipeline: &CodePipeline) -> Result<(), Error> {
    run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        let context = &event.context;
        let arn = &context.invoked_function_arn;
        let work = start::refuse(event.payload.get(), faults, pipeline, &SystemClock, arn);
        let (request_id, trace) = (&context.request_id, context.xray_trace_id.as_deref());
        telemetry::invocation(NAME, request_id, trace, work).await
    }))
    .await
}
