//! The execution record: the parameters, the progress, and the pending results and notifications.
//!
//! It is one DynamoDB item, so a decision and its pending messages are written in one conditional write.
//! Here is only its shape; [`invalidation`](crate::decide) says how it changes. The field names are stored, so a
//! change to one needs a new [`SCHEMA_VERSION`] and a reader for the old.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::input::identifiers::{Account, JobId, TopicArn};
use crate::model::timestamp::Timestamp;

pub use super::notification::{
    Channel, NotificationFormat, NotificationSettings, NotifyOn, PublishState,
};
pub use super::target::{Found, Goal, Listed, Resource, Search, Status, StatusSnapshot, Target};

/// The version of the stored form. A record of another version is refused rather than guessed at.
pub const SCHEMA_VERSION: u32 = 1;

/// The sparse index of records that are due: hash key `due_shard`, range key `due_at`, keys only.
pub const DUE_INDEX: &str = "unfinished";

/// The sparse index of the same records by when they are overdue: hash key `due_shard`, range key `overdue_at`, keys only.
pub const OVERDUE_INDEX: &str = "overdue";

/// How much longer than its execution a target may stand in a queue.
const QUEUE_MARGIN: Duration = Duration::from_secs(5 * 60);

/// The execution of one action: one job without a continuation token, and all its continuations.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ExecutionRecord {
    /// The version of the stored form, [`SCHEMA_VERSION`].
    #[serde(rename = "v")]
    pub version: u32,
    /// The first job id of the execution: the key.
    pub id: JobId,
    /// Who wrote the record last, and the how manieth write of theirs it was. It is the condition of the next write,
    /// and lets a writer whose reply was lost recognise its own work.
    pub write_id: String,
    /// The pipeline's name as people know it; none when neither the parameters nor CodePipeline told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    /// Where the notification goes; none when nobody wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicArn>,
    /// How the notification is written.
    #[serde(default, skip_serializing_if = "NotificationFormat::is_default")]
    pub notification_format: NotificationFormat,
    /// Of which outcomes a notification is wanted.
    #[serde(default, skip_serializing_if = "NotifyOn::is_default")]
    pub notify_on: NotifyOn,
    /// Whose job it is; none when CodePipeline did not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline_context: Option<PipelineContext>,
    /// What is invalidated, in the order of the parameters; nothing when they did not say so in a way that we understood.
    #[serde(default)]
    pub targets: Vec<Target>,
    /// How far the action wants it to come.
    #[serde(default)]
    pub goal: Goal,
    /// The result if the deadline comes first.
    #[serde(default)]
    pub on_timeout: OnTimeout,
    /// How often CloudFront was asked for it. In a sweep of the checker, one call may answer for several executions.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cloudfront_calls: u32,
    /// CodePipeline's latest job.
    pub job: JobState,
    /// When the execution began.
    pub created_at: Timestamp,
    /// The deadline. What has not completed by then has timed out.
    pub deadline_at: Timestamp,
    /// How it ended. Written once, never changed; none until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The state of the notification.
    pub notification_state: PublishState,
    /// The state of the event.
    #[serde(
        default = "PublishState::not_wanted",
        skip_serializing_if = "PublishState::is_not_wanted"
    )]
    pub event_state: PublishState,
    /// Whether the outcome is known to be a change, for `NotifyOn` = `change`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_change: bool,
    /// Whether CodePipeline has shown that it knows a job of this execution, by its reply to a result.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_known: bool,
    /// When the checker should look at the record next; none once nothing is left to do. It is the range key of the
    /// sparse index, so a record without it is not in the index at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// From when on the record is overdue if it is still open; none once nothing is left to do. It is the range key of the
    /// index of what is overdue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdue_at: Option<Timestamp>,
    /// How long, in milliseconds, the record is left alone if the next sweep that takes it up does not come to its end
    /// either. A sweep doubles it before its work, so that even one that is killed has been counted; whoever comes to the
    /// end of the work takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff: Option<u64>,
    /// When DynamoDB may delete the record, in epoch **seconds**; present only once nothing is left to do, so that
    /// TTL can never delete work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
}

/// The action whose job it is, as CodePipeline's `pipelineContext` names it. It stays the same for each job of one
/// execution, so a job of another owner has no business with the record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PipelineContext {
    /// The pipeline's name.
    pub pipeline: String,
    /// The id of the pipeline's execution.
    pub pipeline_execution_id: String,
    /// The stage's name.
    pub stage: String,
    /// The action's name.
    pub action: String,
}

/// The result of an action whose invalidations exist but did not complete by the deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum OnTimeout {
    /// It fails.
    #[default]
    Fail,
    /// It succeeds, with a warning.
    Succeed,
    /// It succeeds, and subscribers are notified once CloudFront has completed them.
    Release,
}

