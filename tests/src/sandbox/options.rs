//! What one run of the sandbox is made of.

use std::collections::BTreeMap;
use std::time::Duration;

use super::binaries::Binaries;
use super::fault::Trouble;
use super::script::Script;

/// The old function's three user parameters, which still play.
pub const DEFAULT_USER_PARAMETERS: &str = r#"{"PipelineName":"example-pipeline","DistributionId":"E2EXAMPLE1ABCD","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys"}"#;

/// What to play, and in what kind of AWS. Every duration is one of AWS's clock.
#[derive(Clone, Debug)]
pub struct Options {
    /// The functions.
    pub binaries: Binaries,
    /// What is played.
    pub script: Script,
    /// Troubles on the way.
    pub troubles: Vec<Trouble>,
    /// AWS seconds for each real second, above zero.
    pub speed: f64,
    /// From CreateInvalidation until CloudFront reports `Completed`; none means never.
    pub complete_after: Option<Duration>,
    /// How long `start` may hold a visit before it asks CodePipeline to come again.
    pub hold: Duration,
    /// How old a stored status may be before `start` looks at CloudFront itself.
    pub status_max_age: Duration,
    /// When the action gives up by itself.
    pub timeout: Duration,
    /// How long to wait, after the action has ended, for its notice and for the record to be drained.
    pub patience: Duration,
    /// Where all made-up ids, and the second of the minute in which the schedule fires, come from.
    pub seed: u64,
    /// Further settings of both functions, such as `RUST_LOG`.
    pub settings: BTreeMap<String, String>,
}

impl Options {
    /// A calm day, ten times as fast as a real one, on which a second visit is seen.
    pub fn new(binaries: Binaries, script: Script) -> Self {
        Self {
            binaries,
            script,
            troubles: Vec::new(),
            speed: 10.0,
            complete_after: Some(Duration::from_secs(45)),
            hold: Duration::from_secs(25),
            status_max_age: Duration::from_secs(30),
            timeout: Duration::from_secs(15 * 60),
            patience: Duration::from_secs(10 * 60),
            seed: 1,
            settings: BTreeMap::new(),
        }
    }
}
