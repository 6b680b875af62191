//! The execution record: the parameters, the progress, and the pending results and notifications.
//!
//! It is one DynamoDB item, so a decision and its pending messages are stored in one conditional write. This module
//! defines its shape, and [`decide`](crate::decide) its changes. The field names are stored, so a change to one needs a
//! new [`SCHEMA_VERSION`] and a reader for the old one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::input::identifiers::{Account, Alias, JobId, TopicArn};
use crate::model::timestamp::Timestamp;

pub use super::notification::{
    Channel, NotificationFormat, NotificationSettings, NotifyOn, PublishState,
};
pub use super::service_error::{ServiceError, ServiceErrorKind};
pub use super::target::{Found, Goal, Listed, Resource, Search, Status, StatusSnapshot, Target};

/// The version of the stored form. A record of another version is rejected.
pub const SCHEMA_VERSION: u32 = 1;

/// The sparse index of records that are due: hash key `due_shard`, range key `due_at`, keys only.
pub const DUE_INDEX: &str = "unfinished";

/// The sparse index of these records by when they are overdue: hash key `due_shard`, range key `overdue_at`, keys only.
pub const OVERDUE_INDEX: &str = "overdue";

/// The time from the deadline of an execution to the expiry of its queue entries.
const QUEUE_MARGIN: Duration = Duration::from_secs(5 * 60);

/// The execution of one action: one job without a continuation token, and all its continuations.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ExecutionRecord {
    /// The version of the stored form, [`SCHEMA_VERSION`].
    #[serde(rename = "v")]
    pub version: u32,
    /// The first job id of the execution: the key.
    pub id: JobId,
    /// The id of the last write: its writer and its sequence number. It is the condition of the next write, and a
    /// writer that received no reply recognizes its own write by it.
    pub write_id: String,
    /// The `PipelineName` of the parameters, if any: see [`Self::pipeline_name`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    /// The topic of the notification; none if no notification is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicArn>,
    /// The format of the notification.
    #[serde(default, skip_serializing_if = "NotificationFormat::is_default")]
    pub notification_format: NotificationFormat,
    /// The outcomes for which a notification is wanted.
    #[serde(default, skip_serializing_if = "NotifyOn::is_default")]
    pub notify_on: NotifyOn,
    /// The pipeline context of the job; none if CodePipeline did not return it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline_context: Option<PipelineContext>,
    /// The targets, in the order of the parameters; empty if the parameters are invalid.
    #[serde(default)]
    pub targets: Vec<Target>,
    /// The state that the invalidations must reach.
    #[serde(default)]
    pub goal: Goal,
    /// The result at the deadline.
    #[serde(default)]
    pub on_timeout: OnTimeout,
    /// The number of calls to CloudFront. One call of a sweep may serve several executions.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cloudfront_calls: u32,
    /// CodePipeline's latest job.
    pub job: JobState,
    /// When the execution began.
    pub created_at: Timestamp,
    /// The deadline, at which an unfinished execution times out.
    pub deadline_at: Timestamp,
    /// The outcome, which is written once and never changed; none before it is decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The publication state of the notification.
    pub notification_state: PublishState,
    /// The publication state of the event.
    #[serde(
        default = "PublishState::not_wanted",
        skip_serializing_if = "PublishState::is_not_wanted"
    )]
    pub event_state: PublishState,
    /// Whether the outcome is known to be a change, for `NotifyOn` = `change`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_change: bool,
    /// Whether CodePipeline has confirmed a job of this execution, by its reply to a result.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_known: bool,
    /// When the checker should process the record next; none if no work is left. It is the range key of the sparse
    /// index, so a record without it is not in the index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// When the open record becomes overdue; none if no work is left. It is the range key of the index of overdue
    /// records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdue_at: Option<Timestamp>,
    /// The backoff, in milliseconds, that follows if the next sweep that claims the record does not complete its work
    /// either. A sweep doubles it before its work, so that a sweep that is killed is counted. Completed work removes
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff: Option<u64>,
    /// When DynamoDB may delete the record, in epoch **seconds**. It is set only if no work is left, so that TTL never
    /// deletes pending work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
}

