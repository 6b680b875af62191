//! `ALLOWED_TOPIC_ARNS`: an action names a topic, and the settings say whether it may.

use harness::log_capture::{Function, capture};
use harness::{DISTRIBUTION, Harness, TOPIC};
use local_aws::Service;
use local_aws::codepipeline::{FailureKind, Status};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::event;

const OTHER: &str = "arn:aws:sns:us-east-1:111111111111:other";
const DEFAULT: &str = "arn:aws:sns:us-east-1:111111111111:default";

/// Names that differ slightly from the one on the list, and would match in a comparison of prefixes or without case.
const NEARLY: [&str; 6] = [
    "arn:aws:sns:us-east-1:111111111111:deploys2",
    "arn:aws:sns:us-east-1:111111111111:deploy",
    "arn:aws:sns:us-east-1:111111111111:Deploys",
    "arn:aws:sns:us-east-1:111111111111:deploys.fifo",
    "arn:aws:sns:us-east-1:222222222222:deploys",
    "arn:aws:sns:eu-west-1:111111111111:deploys",
];

fn naming(topic: Option<&str>) -> String {
    match topic {
        Some(topic) => json!({"DistributionId": DISTRIBUTION, "SnsTopicArn": topic}).to_string(),
        None => json!({"DistributionId": DISTRIBUTION}).to_string(),
    }
}

/// Runs an action that names a topic, and returns how it ended and which topics received a notification.
async fn play(settings: &[(&str, &str)], topic: Option<&str>) -> (Status, usize, Vec<String>) {
    let harness = Harness::new(settings);
    for known in [OTHER, DEFAULT].into_iter().chain(NEARLY) {
        harness.aws().sns().add_topic(known);
    }
    let ending = harness.play(&naming(topic)).await;
    let observed = ending
        .notifications
        .into_iter()
        .map(|notification| notification.topic);
    (
        ending.action.status,
        ending.invalidations.len(),
        observed.collect(),
    )
}

#[tokio::test(start_paused = true)]
async fn an_action_may_name_what_is_on_the_list() {
    let list = ("ALLOWED_TOPIC_ARNS", TOPIC);
    let both = format!("{TOPIC}, {OTHER}");
    let both = ("ALLOWED_TOPIC_ARNS", both.as_str());
    let default = ("DEFAULT_TOPIC_ARN", DEFAULT);
    for (settings, named, observed) in [
        // No list: whatever IAM allows. An empty value is no list.
        (vec![], Some(OTHER), Some(OTHER)),
        (vec![("ALLOWED_TOPIC_ARNS", "")], Some(OTHER), Some(OTHER)),
        (vec![list], Some(TOPIC), Some(TOPIC)),
        (vec![both], Some(OTHER), Some(OTHER)),
        (vec![list], None, None),
        // The default topic may always be named, and is used where none is.
        (vec![list, default], Some(DEFAULT), Some(DEFAULT)),
        (vec![list, default], None, Some(DEFAULT)),
    ] {
        let (status, invalidations, notifications) = play(&settings, named).await;
        assert_eq!(status, Status::Succeeded, "{settings:?} {named:?}");
        assert_eq!(invalidations, 1, "{settings:?} {named:?}");
        assert_eq!(
            notifications.first().map(String::as_str),
            observed,
            "{settings:?}"
        );
        assert_eq!(notifications.len(), usize::from(observed.is_some()));
    }
}

/// Nothing is invalidated, and the topic receives nothing; the default topic receives the reason.
#[tokio::test(start_paused = true)]
async fn an_action_may_not_name_another() {
    let list = ("ALLOWED_TOPIC_ARNS", TOPIC);
    let none = ("ALLOWED_TOPIC_ARNS", "none");
    let default = ("DEFAULT_TOPIC_ARN", DEFAULT);
    for named in [OTHER].into_iter().chain(NEARLY) {
        for (settings, observed) in [
            (vec![list], None),
            (vec![list, default], Some(DEFAULT)),
            // A stack without topics.
            (vec![none], None),
        ] {
            let (status, invalidations, notifications) = play(&settings, Some(named)).await;
            let Status::Failed { kind, message } = status else {
                panic!("{named}: {status:?}")
            };
            assert_eq!(kind, FailureKind::ConfigurationError, "{named}");
            assert!(message.contains("ALLOWED_TOPIC_ARNS"), "{message}");
            assert!(!message.contains(named), "{message}");
            assert_eq!(invalidations, 0, "{named}");
            assert_eq!(
                notifications.first().map(String::as_str),
                observed,
                "{named}"
            );
        }
    }
}

/// A value that some parameter may have, valid or not.
fn value() -> impl Strategy<Value = String> {
    let topics = [TOPIC, OTHER, DEFAULT].into_iter().chain(NEARLY);
    let topics: Vec<String> = topics.map(|topic| json!(topic).to_string()).collect();
    let others = [
        json!(DISTRIBUTION),
        json!("E2NOTHERE"),
        json!(["/a", "/b/*"]),
        json!(7),
        json!(null),
        json!([TOPIC, OTHER]),
        json!(format!("{TOPIC},{OTHER}")),
        json!(format!("{TOPIC}\",\"SnsTopicArn\":\"{OTHER}")),
        json!(format!(" {TOPIC}")),
    ];
    let others: Vec<String> = others.iter().map(ToString::to_string).collect();
    prop_oneof![
        3 => select(topics),
        2 => select(others),
        1 => any::<String>().prop_map(|text| json!(text).to_string()),
    ]
}

/// Parameters with known and unknown keys, some of them duplicated, or spelled with escapes.
fn parameters() -> impl Strategy<Value = String> {
    let key = select(vec![
        "SnsTopicArn",
        "SnsTopicArn",
        "\\u0053nsTopicArn",
        "snsTopicArn",
        "PipelineName",
        "Paths",
        "TopicArn",
    ]);
    let target = format!("\"DistributionId\":\"{DISTRIBUTION}\"");
    vec((key, value()), 0..3).prop_map(move |entries| {
        let entries = entries
            .iter()
            .map(|(key, value)| format!("\"{key}\":{value}"));
        let all: Vec<String> = [target.clone()].into_iter().chain(entries).collect();
        format!("{{{}}}", all.join(","))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_outside_the_list_ever_reaches_sns(parameters in parameters(), has_default: bool) {
        let settings = [("ALLOWED_TOPIC_ARNS", TOPIC), ("DEFAULT_TOPIC_ARN", DEFAULT)];
        let settings = &settings[..1 + usize::from(has_default)];
        let event = event(&parameters);
        let run = capture(Function::Start, &event.to_string(), &event, settings);
        for call in run.calls.iter().filter(|call| call.service == Service::Sns) {
            let is_allowed = call.subject == TOPIC || has_default && call.subject == DEFAULT;
            prop_assert!(is_allowed, "{} with {parameters}", call.subject);
        }
        prop_assert_eq!(run.results().count(), 1);
    }
}
