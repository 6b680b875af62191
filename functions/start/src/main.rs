//! Wiring only: settings, clients, clock, and the loop of the Lambda runtime.

use invalidation_aws as aws;
use invalidation_runtime::clock::SystemClock;
use invalidation_runtime::serve::{Error, serve};
use invalidation_runtime::settings::Settings;
use invalidation_runtime::{settings, telemetry};

/// What our log calls this function, whatever its name in Lambda is.
const NAME: &str = "start";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(settings::environment);
    let sdk = aws::sdk_config().await;
    match Settings::from_lookup(settings::environment) {
        Ok(settings) => {
            let services = aws::ports(&sdk, &settings, SystemClock);
            serve(NAME, async |event, invocation| {
                start::handle(event, &services, &settings, &invocation).await
            })
            .await
        }
        Err(faults) => {
            let pipeline = aws::code_pipeline(&sdk);
            serve(NAME, async |event, invocation| {
                start::reject(event, &faults, &pipeline, &SystemClock, &invocation).await
            })
            .await
        }
    }
}
