//! Facts from the services: the journal of the local AWS, CodePipeline's actions, CloudFront's invalidations, SNS's
//! messages. The contents of the table are read separately, because the functions wrote them.

mod leaks;
mod messages;
mod replies;
mod requested;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::fact::{End, Fact, What};
use local_aws::cloudfront::{BY_HAND, InvalidationView};
use local_aws::codepipeline::{ActionState, CANARY, Status};
use local_aws::eventbridge::Put;
use local_aws::sns::Published;
use local_aws::{Call, Outcome, Service};

use leaks::leaks;
use replies::{reported, seen};
use requested::{covers, named, parameters};

/// The callers that are functions of this project.
const FUNCTIONS: [&str; 2] = ["start", "checker"];
/// Rejections that occur in normal operation: two writers of one record, and a second result for one job.
const EXPECTED: [&str; 3] = [
    "ConditionalCheckFailedException",
    "InvalidJobStateException",
    "JobNotFoundException",
];
/// The operations that create an invalidation.
const CREATE: [&str; 2] = [
    "CreateInvalidation",
    "CreateInvalidationForDistributionTenant",
];
/// The prefixes of the operations that list them, and the number that a list shows.
const LIST: &str = "ListInvalidations";
const PAGE: usize = 100;
/// CloudFront's error codes for a caller reference conflict.
const CONFLICTS: [&str; 2] = ["InvalidationBatchAlreadyExists", "InvalidArgument"];
/// The prefix of the failure message of a job whose record could be neither read nor written.
const UNRECORDED: &str = "The record of this execution could not be read or written";
/// The length of a job's id.
const JOB_ID: usize = 36;

/// The recorded data of the services.
#[derive(Clone, Copy, Debug)]
pub struct Services<'a> {
    /// Every action that CodePipeline ran.
    pub actions: &'a [ActionState],
    /// Every invalidation that CloudFront has.
    pub invalidations: &'a [InvalidationView],
    /// Every message that SNS accepted.
    pub notifications: &'a [Published],
    /// Every event that EventBridge accepted.
    pub events: &'a [Put],
    /// The bus to which outcomes are published, if there is one.
    pub bus: Option<&'a str>,
    /// Every call to every service.
    pub calls: &'a [Call],
    /// The made-up job ids that a function received. CodePipeline does not know them, so a result for one of them has
    /// no effect.
    pub made_up: &'a BTreeSet<String>,
}

/// Everything that the services recorded.
#[must_use]
pub fn of_services(services: &Services<'_>) -> Vec<Fact> {
    let reader = Reader::new(services);
    let mut facts: Vec<Fact> = services
        .actions
        .iter()
        .flat_map(|action| {
            let shared = reader.shared_by(action, services);
            reader.of_action(action).into_iter().chain(shared)
        })
        .collect();
    facts.extend(
        services
            .invalidations
            .iter()
            .filter_map(|one| reader.of_invalidation(one)),
    );
    facts.extend(services.calls.iter().flat_map(|call| reader.of_call(call)));
    facts.extend(
        services
            .notifications
            .iter()
            .map(|notification| reader.of_notification(notification)),
    );
    facts.extend(services.events.iter().map(|put| reader.of_event(put)));
    let at_ms = services.calls.last().map_or(0, |call| call.at_ms);
    facts.extend(leaks(services, at_ms));
    facts.push(Fact::unattributed(at_ms, What::Inbox));
    let bus = services.bus.map(|bus| What::Bus {
        bus: bus.to_owned(),
    });
    facts.extend(bus.map(|what| Fact::unattributed(at_ms, what)));
    facts
}

