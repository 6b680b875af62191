//! A function that does nothing: the lower bound of every Rust function on this runtime.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(async |_: LambdaEvent<Box<RawValue>>| {
        Ok::<(), Error>(())
    }))
    .await
}
