//! Wires settings, clients, clock and the loop of the Lambda runtime together.

use invalidation_aws as aws;
use invalidation_runtime::clock::SystemClock;
use invalidation_runtime::serve::{Error, serve};
use invalidation_runtime::settings::Settings;
use invalidation_runtime::{settings, telemetry};

/// The name of this function in log lines, whatever it is called in Lambda.
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
            let job_reporter = aws::code_pipeline(&sdk);
            serve(NAME, async |event, invocation| {
                start::reject(event, &faults, &job_reporter, &SystemClock, &invocation).await
            })
            .await
        }
    }
}
