//! One outcome in each format.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;
use crate::model::execution_record::{NotificationFormat, PipelineContext};

/// 262,144 bytes: "Message … maximum size" of SNS (API reference of `Publish`), and of an event
/// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html>).
const BYTES_AT_MOST: usize = 262_144;

const FORMATS: [NotificationFormat; 4] = [
    NotificationFormat::Text,
    NotificationFormat::Json,
    NotificationFormat::Chat,
    NotificationFormat::Mixed,
];

/// The record with a pipeline context.
fn owned(record: ExecutionRecord) -> ExecutionRecord {
    let pipeline_context = PipelineContext {
        pipeline: "example-pipeline".to_owned(),
        pipeline_execution_id: "22222222-abcd-1111-abcd-111111abcdef".to_owned(),
        stage: "Deploy".to_owned(),
        action: "Invalidate".to_owned(),
    };
    ExecutionRecord {
        pipeline_context: Some(pipeline_context),
        ..record
    }
}

fn noticed(record: &ExecutionRecord, notification_format: NotificationFormat) -> Notification {
    let record = ExecutionRecord {
        notification_format,
        ..record.clone()
    };
    notification(&record, Some("eu-west-1")).unwrap()
}

fn as_format(record: &ExecutionRecord, format: NotificationFormat) -> Value {
    serde_json::from_str(&noticed(record, format).body).unwrap()
}