/// A service error: its code and its message, reduced to printable text.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ServiceError {
    /// What kind of error it is, whatever its code. Only the code that made the call uses it; it is not stored.
    #[serde(skip)]
    pub kind: ServiceErrorKind,
    /// The service's error code, such as `Throttling`, or our own word for no reply at all.
    pub code: String,
    /// The service's message; may be empty.
    pub message: String,
}

/// The kind of a service's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ServiceErrorKind {
    /// There were too many calls.
    Throttled,
    /// IAM does not allow the call.
    Denied,
    /// There was no reply that could be read.
    NoReply,
    /// The service was not called, because of the rate limit.
    NotCalled,
    /// Anything else.
    #[default]
    Other,
}

/// One job of CodePipeline: a job, and whether it has had its answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct JobState {
    /// 0 for the first job, then counted by our own token.
    pub number: u32,
    /// The job of this job. Each job has its own: "A new job is created in CodePipeline that includes the
    /// continuation token."
    pub job_id: JobId,
    /// When the job began.
    pub opened_at: Timestamp,
    /// Until when the job handler may hold the job open before it answers "continue".
    pub wait_until: Timestamp,
    /// When Lambda ends the job handler at the latest. Before that the checker leaves the record to the job handler.
    pub ends_at: Timestamp,
    /// How often CodePipeline could not accept the result.
    pub delays: u32,
    /// When the result may be reported again.
    pub retry_at: Timestamp,
    /// Whether "continue" may have been said for this job; written before it is said. From then on a job that takes no
    /// answer may be one that CodePipeline comes back from.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_continue: bool,
    /// What became of the answer; none while the job waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Delivery>,
}

/// The delivery of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Delivery {
    /// CodePipeline took "continue" and will come back; or it no longer takes an answer, or cannot be reached, and an earlier
    /// "continue" of ours may have got through.
    Continued,
    /// CodePipeline took the outcome.
    Concluded,
    /// CodePipeline no longer takes the outcome for this job: an earlier try of ours got through, or the pipeline was
    /// stopped, or its own timer ran out. Its reply does not tell these apart, and neither do we.
    Closed,
    /// CodePipeline could not be reached for so long that its own timer has ended the job, and "continue" was never said.
    Undeliverable,
    /// CodePipeline has no such job, and has shown of no other job of this execution that it knows it.
    Unknown,
}

/// The outcome of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub verdict: Verdict,
    /// When that was decided.
    pub decided_at: Timestamp,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// Each target has come as far as the action wants it to: unless that says otherwise, CloudFront said `Completed` for
    /// our invalidation.
    Succeeded,
    /// It cannot succeed.
    Failed(Reason),
    /// The deadline passed first.
    TimedOut,
    /// The deadline passed first, and `OnTimeout` lets the action succeed.
    SucceededWithWarning,
}

/// Why an execution cannot succeed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// The action's parameters were refused; each fault is a sentence for the pipeline's author.
    BadParameters(Vec<String>),
    /// The job has a continuation token that this function did not issue.
    UnreadableToken,
    /// The token is valid, but its record no longer exists.
    UnknownExecution,
    /// The record names no target although nothing was decided: it was damaged, for we never write one so.
    NoTarget,
    /// IAM does not allow an action on the distribution.
    AccessDenied {
        /// The IAM action, such as `cloudfront:CreateInvalidation`.
        action: String,
        /// Whose role it is, as far as the refusal or the region says so.
        #[serde(default)]
        account: Account,
    },
    /// CloudFront has no such distribution in this account.
    NoSuchDistribution,
    /// CloudFront has no such distribution tenant in this account.
    NoSuchDistributionTenant,
    /// No distribution and no distribution tenant of this account has the domain name.
    NoSuchAlias,
    /// CloudFront refused the batch for good.
    BatchRejected(ServiceError),
    /// CloudFront says that the reference of this execution was already used, and no invalidation of our batch has it.
    CallerReferenceConflict,
    /// The continuation token belongs to another action's execution.
    ForeignToken,
    /// The code of the function failed in each attempt.
    Internal,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl JobState {
    /// Whether the job has no result yet.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.result.is_none()
    }
}

impl ExecutionRecord {
    /// Whether nothing is left to do.
    #[must_use]
    pub const fn is_finalized(&self) -> bool {
        self.due_at.is_none() && self.expires_at.is_some()
    }

    /// Whether CodePipeline knows the execution: it told whose it is, or replied to one of its jobs as to one that it has.
    #[must_use]
    pub const fn is_evident(&self) -> bool {
        self.pipeline_context.is_some() || self.is_known
    }

