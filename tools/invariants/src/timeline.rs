//! The facts of one execution, and the queries that the invariants run on them.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::fact::{
    Disposition, End, Fact, JobResult, Notification, Notify, SuccessCondition, What,
};

/// One execution, with its facts in the order in which they were recorded.
pub(super) struct Timeline<'f> {
    pub(super) id: &'f str,
    pub(super) facts: Vec<&'f Fact>,
}

/// A result for a job, taken out of its fact.
#[derive(Clone, Copy)]
pub(super) struct ReportAttempt<'f> {
    pub(super) at_ms: u64,
    pub(super) job: &'f str,
    pub(super) job_result: Option<JobResult>,
    pub(super) disposition: Disposition,
}

impl ReportAttempt<'_> {
    pub(super) fn is_terminal(&self) -> bool {
        self.job_result.is_some_and(JobResult::is_terminal)
    }
}

impl<'f> Timeline<'f> {
    /// When it began; `None` if it began before the observation.
    pub(super) fn began_ms(&self) -> Option<u64> {
        let mut began = self.facts.iter().filter(|fact| fact.what == What::Began);
        began.next().map(|fact| fact.at_ms)
    }

    pub(super) fn is_whole(&self) -> bool {
        self.began_ms().is_some()
    }

    pub(super) fn end(&self) -> Option<(u64, End)> {
        self.facts.iter().find_map(|fact| match fact.what {
            What::Ended(end) => Some((fact.at_ms, end)),
            _ => None,
        })
    }

    /// Its deadline: the one that is known, otherwise this long after it began.
    pub(super) fn deadline_ms(&self, default: Duration) -> Option<u64> {
        let deadline = self.facts.iter().find_map(|fact| match fact.what {
            What::Given { deadline_ms, .. } => deadline_ms,
            _ => None,
        });
        let minutes = self.facts.iter().find_map(|fact| match fact.what {
            What::Parameters {
                timeout_minutes, ..
            } => timeout_minutes,
            _ => None,
        });
        let timeout = minutes.map_or(default, |minutes| Duration::from_secs(60 * minutes));
        deadline.or_else(|| Some(later(self.began_ms()?, timeout)))
    }

    pub(super) fn reports(&self) -> impl Iterator<Item = ReportAttempt<'f>> {
        self.facts.iter().filter_map(|fact| match &fact.what {
            What::Reported {
                job,
                job_result,
                disposition,
            } => Some(ReportAttempt {
                at_ms: fact.at_ms,
                job,
                job_result: *job_result,
                disposition: *disposition,
            }),
            _ => None,
        })
    }

    /// The results that CodePipeline accepted.
    pub(super) fn results(&self) -> impl Iterator<Item = ReportAttempt<'f>> {
        self.reports()
            .filter(|report| report.is_terminal() && report.disposition == Disposition::Accepted)
    }

    pub(super) fn notifications(&self) -> impl Iterator<Item = (u64, &'f Notification)> {
        self.facts.iter().filter_map(|fact| match &fact.what {
            What::Published(notification) => Some((fact.at_ms, notification)),
            _ => None,
        })
    }

    pub(super) fn events(&self) -> impl Iterator<Item = (u64, &'f Notification)> {
        self.facts.iter().filter_map(|fact| match &fact.what {
            What::Put(event) => Some((fact.at_ms, event)),
            _ => None,
        })
    }

    /// Notifications and events.
    pub(super) fn publications(&self) -> impl Iterator<Item = (u64, &'f Notification)> {
        self.notifications().chain(self.events())
    }

    /// The outcomes for which subscribers want a notification; all if unknown.
    pub(super) fn notify(&self) -> Notify {
        let notify = self.facts.iter().find_map(|fact| match fact.what {
            What::Parameters { notify, .. } => Some(notify),
            _ => None,
        });
        notify.unwrap_or(Notify::All)
    }

    /// The jobs that CodePipeline handed out.
    pub(super) fn jobs(&self) -> impl Iterator<Item = (u64, &'f str)> {
        self.facts.iter().filter_map(|fact| match &fact.what {
            What::Received { job } => Some((fact.at_ms, job.as_str())),
            _ => None,
        })
    }

    /// The ids of its invalidations, including adopted ones.
    pub(super) fn invalidations(&self) -> BTreeSet<&'f str> {
        let ids = self.facts.iter().filter_map(|fact| match &fact.what {
            What::Created { invalidation, .. } | What::Adopted { invalidation } => {
                Some(invalidation.as_str())
            }
            _ => None,
        });
        ids.collect()
    }

    /// The ids of the invalidations of other executions that it waits for, and whether they cover its paths.
    pub(super) fn shared(&self) -> impl Iterator<Item = (&'f str, bool)> {
        self.facts.iter().filter_map(|fact| match &fact.what {
            What::Shared {
                invalidation,
                covers,
            } => Some((invalidation.as_str(), *covers)),
            _ => None,
        })
    }

    /// The caller references that it used.
    pub(super) fn references(&self) -> BTreeSet<&'f str> {
        let references = self.facts.iter().filter_map(|fact| match &fact.what {
            What::Created { reference, .. } => reference.as_deref(),
            _ => None,
        });
        references.collect()
    }

    /// Its targets, by all names in the parameters; empty if unknown.
    pub(super) fn targets(&self) -> BTreeSet<&'f str> {
        let targets = self.facts.iter().filter_map(|fact| match &fact.what {
            What::Parameters { targets, .. } => Some(targets.iter().map(String::as_str)),
            _ => None,
        });
        targets.flatten().collect()
    }

    /// The number of its targets, and what it needs to succeed.
    pub(super) fn parameters(&self) -> (usize, SuccessCondition) {
        let parameters = self.facts.iter().find_map(|fact| match &fact.what {
            What::Parameters {
                targets,
                success_condition,
                ..
            } => Some((targets.len(), *success_condition)),
            _ => None,
        });
        parameters.unwrap_or((1, SuccessCondition::Completed))
    }

    /// The topic in its parameters, if known.
    pub(super) fn topic(&self) -> Option<Option<&'f str>> {
        self.facts.iter().find_map(|fact| match &fact.what {
            What::Given { topic, .. } => Some(topic.as_deref()),
            _ => None,
        })
    }

    pub(super) fn count(&self, is_one: impl Fn(&What) -> bool) -> usize {
        self.facts.iter().filter(|fact| is_one(&fact.what)).count()
    }

    pub(super) fn any(&self, is_one: impl Fn(&What) -> bool) -> bool {
        self.facts.iter().any(|fact| is_one(&fact.what))
    }
}

/// The time plus this duration; an out-of-range time cannot overflow.
pub(super) fn later(ms: u64, by: Duration) -> u64 {
    ms.saturating_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX))
}

/// A time in readable form.
pub(super) fn moment(ms: u64) -> String {
    let moment = DateTime::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    moment
        .fmt(Format::DateTime)
        .unwrap_or_else(|_| format!("{ms} ms after 1970"))
}
