//! Wiring only: settings, clients, clock, and the loop of the Lambda runtime.

use invalidation_aws as aws;
use invalidation_runtime::clock::SystemClock;
use invalidation_runtime::job::Invocation;
use invalidation_runtime::settings;
use invalidation_runtime::settings::Settings;
use invalidation_runtime::telemetry;
use lambda_runtime::{Context, Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;
use uuid::Uuid;

/// What our log calls this function, whatever its name in Lambda is.
const NAME: &str = "checker";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(settings::environment);
    let settings = Settings::from_lookup(settings::environment).map_err(telemetry::reported)?;
    let ports = aws::ports(&aws::sdk_config().await, &settings, SystemClock);
    let (ports, settings) = (&ports, &settings);
    run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        let invocation = Invocation::new(Uuid::new_v4().to_string(), event.context.deadline);
        let work = checker::handle(event.payload.get(), ports, settings, &invocation);
        let Context {
            request_id,
            xray_trace_id,
            ..
        } = &event.context;
        telemetry::invocation(NAME, request_id, xray_trace_id.as_deref(), work).await
    }))
    .await
}
