//! The adapters of `invalidation_aws` against recorded replies: what each port method sends, and what it makes of every answer
//! that AWS documents, that users have met in the wild, or that no service should ever give.
//!
//! The stories play the same adapters on an AWS that answers as it should; here each answer is written out.

#![expect(
    clippy::unwrap_used,
    reason = "in a test a missing value is a failure; clippy.toml allows it in the test functions alone"
)]

mod any_record;
mod changes;
mod claim;
mod cloudfront;
mod codepipeline;
mod condition;
mod dynamodb;
mod eventbridge;
mod job_details;
mod list;
mod patience;
mod queues;
mod record;
mod sns;
mod targets;
