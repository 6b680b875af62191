//! A moment in one line: time, component, operation, subject and outcome.

use std::time::Duration;

use super::Moment;
use crate::explain::time::span;
use local_aws::account::Delivered;
use local_aws::lambda::Attempt;
use local_aws::{Call, Outcome};

/// The tone of a line, which determines its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    Bad,
}

/// One line of the time line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) at: String,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) subject: String,
    pub(super) outcome: String,
    pub(super) tone: Tone,
}

impl Line {
    /// The line of a moment, if it has one: progress is shown in the bar, a log line is shown as it is, and a
    /// successful function is visible from its calls.
    pub(super) fn of(at: Duration, moment: Moment<'_>) -> Option<Self> {
        let at = clock(at);
        match moment {
            Moment::Delivered(delivered) => Some(Self::of_delivery(at, delivered)),
            Moment::Call(call) => Some(Self::of_call(at, call)),
            Moment::Attempt(attempt) => Self::of_attempt(at, attempt),
            Moment::Log(_) | Moment::Progress(_) => None,
        }
    }

    fn of_delivery(at: String, delivered: &Delivered) -> Self {
        let what = format!("invokes {}", delivered.function);
        let (who, outcome) = (delivered.by.into(), delivered.why.into());
        Self {
            at,
            who,
            what,
            subject: String::new(),
            outcome,
            tone: Tone::Plain,
        }
    }

    fn of_call(at: String, call: &Call) -> Self {
        let (outcome, tone) = outcome(call);
        let (who, what) = (call.caller.clone(), call.operation.clone());
        Self {
            at,
            who,
            what,
            subject: short(&call.subject),
            outcome: short(&outcome),
            tone,
        }
    }

    fn of_attempt(at: String, attempt: &Attempt) -> Option<Self> {
        let error = attempt.result.as_ref().err()?;
        let message = error
            .message
            .split_once(" Error: ")
            .map_or(error.message.as_str(), |(_, words)| words);
        Some(Self {
            at,
            who: "Lambda".into(),
            what: format!(
                "{} failed",
                attempt.function_arn.rsplit(':').next().unwrap_or_default()
            ),
            subject: format!("attempt {}", attempt.number),
            outcome: message.into(),
            tone: Tone::Bad,
        })
    }
}

/// The time since the beginning of the run.
pub(super) fn clock(at: Duration) -> String {
    format!("+{}", span(at))
}

fn outcome(call: &Call) -> (String, Tone) {
    let (caller, detail) = (&call.caller, call.detail.as_str());
    let bad = match &call.outcome {
        Outcome::Ok => return (detail.into(), tone(call)),
        // Two concurrent writers of one record, as the condition is meant to detect.
        Outcome::Rejected { code, .. } if code == "ConditionalCheckFailedException" => {
            return ("condition failed".into(), Tone::Plain);
        }
        Outcome::Rejected { status, code } => {
            join(&format!("rejected with {status} {code}"), detail)
        }
        Outcome::Dropped { effect: true } => join("done, but the reply was lost", detail),
        Outcome::Dropped { effect: false } => "the request was lost".into(),
        Outcome::Killed { effect: true } => join(&format!("done, but {caller} was killed"), detail),
        Outcome::Killed { effect: false } => format!("{caller} was killed before the effect"),
        Outcome::Hung => "no reply".into(),
        Outcome::Garbled { .. } => "the reply was garbled".into(),
    };
    (bad, Tone::Bad)
}

fn tone(call: &Call) -> Tone {
    if call.operation == "PutJobFailureResult" {
        Tone::Bad
    } else if ["Completed", "Succeeded"]
        .iter()
        .any(|word| call.detail.ends_with(word))
    {
        Tone::Good
    } else {
        Tone::Plain
    }
}

fn join(what: &str, detail: &str) -> String {
    if detail.is_empty() || detail == "injected" {
        what.into()
    } else {
        format!("{what}: {detail}")
    }
}

/// Shortens a UUID to its first part, and an ARN to the name at its end.
fn short(subject: &str) -> String {
    let is_uuid =
        |word: &str| word.len() == 36 && word.bytes().filter(|byte| *byte == b'-').count() == 4;
    let words = subject.split(' ').map(|word| match word {
        uuid if is_uuid(uuid) => format!("{}…", &uuid[..8]),
        arn if arn.starts_with("arn:") => arn.rsplit(':').next().unwrap_or_default().into(),
        other => other.into(),
    });
    words.collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use local_aws::Service;

    fn line(outcome: Outcome, detail: &str) -> (String, Tone) {
        let call = Call {
            at_ms: 0,
            caller: "start".into(),
            service: Service::CloudFront,
            operation: "CreateInvalidation".into(),
            subject: "11111111-abcd-1111-abcd-111111abcdef".into(),
            outcome,
            detail: detail.into(),
        };
        let line = Line::of(Duration::ZERO, Moment::Call(&call)).unwrap();
        assert_eq!(line.subject, "11111111…");
        (line.outcome, line.tone)
    }

    #[test]
    fn a_line_says_what_came_of_a_call() {
        let rejected = Outcome::Rejected {
            status: 400,
            code: "Throttling".into(),
        };
        assert_eq!(
            line(Outcome::Ok, "I1 InProgress"),
            ("I1 InProgress".into(), Tone::Plain)
        );
        assert_eq!(
            line(rejected, "injected"),
            ("rejected with 400 Throttling".into(), Tone::Bad)
        );
        let killed = Outcome::Killed { effect: true };
        assert_eq!(
            line(killed, "I1 InProgress"),
            (
                "done, but start was killed: I1 InProgress".into(),
                Tone::Bad
            )
        );
    }

    #[test]
    fn time_is_shown_as_exactly_as_needed() {
        assert_eq!(clock(Duration::from_millis(12_340)), "+12.3 s");
        assert_eq!(clock(Duration::from_secs(245)), "+4 min 05 s");
    }
}
