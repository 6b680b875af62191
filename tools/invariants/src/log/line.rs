//! One line of a log, and the facts in it.

use invalidation_runtime::telemetry::Code;
use serde_json::Value;

use super::super::fact::{Disposition, JobResult, Notification, Notify, SuccessCondition, What};
use super::envelope::{Message, moment};

/// The crates that write the log lines of the functions.
const FUNCTION_CRATES: [&str; 4] = [
    "invalidation_runtime",
    "invalidation_aws",
    "start",
    "checker",
];
/// The messages in which Lambda reports that an invocation did not end by itself.
const LAMBDA_ERRORS: [&str; 3] = ["Task timed out after", "Runtime exited", "signal: killed"];

pub(super) struct Line<'m>(&'m Message);

impl<'m> Line<'m> {
    pub(super) const fn read(message: &'m Message) -> Self {
        Self(message)
    }

    pub(super) fn value(&self, name: &str) -> Option<&'m Value> {
        match self.0 {
            Message::Object(object) => object.get(name),
            Message::Text(_) => None,
        }
    }

    /// The text of a field; `None` if it is empty or not a string.
    pub(super) fn text(&self, name: &str) -> Option<&'m str> {
        let text = self.value(name)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.value(name)?.as_u64()
    }

    /// Whether `start` or `checker` wrote it.
    pub(super) fn is_of_function(&self) -> bool {
        let written_by = self
            .text("target")
            .and_then(|target| target.split("::").next());
        self.text("message").is_some() && written_by.is_some_and(|by| FUNCTION_CRATES.contains(&by))
    }

    /// When it was written, in milliseconds since 1970.
    pub(super) fn at_ms(&self) -> Option<u64> {
        moment(self.text("timestamp")?)
    }

    /// The facts in the line.
    pub(super) fn facts(&self) -> Vec<What> {
        if !self.is_of_function() {
            return self.of_lambda();
        }
        let mut facts = self.code().map_or(Vec::new(), |code| self.by_code(code));
        if matches!(self.text("level"), Some("WARN" | "ERROR")) {
            facts.push(What::ServiceError);
        }
        facts
    }

    /// A message of Lambda, as text or as JSON.
    fn of_lambda(&self) -> Vec<What> {
        let is_error = self.is_lambda_error();
        is_error.then_some(What::ServiceError).into_iter().collect()
    }

    /// Whether Lambda reports here that an invocation ended abnormally.
    pub(super) fn is_lambda_error(&self) -> bool {
        match self.0 {
            Message::Text(text) => LAMBDA_ERRORS.iter().any(|words| text.contains(words)),
            Message::Object(object) => {
                let status = object
                    .get("record")
                    .and_then(|record| record["status"].as_str());
                matches!(status, Some("timeout" | "error" | "failure"))
            }
        }
    }

    /// The event; `None` if its code is missing or unknown.
    pub(super) fn code(&self) -> Option<Code> {
        Code::parse(self.text("event")?)
    }

    fn by_code(&self, code: Code) -> Vec<What> {
        match code {
            Code::JobReceived => self.received(),
            Code::InvalidationCreated => self.created(),
            Code::InvalidationCompared => self.found(),
            Code::PollStatus => self.polled(),
            Code::QueueCoalesced => self.shared(),
            Code::ContinuationAccepted | Code::ResultAccepted => {
                self.reported(Disposition::Accepted)
            }
            Code::ResultClosed | Code::JobUnknown => self.reported(Disposition::NoLongerAccepted),
            Code::ResultRetry | Code::ResultUnconfirmed | Code::ResultExpired => {
                self.reported(Disposition::Unconfirmed)
            }
            Code::JobFailedNoRecord => self.failed(),
            Code::NotificationPublished => self.published(),
            Code::BusPublished => self.put(),
            Code::BusAbandoned => vec![What::EventAbandoned],
            Code::NotificationRetry => self.unpublished(None),
            Code::NotificationAbandoned => self.unpublished(Some(What::NotificationAbandoned)),
            _ => Vec::new(),
        }
    }

    fn received(&self) -> Vec<What> {
        let Some(job) = self.owned("job_id") else {
            return Vec::new();
        };
        let mut facts = vec![What::Received { job }];
        if self.number("job_number") == Some(0) {
            facts.push(What::Began);
            // Before the first step of this execution there is no invalidation, unless the Python function created it.
            let adopted = self.owned("invalidation_id");
            facts.extend(adopted.map(|invalidation| What::Adopted { invalidation }));
        }
        facts.extend(self.parameters());
        facts.push(What::Given {
            topic: self.owned("topic"),
            deadline_ms: self.number("deadline_ms"),
        });
        facts
    }

    /// The targets and options of the execution; `None` if its parameters could not be read.
    fn parameters(&self) -> Option<What> {
        let names = self.text("distribution_id")?;
        let success_condition = match (self.text("goal"), self.text("on_timeout")) {
            (Some("Planned"), _) => SuccessCondition::DryRun,
            (Some("Created"), _) => SuccessCondition::Created,
            (_, Some("Succeed" | "Release")) => SuccessCondition::CompletedOrDeadline,
            _ => SuccessCondition::Completed,
        };
        let targets = names.split(',').map(str::to_owned).collect();
        Some(What::Parameters {
            targets,
            success_condition,
            timeout_minutes: None,
            notify: match self.text("notify_on") {
                Some("Failure") => Notify::Failures,
                Some("Change") => Notify::Changes,
                _ => Notify::All,
            },
        })
    }

    /// The distribution or tenant that a line is about.
    fn resource(&self) -> Option<String> {
        self.owned("distribution_id")
            .or_else(|| self.owned("distribution_tenant_id"))
    }

    fn created(&self) -> Vec<What> {
        let create = What::Create {
            distribution: self.resource().unwrap_or_default(),
        };
        let mut facts = vec![create];
        if let Some(invalidation) = self.owned("invalidation_id") {
            facts.push(What::Created {
                distribution: self.resource(),
                reference: self.owned("caller_reference"),
                invalidation: invalidation.clone(),
            });
            facts.push(self.seen(invalidation));
        }
        facts
    }

    /// An invalidation that was searched for because its id had been lost.
    fn found(&self) -> Vec<What> {
        let Some(compared) = self.owned("compared") else {
            return Vec::new();
        };
        let mut facts = vec![What::Poll {
            invalidation: compared.clone(),
        }];
        if self.text("invalidation_id") == Some(&compared) {
            facts.push(What::Created {
                distribution: self.resource(),
                reference: None,
                invalidation: compared.clone(),
            });
            facts.push(self.seen(compared));
        }
        facts
    }

    /// A log does not contain the paths.
    fn shared(&self) -> Vec<What> {
        let shared = |invalidation| What::Shared {
            invalidation,
            covers: true,
        };
        self.owned("invalidation_id")
            .map(shared)
            .into_iter()
            .collect()
    }

    fn polled(&self) -> Vec<What> {
        let Some(invalidation) = self.owned("invalidation_id") else {
            return Vec::new();
        };
        let poll = What::Poll {
            invalidation: invalidation.clone(),
        };
        vec![poll, self.seen(invalidation)]
    }

    fn seen(&self, invalidation: String) -> What {
        What::StatusReceived {
            invalidation,
            completed: self.text("status") == Some("Completed"),
        }
    }

    fn reported(&self, disposition: Disposition) -> Vec<What> {
        let job_result = match self.text("outcome") {
            Some("continue") => Some(JobResult::Continue),
            Some("succeeded" | "succeeded with warning") => Some(JobResult::Success),
            Some("failed") => Some(JobResult::Failure),
            Some("timed out") => Some(JobResult::TimeOut),
            _ => None,
        };
        let reported = |job| What::Reported {
            job,
            job_result,
            disposition,
        };
        self.owned("job_id").map(reported).into_iter().collect()
    }

    /// The line is written before the result is sent; no line is written when CodePipeline accepts it.
    fn failed(&self) -> Vec<What> {
        let failed = |job| What::Reported {
            job,
            job_result: Some(JobResult::Failure),
            disposition: Disposition::Unconfirmed,
        };
        let reported = self.owned("job_id").map(failed).into_iter();
        reported.chain([What::Unrecorded]).collect()
    }

    fn published(&self) -> Vec<What> {
        let topic = self.owned("topic");
        let mut facts = vec![
            What::Publish {
                topic: topic.clone(),
            },
            What::Published(self.notification(topic)),
        ];
        let message = self.owned("message_id");
        facts.extend(message.map(|message| What::Claimed { message }));
        facts
    }

    fn put(&self) -> Vec<What> {
        let put = What::Put(self.notification(None));
        let message = self.owned("event_id");
        let claimed = message.map(|message| What::Claimed { message });
        [put].into_iter().chain(claimed).collect()
    }

    fn notification(&self, topic: Option<String>) -> Notification {
        let outcome = self.text("outcome");
        Notification {
            topic,
            success: outcome
                .map(|outcome| matches!(outcome, "succeeded" | "succeeded with warning")),
            says: outcome.unwrap_or_default().to_owned(),
            message: None,
        }
    }

    fn unpublished(&self, end: Option<What>) -> Vec<What> {
        let publish = What::Publish {
            topic: self.owned("topic"),
        };
        [publish].into_iter().chain(end).collect()
    }
}
