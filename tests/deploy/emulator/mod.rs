//! Third-party emulators: `ministack`, which runs CloudFormation stacks, functions as separate processes, schedules,
//! tables and topics; and AWS's Runtime Interface Emulator, in which a function runs as in Lambda. They verify the
//! local AWS of this project, and show that the contents of `infra` can be deployed.
//!
//! ```text
//!   test ── Client ── bridge.py (boto3) ──► ministack: stacks, Lambda, Scheduler, DynamoDB, SNS, SQS, logs
//!     │                                         │ runs the built functions
//!     └── Aws: CodePipeline, and CloudFront ◄───┘
//! ```
//!
//! No known emulator has CodePipeline's jobs, or an invalidation that takes time. The local AWS provides these two,
//! each behind a separate port.

mod client;
mod ministack;
mod rie;
mod server;
mod stack;
mod tools;

pub(crate) use client::{Client, Rejected};
pub(crate) use ministack::Ministack;
pub(crate) use rie::Rie;
pub(crate) use stack::{Release, Stack};
pub(crate) use tools::Tools;
