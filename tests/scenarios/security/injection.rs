//! CodePipeline replaces `#{…}` in UserParameters by text without escaping: a commit message with a quote in it can
//! add parameters that the author of the pipeline did not intend.

use harness::log_capture::{Function, LogCapture, capture};
use harness::{DISTRIBUTION, TOPIC};
use local_aws::Service;
use serde_json::json;

use super::event;

const OTHER: &str = "arn:aws:sns:us-east-1:111111111111:other";

/// One run over a template whose variable has this value.
fn substituted(template: &str, value: &str, settings: &[(&str, &str)]) -> LogCapture {
    let event = event(&template.replace("#{v}", value));
    capture(Function::Start, &event.to_string(), &event, settings)
}

/// The distributions and the topics that were called.
fn reached(run: &LogCapture) -> (Vec<&str>, Vec<&str>) {
    let subjects = |service: Service, operation: &'static str| {
        let calls = run.calls.iter();
        let calls =
            calls.filter(move |call| call.service == service && call.operation == operation);
        calls.map(|call| call.subject.as_str()).collect()
    };
    (
        subjects(Service::CloudFront, "CreateInvalidation"),
        subjects(Service::Sns, "Publish"),
    )
}

/// Values that close their quotes and add parameters.
fn breaking() -> Vec<String> {
    vec![
        r#"x","DistributionId":"E2OTHER"#.into(),
        r#"x","DistributionId":"E2OTHER","PipelineName":"y"#.into(),
        r#"x","\u0044istributionId":"E2OTHER"#.into(),
        format!(r#"x","SnsTopicArn":"{OTHER}"#),
        r#"x","Paths":["/secret/*"],"PipelineName":"y"#.into(),
        r#"x","anything":"y"#.into(),
        r#"x"}"#.into(),
        r#"x","PipelineName":"y"}{"#.into(),
        r#"x","a":{"b":"#.into(),
        "x\\".into(),
        "x\u{0}y".into(),
        "fix \"quotes\" in titles".into(),
        "two\nlines".into(),
    ]
}

/// A template that sets all parameters cannot be extended: the job fails, and no other call is made.
#[test]
fn a_value_that_breaks_its_quotes_fails_the_job() {
    let whole =
        json!({"PipelineName": "#{v}", "DistributionId": DISTRIBUTION, "SnsTopicArn": TOPIC});
    for value in breaking() {
        let run = substituted(&whole.to_string(), &value, &[]);
        assert_eq!(run.results().count(), 1, "{value}");
        let (distributions, topics) = reached(&run);
        assert_eq!(distributions, [""; 0], "{value}");
        assert!(
            topics.iter().all(|topic| *topic == TOPIC),
            "{value}: {topics:?}"
        );
        let results: Vec<&str> = run.results().map(|call| call.operation.as_str()).collect();
        assert_eq!(results, ["PutJobFailureResult"], "{value}");
    }
}

/// A key that the template omits can be added, because it cannot be distinguished from a key by the author. The
/// distribution cannot be added, because it is required. The topic must be on the list.
#[test]
fn a_value_may_add_what_the_template_leaves_out() {
    let bare = json!({"DistributionId": DISTRIBUTION, "PipelineName": "#{v}"}).to_string();
    let topic = format!(r#"x","SnsTopicArn":"{OTHER}"#);
    let list = [("ALLOWED_TOPIC_ARNS", TOPIC)];

    let run = substituted(&bare, &topic, &[]);
    assert_eq!(reached(&run), (vec![DISTRIBUTION], vec![OTHER]));
    let run = substituted(&bare, &topic, &list);
    assert_eq!(reached(&run), (vec![], vec![]));

    let paths = format!(r#"x","Paths":["/some/*"],"SnsTopicArn":"{TOPIC}"#);
    let run = substituted(&bare, &paths, &list);
    assert_eq!(reached(&run), (vec![DISTRIBUTION], vec![TOPIC]));

    let elsewhere = r#"x","DistributionId":"E2OTHER"#;
    let run = substituted(&bare, elsewhere, &list);
    assert_eq!(reached(&run), (vec![], vec![]));
}
