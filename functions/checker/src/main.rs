//! Wires settings, clients, clock and the loop of the Lambda runtime together.

use invalidation_aws as aws;
use invalidation_runtime::clock::SystemClock;
use invalidation_runtime::serve::{Error, serve};
use invalidation_runtime::settings::Settings;
use invalidation_runtime::{settings, telemetry};

/// The name of this function in log lines, whatever it is called in Lambda.
const NAME: &str = "checker";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(settings::environment);
    match Settings::from_lookup(settings::environment) {
        Ok(settings) => {
            let services = aws::ports(&aws::sdk_config().await, &settings, SystemClock);
            serve(NAME, async |event, invocation| {
                checker::handle(event, &services, &settings, &invocation).await
            })
            .await
        }
        Err(faults) => serve(NAME, async |_, _| checker::reject(&faults, &SystemClock)).await,
    }
}
