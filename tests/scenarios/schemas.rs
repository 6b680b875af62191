//! Machine-readable output matches its schema: notifications, events, chat messages, metrics.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use harness::subscriber;
use harness::{DISTRIBUTION, Harness, TOPIC};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::settings::environment;
use invalidation_runtime::telemetry::{Metric, Metrics, measure};
use local_aws::cloudfront::Completion;
use serde_json::{Value, json};
use tracing_subscriber::layer::SubscriberExt as _;

/// The product's own schema for readers of notifications and events. It is open: it accepts unknown fields.
const OUTCOME: &str = include_str!("../../docs/outcome.schema.json");
/// Documents of the product, one on each line, for the validators and generators of `infra/check schema`.
const OUTCOMES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../infra/checks/outcomes.jsonl"
);
/// The page about notifications and events, with a sample of each.
const PAGE: &str = include_str!("../../docs/notifications.md");
/// The sample that AWS publishes, as a schema.
const CHAT: &str = include_str!("schemas/chat.schema.json");
/// The specification of the Embedded Metric Format, as a schema.
const METRICS: &str = include_str!("schemas/emf.schema.json");

/// A schema that is valid against its own draft.
struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    fn of(text: &str) -> Self {
        Self::compiled(serde_json::from_str(text).expect("JSON"))
    }

    /// The same schema closed: it rejects each unknown field. The product writes only named fields.
    fn closed(text: &str) -> Self {
        let mut schema = serde_json::from_str(text).expect("JSON");
        close(&mut schema);
        Self::compiled(schema)
    }

    fn compiled(schema: Value) -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.set_default_draft(Draft::V2020_12);
        compiler.enable_format_assertions();
        compiler
            .add_resource("schema.json", schema)
            .expect("a name of its own");
        let index = compiler
            .compile("schema.json", &mut schemas)
            .expect("a schema as its draft demands");
        Self { schemas, index }
    }

    fn fault(&self, document: &Value) -> Option<String> {
        let identified = self.schemas.validate(document, self.index);
        identified.err().map(|fault| format!("{fault:#}"))
    }
}

