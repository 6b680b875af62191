//! A deployment without a fault.

use std::time::Duration;

use harness::{DISTRIBUTION, Ending, Harness, PARAMETERS, TABLE, TOPIC};
use local_aws::Service;
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::Status;

/// "End-to-end completion … under 25 seconds at P95": with the wait, most pipelines receive the outcome on the first
/// job.
#[tokio::test(start_paused = true)]
async fn a_quick_invalidation_ends_with_the_first_job() {
    let ending = Harness::new(&[]).play(PARAMETERS).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(
        (ending.action.status.clone(), ending.action.job_count),
        (Status::Succeeded, 1)
    );
    assert!(
        ending.took() < Duration::from_secs(12),
        "CloudFront completed after 10 s: {:?}",
        ending.took()
    );
    assert_eq!(ending.action.percent_complete, Some(100));
    let variables = ending.action.output_variables.clone();
    assert_eq!(variables["DistributionId"], DISTRIBUTION);
    assert_eq!(variables["InvalidationId"], ending.invalidations[0].id);
    assert_eq!(
        (
            variables["Status"].as_str(),
            variables["DurationSeconds"].as_str()
        ),
        ("Completed", "11")
    );
    assert_eq!(
        (
            ending.notifications.len(),
            ending.notifications[0].topic.as_str()
        ),
        (1, TOPIC)
    );
}

/// Without the wait the action takes two jobs, as the Python function did, and no longer.
#[tokio::test(start_paused = true)]
async fn without_a_wait_the_continuation_job_ends_it() {
    let ending = Harness::new(&[("MAX_WAIT_SECONDS", "0")])
        .play(PARAMETERS)
        .await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(
        (ending.action.status.clone(), ending.action.job_count),
        (Status::Succeeded, 2)
    );
    assert!(
        ending.took() < Duration::from_secs(31),
        "{:?}",
        ending.took()
    );
}

/// The number of calls of one execution without a fault is bounded.
#[tokio::test(start_paused = true)]
async fn the_calls_of_an_execution_without_a_fault() {
    let harness = Harness::new(&[]);
    let ending = harness.play(PARAMETERS).await;
    // In each index: one to enter, two for a new time when the outcome is decided, and one to leave.
    let units = harness.aws().dynamodb().write_units(TABLE);
    assert_eq!(units.indexes, 2 * (1 + 2 + 1));
    insta::assert_snapshot!(calls(&ending), @r"
    1 start CodePipeline GetJobDetails
    6 start DynamoDB PutItem
    2 start DynamoDB UpdateItem
    1 start CloudFront CreateInvalidation
    5 start CloudFront GetInvalidation
    1 start CodePipeline PutJobSuccessResult
    1 start SNS Publish
    ");
}

/// The action's own deadline replaces the setting.
#[tokio::test(start_paused = true)]
async fn the_parameters_may_shorten_the_wait() {
    let parameters = PARAMETERS.replace('}', r#","TimeoutMinutes":3}"#);
    let harness = Harness::new(&[]);
    harness.aws().cloudfront().set_completion(Completion::Never);
    let ending = harness.play(&parameters).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    let took = ending.took().as_secs();
    assert!((180..=240).contains(&took), "{took} s");
    assert!(ending.notifications[0].message.contains("within 3 min"));
}

/// Without a name and a topic in the parameters, GetJobDetails provides the name and the setting the topic.
#[tokio::test(start_paused = true)]
async fn missing_parameters_come_from_the_job_details_and_the_settings() {
    let bare = format!(r#"{{"DistributionId":"{DISTRIBUTION}"}}"#);
    let ending = Harness::new(&[("DEFAULT_TOPIC_ARN", TOPIC)])
        .play(&bare)
        .await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert!(
        ending.notifications[0]
            .message
            .starts_with("PipelineName: example-pipeline\n")
    );

    let ending = Harness::new(&[]).play(&bare).await;
    let broken = ending.broken_invariants();
    assert!(
        matches!(&broken[..], [observed] if observed.starts_with("no notification was sent for execution")),
        "no notification was requested: {broken:?}"
    );
}

fn calls(ending: &Ending) -> String {
    let calls = ending
        .calls
        .iter()
        .filter(|call| call.caller == "start" || call.service != Service::DynamoDb);
    let mut counted: Vec<(String, usize)> = Vec::new();
    for call in calls {
        let name = format!("{} {} {}", call.caller, call.service, call.operation);
        match counted.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => counted.push((name, 1)),
        }
    }
    counted
        .iter()
        .map(|(name, count)| format!("{count} {name}\n"))
        .collect()
}
