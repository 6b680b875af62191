//! Liveness: what must happen eventually, one function for each invariant.

use std::time::Duration;

use super::check::{Assessment, Context, Limits};
use super::fact::{End, JobResult, Notify, SuccessCondition, What};
use super::timeline::{ReportAttempt, Timeline, later, moment};

use Assessment::{NotApplicable, Upheld, Violated};

/// CodePipeline's time-out: "If the Lambda function has sent no reply after 20 minutes, the action times out."
const RESULT_TIMEOUT: Duration = Duration::from_secs(20 * 60);
/// How long a notification may be retried: 20 attempts take about two hours and a half.
const PUBLISHING: Duration = Duration::from_secs(3 * 60 * 60);
/// The number of attempts before a notification is abandoned.
const ATTEMPTS: usize = 20;

pub(super) fn reported(
    timeline: &Timeline<'_>,
    context: &Context<'_>,
    limits: &Limits,
) -> Assessment {
    let id = timeline.id;
    match timeline.end() {
        Some((_, End::Abandoned)) => NotApplicable,
        Some((at_ms, End::TimedOut)) => Violated(format!(
            "CodePipeline ended execution {id} itself at {}; job {} had no result",
            moment(at_ms),
            not_reported(timeline).unwrap_or("of the next continuation")
        )),
        Some((at_ms, End::Succeeded | End::Failed)) => in_time(timeline, at_ms, limits),
        None if limits.is_over && timeline.is_whole() => Violated(format!(
            "execution {id} never ended; job {} has no result",
            not_reported(timeline).unwrap_or("of the next continuation")
        )),
        None => each_job(timeline, context, limits),
    }
}

/// Whether a result at `at_ms` came before the deadline plus the time that the last result may take.
fn in_time(timeline: &Timeline<'_>, at_ms: u64, limits: &Limits) -> Assessment {
    let Some(deadline_ms) = timeline.deadline_ms(limits.deadline) else {
        return NotApplicable;
    };
    if at_ms <= later(deadline_ms, limits.slack) {
        return Upheld;
    }
    Violated(format!(
        "execution {} ended at {}, and its deadline was {}",
        timeline.id,
        moment(at_ms),
        moment(deadline_ms)
    ))
}

/// Without CodePipeline's own data: each job that was handed out long enough ago has a result.
fn each_job(timeline: &Timeline<'_>, context: &Context<'_>, limits: &Limits) -> Assessment {
    for (at_ms, job) in timeline.jobs() {
        let was_reported = timeline.reports().any(|report| report.job == job)
            || timeline.jobs().any(|(later_ms, _)| later_ms > at_ms);
        if !was_reported && later(at_ms, RESULT_TIMEOUT) < context.until_ms {
            return Violated(format!(
                "job {job} of execution {} was received at {} and has no result",
                timeline.id,
                moment(at_ms)
            ));
        }
    }
    match timeline.results().map(|report| report.at_ms).min() {
        Some(at_ms) => in_time(timeline, at_ms, limits),
        None if timeline.reports().next().is_some() => Upheld,
        None => NotApplicable,
    }
}

fn not_reported<'f>(timeline: &Timeline<'f>) -> Option<&'f str> {
    let mut jobs = timeline.jobs().map(|(_, job)| job);
    jobs.find(|job| {
        !timeline.reports().any(|report| {
            report.job == *job && report.disposition == super::fact::Disposition::Accepted
        })
    })
}

/// When the outcome was decided, if that is observable, of an execution that must send a notification.
fn decided_ms(timeline: &Timeline<'_>) -> Option<u64> {
    let reports = timeline
        .reports()
        .filter(ReportAttempt::is_terminal)
        .map(|report| report.at_ms);
    let ended = timeline.end().filter(|(_, end)| *end != End::Abandoned);
    // A dry run changes nothing, so no notification is required.
    let needs_none = timeline.any(|what| *what == What::Unrecorded)
        || timeline.parameters().1 == SuccessCondition::DryRun;
    let decided = reports.min().or_else(|| ended.map(|(at_ms, _)| at_ms));
    decided.filter(|_| timeline.is_whole() && !needs_none)
}

pub(super) fn notified(
    timeline: &Timeline<'_>,
    context: &Context<'_>,
    limits: &Limits,
) -> Assessment {
    let Some(decided_ms) = decided_ms(timeline) else {
        return NotApplicable;
    };
    let topic = match timeline.topic() {
        Some(None) => return NotApplicable,
        Some(topic) => topic,
        None => None,
    };
    // Whether a success is a change depends on the outcome before it.
    let mut reports = timeline.reports();
    let is_success = reports.any(|report| report.job_result.is_some_and(JobResult::is_success));
    if is_success && timeline.notify() != Notify::All {
        return NotApplicable;
    }
    let is_over = timeline.notifications().next().is_some()
        || timeline.any(|what| *what == What::NotificationAbandoned);
    published(
        is_over || attempts(timeline, context, topic) >= ATTEMPTS,
        timeline,
        context,
        limits,
        decided_ms,
        "no notification was sent",
    )
}

pub(super) fn event_put(
    timeline: &Timeline<'_>,
    context: &Context<'_>,
    limits: &Limits,
) -> Assessment {
    let (Some(bus), Some(decided_ms)) = (context.bus, decided_ms(timeline)) else {
        return NotApplicable;
    };
    let is_over =
        timeline.events().next().is_some() || timeline.any(|what| *what == What::EventAbandoned);
    published(
        is_over || attempts(timeline, context, Some(bus)) >= ATTEMPTS,
        timeline,
        context,
        limits,
        decided_ms,
        "no event was put on the bus",
    )
}

/// The number of possible attempts. An attempt is counted before the call, so a fault between the two leaves an attempt
/// that the service never received.
fn attempts(timeline: &Timeline<'_>, context: &Context<'_>, topic: Option<&str>) -> usize {
    let service_error = timeline.count(|what| *what == What::ServiceError) + context.service_error;
    topic.map_or(0, |topic| context.attempts_for(topic) + service_error)
}

fn published(
    is_over: bool,
    timeline: &Timeline<'_>,
    context: &Context<'_>,
    limits: &Limits,
    decided_ms: u64,
    what: &str,
) -> Assessment {
    if is_over {
        return Upheld;
    }
    if !limits.is_over && later(decided_ms, PUBLISHING) > context.until_ms {
        return NotApplicable;
    }
    Violated(format!(
        "{what} for execution {}, whose outcome was decided by {}",
        timeline.id,
        moment(decided_ms)
    ))
}

pub(super) fn finalized(timeline: &Timeline<'_>, _: &Context<'_>, limits: &Limits) -> Assessment {
    let stored = timeline.facts.iter().find_map(|fact| match fact.what {
        What::Stored { finalized } => Some(finalized),
        _ => None,
    });
    match stored {
        Some(false) if limits.is_over => Violated(format!(
            "the record of execution {} has work left",
            timeline.id
        )),
        Some(true) => Upheld,
        _ => NotApplicable,
    }
}
