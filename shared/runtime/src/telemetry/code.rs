//! The event codes of the log. Every line that the functions write has one of them. The meaning of a code never
//! changes, so that queries and tools can depend on it. The message may change at any time.
//!
//! `docs/logs.md` is generated from this list.

/// The severity of an event, which is the level of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// A detail for the developers of the functions.
    Debug,
    /// Normal operation.
    Info,
    /// Something failed and is handled.
    Warn,
    /// Something failed permanently, or needs an operator.
    Error,
}

impl Severity {
    /// Its name, as it appears in a line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// The span that an event belongs to. The line also has the fields of that span, if they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// An invocation of a function.
    Invocation,
    /// A CodePipeline job.
    Job,
    /// An execution of the action.
    Execution,
    /// A target of an execution.
    Target,
}

impl Scope {
    /// The fields of its spans.
    #[must_use]
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Invocation => &[],
            Self::Job => &["job_id"],
            Self::Execution => &["execution_id", "pipeline", "stage", "action"],
            Self::Target => &[
                "execution_id",
                "pipeline",
                "stage",
                "action",
                "distribution_id",
                "distribution_tenant_id",
                "alias",
                "invalidation_id",
            ],
        }
    }
}

macro_rules! codes {
    ($(
        $name:ident = $code:literal $severity:ident $scope:ident [$($field:ident),*] $message:literal;
        $meaning:literal, $remedy:literal;
    )*) => {
        /// An event of the log.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $name,)*
        }

        impl Code {
            /// All codes, in the order in which they typically occur: jobs, targets, results, notifications, sweeps.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The field `event` of its line.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The code with this value.
            #[must_use]
            pub fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }

            /// The level of its line.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// The span that it belongs to.
            #[must_use]
            pub const fn scope(self) -> Scope {
                match self { $(Self::$name => Scope::$scope,)* }
            }

            /// The fields that its line may have, in addition to those of its scope.
            #[must_use]
            pub const fn fields(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$(stringify!($field)),*],)* }
            }

            /// The field `message` of its line.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }

            /// The meaning of the event.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }

            /// What an operator should do; empty if no action is required.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)* }
            }
        }
    };
}

