//! Safety: what must never happen, one function for each invariant.

use std::collections::BTreeSet;
use std::time::Duration;

use super::check::{Assessment, Context, Limits};
use super::fact::{Disposition, End, JobResult, Notification, Notify, SuccessCondition, What};
use super::timeline::{Timeline, later, moment};

use Assessment::{NotApplicable, Upheld, Violated};

/// How long CodePipeline waits for a result, and so how long a continuation is valid.
const RESULT_TIMEOUT_MS: u64 = 20 * 60 * 1_000;

/// The largest difference between the clock of a deadline and the clock of a service.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

pub(super) fn one_invalidation(timeline: &Timeline<'_>, _: &Context<'_>, _: &Limits) -> Assessment {
    let (invalidations, references) = (timeline.invalidations(), timeline.references());
    let (id, (targets, success_condition)) = (timeline.id, timeline.parameters());
    if success_condition == SuccessCondition::DryRun && !invalidations.is_empty() {
        return Violated(format!(
            "execution {id} is a dry run, and created {}",
            listed(&invalidations)
        ));
    }
    if invalidations.len() > targets {
        let count = invalidations.len();
        return Violated(format!(
            "execution {id} created {count} invalidations: {}",
            listed(&invalidations)
        ));
    }
    if references.len() > targets {
        let count = references.len();
        return Violated(format!(
            "execution {id} used {count} references: {}",
            listed(&references)
        ));
    }
    case(!invalidations.is_empty())
}

pub(super) fn true_success(
    timeline: &Timeline<'_>,
    context: &Context<'_>,
    limits: &Limits,
) -> Assessment {
    if let Some(wrong) = wrongly_shared(timeline, context, limits) {
        return Violated(wrong);
    }
    let successes = timeline
        .results()
        .filter(|report| report.job_result == Some(JobResult::Success));
    let Some(report) = successes.min_by_key(|report| report.at_ms) else {
        return NotApplicable;
    };
    if !timeline.is_whole() {
        return NotApplicable;
    }
    let by_ms = later(report.at_ms, limits.skew);
    let mut invalidations = timeline.invalidations();
    invalidations.extend(timeline.shared().map(|(id, _)| id));
    let is_completed = |id: &&&str| {
        context
            .completed
            .get(*id)
            .is_some_and(|at_ms| *at_ms <= by_ms)
    };
    let completed = invalidations.iter().filter(is_completed).count();
    let (targets, success_condition) = timeline.parameters();
    let is_late = timeline
        .deadline_ms(limits.deadline)
        .is_none_or(|deadline_ms| deadline_ms <= later(by_ms, CLOCK_SKEW));
    let (missing, said) = match success_condition {
        SuccessCondition::DryRun | SuccessCondition::Listed { is_waiting: false } => return Upheld,
        SuccessCondition::Listed { is_waiting: true } => {
            (completed < invalidations.len(), "reported Completed for")
        }
        SuccessCondition::Created => (invalidations.len() < targets, "accepted"),
        SuccessCondition::CompletedOrDeadline if is_late => {
            (invalidations.len() < targets, "accepted")
        }
        SuccessCondition::Completed | SuccessCondition::CompletedOrDeadline => {
            (completed < targets, "reported Completed for")
        }
    };
    if !missing {
        return Upheld;
    }
    Violated(format!(
        "execution {} was reported as a success (job {}, {}) before CloudFront {said} {}",
        timeline.id,
        report.job,
        moment(report.at_ms),
        if invalidations.is_empty() {
            "any of its invalidations".into()
        } else {
            listed(&invalidations)
        },
    ))
}

/// An invalidation of another execution that cannot serve this one: it was created before this execution began, or does
/// not cover one of its paths.
fn wrongly_shared(
    timeline: &Timeline<'_>,
    context: &Context<'_>,
    limits: &Limits,
) -> Option<String> {
    let began_ms = timeline.began_ms()?;
    timeline.shared().find_map(|(id, covers)| {
        let created_ms = context.created.get(id).copied();
        let is_early = created_ms.is_some_and(|at_ms| later(at_ms, limits.skew) < began_ms);
        let why = match (is_early, covers) {
            (true, _) => "was created before it began",
            (_, false) => "does not cover one of its paths",
            (false, true) => return None,
        };
        Some(format!(
            "execution {} waits for invalidation {id} of another execution, which {why}",
            timeline.id
        ))
    })
}

pub(super) fn one_result(timeline: &Timeline<'_>, _: &Context<'_>, _: &Limits) -> Assessment {
    let results: Vec<_> = timeline.results().collect();
    if results.len() > 1 {
        let listed = results
            .iter()
            .map(|report| format!("job {} at {}", report.job, moment(report.at_ms)));
        return Violated(format!(
            "execution {} had {} results accepted: {}",
            timeline.id,
            results.len(),
            listed.collect::<Vec<_>>().join(", ")
        ));
    }
    case(!results.is_empty())
}