    /// Whether CodePipeline has said that it does not know the execution. Nothing is told of it: an event that did not come
    /// from CodePipeline began it.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.job.result == Some(Delivery::Unknown) && !self.is_evident()
    }

    /// Until when its targets may stand in a queue: as long as the execution may last, and a while for clocks that differ
    /// and for replies that come late.
    #[must_use]
    pub fn queues_until(&self) -> Timestamp {
        self.deadline_at + QUEUE_MARGIN
    }

    /// The invalidations as CloudFront last showed them, as far as there are any.
    pub fn snapshots(&self) -> impl Iterator<Item = &StatusSnapshot> {
        self.targets
            .iter()
            .filter_map(|target| target.invalidation.as_ref())
    }

    /// Where the announcement of the outcome stands on this channel.
    #[must_use]
    pub const fn publish_state(&self, channel: Channel) -> &PublishState {
        match channel {
            Channel::Topic => &self.notification_state,
            Channel::Bus => &self.event_state,
        }
    }

    /// The same, to be changed.
    pub const fn publish_state_mut(&mut self, channel: Channel) -> &mut PublishState {
        match channel {
            Channel::Topic => &mut self.notification_state,
            Channel::Bus => &mut self.event_state,
        }
    }

    /// Whether the action has its answer, and its invalidations are watched on before anybody is told.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        let is_released = self.on_timeout == OnTimeout::Release
            && matches!(&self.outcome, Some(outcome) if outcome.verdict == Verdict::SucceededWithWarning);
        let published = Channel::ALL.map(|channel| self.publish_state(channel));
        is_released
            && published.iter().any(|one| one.is_untried())
            && !published.iter().any(|one| one.is_tried())
    }

    /// Whether the outcome is told as a success. An action that was released is one once CloudFront has completed what it
    /// took.
    #[must_use]
    pub fn is_success(&self) -> bool {
        match self.outcome.as_ref().map(|outcome| &outcome.verdict) {
            Some(Verdict::Succeeded) => true,
            Some(Verdict::SucceededWithWarning) => self.targets.iter().all(Target::is_completed),
            Some(Verdict::Failed(_) | Verdict::TimedOut) | None => false,
        }
    }

    /// The name under which it is remembered how this action ended last: the same for each of its executions.
    #[must_use]
    pub fn action_name(&self) -> String {
        match (&self.pipeline_context, &self.pipeline) {
            (Some(pipeline_context), _) => format!(
                "{}/{}/{}",
                pipeline_context.pipeline, pipeline_context.stage, pipeline_context.action
            ),
            (None, Some(pipeline)) => pipeline.clone(),
            (None, None) => self
                .targets
                .iter()
                .map(|target| target.resource.to_string())
                .collect::<Vec<_>>()
                .join(","),
        }
    }
}

impl ServiceError {
    /// A service's code and message, of no kind that matters, made fit to be stored and shown: control characters become
    /// spaces, and at most 64 and 512 characters are kept.
    #[must_use]
    pub fn new(code: &str, message: &str) -> Self {
        let fit = |text: &str, most| {
            text.chars()
                .take(most)
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect()
        };
        Self {
            kind: ServiceErrorKind::Other,
            code: fit(code, 64),
            message: fit(message, 512),
        }
    }

    /// The same, of this kind.
    #[must_use]
    pub fn of(self, kind: ServiceErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// No reply that could be read, which no service has a word for.
    #[must_use]
    pub fn no_reply(message: &str) -> Self {
        Self::new("NoReply", message).of(ServiceErrorKind::NoReply)
    }

    /// A call that was not made, so as not to make too many.
    #[must_use]
    pub fn not_called(message: &str) -> Self {
        Self::new("NotCalled", message).of(ServiceErrorKind::NotCalled)
    }
}

/// What is logged and stored; a reason to fail is logged in this form.
impl fmt::Debug for ServiceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ServiceError")
            .field("code", &self.code)
            .field("message", &self.message)
            .finish()
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message.as_str() {
            "" => formatter.write_str(&self.code),
            message => write!(formatter, "{}: {message}", self.code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::tests::first_job;

    #[test]
    fn an_action_is_remembered_by_what_is_known_of_it() {
        let mut record = first_job();
        assert_eq!(record.action_name(), "E1");
        record.pipeline = Some("site".to_owned());
        assert_eq!(record.action_name(), "site");
        record.pipeline_context = Some(PipelineContext {
            pipeline: "site".to_owned(),
            pipeline_execution_id: "1".to_owned(),
            stage: "Deploy".to_owned(),
            action: "Invalidate".to_owned(),
        });
        assert_eq!(record.action_name(), "site/Deploy/Invalidate");
    }

    /// So that an item is no longer than it was before there was such a field.
    #[test]
    fn what_is_as_usual_is_not_stored() {
        let unusual = ExecutionRecord {
            cloudfront_calls: 2,
            notification_format: NotificationFormat::Json,
            notify_on: NotifyOn::Change,
            event_state: PublishState::Undecided,
            ..first_job()
        };
        for (record, is_stored) in [(first_job(), false), (unusual, true)] {
            let stored = serde_json::to_value(&record).unwrap();
            for field in [
                "cloudfront_calls",
                "notification_format",
                "notify_on",
                "event_state",
            ] {
                assert_eq!(stored.get(field).is_some(), is_stored, "{field}");
            }
            assert_eq!(
                serde_json::from_value::<ExecutionRecord>(stored).unwrap(),
                record
            );
        }
    }
}
