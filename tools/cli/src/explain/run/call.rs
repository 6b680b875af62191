//! The text of a call to a service.

use std::collections::BTreeSet;

use super::super::clean::{clean, short};
use super::super::moment::{Actor, Moment, Tone};
use super::super::timeline::ANSWERS;
use local_aws::{Call, Outcome};

/// The moment of a call; `None` for a detail such as a successful write. `known` are the invalidations that CloudFront
/// has created so far.
pub(super) fn told(call: &Call, known: &mut BTreeSet<String>) -> Option<Moment> {
    let actor = Actor::named(&call.caller).filter(|actor| actor.is_function())?;
    let (operation, made) = asked(call, known)?;
    let (result, tone) = result(call, made);
    let words = format!("{operation}{result}");
    let to = Actor::named(&call.service.to_string());
    let moment = Moment::between(call.at_ms, actor, to.unwrap_or(actor), words);
    Some(moment.sounding(tone))
}

/// The operation, and the reply if its text differs from the journal's.
fn asked(call: &Call, known: &mut BTreeSet<String>) -> Option<(String, Option<String>)> {
    let subject = short(&call.subject);
    let is_ok = call.outcome == Outcome::Ok;
    Some(match call.operation.as_str() {
        create if create.starts_with("CreateInvalidation") => {
            let said = call.outcome.took_effect().then(|| created(call, known));
            (format!("requests an invalidation of {subject}"), said)
        }
        get if get.starts_with("GetInvalidation") => (format!("polls {subject}"), None),
        list if list.starts_with("ListInvalidations") => (
            format!("lists the latest invalidations of {subject}"),
            Some(String::new()),
        ),
        "PutJobSuccessResult" => (ANSWERS.to_owned(), Some(job_result(&call.detail))),
        "PutJobFailureResult" => (ANSWERS.to_owned(), Some("failure".to_owned())),
        "Publish" => (
            format!("publishes the notification to {subject}"),
            Some(String::new()),
        ),
        "PutEvents" => (
            "puts the event of the outcome on the bus".to_owned(),
            Some(String::new()),
        ),
        "DescribeEventBus" if is_ok => return None,
        "DescribeEventBus" => (
            format!("checks whether the bus {subject} exists"),
            Some(String::new()),
        ),
        "GetJobDetails" if is_ok => return None,
        "GetJobDetails" => (
            format!("reads the details of job {subject}"),
            Some(String::new()),
        ),
        // Access to records and queues is an implementation detail; only errors are shown.
        _ if call.service.to_string() == "DynamoDB" => {
            if is_ok || is_condition(&call.outcome) {
                return None;
            }
            let verb = match call.operation.as_str() {
                "PutItem" | "UpdateItem" => "writes to",
                _ => "reads",
            };
            let words = format!("{verb} the table ({})", call.operation);
            (words, Some(String::new()))
        }
        operation => (format!("calls {operation} for {subject}"), None),
    })
}

/// CloudFront names the invalidation that it created, now or earlier under the same reference.
fn created(call: &Call, known: &mut BTreeSet<String>) -> String {
    let mut words = call.detail.split(' ').map(clean);
    let id = words.next().unwrap_or_default();
    let status = words.next().unwrap_or_default();
    if known.insert(id.clone()) {
        format!("CloudFront creates {id}, {status}")
    } else {
        format!("the same reference returns {id}, {status}")
    }
}

/// The result of the job: "continues" and "continues, percent 40" become "continue" and "continue, 40 %".
fn job_result(detail: &str) -> String {
    match detail.split_once("percent ") {
        Some((_, percent)) => format!("continue, {} %", clean(percent)),
        None if detail == "Succeeded" => "success".to_owned(),
        None if detail == "continues" => "continue".to_owned(),
        None => clean(detail),
    }
}

/// The outcome, as a continuation of the operation.
fn result(call: &Call, said: Option<String>) -> (String, Tone) {
    let said = said.unwrap_or_else(|| clean(&call.detail));
    let said = if said.is_empty() || said == "injected" {
        String::new()
    } else {
        format!(": {said}")
    };
    let who = clean(&call.caller);
    match &call.outcome {
        Outcome::Ok => (said, tone(call)),
        Outcome::Rejected { status, code } => (
            format!(", which is rejected: {status} {}", clean(code)),
            Tone::Bad,
        ),
        Outcome::Dropped { effect: true } => (format!("{said}; the reply was lost"), Tone::Bad),
        Outcome::Dropped { effect: false } => ("; the request was lost".to_owned(), Tone::Bad),
        Outcome::Killed { effect: true } => (
            format!("{said}; {who} was killed before the reply"),
            Tone::Bad,
        ),
        Outcome::Killed { effect: false } => ("; killed before the effect".to_owned(), Tone::Bad),
        Outcome::Hung => ("; no reply".to_owned(), Tone::Bad),
        Outcome::Garbled { .. } => ("; the reply is not readable".to_owned(), Tone::Bad),
    }
}

fn tone(call: &Call) -> Tone {
    let is_good = ["Completed", "Succeeded"]
        .iter()
        .any(|word| call.detail.ends_with(word));
    match call.operation.as_str() {
        "PutJobFailureResult" => Tone::Bad,
        "Publish" => Tone::Good,
        _ if is_good => Tone::Good,
        _ => Tone::Plain,
    }
}

fn is_condition(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Rejected { code, .. } if code == "ConditionalCheckFailedException")
}