pub(super) fn one_outcome(timeline: &Timeline<'_>, _: &Context<'_>, _: &Limits) -> Assessment {
    // If the record was unavailable, the job was failed for that reason alone. The outcome of the record may differ,
    // and its notification says that the result could not be delivered to CodePipeline.
    if timeline.any(|what| *what == What::Unrecorded) {
        return NotApplicable;
    }
    // A result that CodePipeline did not accept is not visible.
    let reports = timeline.results().filter_map(|report| {
        let job_result = report.job_result?;
        let what = format!("the result of job {} was reported", report.job);
        Some((job_result.is_success(), what, report.at_ms))
    });
    let notifications = timeline.publications().filter_map(|(at_ms, notification)| {
        Some((
            notification.success?,
            "subscribers were notified".into(),
            at_ms,
        ))
    });
    let end = timeline.end().and_then(|(at_ms, end)| match end {
        End::Succeeded => Some((true, "the action ended".into(), at_ms)),
        End::Failed => Some((false, "the action ended".into(), at_ms)),
        End::TimedOut | End::Abandoned => None,
    });
    let ends: Vec<(bool, String, u64)> = reports.chain(notifications).chain(end).collect();
    let success = ends.iter().find(|(success, ..)| *success);
    let failure = ends.iter().find(|(success, ..)| !success);
    match (success, failure) {
        (Some((_, success, success_ms)), Some((_, failure, failure_ms))) => Violated(format!(
            "execution {}: {success} with success at {}, and {failure} with failure at {}",
            timeline.id,
            moment(*success_ms),
            moment(*failure_ms)
        )),
        (None, None) => NotApplicable,
        _ => Upheld,
    }
}

