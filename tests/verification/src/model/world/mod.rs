//! The world around a run: the table, CloudFront, CodePipeline, SNS and EventBridge, limited to one execution.
//!
//! Each service is a value, and each of its calls is atomic. It also records the data of the invariants: what it
//! received, and whether that was true at the time.

mod cloudfront;
mod codepipeline;
mod sns;
mod table;

use invalidation_core::model::timestamp::Timestamp;

use super::invariant::Broken;
use super::scenario::Scenario;

pub use cloudfront::CloudFront;
pub use codepipeline::{CodePipeline, FinalResult, Job, job_id, job_number};
pub use table::Table;

/// The services, and what time it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    /// The time.
    pub now: Timestamp,
    /// The behaviour of CloudFront and of the parameters.
    pub scenario: Scenario,
    /// DynamoDB.
    pub table: Table,
    /// CloudFront.
    pub cloudfront: CloudFront,
    /// CodePipeline.
    pub codepipeline: CodePipeline,
    /// How many notifications SNS accepted.
    pub published: u8,
    /// How many events EventBridge accepted.
    pub put: u8,
    /// The invariants that are violated already.
    pub broken: Broken,
}

impl World {
    /// The initial world.
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
