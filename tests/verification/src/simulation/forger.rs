//! Somebody who may invoke the functions, and makes up events: under the ids of no job, and of other functions' jobs, with
//! and without tokens of the executions of the day, in any order.

use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use super::plan::{Planned, between, pick};
use harness::Harness;
use local_aws::account::{ACCOUNT, REGION};
use local_aws::codepipeline::{Action, ActionId};
use local_aws::{Aws, Fault, FaultKind, Service};

/// How likely a day has one.
const CHANCE: f64 = 0.25;
/// The most events that one makes up for one execution.
const EVENTS_AT_MOST: u64 = 12;
/// Which function gets an event, and of which a failure record says that it failed.
const RECEIVERS: [&str; 3] = ["start", "start", "checker"];
const FAILED: [&str; 2] = ["start", "other"];

/// What GetJobDetails does all day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Details {
    /// It tells of each job.
    Told,
    /// IAM does not allow it.
    Denied,
    /// It has no jobs for Lambda.
    NotFound,
}

/// An event that is made up.
#[derive(Clone, Debug)]
pub(super) struct Forgery {
    /// When it comes, after its execution began.
    after: Duration,
    job: Job,
    token: Token,
    parameters: String,
    /// To which function it goes; the checker gets it in a failure record.
    function: &'static str,
    /// The function of which the failure record says that it failed.
    failed: &'static str,
}

/// Under whose id an event comes.
#[derive(Clone, Debug)]
enum Job {
    /// No job has it.
    Unknown(String),
    /// The job of an action that invokes another function.
    OfAnother,
}

/// With which token.
#[derive(Clone, Copy, Debug)]
enum Token {
    None,
    /// That of the execution, with a number that may be true.
    Numbered(u32),
    /// That of the execution, with the number of its next continuation.
    Next,
    /// One that nobody wrote.
    Invalid,
}

/// What one does all day.
#[derive(Clone, Debug)]
pub struct Forger {
    pub(super) details: Details,
    /// The events, with the place of the execution that they are about.
    pub(super) events: Vec<(usize, Forgery)>,
}

impl Forger {
    /// The forger of a day, if it has one. It throws dice of its own, so that the rest of the day does not depend on it.
    pub(super) fn of(seed: u64, executions: &[Planned]) -> Option<Self> {
        let mut rng = Rng::with_seed(seed ^ 0x0f0e_0f0e_0f0e_0f0e);
        let rng = &mut rng;
        if rng.f64() >= CHANCE {
            return None;
        }
        let details = *pick(
            rng,
            &[
                Details::Told,
                Details::Told,
                Details::Denied,
                Details::NotFound,
            ],
        );
        let mut events = Vec::new();
        for place in 0..executions.len() {
            if rng.f64() < 0.5 {
                let count = rng.u64(1..=EVENTS_AT_MOST);
                events.extend((0..count).map(|_| (place, forgery(rng, details, executions))));
            }
        }
        Some(Self { details, events })
    }

    /// What GetJobDetails says all day.
    pub(super) fn arrange(&self, aws: &Aws) {
        let code = match self.details {
            Details::Told => return,
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

fn forgery(rng: &mut Rng, details: Details, executions: &[Planned]) -> Forgery {
    let token = match rng.u8(0..10) {
        0..5 => Token::Numbered(rng.u32(1..=6)),
        5..7 => Token::Next,
        7 => Token::Invalid,
        _ => Token::None,
    };
    // Where nobody may ask whose a job is, that of another function is answered, and an execution begins for one that does
    // not exist. It is not this day that shows either.
    let job = if details == Details::Told && rng.f64() < 0.3 {
        Job::OfAnother
    } else {
        Job::Unknown(unknown(rng))
    };
    let is_served = details != Details::Told && matches!(token, Token::None);
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
    /// The id under which it comes, if no job has that.
    pub(super) fn made_up(&self) -> Option<&str> {
        match &self.job {
            Job::Unknown(id) => Some(id),
            Job::OfAnother => None,
        }
    }

    /// Hands it over in its time, counted from the beginning of the action that it is about.
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

/// An action that invokes another function, which never answers.
fn another() -> Action {
    Action {
        pipeline: "payments".into(),
        stage: "Gate".into(),
        action: "SecurityScan".into(),
        function_name: "security-scan".into(),
        user_parameters: Some("{}".into()),
    }
}
