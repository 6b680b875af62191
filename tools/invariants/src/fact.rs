//! What somebody saw: the small vocabulary in which a promise is judged.
//!
//! A fact says what a service saw, or what our functions wrote in their log. It never says what a record holds, except
//! where a promise is about the record itself.

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// When, in milliseconds since 1970, on the clock of whoever saw it.
    pub at_ms: u64,
    /// The execution that it belongs to, by the id of its first job; none where that cannot be told.
    pub execution: Option<String>,
    /// What it is.
    pub what: What,
}

impl Fact {
    /// A fact that belongs to no execution, or to one that cannot be told.
    #[must_use]
    pub const fn of_nobody(at_ms: u64, what: What) -> Self {
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
    /// The execution began. An execution without this fact began before anybody looked.
    Began,
    /// What the execution was asked to do.
    Asked {
        /// The distributions and distribution tenants that it may invalidate, by their ids or domain names.
        targets: Vec<String>,
        /// What it takes to succeed.
        wish: Wish,
        /// How long it may take, in minutes, where it says so itself.
        timeout_minutes: Option<u64>,
        /// Of which outcomes people want to hear.
        notify: Notify,
    },
    /// Whom the execution tells, and until when it must be over; each as far as it is known.
    Given {
        /// The topic that it may publish to.
        topic: Option<String>,
        /// When its own deadline passes, in milliseconds since 1970.
        deadline_ms: Option<u64>,
    },
    /// CodePipeline came with this job.
    Received {
        /// The job's id.
        job: String,
    },
    /// CreateInvalidation was called, whatever came of it.
    Create {
        /// The distribution.
        distribution: String,
    },
    /// The execution has this invalidation.
    Created {
        /// Whose cache it cleans; none where that cannot be told.
        distribution: Option<String>,
        /// The caller reference under which it was made; none where that cannot be told.
        reference: Option<String>,
        /// CloudFront's id.
        invalidation: String,
    },
    /// The execution goes on with an invalidation that another function made.
    Adopted {
        /// CloudFront's id.
        invalidation: String,
    },
    /// The execution goes on with an invalidation that another execution made.
    Shared {
        /// CloudFront's id.
        invalidation: String,
        /// Whether it has each path that this execution asked for, as far as that can be told.
        covers: bool,
    },
    /// GetInvalidation was called, whatever came of it.
    Poll {
        /// CloudFront's id.
        invalidation: String,
    },
    /// CloudFront said how an invalidation stands, and was heard.
    Seen {
        /// CloudFront's id.
        invalidation: String,
        /// Whether it said `Completed`.
        completed: bool,
    },
    /// A job was answered.
    Reported {
        /// The job's id.
        job: String,
        /// What was said; none where that cannot be told.
        job_result: Option<JobResult>,
        /// What became of it.
        disposition: Disposition,
    },
    /// Publish or PutEvents was called, whatever came of it.
    Publish {
        /// The topic's ARN, or the bus's name.
        topic: Option<String>,
    },
    /// SNS took a notification.
    Published(Notification),
    /// EventBridge took an event.
    Put(Notification),
    /// There is a bus on which each outcome is to be put.
    Bus {
        /// Its name.
        bus: String,
    },
    /// A job was failed because its record could be neither read nor written: nothing durable is known of it, and so
    /// nobody can be told.
    Unrecorded,
    /// SNS itself was asked for all that it took.
    Inbox,
    /// We claim that SNS took a notification under this message id.
    Claimed {
        /// SNS's id of the message.
        message: String,
    },
    /// The notification was given up, and an error says so.
    Abandoned,
    /// The event was given up, and an error says so.
    EventGivenUp,
    /// CodePipeline shows that the action has ended.
    Ended(End),
    /// A call failed, a process died, or we wrote a warning: a reason for which something may happen twice.
    ServiceError,
    /// So many texts were searched for secrets.
    Searched {
        /// How many.
        texts: usize,
    },
    /// A secret turned up.
    Leaked {
        /// Where.
        place: String,
    },
    /// The table has work left for the execution, or none.
    Stored {
        /// Whether nothing is left to do.
        finalized: bool,
    },
}

/// What it takes for an action to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// CloudFront has completed each invalidation.
    Completed,
    /// CloudFront has taken each invalidation, and completed it unless the deadline came first.
    InTime,
    /// CloudFront has taken each invalidation.
    Taken,
    /// Nothing is invalidated at all.
    Nothing,
}

/// Of which outcomes people want to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notify {
    /// Of each.
    Each,
    /// Of each that is not a success.
    NotSuccesses,
    /// Of each that is not a success, and of the first success after it.
    Changes,
}

/// What CodePipeline was told about a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobResult {
    /// "Not finished: come back."
    Continue,
    /// The action succeeded.
    Success,
    /// The action failed.
    Failure,
    /// The action failed because its deadline had passed, where that can be told from any other failure.
    TimeOut,
}

impl JobResult {
    /// Whether the action is over with it.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Continue)
    }

    /// Whether it is the good end.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Success)
    }
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// CodePipeline took it.
    Taken,
    /// CodePipeline no longer wants an answer to this job.
    NotWanted,
    /// It did not arrive, or nobody knows.
    Lost,
}

/// A notification that SNS took, or an event that EventBridge did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The topic's ARN, or the bus's name; none where that cannot be told.
    pub topic: Option<String>,
    /// Whether it tells of success; none where that cannot be told.
    pub success: Option<bool>,
    /// What it says of the outcome, word for word; two copies must not differ in it.
    pub says: String,
    /// The service's id of the message; none where its own word is not known, so that it is only our claim.
    pub message: Option<String>,
}

/// How CodePipeline shows the end of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A job was answered with success.
    Succeeded,
    /// A job was answered with failure.
    Failed,
    /// Nobody answered in time.
    TimedOut,
    /// Somebody stopped the pipeline.
    Abandoned,
}