pub(super) fn decided_once(timeline: &Timeline<'_>, _: &Context<'_>, _: &Limits) -> Assessment {
    let reports: BTreeSet<JobResult> = timeline
        .results()
        .filter_map(|report| report.job_result)
        .collect();
    let outcome = |(_, notification): (u64, &'_ Notification)| notification.says.clone();
    let notifications: BTreeSet<String> = timeline.notifications().map(outcome).collect();
    let events: BTreeSet<String> = timeline.events().map(outcome).collect();
    if reports.len() > 1 {
        return Violated(format!(
            "execution {} had {} different results: {reports:?}",
            timeline.id,
            reports.len()
        ));
    }
    for (what, said) in [("notifications", &notifications), ("events", &events)] {
        if said.len() > 1 {
            return Violated(format!(
                "the {what} of execution {} differ: {}",
                timeline.id,
                listed(&said.iter().map(String::as_str).collect())
            ));
        }
    }
    case(!reports.is_empty() || !notifications.is_empty() || !events.is_empty())
}

pub(super) fn claimed_is_sent(
    timeline: &Timeline<'_>,
    context: &Context<'_>,
    _: &Limits,
) -> Assessment {
    let Some(inbox) = &context.inbox else {
        return NotApplicable;
    };
    let mut is_case = false;
    for fact in &timeline.facts {
        let What::Claimed { message } = &fact.what else {
            continue;
        };
        is_case = true;
        if !inbox.contains(message.as_str()) {
            return Violated(format!(
                "the notification of execution {} was marked as sent with message id {message} at {}, and SNS has no such message",
                timeline.id,
                moment(fact.at_ms)
            ));
        }
    }
    case(is_case)
}

pub(super) fn few_notifications(
    timeline: &Timeline<'_>,
    context: &Context<'_>,
    limits: &Limits,
) -> Assessment {
    let is_success = |notification: &Notification| notification.says == "success";
    if timeline.notify() == Notify::Failures
        && let Some((at_ms, _)) = timeline
            .notifications()
            .find(|(_, notification)| is_success(notification))
    {
        return Violated(format!(
            "subscribers were notified of the success of execution {} at {}, but NotifyOn is failure",
            timeline.id,
            moment(at_ms)
        ));
    }
    let count = timeline
        .notifications()
        .count()
        .max(timeline.events().count());
    if count == 0 || !timeline.is_whole() {
        return NotApplicable;
    }
    let service_error = timeline.count(|what| *what == What::ServiceError) + context.service_error;
    if count <= 1 + service_error {
        return Upheld;
    }
    if limits.may_hide_errors {
        return NotApplicable;
    }
    let times = timeline.publications().map(|(at_ms, _)| moment(at_ms));
    Violated(format!(
        "execution {} had {count} notifications with {service_error} faults: {}",
        timeline.id,
        times.collect::<Vec<_>>().join(", ")
    ))
}

pub(super) fn only_configured(timeline: &Timeline<'_>, _: &Context<'_>, _: &Limits) -> Assessment {
    if !timeline.is_whole() {
        return NotApplicable;
    }
    let (id, jobs) = (
        timeline.id,
        timeline.jobs().map(|(_, job)| job).collect::<BTreeSet<_>>(),
    );
    if let Some(report) = timeline.reports().find(|report| !jobs.contains(report.job)) {
        return Violated(format!(
            "execution {id} reported a result for job {} at {}, which was never handed out",
            report.job,
            moment(report.at_ms)
        ));
    }
    let (targets, topic) = (timeline.targets(), timeline.topic().flatten());
    for fact in &timeline.facts {
        let (what, called, given) = match &fact.what {
            What::Created { distribution, .. } => (
                "invalidated distribution",
                distribution.as_deref(),
                targets.clone(),
            ),
            What::Published(notification) => {
                let topic = topic.into_iter().collect();
                ("published to topic", notification.topic.as_deref(), topic)
            }
            _ => continue,
        };
        if let Some(called) = called
            && !given.is_empty()
            && !given.iter().any(|given| may_be(given, called))
        {
            return Violated(format!(
                "execution {id} {what} {called} at {}, and its parameters name {}",
                moment(fact.at_ms),
                listed(&given)
            ));
        }
    }
    Upheld
}

/// Whether a target given by this name may be the one that was called: a domain name may resolve to any target.
pub(super) fn may_be(given: &str, called: &str) -> bool {
    given == called || (given.contains('.') && !called.contains(':'))
}

/// How many polls of one execution are allowed: at least `limits.polls`, and more for dozens of targets.
pub(super) fn polls_allowed(timeline: &Timeline<'_>, limits: &Limits) -> usize {
    let (targets, _) = timeline.parameters();
    limits.polls.max(POLLS_OF_A_TARGET * targets)
}

/// The number of calls allowed for dozens of targets.
const CREATES_OF_A_TARGET: usize = 60;
const POLLS_OF_A_TARGET: usize = 300;

pub(super) fn bounded_calls(
    timeline: &Timeline<'_>,
    _: &Context<'_>,
    limits: &Limits,
) -> Assessment {
    let (targets, _) = timeline.parameters();
    let counted = [
        (
            "CreateInvalidation",
            timeline.count(|what| matches!(what, What::Create { .. })),
            limits.creates.max(CREATES_OF_A_TARGET * targets),
        ),
        (
            "GetInvalidation",
            timeline.count(|what| matches!(what, What::Poll { .. })),
            polls_allowed(timeline, limits),
        ),
        (
            "Publish",
            timeline.count(|what| matches!(what, What::Publish { .. })),
            limits.publishes,
        ),
    ];
    let too_many = counted.iter().find(|(_, count, most)| count > most);
    match too_many {
        Some((operation, count, most)) => Violated(format!(
            "execution {} called {operation} {count} times, and {most} are allowed",
            timeline.id
        )),
        None => case(counted.iter().any(|(_, count, _)| *count > 0)),
    }
}

pub(super) fn pipeline_first(
    timeline: &Timeline<'_>,
    _: &Context<'_>,
    limits: &Limits,
) -> Assessment {
    let Some((at_ms, _)) = timeline.publications().min_by_key(|(at_ms, _)| *at_ms) else {
        return NotApplicable;
    };
    if !timeline.is_whole() {
        return NotApplicable;
    }
    let by = later(at_ms, limits.skew);
    let is_reported = match timeline.end() {
        Some((ended_ms, _)) => ended_ms <= by,
        None if limits.is_over => false,
        None => {
            timeline.reports().any(|report| {
                report.is_terminal()
                    && report.disposition != Disposition::Unconfirmed
                    && report.at_ms <= by
            }) || has_timed_out(timeline, by)
        }
    };
    if is_reported {
        return Upheld;
    }
    Violated(format!(
        "subscribers were notified of execution {} at {}, before CodePipeline had the result",
        timeline.id,
        moment(at_ms)
    ))
}

/// Whether CodePipeline received no result for so long that it has ended the action itself.
fn has_timed_out(timeline: &Timeline<'_>, by_ms: u64) -> bool {
    let reports = timeline.reports().map(|report| report.at_ms);
    let last = timeline.jobs().map(|(at_ms, _)| at_ms).chain(reports).max();
    last.is_some_and(|last_ms| by_ms.saturating_sub(last_ms) >= RESULT_TIMEOUT_MS)
}

fn case(is_one: bool) -> Assessment {
    if is_one { Upheld } else { NotApplicable }
}

fn listed(words: &BTreeSet<&str>) -> String {
    words.iter().copied().collect::<Vec<_>>().join(", ")
}
