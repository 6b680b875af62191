//! Liveness: what must happen eventually, one function for each invariant.

use std::time::Duration;

use super::check::{Assessment, Limits, Scene};
use super::fact::{End, JobResult, Notify, What, Wish};
use super::timeline::{ReportAttempt, Timeline, later, moment};

use Assessment::{Broken, Held, NoCase};

/// CodePipeline's time-out: "If the Lambda function has sent no reply after 20 minutes, the action times out."
const SILENCE: Duration = Duration::from_secs(20 * 60);
/// How long a notification may be retried: 20 attempts take about two hours and a half.
const TELLING: Duration = Duration::from_secs(3 * 60 * 60);
/// The number of attempts before a notification is abandoned.
const TRIES: usize = 20;

pub(super) fn reported(timeline: &Timeline<'_>, scene: &Scene<'_>, limits: &Limits) -> Assessment {
    let id = timeline.id;
    match timeline.end() {
        Some((_, End::Abandoned)) => NoCase,
        Some((at_ms, End::TimedOut)) => Broken(format!(
            "CodePipeline ended execution {id} itself at {}; job {} had no answer",
            moment(at_ms),
            not_reported(timeline).unwrap_or("that was to come back")
        )),
        Some((at_ms, End::Succeeded | End::Failed)) => in_time(timeline, at_ms, limits),
        None if limits.is_over && timeline.is_whole() => Broken(format!(
            "execution {id} never ended; job {} has no answer",
            not_reported(timeline).unwrap_or("that was to come back")
        )),
        None => each_job(timeline, scene, limits),
    }
}

/// Whether a result at `at_ms` came before the deadline plus the time that the last result may take.
fn in_time(timeline: &Timeline<'_>, at_ms: u64, limits: &Limits) -> Assessment {
    let Some(deadline_ms) = timeline.deadline_ms(limits.deadline) else {
        return NoCase;
    };
    if at_ms <= later(deadline_ms, limits.slack) {
        return Held;
    }
    Broken(format!(
        "execution {} ended at {}, and its deadline was {}",
        timeline.id,
        moment(at_ms),
        moment(deadline_ms)
    ))
}

/// Without CodePipeline's own data: each job that was handed out long enough ago has a result.
fn each_job(timeline: &Timeline<'_>, scene: &Scene<'_>, limits: &Limits) -> Assessment {
    for (at_ms, job) in timeline.jobs() {
        let was_reported = timeline.reports().any(|told| told.job == job)
            || timeline.jobs().any(|(later_ms, _)| later_ms > at_ms);
        if !was_reported && later(at_ms, SILENCE) < scene.until_ms {
            return Broken(format!(
                "job {job} of execution {} came at {} and has no answer",
                timeline.id,
                moment(at_ms)
            ));
        }
    }
    match timeline.results().map(|told| told.at_ms).min() {
        Some(at_ms) => in_time(timeline, at_ms, limits),
        None if timeline.reports().next().is_some() => Held,
        None => NoCase,
    }
}

fn not_reported<'f>(timeline: &Timeline<'f>) -> Option<&'f str> {
    let mut jobs = timeline.jobs().map(|(_, job)| job);
    jobs.find(|job| {
        !timeline
            .reports()
            .any(|told| told.job == *job && told.disposition == super::fact::Disposition::Taken)
    })
}

/// When the outcome was decided, if that is observable, of an execution that must send a notification.
fn decided_ms(timeline: &Timeline<'_>) -> Option<u64> {
    let reports = timeline
        .reports()
        .filter(ReportAttempt::is_terminal)
        .map(|told| told.at_ms);
    let ended = timeline.end().filter(|(_, end)| *end != End::Abandoned);
    // A dry run changes nothing, so no notification is required.
    let is_nobodys =
        timeline.any(|what| *what == What::Unrecorded) || timeline.asked().1 == Wish::Nothing;
    let decided = reports.min().or_else(|| ended.map(|(at_ms, _)| at_ms));
    decided.filter(|_| timeline.is_whole() && !is_nobodys)
}

pub(super) fn told(timeline: &Timeline<'_>, scene: &Scene<'_>, limits: &Limits) -> Assessment {
    let Some(decided_ms) = decided_ms(timeline) else {
        return NoCase;
    };
    let topic = match timeline.given() {
        Some(None) => return NoCase,
        Some(topic) => topic,
        None => None,
    };
    // Whether a success is a change depends on the outcome before it.
    let mut reports = timeline.reports();
    let is_success = reports.any(|told| told.job_result.is_some_and(JobResult::is_success));
    if is_success && timeline.notify() != Notify::Each {
        return NoCase;
    }
    let is_over =
        timeline.notifications().next().is_some() || timeline.any(|what| *what == What::Abandoned);
    if is_over || tries(timeline, scene, topic) >= TRIES {
        return Held;
    }
    untold(
        timeline,
        scene,
        limits,
        decided_ms,
        "no notification was sent",
    )
}

pub(super) fn put_on_the_bus(
    timeline: &Timeline<'_>,
    scene: &Scene<'_>,
    limits: &Limits,
) -> Assessment {
    let (Some(bus), Some(decided_ms)) = (scene.bus, decided_ms(timeline)) else {
        return NoCase;
    };
    let is_over =
        timeline.events().next().is_some() || timeline.any(|what| *what == What::EventGivenUp);
    if is_over || tries(timeline, scene, Some(bus)) >= TRIES {
        return Held;
    }
    untold(timeline, scene, limits, decided_ms, "the bus has no event")
}

/// The number of possible attempts. An attempt is counted before the call, so a fault between the two leaves an attempt
/// that the service never received.
fn tries(timeline: &Timeline<'_>, scene: &Scene<'_>, topic: Option<&str>) -> usize {
    let service_error = timeline.count(|what| *what == What::ServiceError) + scene.service_error;
    topic.map_or(0, |topic| scene.tries_of(topic) + service_error)
}

fn untold(
    timeline: &Timeline<'_>,
    scene: &Scene<'_>,
    limits: &Limits,
    decided_ms: u64,
    what: &str,
) -> Assessment {
    if !limits.is_over && later(decided_ms, TELLING) > scene.until_ms {
        return NoCase;
    }
    Broken(format!(
        "{what} of execution {}, which was decided by {}",
        timeline.id,
        moment(decided_ms)
    ))
}

pub(super) fn finalized(timeline: &Timeline<'_>, _: &Scene<'_>, limits: &Limits) -> Assessment {
    let stored = timeline.facts.iter().find_map(|fact| match fact.what {
        What::Stored { finalized } => Some(finalized),
        _ => None,
    });
    match stored {
        Some(false) if limits.is_over => Broken(format!(
            "the record of execution {} has something left to do",
            timeline.id
        )),
        Some(true) => Held,
        _ => NoCase,
    }
}
