//! An AWS that none of us wrote: `ministack`, an emulator that runs CloudFormation stacks, functions as processes of
//! their own, schedules, tables and topics; and AWS's own Runtime Interface Emulator, in which a function runs as in
//! Lambda. They keep our own AWS honest, and show that what `infra` ships can be deployed.
//!
//! ```text
//!   test ── Client ── bridge.py (boto3) ──► ministack: stacks, Lambda, Scheduler, DynamoDB, SNS, SQS, logs
//!     │                                         │ runs the built functions
//!     └── Aws: CodePipeline, and CloudFront ◄───┘
//! ```
//!
//! No emulator that we know has CodePipeline's jobs, or an invalidation that takes time. These two are ours here as
//! well, behind a port of their own.

mod client;
mod ministack;
mod rie;
mod server;
mod stack;
mod tools;

pub(crate) use client::{Client, Rejected};
pub(crate) use ministack::Ministack;
pub(crate) use rie::Rie;
pub(crate) use stack::{Code, Stack};
pub(crate) use tools::Tools;
