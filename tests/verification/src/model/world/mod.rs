//! The world around a run: the table, CloudFront, CodePipeline, SNS and EventBridge, as far as one execution sees them.
//!
//! Each service is a value, and each of its calls happens at once. It also keeps what the promises speak of: what it was
//! told, and whether that was true at the time.

mod cloudfront;
mod codepipeline;
mod sns;
mod table;

use invalidation_core::model::timestamp::Timestamp;

use super::promise::Broken;
use super::story::Scenario;

pub use cloudfront::CloudFront;
pub use codepipeline::{CodePipeline, Heard, Job, job_id, job_number};
pub use table::Table;

/// The services, and what time it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    /// The time.
    pub now: Timestamp,
    /// What CloudFront and the pipeline's author do.
    pub scenario: Scenario,
    /// DynamoDB.
    pub table: Table,
    /// CloudFront.
    pub cloudfront: CloudFront,
    /// CodePipeline.
    pub codepipeline: CodePipeline,
    /// How many notifications SNS took.
    pub published: u8,
    /// How many events EventBridge took.
    pub put: u8,
    /// The promises that are broken already.
    pub broken: Broken,
}

impl World {
    /// The world as an action begins.
    #[must_use]
    pub fn new(scenario: Scenario) -> Self {
        Self {
            now: Timestamp::from_millis(0),
            scenario,
            table: Table::default(),
            cloudfront: CloudFront::default(),
            codepipeline: CodePipeline::new(),
            published: 0,
            put: 0,
            broken: Broken::default(),
        }
    }
}