/// Each object of a schema names all of its fields.
fn close(schema: &mut Value) {
    match schema {
        Value::Array(members) => members.iter_mut().for_each(close),
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.get("type") == Some(&json!("object")) {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        _ => {}
    }
}

fn assert_valid(schema: &Schema, document: &Value) {
    let fault = schema.fault(document).unwrap_or_default();
    assert_eq!(fault, "", "{document:#}");
}

/// User parameters for each kind of outcome, and the seconds until CloudFront completes.
fn outcomes() -> Vec<(String, u64)> {
    let with = |keys: &str, seconds| {
        let text = format!(r#"{{{keys},"SnsTopicArn":"{TOPIC}","NotificationFormat":"mixed"}}"#);
        (text, seconds)
    };
    let site = format!(r#""DistributionId":"{DISTRIBUTION}""#);
    vec![
        with(&site, 5),
        with(
            &format!(r#"{site},"Paths":["/é","/a/../b","/img/*"],"MaxPaths":2"#),
            5,
        ),
        with(
            &format!(r#"{site},"PipelineName":"<b> & \"c\"","TimeoutMinutes":1"#),
            600,
        ),
        with(
            &format!(r#"{site},"OnTimeout":"succeed","TimeoutMinutes":1"#),
            600,
        ),
        with(
            &format!(r#"{site},"OnTimeout":"release","TimeoutMinutes":1"#),
            120,
        ),
        with(&format!(r#"{site},"Wait":false"#), 5),
        with(r#""DistributionId":"E9EXAMPLE9ABCD""#, 5),
        with(
            r#""Targets":[{"Alias":"www.example.com"},{"Alias":"nobody.example.com"},{"DistributionTenantId":"dt_1example"}]"#,
            5,
        ),
        with(r#""Wait":1"#, 5),
    ]
}

#[tokio::test(start_paused = true)]
async fn each_outcome_matches_the_schemas() {
    let (outcome, chat) = (Schema::closed(OUTCOME), Schema::of(CHAT));
    let mut documents = String::new();
    for (parameters, seconds) in outcomes() {
        let harness = Harness::new(&[("EVENT_BUS_NAME", "default")]);
        let cloudfront = harness.aws().cloudfront();
        cloudfront.set_aliases("E3EXAMPLE2ABCD", &["www.example.com"]);
        cloudfront.set_domains("dt_1example", &["tenant.example.com"]);
        cloudfront.set_completion(Completion::After(Duration::from_secs(seconds)));
        let ending = harness.play(&parameters).await;
        assert_eq!(ending.broken_invariants(), [""; 0], "{parameters}");
        let detail = Value::from(ending.events[0].detail.clone());
        documents.push_str(&format!("{detail}\n"));
        assert_valid(&outcome, &detail);
        let mixed: Value = serde_json::from_str(&ending.notifications[0].message).unwrap();
        let of = |protocol: &str| -> Value {
            serde_json::from_str(mixed[protocol].as_str().unwrap()).unwrap()
        };
        assert_valid(&outcome, &of("sqs"));
        assert_valid(&chat, &of("https"));
    }
    if environment("WRITE_PAGES").is_some() {
        std::fs::write(OUTCOMES, &documents).unwrap();
    }
    let stored = std::fs::read_to_string(OUTCOMES).unwrap_or_default();
    assert!(
        stored == documents,
        "infra/checks/outcomes.jsonl is out of date; WRITE_PAGES=1 cargo test --workspace --test scenarios -- schemas writes it"
    );
}

/// "Fields may be added within version 1": a reader with today's schema accepts what a later version writes.
#[test]
fn a_field_that_is_added_later_is_accepted() {
    let (open, closed) = (Schema::of(OUTCOME), Schema::closed(OUTCOME));
    let documents = std::fs::read_to_string(OUTCOMES).unwrap();
    let mut added = 0;
    for line in documents.lines() {
        let document: Value = serde_json::from_str(line).unwrap();
        assert_valid(&closed, &document);
        let mut places = vec![String::new()];
        let targets = document["targets"].as_array().map_or(0, Vec::len);
        places.extend((0..targets).map(|number| format!("/targets/{number}")));
        for place in places {
            let mut later = document.clone();
            later.pointer_mut(&place).unwrap()["later"] = json!({ "by": 1 });
            assert_valid(&open, &later);
            assert!(closed.fault(&later).is_some(), "{later:#}");
            added += 1;
        }
    }
    assert!(added > 15, "{added}");
}

/// The samples of the page match their schema.
#[test]
fn each_sample_of_the_page_matches_its_schema() {
    let (outcome, chat) = (Schema::closed(OUTCOME), Schema::of(CHAT));
    let blocks: Vec<&str> = PAGE.split("```json\n").skip(1).collect();
    assert!(blocks.len() >= 3, "{}", blocks.len());
    for block in blocks {
        let text = block.split("```").next().unwrap_or_default();
        let sample: Value = serde_json::from_str(text).unwrap();
        match (sample.get("detail"), sample.get("content")) {
            (Some(detail), _) => assert_valid(&outcome, detail),
            (None, Some(_)) => assert_valid(&chat, &sample),
            (None, None) => assert_valid(&outcome, &sample),
        }
    }
}

#[test]
fn each_metric_matches_the_specification() {
    let schema = Schema::of(METRICS);
    let now = Timestamp::from_millis(1_767_225_600_000);
    let all = Metric::ALL.map(|metric| (metric, 1));
    for values in all.chunks(1).chain([&all[..]]) {
        let lines = captured(|| measure(values, now));
        let [line] = &lines[..] else {
            panic!("{lines:?}")
        };
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["FunctionName"], "example \"start\"");
        assert_valid(&schema, &line);
        for (metric, _) in values {
            assert!(
                line[metric.name()].is_u64(),
                "each metric that is named has a value"
            );
        }
    }
}

/// The metrics of a piece of work, as lines.
fn captured(work: impl FnOnce()) -> Vec<String> {
    subscriber::everywhere();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let listener = {
        let lines = Arc::clone(&lines);
        Metrics::new("example \"start\"", move |line: &str| {
            lines.lock().expect("no line panics").push(line.to_owned());
        })
    };
    tracing::subscriber::with_default(tracing_subscriber::registry().with(listener), work);
    std::mem::take(&mut *lines.lock().expect("no line panics"))
}

/// A schema that accepts everything would check nothing.
#[test]
fn a_false_condition_is_rejected() {
    for (text, document) in [
        (OUTCOME, json!({ "version": "1", "status": "success" })),
        (
            CHAT,
            json!({ "version": "1.0", "source": "custom", "content": {} }),
        ),
        (
            METRICS,
            json!({ "_aws": { "Timestamp": 1, "CloudWatchMetrics": [{}] } }),
        ),
    ] {
        assert!(Schema::of(text).fault(&document).is_some());
    }
}