/// What the table contains at the end: whether work is left, and which notifications are marked as sent.
#[must_use]
pub fn of_table(items: &[Map<String, Value>], at_ms: u64) -> Vec<Fact> {
    let mut facts = Vec::new();
    for item in items {
        let execution = item.get("id").and_then(|id| id["S"].as_str());
        if execution.is_some_and(is_no_execution) {
            continue;
        }
        let of_it = |what| Fact {
            at_ms,
            execution: execution.map(str::to_owned),
            what,
        };
        let finalized = !item.contains_key("due_at")
            && !item.contains_key("due_shard")
            && item.contains_key("expires_at");
        facts.push(of_it(What::Stored { finalized }));
        for notification_state in ["notification_state", "event_state"] {
            let notification_state = item.get(notification_state).unwrap_or(&Value::Null);
            let message = notification_state["M"]["Sent"]["M"]["message_id"]["S"].as_str();
            let message = message.map(str::to_owned);
            facts.extend(message.map(|message| of_it(What::Claimed { message })));
        }
        facts.push(of_it(What::Searched { texts: 1 }));
        if Value::from(item.clone()).to_string().contains(CANARY) {
            facts.push(of_it(What::Leaked {
                place: "the table".into(),
            }));
        }
    }
    facts
}

/// Whether an item is a queue of a distribution or the state of an action, and not an execution.
fn is_no_execution(id: &str) -> bool {
    id.starts_with("queue/") || id.starts_with("action/")
}

struct Reader<'a> {
    /// The execution of each job that CodePipeline handed out.
    executions: BTreeMap<&'a str, &'a str>,
    /// The invalidations of each execution, and those of other callers.
    invalidations: BTreeMap<&'a str, &'a str>,
    foreign: BTreeSet<&'a str>,
    /// The invalidations that several executions share.
    shared: BTreeSet<&'a str>,
    /// Every invalidation, grouped by execution, the oldest first.
    all: &'a [InvalidationView],
    /// Whether an execution listed invalidations and so read those of others.
    is_searched: bool,
    /// The executions for which a record was ever written.
    recorded: BTreeSet<&'a str>,
    /// The made-up job ids.
    made_up: &'a BTreeSet<String>,
}

impl<'a> Reader<'a> {
    fn new(services: &Services<'a>) -> Self {
        let mut executions = BTreeMap::new();
        for action in services.actions {
            let first = action.jobs.first().map(String::as_str);
            executions.extend(
                action
                    .jobs
                    .iter()
                    .filter_map(|job| Some((job.as_str(), first?))),
            );
        }
        let mut reader = Self {
            executions,
            invalidations: BTreeMap::new(),
            foreign: foreign(services),
            shared: BTreeSet::new(),
            all: services.invalidations,
            made_up: services.made_up,
            is_searched: services.calls.iter().any(is_conflict),
            recorded: services
                .calls
                .iter()
                .filter(|call| call.operation == "PutItem" && call.outcome.took_effect())
                .map(|call| call.subject.as_str())
                .collect(),
        };
        for one in services.invalidations {
            if let Some(execution) = reader.named_in(&one.caller_reference) {
                reader.invalidations.insert(&one.id, execution);
            }
        }
        for action in services.actions {
            let Some(execution) = action.jobs.first() else {
                continue;
            };
            for id in named(action) {
                if reader.foreign.contains(id) {
                    reader.invalidations.insert(id, execution);
                } else if reader.invalidations.get(id) != Some(&execution.as_str()) {
                    reader.shared.insert(id);
                }
            }
        }
        reader
    }

