//! Safety: what must never happen, one function for each invariant.

use std::collections::BTreeSet;
use std::time::Duration;

use super::check::{Assessment, Limits, Scene};
use super::fact::{Disposition, End, JobResult, Notification, Notify, What, Wish};
use super::timeline::{Timeline, later, moment};

use Assessment::{Broken, Held, NoCase};

/// How long CodePipeline waits for a result, and so how long a continuation is valid.
const SILENCE_MS: u64 = 20 * 60 * 1_000;

/// The largest difference between the clock of a deadline and the clock of a witness.
const CLOCKS: Duration = Duration::from_secs(60);

pub(super) fn one_invalidation(timeline: &Timeline<'_>, _: &Scene<'_>, _: &Limits) -> Assessment {
    let (invalidations, references) = (timeline.invalidations(), timeline.references());
    let (id, (targets, wish)) = (timeline.id, timeline.asked());
    if wish == Wish::Nothing && !invalidations.is_empty() {
        return Broken(format!(
            "execution {id} was to create nothing, and made {}",
            listed(&invalidations)
        ));
    }
    if invalidations.len() > targets {
        let count = invalidations.len();
        return Broken(format!(
            "execution {id} made {count} invalidations: {}",
            listed(&invalidations)
        ));
    }
    if references.len() > targets {
        let count = references.len();
        return Broken(format!(
            "execution {id} used {count} references: {}",
            listed(&references)
        ));
    }
    case(!invalidations.is_empty())
}

pub(super) fn true_success(
    timeline: &Timeline<'_>,
    scene: &Scene<'_>,
    limits: &Limits,
) -> Assessment {
    if let Some(wrong) = wrongly_shared(timeline, scene, limits) {
        return Broken(wrong);
    }
    let successes = timeline
        .results()
        .filter(|told| told.job_result == Some(JobResult::Success));
    let Some(told) = successes.min_by_key(|told| told.at_ms) else {
        return NoCase;
    };
    if !timeline.is_whole() {
        return NoCase;
    }
    let by_ms = later(told.at_ms, limits.skew);
    let mut ours = timeline.invalidations();
    ours.extend(timeline.shared().map(|(id, _)| id));
    let is_completed = |id: &&&str| {
        scene
            .completed
            .get(*id)
            .is_some_and(|at_ms| *at_ms <= by_ms)
    };
    let completed = ours.iter().filter(is_completed).count();
    let (targets, wish) = timeline.asked();
    let is_late = timeline
        .deadline_ms(limits.deadline)
        .is_none_or(|deadline_ms| deadline_ms <= later(by_ms, CLOCKS));
    let (missing, said) = match wish {
        Wish::Nothing => return Held,
        Wish::Taken => (ours.len() < targets, "had taken"),
        Wish::InTime if is_late => (ours.len() < targets, "had taken"),
        Wish::Completed | Wish::InTime => (completed < targets, "said Completed of"),
    };
    if !missing {
        return Held;
    }
    Broken(format!(
        "execution {} was reported as a success (job {}, {}) before CloudFront {said} {}",
        timeline.id,
        told.job,
        moment(told.at_ms),
        if ours.is_empty() {
            "any invalidation of its own".into()
        } else {
            listed(&ours)
        },
    ))
}

/// An invalidation of another execution that cannot serve this one: it was created before this execution began, or does
/// not cover one of its paths.
fn wrongly_shared(timeline: &Timeline<'_>, scene: &Scene<'_>, limits: &Limits) -> Option<String> {
    let began_ms = timeline.began_ms()?;
    timeline.shared().find_map(|(id, covers)| {
        let created_ms = scene.created.get(id).copied();
        let is_early = created_ms.is_some_and(|at_ms| later(at_ms, limits.skew) < began_ms);
        let why = match (is_early, covers) {
            (true, _) => "was made before it began",
            (_, false) => "leaves out a path of it",
            (false, true) => return None,
        };
        Some(format!(
            "execution {} goes on with invalidation {id} of another, which {why}",
            timeline.id
        ))
    })
}

