//! The documented event with one fault: every field in turn is removed or replaced.
//!
//! For any other fault, a job with an intact id is read, so that its result can be reported; and no error repeats
//! content of the event.

use checker::Trigger;
use invalidation_core::input::job_event::JobEvent;
use invalidation_core::input::user_parameters::UserParameters;
use serde_json::{Map, Value, json};

use crate::samples::text;

/// A value that only the mutations contain.
pub(crate) const CANARY: &str = "CANARY";

/// The secrets of the sample.
pub(crate) const SECRETS: [&str; 3] = ["wJalrXUtnFEMI", "EXAMPLETOKEN", "AKIAIOSFODNN7"];

/// The location of the parameters; they are JSON in a string, and are mutated inside as well.
pub(crate) const PARAMETERS: &str =
    "/CodePipeline.job/data/actionConfiguration/configuration/UserParameters";

/// One fault.
pub(crate) struct Mutation {
    /// The JSON pointer of the fault.
    pub(crate) path: String,
    /// The whole event.
    pub(crate) event: Value,
}

impl Mutation {
    /// Whether it concerns the job's id, so that no result can be reported.
    pub(crate) fn is_about_the_id(&self) -> bool {
        ["", "/CodePipeline.job", "/CodePipeline.job/id"].contains(&self.path.as_str())
    }
}

/// `whole` with each of its parts in turn removed or replaced, at every depth; the whole itself is never removed.
pub(crate) fn mutations(whole: &Value) -> Vec<Mutation> {
    let mut all = Vec::new();
    for path in paths(whole, String::new()) {
        let others = [
            json!(null),
            json!(7),
            json!(CANARY),
            json!([CANARY]),
            json!({"key": CANARY}),
        ];
        for other in others {
            let mut event = whole.clone();
            *event.pointer_mut(&path).unwrap() = other;
            all.push(Mutation {
                path: path.clone(),
                event,
            });
        }
        all.extend(without(whole, &path).map(|event| Mutation { path, event }));
    }
    all
}

/// A JSON pointer to each part of `value`, itself included.
fn paths(value: &Value, here: String) -> Vec<String> {
    let inner = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, part)| (key.clone(), part))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(n, part)| (n.to_string(), part))
            .collect(),
        _ => Vec::new(),
    };
    let deeper = inner
        .into_iter()
        .flat_map(|(key, part)| paths(part, format!("{here}/{key}")));
    let deeper: Vec<String> = deeper.collect();
    [here].into_iter().chain(deeper).collect()
}

fn without(whole: &Value, path: &str) -> Option<Value> {
    let (parent, key) = path.rsplit_once('/')?;
    let mut event = whole.clone();
    match event.pointer_mut(parent)? {
        Value::Object(fields) => fields.remove(key),
        Value::Array(items) => Some(items.remove(key.parse().ok()?)),
        _ => None,
    }?;
    Some(event)
}

/// The mutations of a first and of a continuation job, and of the content of their parameters.
pub(crate) fn all() -> Vec<Mutation> {
    [
        "start-first-job-with-paths.json",
        "start-continuation-job.json",
    ]
    .into_iter()
    .flat_map(of)
    .collect()
}

fn of(file: &str) -> Vec<Mutation> {
    let event: Value = serde_json::from_str(&text(file)).unwrap();
    let parameters = event.pointer(PARAMETERS).and_then(Value::as_str).unwrap();
    let parameters: Value = serde_json::from_str(parameters).unwrap();
    let inside = mutations(&parameters).into_iter().map(|inner| {
        let mut event = event.clone();
        *event.pointer_mut(PARAMETERS).unwrap() = json!(inner.event.to_string());
        let path = format!("{PARAMETERS}{}", inner.path);
        Mutation { path, event }
    });
    mutations(&event).into_iter().chain(inside).collect()
}

#[test]
fn a_job_with_its_id_is_read_and_no_error_repeats_the_event() {
    let (mut read, mut rejected) = (0, 0);
    for mutation in all() {
        let is_about_the_id = mutation.is_about_the_id();
        let Mutation { path, event } = mutation;
        let text = match JobEvent::read(&event.to_string()) {
            Ok(job) => {
                assert!(!is_about_the_id, "{path}");
                read += 1;
                UserParameters::parse(&job.user_parameters)
                    .err()
                    .map(|rejected| rejected.faults.join("; "))
            }
            Err(fault) => {
                assert!(is_about_the_id, "{path}: {fault}");
                rejected += 1;
                Some(format!("{fault} {fault:?}"))
            }
        };
        assert_no_content(&text.unwrap_or_default(), &path);
    }
    println!(
        "{} mutations: {read} jobs read, {rejected} without an id",
        read + rejected
    );
    // In each event, six kinds at three places; the whole itself cannot be removed.
    assert_eq!(rejected, 2 * (3 * 6 - 1));
}

/// The same events in Lambda's record of a failed delivery, as the checker receives them.
#[test]
fn the_checker_processes_each_failed_delivery_that_start_could_read() {
    let mut record: Map<String, Value> =
        serde_json::from_str(&text("checker-failed-delivery.json")).unwrap();
    for Mutation { path, event } in all() {
        let can_be_read = JobEvent::read(&event.to_string()).is_ok();
        record.insert("requestPayload".into(), event);
        match Trigger::read(&json!(record).to_string()) {
            Trigger::FailedDelivery { .. } => assert!(can_be_read, "{path}"),
            Trigger::Invalid(fault) => {
                assert!(!can_be_read, "{path}");
                assert_no_content(&fault.to_string(), &path);
            }
            Trigger::Schedule(_) => panic!("{path}: a failed delivery was read as a scheduled run"),
        }
    }
}

fn assert_no_content(text: &str, path: &str) {
    for word in [CANARY].into_iter().chain(SECRETS) {
        assert!(!text.contains(word), "{path}: {text}");
    }
}
