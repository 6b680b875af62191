//! Wiring only: settings, clients, clock, and the loop of the Lambda runtime.

use lambda_runtime::{Context, Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;
use shared::clock::SystemClock;
use shared::config::Settings;
use shared::telemetry;
use shared::visit::Invocation;
use shared::{aws, config};
use uuid::Uuid;

/// What our log calls this function, whatever its name in Lambda is.
const NAME: &str = "checker";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(config::environment);
    let settings = Settings::from_lookup(config::environment).map_err(telemetry::reported)?;
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