pub(super) fn one_result(timeline: &Timeline<'_>, _: &Scene<'_>, _: &Limits) -> Assessment {
    let results: Vec<_> = timeline.results().collect();
    if results.len() > 1 {
        let told = results
            .iter()
            .map(|told| format!("job {} at {}", told.job, moment(told.at_ms)));
        return Broken(format!(
            "execution {} had {} results taken: {}",
            timeline.id,
            results.len(),
            told.collect::<Vec<_>>().join(", ")
        ));
    }
    case(!results.is_empty())
}

pub(super) fn one_timeline(timeline: &Timeline<'_>, _: &Scene<'_>, _: &Limits) -> Assessment {
    // If the record was unavailable, the job was failed for that reason alone. The outcome of the record may differ,
    // and its notification says that the result could not be delivered to CodePipeline.
    if timeline.any(|what| *what == What::Unrecorded) {
        return NoCase;
    }
    // A result that CodePipeline did not accept is not visible to anyone.
    let reports = timeline.results().filter_map(|told| {
        let job_result = told.job_result?;
        let what = format!("job {} was answered", told.job);
        Some((job_result.is_success(), what, told.at_ms))
    });
    let notifications = timeline.told().filter_map(|(at_ms, notification)| {
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
    let told: Vec<(bool, String, u64)> = reports.chain(notifications).chain(end).collect();
    let good = told.iter().find(|(success, ..)| *success);
    let bad = told.iter().find(|(success, ..)| !success);
    match (good, bad) {
        (Some((_, good, good_ms)), Some((_, bad, bad_ms))) => Broken(format!(
            "execution {}: {good} with success at {}, and {bad} with failure at {}",
            timeline.id,
            moment(*good_ms),
            moment(*bad_ms)
        )),
        (None, None) => NoCase,
        _ => Held,
    }
}

pub(super) fn decided_once(timeline: &Timeline<'_>, _: &Scene<'_>, _: &Limits) -> Assessment {
    let reports: BTreeSet<JobResult> = timeline
        .results()
        .filter_map(|told| told.job_result)
        .collect();
    let says = |(_, notification): (u64, &'_ Notification)| notification.says.clone();
    let notifications: BTreeSet<String> = timeline.notifications().map(says).collect();
    let events: BTreeSet<String> = timeline.events().map(says).collect();
    if reports.len() > 1 {
        return Broken(format!(
            "execution {} was answered in {} ways: {reports:?}",
            timeline.id,
            reports.len()
        ));
    }
    for (what, said) in [("notifications", &notifications), ("events", &events)] {
        if said.len() > 1 {
            return Broken(format!(
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
    scene: &Scene<'_>,
    _: &Limits,
) -> Assessment {
    let Some(inbox) = &scene.inbox else {
        return NoCase;
    };
    let mut is_case = false;
    for fact in &timeline.facts {
        let What::Claimed { message } = &fact.what else {
            continue;
        };
        is_case = true;
        if !inbox.contains(message.as_str()) {
            return Broken(format!(
                "the notification of execution {} was called sent as message {message} at {}, and SNS has no such message",
                timeline.id,
                moment(fact.at_ms)
            ));
        }
    }
    case(is_case)
}

pub(super) fn few_notifications(
    timeline: &Timeline<'_>,
    scene: &Scene<'_>,
    limits: &Limits,
) -> Assessment {
    let is_not_wanted = |notification: &Notification| notification.says == "success";
    if timeline.notify() == Notify::NotSuccesses
        && let Some((at_ms, _)) = timeline
            .notifications()
            .find(|(_, notification)| is_not_wanted(notification))
    {
        return Broken(format!(
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
        return NoCase;
    }
    let service_error = timeline.count(|what| *what == What::ServiceError) + scene.service_error;
    if count <= 1 + service_error {
        return Held;
    }
    if limits.may_hide_errors {
        return NoCase;
    }
    let times = timeline.told().map(|(at_ms, _)| moment(at_ms));
    Broken(format!(
        "execution {} had {count} notifications with {service_error} faults: {}",
        timeline.id,
        times.collect::<Vec<_>>().join(", ")
    ))
}

pub(super) fn only_ours(timeline: &Timeline<'_>, _: &Scene<'_>, _: &Limits) -> Assessment {
    if !timeline.is_whole() {
        return NoCase;
    }
    let (id, jobs) = (
        timeline.id,
        timeline.jobs().map(|(_, job)| job).collect::<BTreeSet<_>>(),
    );
    if let Some(told) = timeline.reports().find(|told| !jobs.contains(told.job)) {
        return Broken(format!(
            "execution {id} reported a result for job {} at {}, which was never handed out",
            told.job,
            moment(told.at_ms)
        ));
    }
    let (targets, topic) = (timeline.targets(), timeline.given().flatten());
    for fact in &timeline.facts {
        let (what, touched, given) = match &fact.what {
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
        if let Some(touched) = touched
            && !given.is_empty()
            && !given.iter().any(|given| may_be(given, touched))
        {
            return Broken(format!(
                "execution {id} {what} {touched} at {}, and was given {}",
                moment(fact.at_ms),
                listed(&given)
            ));
        }
    }
    Held
}

/// Whether a target given by this name may be the one that was called: a domain name may resolve to any target.
pub(super) fn may_be(given: &str, touched: &str) -> bool {
    given == touched || (given.contains('.') && !touched.contains(':'))
}

/// The number of calls allowed for dozens of targets.
const CREATES_OF_A_TARGET: usize = 60;
const POLLS_OF_A_TARGET: usize = 300;

pub(super) fn bounded_calls(timeline: &Timeline<'_>, _: &Scene<'_>, limits: &Limits) -> Assessment {
    let (targets, _) = timeline.asked();
    let counted = [
        (
            "CreateInvalidation",
            timeline.count(|what| matches!(what, What::Create { .. })),
            limits.creates.max(CREATES_OF_A_TARGET * targets),
        ),
        (
            "GetInvalidation",
            timeline.count(|what| matches!(what, What::Poll { .. })),
            limits.polls.max(POLLS_OF_A_TARGET * targets),
        ),
        (
            "Publish",
            timeline.count(|what| matches!(what, What::Publish { .. })),
            limits.publishes,
        ),
    ];
    let too_many = counted.iter().find(|(_, count, most)| count > most);
    match too_many {
        Some((operation, count, most)) => Broken(format!(
            "execution {} called {operation} {count} times, and {most} are allowed",
            timeline.id
        )),
        None => case(counted.iter().any(|(_, count, _)| *count > 0)),
    }
}

pub(super) fn pipeline_first(
    timeline: &Timeline<'_>,
    _: &Scene<'_>,
    limits: &Limits,
) -> Assessment {
    let Some((at_ms, _)) = timeline.told().min_by_key(|(at_ms, _)| *at_ms) else {
        return NoCase;
    };
    if !timeline.is_whole() {
        return NoCase;
    }
    let by = later(at_ms, limits.skew);
    let is_reported = match timeline.end() {
        Some((ended_ms, _)) => ended_ms <= by,
        None if limits.is_over => false,
        None => {
            timeline.reports().any(|told| {
                told.is_terminal() && told.disposition != Disposition::Lost && told.at_ms <= by
            }) || has_given_up(timeline, by)
        }
    };
    if is_reported {
        return Held;
    }
    Broken(format!(
        "subscribers were notified of execution {} at {}, before CodePipeline was",
        timeline.id,
        moment(at_ms)
    ))
}

/// Whether CodePipeline received no result for so long that it has ended the action itself.
fn has_given_up(timeline: &Timeline<'_>, by_ms: u64) -> bool {
    let reports = timeline.reports().map(|told| told.at_ms);
    let last = timeline.jobs().map(|(at_ms, _)| at_ms).chain(reports).max();
    last.is_some_and(|last_ms| by_ms.saturating_sub(last_ms) >= SILENCE_MS)
}

fn case(is_one: bool) -> Assessment {
    if is_one { Held } else { NoCase }
}

fn listed(words: &BTreeSet<&str>) -> String {
    words.iter().copied().collect::<Vec<_>>().join(", ")
}
