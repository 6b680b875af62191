//! The facts on which the invariants are evaluated.
//!
//! A fact is something that a service recorded, or that a function wrote to its log. It is never the content of a
//! record, except for an invariant about the record itself.

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The time, in milliseconds since 1970, on the clock of its source.
    pub at_ms: u64,
    /// The execution that it belongs to, by the id of its first job; `None` if it is unknown.
    pub execution: Option<String>,
    /// What it is.
    pub what: What,
}

impl Fact {
    /// A fact that belongs to no execution, or to an unknown one.
    #[must_use]
    pub const fn unattributed(at_ms: u64, what: What) -> Self {
        Self {
            at_ms,
            execution: None,
            what,
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The execution began. An execution without this fact began before the observation.
    Began,
    /// The parameters of the execution.
    Parameters {
        /// The distributions and distribution tenants that it may invalidate, by their ids or domain names.
        targets: Vec<String>,
        /// What the action needs to succeed.
        success_condition: SuccessCondition,
        /// The time-out in minutes, if the parameters set one.
        timeout_minutes: Option<u64>,
        /// The outcomes for which subscribers want a notification.
        notify: Notify,
    },
    /// The topic and the deadline of the execution, if known.
    Given {
        /// The topic that it may publish to.
        topic: Option<String>,
        /// The deadline, in milliseconds since 1970.
        deadline_ms: Option<u64>,
    },
    /// CodePipeline handed out this job.
    Received {
        /// The job's id.
        job: String,
    },
    /// CreateInvalidation was called, with any outcome.
    Create {
        /// The distribution.
        distribution: String,
    },
    /// The execution has this invalidation.
    Created {
        /// The distribution or tenant; `None` if it is unknown.
        distribution: Option<String>,
        /// The caller reference; `None` if it is unknown.
        reference: Option<String>,
        /// CloudFront's id.
        invalidation: String,
    },
    /// The execution waits for an invalidation that the Python function created.
    Adopted {
        /// CloudFront's id.
        invalidation: String,
    },
    /// The execution waits for an invalidation that another execution created.
    Shared {
        /// CloudFront's id.
        invalidation: String,
        /// Whether it covers each path of this execution, if known.
        covers: bool,
    },
    /// GetInvalidation was called, with any outcome.
    Poll {
        /// CloudFront's id.
        invalidation: String,
    },
    /// The caller received the status of an invalidation from CloudFront.
    StatusReceived {
        /// CloudFront's id.
        invalidation: String,
        /// Whether the status was `Completed`.
        completed: bool,
    },
    /// A result was sent for a job.
    Reported {
        /// The job's id.
        job: String,
        /// The result; `None` if it is unknown.
        job_result: Option<JobResult>,
        /// Whether CodePipeline accepted it.
        disposition: Disposition,
    },
    /// Publish or PutEvents was called, with any outcome.
    Publish {
        /// The topic's ARN, or the bus's name.
        topic: Option<String>,
    },
    /// SNS accepted a notification.
    Published(Notification),
    /// EventBridge accepted an event.
    Put(Notification),
    /// The bus to which each outcome is published.
    Bus {
        /// Its name.
        bus: String,
    },
    /// A job was failed because its record could be neither read nor written. Nothing durable is known of it, so no
    /// notification can be sent.
    Unrecorded,
    /// The source of the facts includes every message that SNS accepted.
    Inbox,
    /// A function reports that SNS accepted a notification under this message id.
    Claimed {
        /// SNS's id of the message.
        message: String,
    },
    /// The notification was abandoned, and an error was logged.
    NotificationAbandoned,
    /// The event was abandoned, and an error was logged.
    EventAbandoned,
    /// CodePipeline shows that the action has ended.
    Ended(End),
    /// A call failed, a process died, or a function logged a warning: a reason for which an effect may occur twice.
    ServiceError,
    /// The number of texts that were searched for secrets.
    Searched {
        /// The number.
        texts: usize,
    },
    /// A secret was found.
    Leaked {
        /// Where.
        place: String,
    },
    /// Whether the table has work left for the execution.
    Stored {
        /// Whether no work is left.
        finalized: bool,
    },
}

/// What an action needs to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuccessCondition {
    /// Its lists in a file are processed: a target with an empty list needs no invalidation.
    Listed {
        /// Whether the invalidations that it made must be completed.
        is_waiting: bool,
    },
    /// CloudFront has completed each invalidation.
    Completed,
    /// CloudFront has created each invalidation, and completed it unless the deadline came first.
    CompletedOrDeadline,
    /// CloudFront has created each invalidation.
    Created,
    /// Nothing is invalidated (a dry run).
    DryRun,
}

/// The outcomes for which subscribers want a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notify {
    /// All outcomes.
    All,
    /// Each outcome that is not a success.
    Failures,
    /// Each outcome that is not a success, and the first success after it.
    Changes,
}

/// The result that was reported for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobResult {
    /// Not finished: a continuation token.
    Continue,
    /// The action succeeded.
    Success,
    /// The action failed.
    Failure,
    /// The action failed because its deadline had passed, if the source distinguishes this failure.
    TimeOut,
}

impl JobResult {
    /// Whether the result ends the action.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Continue)
    }

    /// Whether the result is a success.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Success)
    }
}

/// Whether a result was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// CodePipeline accepted it.
    Accepted,
    /// CodePipeline no longer accepts a result for this job.
    NoLongerAccepted,
    /// It was not delivered, or the reply is unknown.
    Unconfirmed,
}

/// A notification that SNS accepted, or an event that EventBridge accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The topic's ARN, or the bus's name; `None` if it is unknown.
    pub topic: Option<String>,
    /// Whether it reports a success; `None` if it is unknown.
    pub success: Option<bool>,
    /// The text of the outcome; two copies must not differ in it.
    pub says: String,
    /// The service's id of the message; `None` if the fact is only the report of a function.
    pub message: Option<String>,
}

/// How CodePipeline shows the end of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A job was reported as succeeded.
    Succeeded,
    /// A job was reported as failed.
    Failed,
    /// CodePipeline received no result in time.
    TimedOut,
    /// The pipeline execution was stopped.
    Abandoned,
}
