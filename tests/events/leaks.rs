//! Each event with one fault, through the functions' own handlers: for any fault, a job with an intact id gets its
//! result in one run, and no output repeats the rest of the event.

use std::process::Command;

use harness::log_capture::{Function, LogCapture, capture, run};
use invalidation_core::input::function_arn::FunctionRef;
use invalidation_runtime::settings;
use serde_json::{Value, json};

use crate::mutations::{CANARY, Mutation, PARAMETERS, SECRETS, all, mutations};
use crate::samples::text;

/// The setting that marks a separate process of this test.
const ALONE: &str = "PLAY_THE_EVENTS";

/// An event on its way to a function.
struct Case {
    function: Function,
    /// The input of the function.
    event: String,
    /// The event of the job that waits for a result.
    job: Value,
    mutation: String,
    can_be_reported: bool,
}

/// Each mutation as an event of `start`, and in Lambda's record of a failed delivery as an event of the checker.
fn cases() -> Vec<Case> {
    let record: Value = serde_json::from_str(&text("checker-failed-delivery.json")).unwrap();
    let both = all().into_iter().flat_map(|mutation| {
        let can_be_reported = !mutation.is_about_the_id();
        let Mutation { path, event } = mutation;
        let mut record = record.clone();
        record["requestPayload"] = event.clone();
        [
            (Function::Start, event.to_string()),
            (Function::Checker, record.to_string()),
        ]
        .map(|(function, handed)| Case {
            function,
            event: handed,
            job: event.clone(),
            mutation: path.clone(),
            can_be_reported,
        })
    });
    both.chain(records()).collect()
}

/// Lambda's record itself with one fault, around an intact event.
fn records() -> impl Iterator<Item = Case> {
    let record: Value = serde_json::from_str(&text("checker-failed-delivery.json")).unwrap();
    let job = record["requestPayload"].clone();
    let around = mutations(&record)
        .into_iter()
        .filter(|mutation| !mutation.path.starts_with("/requestPayload"));
    around.map(move |Mutation { path, event }| Case {
        function: Function::Checker,
        // An event that is no record of Lambda triggers a sweep; and the job belongs to no other function that
        // failed.
        can_be_reported: event.pointer("/requestPayload/CodePipeline.job").is_some()
            && event.get("requestContext").is_some()
            && !names_another_function(&event),
        event: event.to_string(),
        job: job.clone(),
        mutation: path,
    })
}

/// Whether a record of Lambda names a function other than `start`.
fn names_another_function(record: &Value) -> bool {
    let arn = record.pointer("/requestContext/functionArn");
    let function = arn.and_then(Value::as_str).and_then(FunctionRef::parse);
    function.is_some_and(|function| function.name() != "start")
}

/// The job gets its result in this one run, no other job is named, and the function returns no error.
fn assert_reported(case: &Case, run: &LogCapture) {
    let Case {
        function, mutation, ..
    } = case;
    assert_eq!(run.error, None, "{function:?} {mutation}");
    let results = usize::from(case.can_be_reported);
    assert_eq!(run.results().count(), results, "{function:?} {mutation}");
    let id = case.job.pointer("/CodePipeline.job/id");
    for named in run.jobs_named() {
        assert_eq!(id.and_then(Value::as_str), Some(named), "{mutation}");
    }
}

/// The pipeline's name is the one value that output may contain.
fn may_be_shown(mutation: &str) -> bool {
    mutation == format!("{PARAMETERS}/PipelineName")
}

fn assert_no_secret(case: &Case, text: &str) {
    let canary = Some(CANARY).filter(|_| !may_be_shown(&case.mutation));
    for word in SECRETS.into_iter().chain(canary) {
        let Case {
            function, mutation, ..
        } = case;
        assert!(!text.contains(word), "{function:?} {mutation}: {text}");
    }
}

/// Each case twice: once with every log line captured, and once with the log that production writes to its standard
/// output at the highest level, including metrics. Standard output belongs to a process, so the cases run in a
/// separate one.
#[test]
fn each_job_gets_its_result_in_one_run_and_nothing_is_repeated() {
    const NAME: &str = "leaks::each_job_gets_its_result_in_one_run_and_nothing_is_repeated";
    if settings::environment(ALONE).is_some() {
        return play_all();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    for word in [CANARY].into_iter().chain(SECRETS) {
        let line = text.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "the log repeats {word}");
    }
    let counts = text.lines().find(|line| line.contains(" runs: ")).unwrap();
    let lines = text.lines().filter(|line| line.starts_with('{')).count();
    let metrics = text.matches("\"_aws\"").count();
    println!("{counts}; {lines} lines of log, {metrics} of them metrics");
    assert!(lines > 1_000 && metrics > 100, "{lines} {metrics}");
}

fn play_all() {
    invalidation_runtime::telemetry::init(|name| {
        (name == "AWS_LAMBDA_LOG_LEVEL").then(|| "trace".to_owned())
    });
    let (mut reported, mut invalid_event, mut recovered) = (0, 0, 0);
    for case in cases() {
        let captured = capture(case.function, &case.event, &case.job, &[]);
        assert_reported(&case, &captured);
        assert_no_secret(&case, &captured.output);
        let is_logged = captured.output.contains("INFO") || captured.output.contains("ERROR");
        assert!(
            is_logged,
            "a function without output tests nothing: {}",
            captured.output
        );
        if !may_be_shown(&case.mutation) {
            let logged = run(case.function, &case.event, &case.job, &[]);
            assert_reported(&case, &logged);
        }
        match (case.can_be_reported, case.function) {
            (false, _) => invalid_event += 1,
            (true, Function::Start) => reported += 1,
            (true, Function::Checker) => recovered += 1,
        }
    }
    println!(
        "{} runs: {reported} results by start, {recovered} by the checker, {invalid_event} invalid events",
        reported + invalid_event + recovered
    );
    assert!(
        reported >= 155 && recovered >= 155,
        "{reported} {recovered}"
    );
}

/// The reply of GetJobDetails also has credentials. It is called when the parameters do not name the pipeline.
#[test]
fn the_details_of_a_job_are_not_repeated_either() {
    let mut event: Value = serde_json::from_str(&text("start-first-job.json")).unwrap();
    *event.pointer_mut(PARAMETERS).unwrap() =
        json!(json!({"DistributionId": harness::DISTRIBUTION}).to_string());
    let run = capture(Function::Start, &event.to_string(), &event, &[]);
    let mut calls = run.calls.iter();
    assert!(calls.any(|call| call.operation == "GetJobDetails"));
    for word in SECRETS {
        assert!(!run.output.contains(word), "{}", run.output);
    }
}
