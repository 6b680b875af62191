//! The simulated account: the resources that the template deploys, an action, and the triggers of the functions.
//!
//! The harness runs the functions in process and in virtual time. `simulate` does the same, and can also run them as
//! processes in real time. The parts that all of them need are here, so that a scenario and a simulation use the
//! same deployment.

mod triggers;

use std::time::Duration;

use invalidation_core::model::execution_record::{DUE_INDEX, OVERDUE_INDEX};
use invalidation_core::model::time_budget::{CHECKER_TIMEOUT, START_EVENT_AGE, START_TIMEOUT};

use crate::codepipeline::Action;
use crate::dynamodb::{Index, Key, Projection, Table};
use crate::lambda::{AsyncInvocation, EventQueue};
use crate::{Aws, Clock, Settings};

pub use triggers::scheduled_run;
pub use triggers::{Delivered, ONCE, TWICE, Triggers};

/// The region of the account.
pub const REGION: &str = "us-east-1";
/// The twelve digits of the account.
pub const ACCOUNT: &str = "111111111111";
/// The table of records.
pub const TABLE: &str = "invalidations";
/// The user parameters of the Python function, as many pipelines have them.
pub const PARAMETERS: &str = r#"{"PipelineName":"example-pipeline","DistributionId":"E2EXAMPLE1ABCD","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys"}"#;
/// The distribution of [`PARAMETERS`].
pub const DISTRIBUTION: &str = "E2EXAMPLE1ABCD";
/// The topic of [`PARAMETERS`].
pub const TOPIC: &str = "arn:aws:sns:us-east-1:111111111111:deploys";

/// The most distributions that the parameters of one action can name: each id takes 17 of their 1,000 characters.
pub const MANY: usize = 57;

/// The ids of this number of distributions.
pub fn many_distributions() -> impl Iterator<Item = String> {
    (0..MANY).map(|n| format!("E1EXAMPLE{n:05}"))
}

/// The parameters that name all of them.
#[must_use]
pub fn many_parameters() -> String {
    let ids: Vec<String> = many_distributions().collect();
    format!(r#"{{"DistributionId":{}}}"#, serde_json::json!(ids))
}

/// The account after the deployment of the template: with the table and the topic, and without distributions. Its
/// region and its account id are [`REGION`] and [`ACCOUNT`], regardless of `settings`.
#[must_use]
pub fn open(mut settings: Settings) -> Aws {
    settings.region = REGION.into();
    settings.account_id = ACCOUNT.into();
    let aws = Aws::new(settings);
    aws.dynamodb().create_table(table());
    aws.dynamodb().set_ttl_attribute("expires_at");
    aws.sns().add_topic(TOPIC);
    aws
}

/// Sparse indexes: "only items that have the key attributes appear in it", here those with work left.
fn table() -> Table {
    let by = |name: &str, range_key: &str| Index {
        name: name.into(),
        hash_key: Key::text("due_shard"),
        range_key: Some(Key::number(range_key)),
        projection: Projection::KeysOnly,
    };
    Table {
        name: TABLE.into(),
        hash_key: Key::text("id"),
        indexes: vec![by(DUE_INDEX, "due_at"), by(OVERDUE_INDEX, "overdue_at")],
    }
}

/// The action that invokes `start` with these user parameters.
#[must_use]
pub fn action(user_parameters: &str) -> Action {
    Action {
        pipeline: "example-pipeline".into(),
        stage: "Deploy".into(),
        action: "InvalidateCache".into(),
        function_name: "start".into(),
        user_parameters: Some(user_parameters.to_owned()),
    }
}

/// The number of retries of a failed attempt, for either function.
pub const RETRIES: u32 = 2;

/// The asynchronous invocation settings of `start`: three attempts, none later than 8 minutes, and then the failure
/// record to `on_failure`. An attempt takes up to 10 minutes, so that is before the action times out: "If the Lambda
/// function has sent no reply after 20 minutes, the action times out."
#[must_use]
pub fn start(clock: Clock, on_failure: EventQueue) -> AsyncInvocation {
    AsyncInvocation {
        function_arn: function_arn("start"),
        timeout: START_TIMEOUT,
        retries: RETRIES,
        maximum_age: START_EVENT_AGE,
        on_failure: Some(on_failure),
        attempts: None,
        clock,
    }
}

/// The asynchronous invocation settings of `checker`: three attempts, because no other mechanism handles a failed
/// delivery whose handler dies, and none later than ten minutes, before the action times out. (A retried scheduled run
/// is one more sweep, and two concurrent sweeps are safe.) A sweep ends within a minute, before the next scheduled run.
#[must_use]
pub fn checker(clock: Clock) -> AsyncInvocation {
    AsyncInvocation {
        function_arn: function_arn("checker"),
        timeout: CHECKER_TIMEOUT,
        retries: RETRIES,
        maximum_age: Duration::from_secs(10 * 60),
        on_failure: None,
        attempts: None,
        clock,
    }
}

/// The ARN of the function called `name`, without a version.
#[must_use]
pub fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}
