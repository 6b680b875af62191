//! How a record begins, and how a visit is opened in it.

use super::next_step::{Policy, decided};
use crate::input::identifiers::{InvalidationId, JobId};
use crate::input::user_parameters::{AskedTarget, UserParameters};
use crate::model::execution_record::{
    Announcement, Delivery, Goal, Notification, NotificationFormat, NotifyOn, OnTimeout, Reason,
    Record, SCHEMA_VERSION, Sighting, Status, Target, Verdict, Visit,
};
use crate::model::time_budget::TimeBudget;
use crate::model::timestamp::Timestamp;

/// How long a visitor may stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stay {
    /// When it came.
    pub from: Timestamp,
    /// Until when it may hold the job open.
    pub answer_by: Timestamp,
    /// Until when it may wait for anything, so that what it does next can still end in time.
    pub leave_by: Timestamp,
    /// When Lambda ends it.
    pub ends_at: Timestamp,
}

impl Stay {
    /// How long its visitor may wait and work.
    #[must_use]
    pub const fn time_budget(&self) -> TimeBudget {
        TimeBudget {
            wait_until: self.leave_by,
            work_until: self.leave_by,
        }
    }
}

/// Who comes back with a token of ours.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Visitor {
    /// The job that waits for an answer.
    pub job_id: JobId,
    /// The number of the visit, from the token.
    pub number: u32,
    /// How long it may stay.
    pub stay: Stay,
}

/// The record of a first visit.
#[must_use]
pub fn begun(job_id: JobId, parameters: UserParameters, stay: Stay, policy: &Policy) -> Record {
    let targets = parameters.targets.into_iter().enumerate();
    let targets = targets
        .map(|(place, asked)| target(asked, reference(&job_id, place), stay.from))
        .collect();
    let timeout = parameters.timeout.unwrap_or(policy.timeout);
    Record {
        deadline_at: stay.from + timeout,
        pipeline: parameters.pipeline_name,
        targets,
        goal: parameters.goal,
        on_timeout: parameters.on_timeout,
        ..notifying(blank(job_id, stay, policy), parameters.notification)
    }
}

fn target(asked: AskedTarget, caller_reference: String, from: Timestamp) -> Target {
    Target {
        notes: asked.notes,
        ..Target::new(asked.resource, asked.paths, caller_reference, from)
    }
}

/// The reference of the target of this place: always the same for one execution, and never that of another target, for
/// two of them may turn out to be one distribution.
fn reference(job_id: &JobId, place: usize) -> String {
    match place {
        0 => format!("codepipeline-{job_id}"),
        _ => format!("codepipeline-{job_id}-{}", place + 1),
    }
}

/// The record of an execution that the function before us began: its invalidation is taken over, as that of the first
/// target, for that function knew only one. It was last seen in an unknown state, so the first step is to look. What that
/// function sent, it sent without our notes.
#[must_use]
pub fn adopted(
    job_id: JobId,
    parameters: UserParameters,
    invalidation: InvalidationId,
    stay: Stay,
    policy: &Policy,
) -> Record {
    let mut record = begun(job_id, parameters, stay, policy);
    if let Some(target) = record.targets.first_mut() {
        target.notes.clear();
        target.invalidation = Some(Sighting {
            id: invalidation,
            status: Status::InProgress,
            seen_at: stay.from,
        });
    }
    record
}

/// The record of an execution that was refused at the door.
#[must_use]
pub fn refused(
    job_id: JobId,
    pipeline: Option<String>,
    notification: Notification,
    reason: Reason,
    stay: Stay,
    policy: &Policy,
) -> Record {
    let record = Record {
        pipeline,
        ..notifying(blank(job_id, stay, policy), notification)
    };
    decided(&record, Verdict::Failed(reason), stay.from)
}

/// The record with the job of a return visit opened; none when that visit is over, or is the one that is open already,
/// as when Lambda delivers an event a second time. The first job of an execution never comes with a token.
///
/// CodePipeline gives each number to one job. Where another stands under this one, somebody made one of the two up, and what
/// the record knew of an earlier try with this job is lost: "continue" may have been said for it.
#[must_use]
pub fn reopened(record: &Record, visitor: &Visitor) -> Option<Record> {
    let is_known = [&record.id, &record.visit.job_id].contains(&&visitor.job_id)
        || visitor.number < record.visit.number;
    (!is_known).then(|| Record {
        visit: Visit {
            may_return: visitor.number == record.visit.number,
            ..opened(visitor.job_id.clone(), visitor.number, visitor.stay)
        },
        expires_at: None,
        ..record.clone()
    })
}

/// The record with a job whose result CodePipeline has just taken, although another stood in its place: an action has one
/// open job at a time, so this one is the true one.
#[must_use]
pub fn answered_late(
    record: &Record,
    job_id: &JobId,
    delivery: Delivery,
    now: Timestamp,
) -> Record {
    let stay = Stay {
        from: now,
        answer_by: now,
        leave_by: now,
        ends_at: now,
    };
    let visit = Visit {
        may_return: delivery == Delivery::Continued,
        answer: Some(delivery),
        ..opened(job_id.clone(), record.visit.number, stay)
    };
    Record {
        visit,
        is_known: record.owner.is_none(),
        expires_at: None,
        ..record.clone()
    }
}

fn notifying(record: Record, notification: Notification) -> Record {
    Record {
        topic: notification.topic,
        notification_format: notification.format,
        notify_on: notification.notify_on,
        ..record
    }
}

fn blank(job_id: JobId, stay: Stay, policy: &Policy) -> Record {
    Record {
        version: SCHEMA_VERSION,
        id: job_id.clone(),
        write_id: String::new(),
        pipeline: None,
        topic: None,
        notification_format: NotificationFormat::Text,
        notify_on: NotifyOn::Always,
        owner: None,
        targets: Vec::new(),
        goal: Goal::Completed,
        on_timeout: OnTimeout::Fail,
        cloudfront_calls: 0,
        visit: opened(job_id, 0, stay),
        created_at: stay.from,
        deadline_at: stay.from + policy.timeout,
        outcome: None,
        announcement: Announcement::Undecided,
        event: if policy.puts_events {
            Announcement::Undecided
        } else {
            Announcement::Unwanted
        },
        is_change: false,
        is_known: false,
        due_at: None,
        overdue_at: None,
        pause: None,
        expires_at: None,
    }
}

fn opened(job_id: JobId, number: u32, stay: Stay) -> Visit {
    Visit {
        number,
        job_id,
        opened_at: stay.from,
        answer_by: stay.answer_by,
        ends_at: stay.ends_at,
        delays: 0,
        retry_at: stay.from,
        may_return: false,
        answer: None,
    }
}