/// The action of a job, as in CodePipeline's `pipelineContext`. All jobs of an execution have the same context, so a
/// job with another context must not use the record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PipelineContext {
    /// The pipeline's name.
    pub pipeline: String,
    /// The id of the pipeline execution.
    pub pipeline_execution_id: String,
    /// The stage's name.
    pub stage: String,
    /// The action's name.
    pub action: String,
}

/// The result of an action whose invalidations exist but did not complete by the deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum OnTimeout {
    /// The action fails.
    #[default]
    Fail,
    /// The action succeeds with a warning.
    Succeed,
    /// The action succeeds with a warning. Subscribers are notified once CloudFront has completed the invalidations.
    Release,
}

/// A CodePipeline job, and the delivery of its result.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct JobState {
    /// 0 for the first job, then the number in the continuation token.
    pub number: u32,
    /// The id of the job. Each continuation has another one: "A new job is created in CodePipeline that includes the
    /// continuation token."
    pub job_id: JobId,
    /// When the job began.
    pub opened_at: Timestamp,
    /// Until when the job handler may wait before it reports a continuation.
    pub wait_until: Timestamp,
    /// When Lambda ends the job handler at the latest. Until then, the checker does not process the record.
    pub ends_at: Timestamp,
    /// The number of failed reports of the result.
    pub delays: u32,
    /// When the result may be reported again.
    pub retry_at: Timestamp,
    /// Whether a continuation may have been reported for this job; written before the report. From then on,
    /// CodePipeline may create a continuation job even if it accepts no result for this one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_continue: bool,
    /// The delivery of the result; none while the result is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Delivery>,
}

/// The delivery of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Delivery {
    /// CodePipeline accepted a continuation. Or CodePipeline no longer accepts a result or cannot be reached, and may
    /// have accepted an earlier report of the continuation.
    Continued,
    /// CodePipeline accepted the outcome.
    Concluded,
    /// CodePipeline no longer accepts the outcome for this job: it accepted an earlier report, the pipeline was
    /// stopped, or the job timed out there. Its reply does not distinguish these cases.
    Closed,
    /// CodePipeline could not be reached before the job timed out there, and no continuation was reported.
    Undeliverable,
    /// CodePipeline has no such job, and has confirmed no other job of this execution.
    Unknown,
}

/// The outcome of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// When it was decided.
    pub decided_at: Timestamp,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// Each target has reached the goal of the action. By default, CloudFront has reported `Completed` for its
    /// invalidation.
    Succeeded,
    /// It cannot succeed.
    Failed(Reason),
    /// The deadline was reached first.
    TimedOut,
    /// The deadline was reached first, and `OnTimeout` lets the action succeed.
    SucceededWithWarning,
}

/// Why an execution cannot succeed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// The action's parameters were rejected; each fault is a sentence for the pipeline's author.
    BadParameters(Vec<String>),
    /// The paths could not be read from the input artifact: the first faults, and how many more there are.
    BadPathsFile(Vec<String>, usize),
    /// The job's credentials may not read the input artifact, or have expired.
    ArtifactDenied(ServiceError),
    /// S3 did not return the input artifact in any attempt.
    ArtifactUnavailable(ServiceError),
    /// The job has a continuation token that this function did not issue.
    UnreadableToken,
    /// The execution of the token has no record, and there are no details of the job that could confirm the token.
    UnknownExecution,
    /// The record has no target and no outcome. No execution writes such a record, so it was damaged.
    NoTarget,
    /// IAM does not allow an action on the distribution.
    AccessDenied {
        /// The IAM action, such as `cloudfront:CreateInvalidation`.
        action: String,
        /// The account of the role, if the error or the region reveals it.
        #[serde(default)]
        account: Account,
    },
    /// CloudFront has no such distribution in this account.
    NoSuchDistribution,
    /// CloudFront has no such distribution tenant in this account.
    NoSuchDistributionTenant,
    /// No distribution and no distribution tenant of this account has the domain name; with the most similar name of a
    /// distribution, if there is one.
    NoSuchAlias(Option<Alias>),
    /// CloudFront rejected the batch, and a retry cannot succeed.
    BatchRejected(ServiceError),
    /// CloudFront reports that the caller reference was already used, but no invalidation with this batch has it.
    CallerReferenceConflict,
    /// The continuation token belongs to another action's execution.
    ForeignToken,
    /// The settings restrict pipelines, and CodePipeline did not return the pipeline of the job.
    UnknownPipeline,
    /// The settings do not allow the pipeline to invalidate the target.
    PipelineNotAllowed,
    /// Each attempt of the function failed.
    Internal,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl JobState {
    /// Whether the result of the job is pending.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.result.is_none()
    }
}

