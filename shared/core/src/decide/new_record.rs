//! Creates execution records, and opens jobs in them.

use super::next_step::{Policy, decided};
use crate::input::identifiers::{InvalidationId, JobId};
use crate::input::user_parameters::{AskedTarget, UserParameters};
use crate::model::execution_record::{
    Delivery, ExecutionRecord, Goal, JobState, NotificationFormat, NotificationSettings, NotifyOn,
    OnTimeout, PublishState, Reason, SCHEMA_VERSION, Status, StatusSnapshot, Target, Verdict,
};
use crate::model::time_budget::{Pace, TimeBudget};
use crate::model::timestamp::Timestamp;

/// The time limits of one invocation of a job handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InvocationBudget {
    /// When the invocation began.
    pub from: Timestamp,
    /// Until when it may wait before it reports "continue".
    pub wait_until: Timestamp,
    /// Until when it may wait for a call. The following steps must still end in time.
    pub work_until: Timestamp,
    /// When Lambda ends the invocation.
    pub ends_at: Timestamp,
}

impl InvocationBudget {
    /// The time budget of the job handler.
    #[must_use]
    pub const fn time_budget(&self) -> TimeBudget {
        TimeBudget {
            wait_until: self.work_until,
            work_until: self.work_until,
            pace: Pace::UNLIMITED,
        }
    }
}

/// A job with a continuation token of this function.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IncomingJob {
    /// The id of the job.
    pub job_id: JobId,
    /// The number of the job, from the token.
    pub number: u32,
    /// The time limits of its job handler.
    pub budget: InvocationBudget,
}

/// The record of a first job.
#[must_use]
pub fn begun(
    job_id: JobId,
    parameters: UserParameters,
    budget: InvocationBudget,
    policy: &Policy,
) -> ExecutionRecord {
    let targets = parameters.targets.into_iter().enumerate();
    let targets = targets
        .map(|(target_index, requested)| {
            target(requested, reference(&job_id, target_index), budget.from)
        })
        .collect();
    let timeout = parameters.timeout.unwrap_or(policy.timeout);
    ExecutionRecord {
        deadline_at: budget.from + timeout,
        pipeline: parameters.pipeline_name,
        targets,
        goal: parameters.goal,
        on_timeout: parameters.on_timeout,
        ..notifying(
            blank(job_id, budget, policy),
            parameters.notification_settings,
        )
    }
}

fn target(requested: AskedTarget, caller_reference: String, from: Timestamp) -> Target {
    Target {
        notes: requested.notes,
        ..Target::new(requested.resource, requested.paths, caller_reference, from)
    }
}

/// The caller reference of the target of this index. It is constant within an execution. Each target has its own,
/// because two targets may be the same distribution.
fn reference(job_id: &JobId, target_index: usize) -> String {
    match target_index {
        0 => format!("codepipeline-{job_id}"),
        _ => format!("codepipeline-{job_id}-{}", target_index + 1),
    }
}

/// The record of an execution that the Python function began. Its invalidation becomes that of the first target,
/// because the Python function supports only one. Its status is unknown, so the first step is a poll. The notes are
/// removed: they describe how this function would have changed the batch.
#[must_use]
pub fn adopted(
    job_id: JobId,
    parameters: UserParameters,
    invalidation: InvalidationId,
    budget: InvocationBudget,
    policy: &Policy,
) -> ExecutionRecord {
    let mut record = begun(job_id, parameters, budget, policy);
    if let Some(target) = record.targets.first_mut() {
        target.notes.clear();
        target.invalidation = Some(StatusSnapshot {
            id: invalidation,
            status: Status::InProgress,
            checked_at: budget.from,
        });
    }
    record
}

/// The record of an execution that was rejected at intake.
#[must_use]
pub fn rejected(
    job_id: JobId,
    pipeline: Option<String>,
    notification_settings: NotificationSettings,
    reason: Reason,
    budget: InvocationBudget,
    policy: &Policy,
) -> ExecutionRecord {
    let record = ExecutionRecord {
        pipeline,
        ..notifying(blank(job_id, budget, policy), notification_settings)
    };
    decided(&record, Verdict::Failed(reason), budget.from)
}

/// The record with this continuation job opened; none if the job is over or already open, for example when Lambda
/// delivers an event twice. The first job of an execution never has a token.
///
/// Each number belongs to one job of CodePipeline. If the record has another job with this number, one of the two is
/// forged, and the state of earlier attempts with this job is lost: "continue" may have been reported for it.
#[must_use]
pub fn reopened(record: &ExecutionRecord, incoming_job: &IncomingJob) -> Option<ExecutionRecord> {
    let is_known = [&record.id, &record.job.job_id].contains(&&incoming_job.job_id)
        || incoming_job.number < record.job.number;
    (!is_known).then(|| ExecutionRecord {
        job: JobState {
            may_continue: incoming_job.number == record.job.number,
            ..opened(
                incoming_job.job_id.clone(),
                incoming_job.number,
                incoming_job.budget,
            )
        },
        expires_at: None,
        ..record.clone()
    })
}

/// The record with a job whose result CodePipeline has just accepted although the record had another job. An action has
/// one open job at a time, so this job is the genuine one.
#[must_use]
pub fn reported_late(
    record: &ExecutionRecord,
    job_id: &JobId,
    delivery: Delivery,
    now: Timestamp,
) -> ExecutionRecord {
    let budget = InvocationBudget {
        from: now,
        wait_until: now,
        work_until: now,
        ends_at: now,
    };
    let job = JobState {
        may_continue: delivery == Delivery::Continued,
        result: Some(delivery),
        ..opened(job_id.clone(), record.job.number, budget)
    };
    ExecutionRecord {
        job,
        is_known: record.pipeline_context.is_none(),
        expires_at: None,
        ..record.clone()
    }
}

fn notifying(
    record: ExecutionRecord,
    notification_settings: NotificationSettings,
) -> ExecutionRecord {
    ExecutionRecord {
        topic: notification_settings.topic,
        notification_format: notification_settings.format,
        notify_on: notification_settings.notify_on,
        ..record
    }
}

fn blank(job_id: JobId, budget: InvocationBudget, policy: &Policy) -> ExecutionRecord {
    ExecutionRecord {
        version: SCHEMA_VERSION,
        id: job_id.clone(),
        write_id: String::new(),
        pipeline: None,
        topic: None,
        notification_format: NotificationFormat::Text,
        notify_on: NotifyOn::Always,
        pipeline_context: None,
        targets: Vec::new(),
        goal: Goal::Completed,
        on_timeout: OnTimeout::Fail,
        cloudfront_calls: 0,
        job: opened(job_id, 0, budget),
        created_at: budget.from,
        deadline_at: budget.from + policy.timeout,
        outcome: None,
        notification_state: PublishState::Undecided,
        event_state: if policy.puts_events {
            PublishState::Undecided
        } else {
            PublishState::NotWanted
        },
        is_change: false,
        is_known: false,
        due_at: None,
        overdue_at: None,
        backoff: None,
        expires_at: None,
    }
}

fn opened(job_id: JobId, number: u32, budget: InvocationBudget) -> JobState {
    JobState {
        number,
        job_id,
        opened_at: budget.from,
        wait_until: budget.wait_until,
        ends_at: budget.ends_at,
        delays: 0,
        retry_at: budget.from,
        may_continue: false,
        result: None,
    }
}