/// An outcome of each kind.
fn outcomes() -> [ExecutionRecord; 4] {
    let denied = Reason::AccessDenied {
        action: "cloudfront:CreateInvalidation".to_owned(),
        account: Account::default(),
    };
    let wish = |wish: &str| owned(fresh(&OLD.replace('}', &format!(",{wish}}}"))));
    let late = wish(r#""OnTimeout":"succeed","Paths":["/img/*","/é/*"]"#);
    [
        decided(
            &completed(&owned(fresh(OLD)), 0, 34),
            Verdict::Succeeded,
            at(34),
        ),
        decided(&owned(fresh(OLD)), Verdict::Failed(denied), at(2)),
        decided(&taken(&late, 0), Verdict::SucceededWithWarning, at(900)),
        decided(&taken(&owned(fresh(OLD)), 0), Verdict::TimedOut, at(900)),
    ]
}

#[test]
fn what_programs_read() {
    let documents = outcomes().map(|record| {
        let document = as_format(&record, NotificationFormat::Json);
        serde_json::to_string_pretty(&document).unwrap()
    });
    insta::assert_snapshot!(documents.join("\n\n"));
}

#[test]
fn what_a_chat_shows() {
    let messages = outcomes().map(|record| {
        let message = as_format(&record, NotificationFormat::Chat);
        serde_json::to_string_pretty(&message).unwrap()
    });
    insta::assert_snapshot!(messages.join("\n\n"));
}

/// The first few targets are linked by their names.
#[test]
fn a_chat_links_the_first_targets() {
    let links = |targets: &str| {
        let parameters = format!(
            r#"{{"Targets":[{targets}],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:x"}}"#
        );
        let record = decided(&fresh(&parameters), Verdict::TimedOut, at(900));
        let message = as_format(&record, NotificationFormat::Chat);
        let steps = message["content"]["nextSteps"].as_array().unwrap().clone();
        let steps = steps.iter().map(|step| step.as_str().unwrap().to_owned());
        steps
            .filter(|step| step.starts_with("Invalidation"))
            .collect::<Vec<String>>()
    };
    insta::assert_snapshot!(
        links(r#"{"DistributionId":"E1"},{"Alias":"www.example.com"},{"DistributionTenantId":"dt_1"},{"DistributionId":"E2"}"#).join("\n"),
        @r"
    Invalidation in E1: https://console.aws.amazon.com/cloudfront/v4/home#/distributions/E1/invalidations
    Invalidation in www.example.com: https://console.aws.amazon.com/cloudfront/v4/home#/distributions
    Invalidation in dt_1: https://console.aws.amazon.com/cloudfront/v4/home#/distribution-tenants/dt_1
    "
    );
    assert_eq!(links(r#"{"DistributionId":"E1"}"#).len(), 1);
}

/// Each protocol gets a message in one of the separate formats.
#[test]
fn each_protocol_has_its_format() {
    let record = outcomes()[1].clone();
    let mixed = as_format(&record, NotificationFormat::Mixed);
    let mixed: BTreeMap<String, String> = serde_json::from_value(mixed).unwrap();
    for (protocol, format) in [
        ("default", NotificationFormat::Text),
        ("https", NotificationFormat::Chat),
        ("http", NotificationFormat::Json),
        ("sqs", NotificationFormat::Json),
        ("lambda", NotificationFormat::Json),
        ("firehose", NotificationFormat::Json),
    ] {
        assert_eq!(mixed[protocol], noticed(&record, format).body, "{protocol}");
    }
    let is_per_protocol = |format| noticed(&record, format).is_per_protocol;
    assert_eq!(
        FORMATS.map(is_per_protocol),
        FORMATS.map(|format| format == NotificationFormat::Mixed)
    );
    assert_eq!(
        mixed["sms"],
        "[failed] example-pipeline: CloudFront invalidation"
    );
}

#[test]
fn an_event_has_the_fields_of_a_json_notification() {
    let record = outcomes()[0].clone();
    let event = event(&record, Some("eu-west-1")).unwrap();
    let detail: Value = serde_json::from_str(&event.detail).unwrap();
    assert_eq!(detail, as_format(&record, NotificationFormat::Json));
    assert_eq!(event.time, at(34));
    assert_eq!(super::event(&fresh(OLD), None), None, "nothing is decided");
}

/// A record with many targets and with paths that grow when they are encoded.
fn crowded(targets: usize, path: usize) -> ExecutionRecord {
    let ids: Vec<String> = (0..targets).map(|n| format!("\"E{n:X}\"")).collect();
    let path = format!("/{}/*", "é".repeat(path));
    let parameters = format!(
        r#"{{"DistributionId":[{}],"Paths":["{path}"],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:x"}}"#,
        ids.join(",")
    );
    owned(fresh(&parameters))
}

#[test]
fn targets_that_are_not_shown_are_counted() {
    let body = |targets| {
        let record = decided(&crowded(targets, 1), Verdict::TimedOut, at(900));
        notification(&record, None).unwrap().body
    };
    let most = report::TARGETS_SHOWN;
    assert!(!body(most).contains("and 0 more"));
    assert!(body(most + 2).contains("and 2 more"));
}

#[test]
fn the_longest_notification_fits_in_each_format() {
    for (targets, path) in [(1, 650), (40, 500), (120, 150), (150, 2)] {
        let crowded = crowded(targets, path);
        let service_error = ServiceError::new(&"c".repeat(64), &"\"\u{1F600}".repeat(256));
        let rejected = (0..targets).fold(crowded.clone(), |record, place| {
            let rejection = Reason::BatchRejected(service_error.clone());
            replied(&record, place, CloudFrontReply::Rejected(rejection), 1)
        });
        let taken = (0..targets).fold(crowded, |record, place| taken(&record, place));
        let records = [
            decided(
                &rejected,
                Verdict::Failed(Reason::BatchRejected(service_error)),
                at(2),
            ),
            decided(&taken, Verdict::SucceededWithWarning, at(900)),
            decided(&taken, Verdict::TimedOut, at(900)),
        ];
        for (record, format) in records
            .iter()
            .flat_map(|record| FORMATS.map(|format| (record, format)))
        {
            let record = ExecutionRecord {
                notification_format: format,
                ..record.clone()
            };
            let notification = notification(&record, Some("us-east-1")).unwrap();
            let length = notification.body.len();
            assert!(
                length <= BYTES_AT_MOST,
                "{targets} targets, {format:?}: {length}"
            );
        }
    }
}

/// The parameter is a display name: no filter, rule or link depends on it.
#[test]
fn the_name_that_codepipeline_returned_is_used_everywhere() {
    const CLAIMED: &str = "payments`[x](y)<";
    let done = decided(&created(&fresh(OLD)), Verdict::Succeeded, at(34));
    let record = owned(ExecutionRecord {
        pipeline: Some(CLAIMED.to_owned()),
        ..done.clone()
    });
    let sent = noticed(&record, NotificationFormat::Text);
    let lines: Vec<&str> = sent.body.lines().collect();
    assert_eq!(lines[0], "PipelineName: example-pipeline");
    assert_eq!(lines[3], format!("DisplayName: {CLAIMED}"));
    assert!(sent.body.contains("pipelines/example-pipeline/view"));
    assert!(!sent.subject.contains("payments"), "{}", sent.subject);
    let attribute = Attribute::Text("example-pipeline".to_owned());
    assert_eq!(sent.attributes["pipeline"], attribute);

    let detail: Value = serde_json::from_str(&event(&record, None).unwrap().detail).unwrap();
    assert_eq!(detail["pipeline"], "example-pipeline");
    assert_eq!(detail["displayName"], CLAIMED);

    let content = &as_format(&record, NotificationFormat::Chat)["content"];
    assert!(!content["title"].to_string().contains("payments"));
    let description = content["description"].as_str().unwrap();
    let shown = "Display name: `payments'[x](y)&lt;`\n\n";
    assert!(description.starts_with(shown), "{description}");

    assert_eq!(owned(done).display_name(), None, "the names are equal");
}

/// A name that comes from a commit message.
#[test]
fn a_name_is_neither_markup_nor_a_link() {
    let mut record = outcomes()[1].clone();
    record.pipeline = Some("*all* [Approve](https://evil.example)".to_owned());
    record.pipeline_context = None;
    let chat = as_format(&record, NotificationFormat::Chat);
    let span = "`*all* [Approve](https://evil.example)`";
    for part in [&chat["content"]["title"], &chat["metadata"]["summary"]] {
        assert!(part.as_str().unwrap().contains(span), "{part}");
    }
    let sent = notification(&record, None).unwrap();
    for part in [&sent.subject, &sent.body] {
        assert!(
            part.contains("*all* [Approve](https[:]//evil[.]example)"),
            "{part}"
        );
    }
}

proptest! {
    /// No pipeline name breaks a format or adds a line to a text.
    #[test]
    fn a_hostile_name_breaks_no_format(name in "\\PC{1,256}") {
        let claimed = ExecutionRecord { pipeline: Some(name), pipeline_context: None, ..outcomes()[1].clone() };
        for record in [claimed.clone(), owned(claimed)] {
            for format in [NotificationFormat::Json, NotificationFormat::Chat, NotificationFormat::Mixed] {
                let body = as_format(&record, format);
                prop_assert!(body.is_object());
            }
            let chat = as_format(&record, NotificationFormat::Chat).to_string();
            prop_assert!(!chat.contains(['<', '>']));
            let text = notification(&record, None).unwrap().body;
            prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
            let lines = text.lines().filter(|line| line.starts_with("Status: ")).count();
            prop_assert_eq!(lines, 1);
        }
    }
}