impl ExecutionRecord {
    /// Whether no work is left.
    #[must_use]
    pub const fn is_finalized(&self) -> bool {
        self.due_at.is_none() && self.expires_at.is_some()
    }

    /// The name of the pipeline, as CodePipeline returned it; otherwise as the parameters claim it, if they do.
    #[must_use]
    pub fn pipeline_name(&self) -> Option<&str> {
        let context = self.pipeline_context.as_ref();
        context
            .map(|context| context.pipeline.as_str())
            .or(self.pipeline.as_deref())
    }

    /// The `PipelineName` of the parameters, if it differs from the name that CodePipeline returned.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        let claimed = self.pipeline.as_deref()?;
        (self.pipeline_name() != Some(claimed)).then_some(claimed)
    }

    /// Whether CodePipeline has confirmed the execution: it returned the pipeline context, or confirmed one of the jobs.
    #[must_use]
    pub const fn is_evident(&self) -> bool {
        self.pipeline_context.is_some() || self.is_known
    }

    /// Whether the execution is unknown to CodePipeline. CodePipeline did not send its event, so its outcome is not
    /// published.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.job.result == Some(Delivery::Unknown) && !self.is_evident()
    }

    /// When the queue entries of its targets expire: at the deadline, plus a margin for clock skew and late replies.
    #[must_use]
    pub fn queues_until(&self) -> Timestamp {
        self.deadline_at + QUEUE_MARGIN
    }

    /// The last known status of each invalidation that exists.
    pub fn snapshots(&self) -> impl Iterator<Item = &StatusSnapshot> {
        self.targets
            .iter()
            .filter_map(|target| target.invalidation.as_ref())
    }

    /// The publication state of the outcome on this channel.
    #[must_use]
    pub const fn publish_state(&self, channel: Channel) -> &PublishState {
        match channel {
            Channel::Topic => &self.notification_state,
            Channel::Bus => &self.event_state,
        }
    }

    /// The publication state on this channel, mutable.
    pub const fn publish_state_mut(&mut self, channel: Channel) -> &mut PublishState {
        match channel {
            Channel::Topic => &mut self.notification_state,
            Channel::Bus => &mut self.event_state,
        }
    }

    /// Whether the action is detached: it has its result, and its invalidations are polled further before it is
    /// published.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        let is_released = self.on_timeout == OnTimeout::Release
            && matches!(&self.outcome, Some(outcome) if outcome.verdict == Verdict::SucceededWithWarning);
        let published = Channel::ALL.map(|channel| self.publish_state(channel));
        is_released
            && published.iter().any(|one| one.is_untried())
            && !published.iter().any(|one| one.is_tried())
    }

    /// Whether the outcome is published as a success. After a time-out with a warning, it is one if CloudFront has
    /// completed all invalidations since.
    #[must_use]
    pub fn is_success(&self) -> bool {
        match self.outcome.as_ref().map(|outcome| &outcome.verdict) {
            Some(Verdict::Succeeded) => true,
            Some(Verdict::SucceededWithWarning) => self.targets.iter().all(Target::is_completed),
            Some(Verdict::Failed(_) | Verdict::TimedOut) | None => false,
        }
    }

    /// The key of the last outcome of this action, the same for each of its executions.
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

    /// Default values do not lengthen the item.
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
