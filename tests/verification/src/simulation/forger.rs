//! A client that may invoke the functions and forges events: under ids of no job and of other functions' jobs, with
//! and without tokens of the day's executions, in any order.

use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use super::faults::Faults;
use super::plan::{Planned, between, pick};
use harness::Harness;
use local_aws::account::{ACCOUNT, REGION};
use local_aws::codepipeline::{Action, ActionId};
use local_aws::{Aws, Fault, FaultKind, Service};

/// The probability that a day has a forger.
const CHANCE: f64 = 0.25;
/// The largest number of forged events for one execution.
const EVENTS_AT_MOST: u64 = 12;
/// The function that receives an event, and the function that a failure record names.
const RECEIVERS: [&str; 3] = ["start", "start", "checker"];
const FAILED: [&str; 2] = ["start", "other"];

/// The reply of GetJobDetails on the whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Details {
    /// It returns the details of each job.
    Available,
    /// IAM denies it.
    Denied,
    /// It has no jobs for Lambda.
    NotFound,
}

/// A forged event.
#[derive(Clone, Debug)]
pub(super) struct Forgery {
    /// When it is sent, after the start of its execution.
    after: Duration,
    job: Job,
    token: Token,
    parameters: String,
    /// The function that receives it; the checker receives it in a failure record.
    function: &'static str,
    /// The function that the failure record names.
    failed: &'static str,
}

/// The job id of an event.
#[derive(Clone, Debug)]
enum Job {
    /// No job has it.
    Unknown(String),
    /// The job of an action that invokes another function.
    OfAnother,
}

/// The token of an event.
#[derive(Clone, Copy, Debug)]
enum Token {
    None,
    /// That of the execution, with a number that may be correct.
    Numbered(u32),
    /// That of the execution, with the number of its next continuation.
    Next,
    /// One that no function wrote.
    Invalid,
}

/// The forger of a day.
#[derive(Clone, Debug)]
pub struct Forger {
    pub(super) details: Details,
    /// The events, each with the index of its execution.
    pub(super) events: Vec<(usize, Forgery)>,
}

impl Forger {
    /// The forger of a day, if it has one. It has its own random numbers, so that the rest of the day does not depend
    /// on it.
    pub(super) fn of(seed: u64, executions: &[Planned], faults: &Faults) -> Option<Self> {
        let mut rng = Rng::with_seed(seed ^ 0x0f0e_0f0e_0f0e_0f0e);
        let rng = &mut rng;
        if rng.f64() >= CHANCE {
            return None;
        }
        let details = *pick(
            rng,
            &[
                Details::Available,
                Details::Available,
                Details::Denied,
                Details::NotFound,
            ],
        );
        let is_known = details == Details::Available && !faults.may_hide_details();
        let mut events = Vec::new();
        for place in 0..executions.len() {
            if rng.f64() < 0.5 {
                let count = rng.u64(1..=EVENTS_AT_MOST);
                events.extend((0..count).map(|_| (place, forgery(rng, is_known, executions))));
            }
        }
        Some(Self { details, events })
    }

    /// The reply of GetJobDetails on the whole day.
    pub(super) fn arrange(&self, aws: &Aws) {
        let code = match self.details {
            Details::Available => return,
            Details::Denied => "AccessDeniedException",
            Details::NotFound => "JobNotFoundException",
        };
        aws.inject(Fault {
            service: Some(Service::CodePipeline),
            operation: Some("GetJobDetails".into()),
            ..Fault::always(FaultKind::reject(400, code, ""))
        });
    }
}

fn forgery(rng: &mut Rng, is_known: bool, executions: &[Planned]) -> Forgery {
    let token = match rng.u8(0..10) {
        0..5 => Token::Numbered(rng.u32(1..=6)),
        5..7 => Token::Next,
        7 => Token::Invalid,
        _ => Token::None,
    };
    // Without GetJobDetails, a result is reported for another function's job, and an execution begins for a job that
    // does not exist. Days on which it may have no readable reply therefore leave out both.
    let job = if is_known && rng.f64() < 0.3 {
        Job::OfAnother
    } else {
        Job::Unknown(unknown(rng))
    };
    let is_served = !is_known && matches!(token, Token::None);
    let parameters = if is_served {
        "{}".to_owned()
    } else {
        pick(rng, executions).parameters.clone()
    };
    Forgery {
        after: Duration::from_secs_f64(between(rng, 0.1, 200.0)),
        job,
        token,
        parameters,
        function: RECEIVERS[rng.usize(..RECEIVERS.len())],
        failed: FAILED[rng.usize(..FAILED.len())],
    }
}

fn unknown(rng: &mut Rng) -> String {
    let digits = format!("{:032x}", rng.u128(..));
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32];
    groups.map(|group| digits[group].to_owned()).join("-")
}

impl Forgery {
    /// The forged job id, if no job has it.
    pub(super) fn made_up(&self) -> Option<&str> {
        match &self.job {
            Job::Unknown(id) => Some(id),
            Job::OfAnother => None,
        }
    }

    /// Sends it at its time, counted from the start of its action.
    pub(super) async fn play(&self, harness: &Harness, action: ActionId) {
        tokio::time::sleep(self.after).await;
        let codepipeline = harness.aws().codepipeline();
        let jobs = codepipeline.action(&action).jobs;
        let first = jobs.first().map_or("", String::as_str);
        let token = match self.token {
            Token::None => None,
            Token::Numbered(number) => Some(format!("1.{first}.{number}")),
            Token::Next => Some(format!("1.{first}.{}", jobs.len())),
            Token::Invalid => Some("of another kind".to_owned()),
        };
        let job = match &self.job {
            Job::Unknown(id) => id.clone(),
            Job::OfAnother => {
                let other = codepipeline.start_action(another());
                codepipeline.action(&other).jobs.swap_remove(0)
            }
        };
        harness.hand(self.function, &self.event(&job, token));
    }

    fn event(&self, job: &str, token: Option<String>) -> Value {
        let configuration = json!({"FunctionName": "start", "UserParameters": self.parameters});
        let mut data = json!({"actionConfiguration": {"configuration": configuration}});
        if let Some(token) = token {
            data["continuationToken"] = token.into();
        }
        let event = json!({"CodePipeline.job": {"id": job, "data": data}});
        if self.function == "start" {
            return event;
        }
        let failed = self.failed;
        let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{failed}:$LATEST");
        json!({
            "requestContext": {"functionArn": arn, "condition": "RetriesExhausted"},
            "requestPayload": event,
        })
    }
}

/// An action that invokes another function, which never reports a result.
fn another() -> Action {
    Action {
        pipeline: "payments".into(),
        stage: "Gate".into(),
        action: "SecurityScan".into(),
        function_name: "security-scan".into(),
        user_parameters: Some("{}".into()),
    }
}