    /// The execution of the job whose id is part of a caller reference.
    fn named_in(&self, reference: &str) -> Option<&'a str> {
        let mut places = (0..reference.len()).filter_map(|from| reference.get(from..from + JOB_ID));
        places.find_map(|job| self.executions.get(job).copied())
    }

    fn fact(&self, at_ms: u64, execution: Option<&str>, what: What) -> Fact {
        Fact {
            at_ms,
            execution: execution.map(str::to_owned),
            what,
        }
    }

    fn of_action(&self, action: &ActionState) -> Vec<Fact> {
        let execution = action.jobs.first().map(String::as_str);
        let mut facts = vec![self.fact(action.started_ms, execution, What::Began)];
        // No invariant depends on the time at which a later job was handed out, only on the fact.
        facts.extend(action.jobs.iter().map(|job| {
            let what = What::Received { job: job.clone() };
            self.fact(action.started_ms, execution, what)
        }));
        facts.extend(parameters(action).map(|what| self.fact(action.started_ms, execution, what)));
        let end = match action.status {
            Status::InProgress => None,
            Status::Succeeded => Some(End::Succeeded),
            Status::Failed { .. } => Some(End::Failed),
            Status::TimedOut => Some(End::TimedOut),
            Status::Abandoned => Some(End::Abandoned),
        };
        if self.is_unrecorded(action) {
            facts.push(self.fact(action.started_ms, execution, What::Unrecorded));
        }
        let ended = end.zip(action.ended_ms);
        facts.extend(ended.map(|(end, at_ms)| self.fact(at_ms, execution, What::Ended(end))));
        facts
    }

    /// The invalidations of other executions that the action waits for.
    fn shared_by(&self, action: &ActionState, services: &Services<'_>) -> Vec<Fact> {
        let execution = action.jobs.first().map(String::as_str);
        let of_others = named(action).filter(|id| {
            self.shared.contains(id) && self.invalidations.get(id).copied() != execution
        });
        let shared = of_others.filter_map(|id| {
            let one = services.invalidations.iter().find(|one| one.id == id)?;
            let what = What::Shared {
                invalidation: id.to_owned(),
                covers: covers(&one.paths, action),
            };
            Some(self.fact(action.started_ms, execution, what))
        });
        shared.collect()
    }

    /// Whether the job was failed without a record, or would have been if the pipeline had not been stopped.
    fn is_unrecorded(&self, action: &ActionState) -> bool {
        let first = action.jobs.first().map(String::as_str);
        match &action.status {
            Status::Failed { message, .. } => message.starts_with(UNRECORDED),
            Status::Abandoned => first.is_some_and(|first| !self.recorded.contains(first)),
            _ => false,
        }
    }

    fn of_invalidation(&self, one: &InvalidationView) -> Option<Fact> {
        let execution = self.invalidations.get(one.id.as_str()).copied();
        if self.foreign.contains(one.id.as_str()) {
            let what = What::Adopted {
                invalidation: one.id.clone(),
            };
            return Some(self.fact(one.created_ms, Some(execution?), what));
        }
        let what = What::Created {
            distribution: Some(one.resource_id.id().to_owned()),
            reference: Some(one.caller_reference.clone()),
            invalidation: one.id.clone(),
        };
        Some(self.fact(one.created_ms, execution, what))
    }

    fn of_notification(&self, published: &Published) -> Fact {
        let (job, notification) = messages::notification(published);
        self.fact(
            published.at_ms,
            self.of_job(job),
            What::Published(notification),
        )
    }

    fn of_event(&self, put: &Put) -> Fact {
        let (job, event) = messages::event(put);
        self.fact(put.at_ms, self.of_job(job), What::Put(event))
    }

    fn of_job(&self, job: Option<&str>) -> Option<&'a str> {
        self.executions.get(job?).copied()
    }

    fn of_call(&self, call: &Call) -> Vec<Fact> {
        if !FUNCTIONS.contains(&call.caller.as_str()) {
            return Vec::new();
        }
        let execution = self.execution_of(call);
        let mut whats = Vec::new();
        if is_error(&call.outcome) {
            whats.push(What::ServiceError);
        }
        match (call.service, call.operation.as_str()) {
            (
                Service::CloudFront,
                "CreateInvalidation" | "CreateInvalidationForDistributionTenant",
            ) => {
                whats.push(What::Create {
                    distribution: call.subject.clone(),
                });
                whats.extend(seen(call, created_by(call).unwrap_or_default()));
            }
            (Service::CloudFront, "GetInvalidation" | "GetInvalidationForDistributionTenant") => {
                whats.push(What::Poll {
                    invalidation: call.subject.clone(),
                });
                whats.extend(seen(call, &call.subject));
            }
            (Service::CodePipeline, "PutJobSuccessResult" | "PutJobFailureResult")
                if call.outcome.took_effect() || !self.made_up.contains(&call.subject) =>
            {
                whats.push(reported(call));
            }
            (Service::Sns, "Publish") | (Service::EventBridge, "PutEvents") => {
                whats.push(What::Publish {
                    topic: Some(call.subject.clone()),
                });
            }
            _ => {}
        }
        let facts = whats.into_iter().map(|what| {
            let is_shared = self.shared.contains(call.subject.as_str());
            let is_of_any_execution =
                (self.is_searched || is_shared) && matches!(what, What::Poll { .. });
            self.fact(call.at_ms, execution.filter(|_| !is_of_any_execution), what)
        });
        facts.chain(self.listed(call)).collect()
    }

    /// The invalidations of this execution in a list.
    fn listed(&self, call: &Call) -> Vec<Fact> {
        if !call.operation.starts_with(LIST) || call.outcome != Outcome::Ok {
            return Vec::new();
        }
        let is_there = |one: &&InvalidationView| {
            one.resource_id.id() == call.subject && one.created_ms <= call.at_ms
        };
        let newest = self.all.iter().rev().filter(is_there).take(PAGE);
        let status = |one: &InvalidationView| {
            let execution = self.invalidations.get(one.id.as_str())?;
            let what = What::StatusReceived {
                invalidation: one.id.clone(),
                completed: one.completes_ms.is_some_and(|at_ms| at_ms <= call.at_ms),
            };
            Some(self.fact(call.at_ms, Some(*execution), what))
        };
        newest.filter_map(status).collect()
    }

    fn execution_of(&self, call: &Call) -> Option<&'a str> {
        let subject = call.subject.as_str();
        let found = match (call.service, call.operation.as_str()) {
            (Service::CloudFront, create) if CREATE.contains(&create) => {
                self.invalidations.get(created_by(call)?)
            }
            (Service::CloudFront, _) => self.invalidations.get(subject),
            (Service::CodePipeline | Service::DynamoDb, _) => self.executions.get(subject),
            (Service::S3 | Service::Sns | Service::EventBridge, _) => None,
        };
        found.copied()
    }
}

