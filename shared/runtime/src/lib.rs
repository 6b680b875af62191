//! The code that both functions share at run time, on top of [`ports`]: job intake, the loop that advances executions,
//! and telemetry.
//!
//! | module | contents |
//! | --- | --- |
//! | [`ports`] | the AWS services that the functions need, as traits without types of the SDK |
//! | [`job`] | a CodePipeline job, from its event to its result |
//! | [`advance`] | the loop that executes the steps that `invalidation-core` decides |
//! | [`pacing`] | the rate limits and shared statuses of the calls to CloudFront in one run |
//! | [`serve`] | the loop of the Lambda runtime, for both functions |
//! | [`settings`] | the environment variables of both functions |
//! | [`telemetry`] | log lines, metrics and traces |
//! | [`clock`] | the system clock |

pub mod advance;
pub mod clock;
pub mod job;
pub mod pacing;
pub mod ports;
pub mod serve;
pub mod settings;
pub mod telemetry;
