//! The product's readers compared with those of `aws_lambda_events`, which many Lambda functions in Rust use: the
//! product's readers accept whatever those accept, and read the same values.
#![expect(
    clippy::disallowed_types,
    reason = "the events are generated; the product's reader must accept what the typed reader accepts"
)]

use aws_lambda_events::codepipeline_job::CodePipelineJobEvent;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use checker::Trigger;
use invalidation_core::input::job_event::{JobEvent, Text};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::samples::text;

/// The fields of one object; a field without a value is left out.
type Fields = Vec<(&'static str, Option<Value>)>;

/// Names that have a meaning to a reader, but not at every place.
const ELSEWHERE: &[&str] = &[
    "id",
    "ID",
    "data",
    "continuationToken",
    "UserParameters",
    "CodePipeline.job",
    "continuation_token",
];

/// A field that may be missing, `null`, or any text.
fn optional() -> BoxedStrategy<Option<Value>> {
    option::of(option::of(any::<String>()).prop_map(|text| json!(text))).boxed()
}

/// An object with these fields, and with unknown fields, including names that are known elsewhere in the event. It is
/// boxed because the types of nested strategies multiply: without it, this test alone was a binary of 1.5 GB.
fn object(fields: impl Strategy<Value = Fields> + 'static) -> BoxedStrategy<Value> {
    let name = prop_oneof![any::<String>(), select(ELSEWHERE).prop_map(str::to_owned)];
    let unknown = prop_oneof![
        any::<String>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!([null, true, number])),
        any::<String>().prop_map(|text| json!({ "id": text, "continuationToken": { "data": 1 } })),
    ];
    (fields, vec((name, unknown), 0..3))
        .prop_map(|(fields, unknown)| {
            let is_known = |name: &str| fields.iter().any(|(known, _)| *known == name);
            let unknown: Map<String, Value> = unknown
                .into_iter()
                .filter(|(name, _)| !is_known(name))
                .collect();
            let fields = fields
                .iter()
                .filter_map(|(name, value)| Some(((*name).to_owned(), value.clone()?)));
            Value::Object(unknown.into_iter().chain(fields).collect())
        })
        .boxed()
}

fn artifacts() -> impl Strategy<Value = Value> {
    let place = object(
        (optional(), optional())
            .prop_map(|(bucket, key)| vec![("bucketName", bucket), ("objectKey", key)]),
    );
    let location = object(
        (place, optional())
            .prop_map(|(place, kind)| vec![("s3Location", Some(place)), ("type", kind)]),
    );
    let artifact = object((location, optional(), optional()).prop_map(
        |(location, revision, name)| {
            vec![
                ("location", Some(location)),
                ("revision", revision),
                ("name", name),
            ]
        },
    ));
    vec(artifact, 0..3).prop_map(Value::from)
}

/// Any event that the typed reader accepts, around a job id of CodePipeline's.
fn event() -> impl Strategy<Value = Value> {
    let id = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}".prop_map(Value::from);
    let configuration = object((optional(), optional()).prop_map(|(name, parameters)| {
        vec![("FunctionName", name), ("UserParameters", parameters)]
    }));
    let action = object(
        configuration.prop_map(|configuration| vec![("configuration", Some(configuration))]),
    );
    let credentials = object((optional(), optional(), optional()).prop_map(
        |(secret, session, key)| {
            vec![
                ("secretAccessKey", secret),
                ("sessionToken", session),
                ("accessKeyId", key),
            ]
        },
    ));
    let data = (action, artifacts(), artifacts(), credentials, optional());
    let data = object(
        data.prop_map(|(action, inputs, outputs, credentials, token)| {
            vec![
                ("actionConfiguration", Some(action)),
                ("inputArtifacts", Some(inputs)),
                ("outputArtifacts", Some(outputs)),
                ("artifactCredentials", Some(credentials)),
                ("continuationToken", token),
            ]
        }),
    );
    let job = object((id, optional(), data).prop_map(|(id, account, data)| {
        vec![
            ("id", Some(id)),
            ("accountId", account),
            ("data", Some(data)),
        ]
    }));
    object(job.prop_map(|job| vec![("CodePipeline.job", Some(job))]))
}

/// The same JSON in three forms: on one line, over many, and with every non-ASCII character written as `\u….`
fn spellings(event: &Value) -> [String; 3] {
    let compact = event.to_string();
    let escape = |c: char| match c {
        c if c.is_ascii() => c.to_string(),
        c => c
            .encode_utf16(&mut [0; 2])
            .iter()
            .map(|unit| format!("\\u{unit:04x}"))
            .collect(),
    };
    let escaped = compact.chars().map(escape).collect();
    [compact, format!("{event:#}"), escaped]
}

fn same(read: &Text, typed: Option<&str>) -> bool {
    match read {
        Text::Given(text) => typed == Some(text),
        Text::Absent => typed.is_none(),
        Text::NotAString => false,
    }
}

proptest! {
    #[test]
    fn an_event_of_the_typed_reader_is_read_with_the_same_values(event in event()) {
        for text in spellings(&event) {
            let typed: CodePipelineJobEvent = serde_json::from_str(&text).expect("it is made to be accepted");
            let job = typed.code_pipeline_job;
            let read = JobEvent::read(&text).unwrap();
            prop_assert_eq!(Some(read.job_id.as_str()), job.id.as_deref());
            prop_assert!(same(&read.continuation_token, job.data.continuation_token.as_deref()));
            let parameters = job.data.action_configuration.configuration.user_parameters;
            prop_assert!(same(&read.user_parameters, parameters.as_deref()));
        }
    }

    #[test]
    fn a_typed_schedule_is_a_sweep(source: String, detail: String) {
        let mut typed: EventBridgeEvent = serde_json::from_str(&text("checker-schedule-rule.json")).unwrap();
        (typed.source, typed.detail) = (source.clone(), json!(detail));
        let trigger = Trigger::read(&serde_json::to_string(&typed).unwrap());
        prop_assert!(matches!(trigger, Trigger::Schedule(Some(seen)) if seen == source));
    }
}

/// The typed reader also accepts the samples: they are events as AWS sends them.
#[test]
fn the_typed_readers_accept_the_samples() {
    for (file, _) in crate::samples::jobs() {
        serde_json::from_str::<CodePipelineJobEvent>(&text(file)).unwrap();
    }
    for file in [
        "checker-schedule-rule.json",
        "checker-schedule-scheduler.json",
    ] {
        serde_json::from_str::<EventBridgeEvent>(&text(file)).unwrap();
    }
}
