//! What must happen some day, one function for each promise.

use std::time::Duration;

use super::check::{Judgement, Limits, Scene};
use super::fact::{Answer, End, Notify, What, Wish};
use super::story::{Story, Told, later, moment};

use Judgement::{Broken, Held, NoCase};

/// CodePipeline's patience: "If the Lambda function has sent no reply after 20 minutes, the action times out."
const SILENCE: Duration = Duration::from_secs(20 * 60);
/// For how long a notice may be tried: 20 times take about two hours and a half.
const TELLING: Duration = Duration::from_secs(3 * 60 * 60);
/// How often a notice is tried before it is given up.
const TRIES: usize = 20;

pub(super) fn answered(story: &Story<'_>, scene: &Scene<'_>, limits: &Limits) -> Judgement {
    let id = story.id;
    match story.end() {
        Some((_, End::Abandoned)) => NoCase,
        Some((at_ms, End::TimedOut)) => Broken(format!(
            "CodePipeline ended execution {id} itself at {}; job {} had no answer",
            moment(at_ms),
            unanswered(story).unwrap_or("that was to come back")
        )),
        Some((at_ms, End::Succeeded | End::Failed)) => in_time(story, at_ms, limits),
        None if limits.is_over && story.is_whole() => Broken(format!(
            "execution {id} never ended; job {} has no answer",
            unanswered(story).unwrap_or("that was to come back")
        )),
        None => each_job(story, scene, limits),
    }
}

/// Whether a result at `at_ms` came before the deadline, and the time that the last answer may take.
fn in_time(story: &Story<'_>, at_ms: u64, limits: &Limits) -> Judgement {
    let Some(deadline_ms) = story.deadline_ms(limits.deadline) else {
        return NoCase;
    };
    if at_ms <= later(deadline_ms, limits.slack) {
        return Held;
    }
    Broken(format!(
        "execution {} ended at {}, and its deadline was {}",
        story.id,
        moment(at_ms),
        moment(deadline_ms)
    ))
}

/// Without CodePipeline's own word: each job that came long enough ago has an answer.
fn each_job(story: &Story<'_>, scene: &Scene<'_>, limits: &Limits) -> Judgement {
    for (at_ms, job) in story.jobs() {
        let was_answered = story.answers().any(|told| told.job == job)
            || story.jobs().any(|(later_ms, _)| later_ms > at_ms);
        if !was_answered && later(at_ms, SILENCE) < scene.until_ms {
            return Broken(format!(
                "job {job} of execution {} came at {} and has no answer",
                story.id,
                moment(at_ms)
            ));
        }
    }
    match story.results().map(|told| told.at_ms).min() {
        Some(at_ms) => in_time(story, at_ms, limits),
        None if story.answers().next().is_some() => Held,
        None => NoCase,
    }
}

fn unanswered<'f>(story: &Story<'f>) -> Option<&'f str> {
    let mut jobs = story.jobs().map(|(_, job)| job);
    jobs.find(|job| {
        !story
            .answers()
            .any(|told| told.job == *job && told.fate == super::fact::Fate::Taken)
    })
}

/// When the outcome was decided, as far as that can be seen, of an execution of which others should hear.
fn decided_ms(story: &Story<'_>) -> Option<u64> {
    let answers = story
        .answers()
        .filter(Told::is_terminal)
        .map(|told| told.at_ms);
    let ended = story.end().filter(|(_, end)| *end != End::Abandoned);
    // Who only asked for the plan has it, and nothing has happened that others should hear of.
    let is_nobodys =
        story.any(|what| *what == What::Unrecorded) || story.asked().1 == Wish::Nothing;
    let decided = answers.min().or_else(|| ended.map(|(at_ms, _)| at_ms));
    decided.filter(|_| story.is_whole() && !is_nobodys)
}

pub(super) fn told(story: &Story<'_>, scene: &Scene<'_>, limits: &Limits) -> Judgement {
    let Some(decided_ms) = decided_ms(story) else {
        return NoCase;
    };
    let topic = match story.given() {
        Some(None) => return NoCase,
        Some(topic) => topic,
        None => None,
    };
    // Whether a success is a change, only what came before it tells.
    let mut answers = story.answers();
    let is_success = answers.any(|told| told.answer.is_some_and(Answer::is_success));
    if is_success && story.notify() != Notify::Each {
        return NoCase;
    }
    let is_over = story.notices().next().is_some() || story.any(|what| *what == What::GivenUp);
    if is_over || tries(story, scene, topic) >= TRIES {
        return Held;
    }
    untold(story, scene, limits, decided_ms, "nobody was told")
}

pub(super) fn told_on_the_bus(story: &Story<'_>, scene: &Scene<'_>, limits: &Limits) -> Judgement {
    let (Some(bus), Some(decided_ms)) = (scene.bus, decided_ms(story)) else {
        return NoCase;
    };
    let is_over = story.events().next().is_some() || story.any(|what| *what == What::EventGivenUp);
    if is_over || tries(story, scene, Some(bus)) >= TRIES {
        return Held;
    }
    untold(story, scene, limits, decided_ms, "the bus has no event")
}

/// How often it may have been tried. A try is counted before it is made, so trouble between the two leaves one that the
/// service never saw.
fn tries(story: &Story<'_>, scene: &Scene<'_>, topic: Option<&str>) -> usize {
    let trouble = story.count(|what| *what == What::Trouble) + scene.trouble;
    topic.map_or(0, |topic| scene.tries_of(topic) + trouble)
}

fn untold(
    story: &Story<'_>,
    scene: &Scene<'_>,
    limits: &Limits,
    decided_ms: u64,
    what: &str,
) -> Judgement {
    if !limits.is_over && later(decided_ms, TELLING) > scene.until_ms {
        return NoCase;
    }
    Broken(format!(
        "{what} of execution {}, which was decided by {}",
        story.id,
        moment(decided_ms)
    ))
}

pub(super) fn drained(story: &Story<'_>, _: &Scene<'_>, limits: &Limits) -> Judgement {
    let stored = story.facts.iter().find_map(|fact| match fact.what {
        What::Stored { drained } => Some(drained),
        _ => None,
    });
    match stored {
        Some(false) if limits.is_over => Broken(format!(
            "the record of execution {} has something left to do",
            story.id
        )),
        Some(true) => Held,
        _ => NoCase,
    }
}