codes! {
    // Name = code, severity, scope, fields, message; meaning, remedy;
    JobReceived = "job.received" Info Execution
        [distribution_id, topic, invalidation_id, job_number, deadline_ms, goal, on_timeout, notify_on]
        "job received";
        "CodePipeline sent a job: the first of an execution (`job_number` 0), or a continuation job.", "";
    JobRejected = "job.rejected" Warn Execution [reason]
        "job rejected";
        "The parameters or the continuation token are invalid; `reason` has every error.",
        "The author of the pipeline reads the same in CodePipeline and corrects the action.";
    JobForeign = "job.foreign" Warn Job [function]
        "job of another function; no result reported";
        "The job belongs to the function in `function`.",
        "See who may invoke `start` and the checker.";
    JobUnknown = "job.unknown" Warn Job [job_id]
        "job unknown to CodePipeline; no notification is sent";
        "A function was invoked with a job of no pipeline, for instance by the *Test* button.", "";
    JobEventMismatch = "job.event_mismatch" Warn Job []
        "event differs from the details of the job; using the details";
        "Parameters or token of the event are not those that CodePipeline returns for the job.",
        "Find out who changed the event: see who may invoke `start`.";
    ArtifactRead = "artifact.read" Info Job [parts, bytes]
        "input artifact read";
        "`PathsFile` was read from so many parts of an artifact.", "";
    ArtifactRetried = "artifact.retried" Warn Job [attempt, service_error]
        "S3 did not return the input artifact; trying again";
        "The attempts end with the time of the invocation; Lambda then repeats it.", "";
    JobUncheckedDenied = "job.unchecked.denied" Warn Job [service_error]
        "jobs are not checked: codepipeline:GetJobDetails is not allowed";
        "Logged once in each process. The event is used as it is.",
        "Allow the call: [what is not checked without it](security.md#job-identity).";
    JobUncheckedUnsupported = "job.unchecked.unsupported" Warn Job []
        "jobs are not checked: GetJobDetails returns no Lambda jobs here";
        "Logged once in each process: CodePipeline accepted the result of a job that GetJobDetails does not find.", "";
    JobUncheckedError = "job.unchecked.error" Warn Job [error]
        "job not checked: CodePipeline did not return its details";
        "The call failed; `error` has the cause. The event is used as it is.", "";
    JobUncheckedUnnamed = "job.unchecked.unnamed" Info Job []
        "job not checked: its details name no function";
        "The details of the job have no readable `FunctionName`. The event is used as it is.", "";
    JobWorkFailed = "job.work_failed" Warn Job [error]
        "result accepted, but the work on the execution record failed";
        "CodePipeline has its result; the checker does the rest.", "";
    JobFailedNoRecord = "job.failed.no_record" Error Job [error]
        "failed the job: execution record unavailable";
        "The table cannot be read or written.", "Check the table and the permissions of both roles.";
    JobFailedSettings = "job.failed.settings" Error Job [error]
        "failed the job: invalid settings of this function";
        "`error` names each environment variable that is invalid.", "Correct the settings and deploy again.";
    JobFailureNotAccepted = "job.failure_not_accepted" Error Job [service_error]
        "CodePipeline did not accept the failure result of the job";
        "Lambda delivers the event again.", "If it stays: may the roles call `codepipeline:PutJobFailureResult`?";
    DeliveryFailed = "delivery.failed" Warn Job []
        "every delivery of the job to start failed; handling it here";
        "`start` could not handle the job three times; the checker handles it.", "Look at the log and the errors of `start`.";
    DeliveryForeign = "delivery.foreign" Warn Job [function]
        "failure record of another function; its job is left unchanged";
        "The checker handles failure records of `START_FUNCTION_ARN` alone.",
        "See which function has the checker as its failure destination, and who may invoke the checker.";
    EventUnreadable = "event.unreadable" Error Invocation [error]
        "event is not a readable job; no result can be reported";
        "The event has no readable job id: it does not come from CodePipeline, or it is a test event.",
        "See who invokes the function.";
    InvocationFailed = "invocation.failed" Error Invocation [error]
        "invocation failed";
        "What Lambda gets as the error of the invocation; it delivers the event again, up to two times.",
        "If it stays: `error` has the causes.";
    LogLevelInvalid = "settings.log_level" Warn Invocation [setting]
        "part of the log level is invalid and not used";
        "The `setting` has something that is neither a level nor `target=level` with a target of this project, or asks for more \
         than warnings of a dependency. The rest of it is used, and INFO if nothing can be read.",
        "Correct the setting.";

    AliasResolved = "alias.resolved" Info Target []
        "domain name resolved";
        "The domain name belongs to this distribution or tenant.", "";
    QueueWaiting = "queue.waiting" Info Target [ahead]
        "waiting in the queue";
        "The distribution has reached its limit of invalidations in progress; `ahead` queue entries come first.", "";
    QueueCoalesced = "queue.coalesced" Info Target [created_by]
        "using the invalidation of another execution";
        "An invalidation that was created after this execution began covers its paths; `created_by` is the execution that created it.",
        "";
    QueueUnavailable = "queue.unavailable" Warn Target []
        "queue unavailable; continuing without it (is dynamodb:UpdateItem allowed?)";
        "The queue's item cannot be read or written. The limits of CloudFront still hold: it rejects, and the request is retried.",
        "Allow `dynamodb:UpdateItem`.";
    QueueRetry = "queue.retry" Warn Target [service_error]
        "queue request failed; retrying later";
        "DynamoDB did not serve the request; `service_error` has its error.", "";
    QueueLeaveRetry = "queue.leave_retry" Warn Target [service_error]
        "queue entry not removed; retrying later";
        "DynamoDB did not serve the request; others may wait a little longer.", "";
    QueueCleanupFailed = "queue.cleanup_failed" Warn Target [service_error]
        "expired queue entries not removed";
        "The next execution in the queue removes them.", "";
    QueueReply = "queue.reply" Debug Target [reply]
        "queue replied";
        "What the queue replied.", "";
    DryRunAccepted = "dry_run.accepted" Info Target []
        "CloudFront would accept the invalidation";
        "A dry run found no error.", "";
    InvalidationCreated = "invalidation.created" Info Target [job_id, caller_reference, status]
        "invalidation created";
        "CloudFront accepted the invalidation.", "";
    InvalidationConflict = "invalidation.conflict" Warn Target [caller_reference]
        "caller reference conflict; searching for the invalidation";
        "A reply was lost, and CloudFront rejects the repeated request.", "";
    InvalidationListed = "invalidation.listed" Info Target [listed]
        "latest invalidations listed";
        "The first step of that search.", "";
    InvalidationCompared = "invalidation.compared" Info Target [caller_reference, compared, status]
        "invalidation compared";
        "The second step: `compared` is the one searched for if `invalidation_id` is the same.", "";
    PollStatus = "poll.status" Info Target [status]
        "invalidation status received";
        "The status that CloudFront reports now.", "";
    PollListFailed = "poll.list_failed" Warn Target [error]
        "invalidations not listed; polling each of them";
        "The checker polls each invalidation of this sweep in a call of its own.", "";
    CloudFrontRetry = "cloudfront.retry" Warn Target [service_error]
        "CloudFront request failed; retrying later";
        "A throttle, a limit that is reached, a service error, or no reply: `service_error` has the error. Nothing \
         fails before the deadline.",
        "";
    CloudFrontRejected = "cloudfront.rejected" Warn Target [reason]
        "CloudFront rejected the request";
        "The target cannot be invalidated, and the action fails; `reason` has the cause.",
        "The failure of the action names the permission or parameter to correct.";
    TargetForbidden = "target.forbidden" Warn Target [reason]
        "the target is not allowed by ALLOWED_PIPELINES";
        "An alias was resolved to it, or the setting was changed; nothing was requested for it, and the action fails.",
        "Add the target to the setting, or remove it from the action.";

    RecordConflict = "record.conflict" Info Execution []
        "concurrent update detected; reloaded the record";
        "Two processes worked on one execution record, which is allowed.", "";
    ExecutionStepLimit = "execution.step_limit" Warn Execution [moves]
        "too many steps in a row; leaving the rest to the next invocation";
        "A safeguard: `moves` grows with the targets. The job gets a continuation.",
        "If it comes again for one execution, open an issue.";
    OutcomeDecided = "outcome.decided" Info Execution [outcome, cloudfront_calls]
        "outcome decided";
        "The table has the outcome of the execution.", "";
    ContinuationAccepted = "continuation.accepted" Info Execution [job_id, outcome]
        "continuation accepted";
        "CodePipeline accepted the continuation token, and sends a continuation job.", "";
    ResultAccepted = "result.accepted" Info Execution [job_id, outcome]
        "job result accepted";
        "CodePipeline accepted the success or failure result.", "";
    ResultRetry = "result.retry" Warn Execution [job_id, outcome, service_error]
        "CodePipeline did not accept the result; retrying later";
        "The checker retries until the job has timed out in CodePipeline.",
        "With `AccessDeniedException`: allow `codepipeline:PutJobSuccessResult` and `PutJobFailureResult`.";
    ResultRedelivery = "result.redelivery" Warn Execution [job_id, outcome, service_error]
        "CodePipeline did not accept the result; waiting for another delivery";
        "The execution record does not have this job; Lambda delivers its event again.", "";
    ResultDuplicate = "result.duplicate" Info Execution [job_id]
        "job has a result already, or accepts none any more";
        "A late copy of an event: CodePipeline rejected a second result.", "";
    ResultClosed = "result.closed" Warn Execution [job_id, outcome]
        "job no longer accepts a result";
        "The job has a result, or the pipeline was stopped, or the job timed out.", "";
    ResultUnconfirmed = "result.unconfirmed" Warn Execution [job_id, outcome, service_error]
        "result not accepted in time; an earlier one may have been";
        "CodePipeline could not be reached for 20 minutes, but a continuation may have been accepted before. If it was, a continuation \
         job follows.", "";
    ResultExpired = "result.expired" Error Execution [job_id, outcome, service_error]
        "result not accepted before the job timed out";
        "CodePipeline could not be reached for 20 minutes, and the action timed out there. Notifications have the real outcome.",
        "Retry the stage if it must succeed.";
    ResultUndelivered = "result.undelivered" Error Execution [job_id, outcome]
        "result not accepted, and no continuation job received";
        "No continuation job came within 20 minutes, so the action timed out in CodePipeline. Notifications have the real outcome.",
        "Retry the stage if it must succeed.";
    ResultSimplified = "result.simplified" Error Execution [job_id, service_error]
        "CodePipeline rejected the details of the result; reporting it without them";
        "The summary or the variables were rejected; the result counts.", "Open an issue.";

    NotificationPublished = "notification.published" Info Execution [topic, outcome, message_id]
        "notification published";
        "SNS accepted the notification as `message_id`.", "";
    NotificationSkipped = "notification.skipped" Info Execution [outcome]
        "notification skipped: no state change (NotifyOn is change)";
        "The last outcome of the action was a success, too.", "";
    NotificationRetry = "notification.retry" Warn Execution [topic, service_error]
        "notification not published; retrying later";
        "`service_error` has the error: the topic, its policy, its key, a throttle. It is tried 20 times in two hours and a half.", "";
    NotificationAbandoned = "notification.abandoned" Error Execution [topic, service_error]
        "notification abandoned after the last attempt";
        "Subscribers were not notified.", "Correct the topic or the permission `sns:Publish`.";
    NotificationForbidden = "notification.forbidden" Error Execution [topic]
        "notification abandoned: its topic is not in ALLOWED_TOPIC_ARNS";
        "The list was changed after the execution began, or the record was modified.", "";
    BusPublished = "bus.published" Info Execution [outcome, event_id]
        "event put on the bus";
        "EventBridge accepted the event as `event_id`.", "";
    BusRetry = "bus.retry" Warn Execution [service_error]
        "event not put on the bus; retrying later";
        "`service_error` has the error: the bus, its policy, a throttle. With `ResourceNotFoundException`, EventBridge accepted the \
         event and dropped it, because the bus does not exist. It is tried 20 times in two hours and a half.", "";
    BusAbandoned = "bus.abandoned" Error Execution [service_error]
        "event abandoned after the last attempt";
        "No rule received this outcome.", "Correct the bus or the permission `events:PutEvents`.";

    SweepFinished = "sweep.finished" Info Invocation [schedule, moved, failed, skipped, left, open, overdue_s]
        "sweep finished";
        "How many records moved, failed, were in use elsewhere, or are left for the next sweep; how many executions are `open`, and for \
         how many seconds one is overdue.", "";
    SweepIndexFailed = "sweep.index_failed" Warn Invocation [error]
        "index not read again; the next sweep continues";
        "The index failed after the sweep had begun. What was done counts.", "";
    SweepCountFailed = "sweep.count_failed" Warn Invocation [error]
        "open and overdue executions not read";
        "`OpenExecutions` and `OldestOverdueSeconds` are missing for this sweep.",
        "If it stays: does the table have the index `overdue`, and may the role query it?";
    SweepCountSkipped = "sweep.count_skipped" Warn Invocation []
        "no time left to read the open and overdue executions";
        "The same, because the sweep had used its time.", "";
    SweepForeignEntries = "sweep.foreign_entries" Error Invocation [foreign]
        "index entries without a valid id skipped";
        "Another program writes to the table.", "Find and stop it.";
    RecordFailed = "record.failed" Error Execution [error]
        "execution record not processed";
        "The record cannot be read, or DynamoDB cannot be reached; `error` has the cause. Other executions go on.",
        "If it stays: check the table and the permissions, or the item of this id.";
    RecordTimedOut = "record.timed_out" Warn Execution []
        "execution record took too long; the next sweep continues";
        "The record is retried in a later sweep.", "";
    RecordPanicked = "record.panicked" Error Execution []
        "panic while processing the execution";
        "A bug. The record is retried at growing intervals.", "Open an issue.";
    ExecutionStuck = "execution.stuck" Error Execution []
        "execution failed after four unsuccessful sweeps";
        "The checker failed the execution.", "Open an issue.";
}
