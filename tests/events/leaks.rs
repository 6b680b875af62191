//! Each event with one thing wrong, through the functions' own handlers: whatever is wrong, a job whose id is intact is
//! answered in one run, and nothing of the rest is repeated, wherever anybody could read it.

use std::process::Command;

use harness::log_capture::{Function, LogCapture, capture, run};
use invalidation_core::input::function_arn::FunctionRef;
use invalidation_runtime::settings;
use serde_json::{Value, json};

use crate::mutations::{CANARY, Mutation, PARAMETERS, SECRETS, all, mutations};
use crate::samples::text;

/// The setting that tells this test that it runs in a process of its own.
const ALONE: &str = "PLAY_THE_EVENTS";

/// An event on its way to a function.
struct Case {
    function: Function,
    /// What the function is handed.
    event: String,
    /// The event of the job that waits for an answer.
    job: Value,
    mutation: String,
    can_be_reported: bool,
}

/// Each mutation on its way to `start`, and in Lambda's record of its failed deliveries on its way to the checker.
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

/// Lambda's record itself with one thing wrong, around an event that is intact.
fn records() -> impl Iterator<Item = Case> {
    let record: Value = serde_json::from_str(&text("checker-failed-delivery.json")).unwrap();
    let job = record["requestPayload"].clone();
    let around = mutations(&record)
        .into_iter()
        .filter(|mutation| !mutation.path.starts_with("/requestPayload"));
    around.map(move |Mutation { path, event }| Case {
        function: Function::Checker,
        // What is no record of Lambda's is only a wish for a sweep; and the job is none of another function that failed.
        can_be_reported: event.pointer("/requestPayload/CodePipeline.job").is_some()
            && event.get("requestContext").is_some()
            && !names_another_function(&event),
        event: event.to_string(),
        job: job.clone(),
        mutation: path,
    })
}

/// Whether a record of Lambda's names a function, and another one than `start`.
fn names_another_function(record: &Value) -> bool {
    let arn = record.pointer("/requestContext/functionArn");
    let function = arn.and_then(Value::as_str).and_then(FunctionRef::parse);
    function.is_some_and(|function| function.name() != "start")
}

/// The job is answered in this one run, no other job is named, and Lambda hears of no failure.
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

/// The pipeline's name is the one value that is there to be said.
fn is_to_be_said(mutation: &str) -> bool {
    mutation == format!("{PARAMETERS}/PipelineName")
}

fn assert_silent(case: &Case, said: &str) {
    let canary = Some(CANARY).filter(|_| !is_to_be_said(&case.mutation));
    for word in SECRETS.into_iter().chain(canary) {
        let Case {
            function, mutation, ..
        } = case;
        assert!(!said.contains(word), "{function:?} {mutation}: {said}");
    }
}

/// Each case twice: once overheard in every line, and once with the log that production writes to its standard output when
/// it is asked for everything, metrics and all. That output is a process's own, so the cases are played in one.
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
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    for word in [CANARY].into_iter().chain(SECRETS) {
        let line = said.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "the log repeats {word}");
    }
    let counts = said.lines().find(|line| line.contains(" runs: ")).unwrap();
    let lines = said.lines().filter(|line| line.starts_with('{')).count();
    let metrics = said.matches("\"_aws\"").count();
    println!("{counts}; {lines} lines of log, {metrics} of them metrics");
    assert!(lines > 1_000 && metrics > 100, "{lines} {metrics}");
}

fn play_all() {
    invalidation_runtime::telemetry::init(|name| {
        (name == "AWS_LAMBDA_LOG_LEVEL").then(|| "trace".to_owned())
    });
    let (mut reported, mut invalid_event, mut recovered) = (0, 0, 0);
    for case in cases() {
        let heard = capture(case.function, &case.event, &case.job, &[]);
        assert_reported(&case, &heard);
        assert_silent(&case, &heard.said);
        let is_logged = heard.said.contains("INFO") || heard.said.contains("ERROR");
        assert!(
            is_logged,
            "a silent function proves nothing: {}",
            heard.said
        );
        if !is_to_be_said(&case.mutation) {
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
        "{} runs: {reported} jobs answered by start, {recovered} rescued by the checker, {invalid_event} that nobody can answer",
        reported + invalid_event + recovered
    );
    assert!(
        reported >= 155 && recovered >= 155,
        "{reported} {recovered}"
    );
}

/// The reply of GetJobDetails has credentials, too. It is asked for when the parameters do not name the pipeline.
#[test]
fn the_details_of_a_job_are_not_repeated_either() {
    let mut event: Value = serde_json::from_str(&text("start-first-job.json")).unwrap();
    *event.pointer_mut(PARAMETERS).unwrap() =
        json!(json!({"DistributionId": harness::DISTRIBUTION}).to_string());
    let run = capture(Function::Start, &event.to_string(), &event, &[]);
    let mut asked = run.calls.iter();
    assert!(asked.any(|call| call.operation == "GetJobDetails"));
    for word in SECRETS {
        assert!(!run.said.contains(word), "{}", run.said);
    }
}