/// Invalidations that another caller created.
fn foreign<'a>(services: &Services<'a>) -> BTreeSet<&'a str> {
    let mut known = BTreeSet::new();
    let mut foreign = BTreeSet::new();
    for call in services.calls {
        if let Some(id) = created_by(call)
            && known.insert(id)
            && !FUNCTIONS.contains(&call.caller.as_str())
        {
            foreign.insert(id);
        }
    }
    let by_hand = services.invalidations.iter();
    let by_hand = by_hand.filter(|one| one.caller_reference.starts_with(BY_HAND));
    foreign.extend(
        by_hand
            .map(|one| one.id.as_str())
            .filter(|id| !known.contains(id)),
    );
    foreign
}

/// The id of the invalidation that a CreateInvalidation created or found; the journal names it first.
fn created_by(call: &Call) -> Option<&str> {
    let is_creation = call.service == Service::CloudFront
        && CREATE.contains(&call.operation.as_str())
        && call.outcome.took_effect();
    is_creation.then(|| call.detail.split(' ').next()).flatten()
}

/// Whether a creation was rejected because of a caller reference conflict; the invalidation is then searched for.
fn is_conflict(call: &Call) -> bool {
    CREATE.contains(&call.operation.as_str())
        && matches!(&call.outcome, Outcome::Rejected { code, .. } if CONFLICTS.contains(&code.as_str()))
}

fn is_error(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Ok => false,
        Outcome::Rejected { code, .. } => !EXPECTED.contains(&code.as_str()),
        _ => true,
    }
}
