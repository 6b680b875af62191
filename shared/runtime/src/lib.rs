//! What both functions do at run time, over [`ports`]: they take jobs in, advance executions and log what happens.
//!
//! | module | contents |
//! | --- | --- |
//! | [`ports`] | what the functions need from AWS, as traits without a type of the SDK |
//! | [`job`] | a job of CodePipeline, from its event to its result |
//! | [`advance`] | the loop that takes the steps that `invalidation-core` decides |
//! | [`serve`] | the loop of the Lambda runtime, for both functions |
//! | [`settings`] | the environment variables of both functions |
//! | [`telemetry`] | log lines, metrics and traces |
//! | [`clock`] | the time |

pub mod advance;
pub mod clock;
pub mod job;
pub mod ports;
pub mod serve;
pub mod settings;
pub mod telemetry;
