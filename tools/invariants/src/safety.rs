//! What must never happen, one function for each promise.

use std::collections::BTreeSet;
use std::time::Duration;

use super::check::{Judgement, Limits, Scene};
use super::fact::{Answer, End, Fate, Notice, Notify, What, Wish};
use super::story::{Story, later, moment};

use Judgement::{Broken, Held, NoCase};

/// How long CodePipeline waits for an answer, and so for how long a "continue" stands.
const SILENCE_MS: u64 = 20 * 60 * 1_000;

/// How much the clock by which an execution is late may differ from that of who saw it.
const CLOCKS: Duration = Duration::from_secs(60);

pub(super) fn one_invalidation(story: &Story<'_>, _: &Scene<'_>, _: &Limits) -> Judgement {
    let (invalidations, references) = (story.invalidations(), story.references());
    let (id, (targets, wish)) = (story.id, story.asked());
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

pub(super) fn true_success(story: &Story<'_>, scene: &Scene<'_>, limits: &Limits) -> Judgement {
    if let Some(wrong) = wrongly_shared(story, scene, limits) {
        return Broken(wrong);
    }
    let successes = story
        .results()
        .filter(|told| told.answer == Some(Answer::Success));
    let Some(told) = successes.min_by_key(|told| told.at_ms) else {
        return NoCase;
    };
    if !story.is_whole() {
        return NoCase;
    }
    let by_ms = later(told.at_ms, limits.skew);
    let mut ours = story.invalidations();
    ours.extend(story.shared().map(|(id, _)| id));
    let is_completed = |id: &&&str| {
        scene
            .completed
            .get(*id)
            .is_some_and(|at_ms| *at_ms <= by_ms)
    };
    let completed = ours.iter().filter(is_completed).count();
    let (targets, wish) = story.asked();
    let is_late = story
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
        story.id,
        told.job,
        moment(told.at_ms),
        if ours.is_empty() {
            "any invalidation of its own".into()
        } else {
            listed(&ours)
        },
    ))
}

/// An invalidation of another execution that cannot be ours, too: it was made before we came, or leaves out a path of ours.
fn wrongly_shared(story: &Story<'_>, scene: &Scene<'_>, limits: &Limits) -> Option<String> {
    let began_ms = story.began_ms()?;
    story.shared().find_map(|(id, covers)| {
        let created_ms = scene.created.get(id).copied();
        let is_early = created_ms.is_some_and(|at_ms| later(at_ms, limits.skew) < began_ms);
        let why = match (is_early, covers) {
            (true, _) => "was made before it began",
            (_, false) => "leaves out a path of it",
            (false, true) => return None,
        };
        Some(format!(
            "execution {} goes on with invalidation {id} of another, which {why}",
            story.id
        ))
    })
}

pub(super) fn one_result(story: &Story<'_>, _: &Scene<'_>, _: &Limits) -> Judgement {
    let results: Vec<_> = story.results().collect();
    if results.len() > 1 {
        let told = results
            .iter()
            .map(|told| format!("job {} at {}", told.job, moment(told.at_ms)));
        return Broken(format!(
            "execution {} had {} results taken: {}",
            story.id,
            results.len(),
            told.collect::<Vec<_>>().join(", ")
        ));
    }
    case(!results.is_empty())
}

pub(super) fn one_story(story: &Story<'_>, _: &Scene<'_>, _: &Limits) -> Judgement {
    // With the record out of reach, the job was failed for that alone; what its record came to is another matter, and the
    // notice says that CodePipeline did not come back to hear it.
    if story.any(|what| *what == What::Unrecorded) {
        return NoCase;
    }
    // What CodePipeline did not take, nobody was told.
    let answers = story.results().filter_map(|told| {
        let answer = told.answer?;
        let what = format!("job {} was answered", told.job);
        Some((answer.is_success(), what, told.at_ms))
    });
    let notices = story
        .told()
        .filter_map(|(at_ms, notice)| Some((notice.success?, "people were told".into(), at_ms)));
    let end = story.end().and_then(|(at_ms, end)| match end {
        End::Succeeded => Some((true, "the action ended".into(), at_ms)),
        End::Failed => Some((false, "the action ended".into(), at_ms)),
        End::TimedOut | End::Abandoned => None,
    });
    let told: Vec<(bool, String, u64)> = answers.chain(notices).chain(end).collect();
    let good = told.iter().find(|(success, ..)| *success);
    let bad = told.iter().find(|(success, ..)| !success);
    match (good, bad) {
        (Some((_, good, good_ms)), Some((_, bad, bad_ms))) => Broken(format!(
            "execution {}: {good} with success at {}, and {bad} with failure at {}",
            story.id,
            moment(*good_ms),
            moment(*bad_ms)
        )),
        (None, None) => NoCase,
        _ => Held,
    }
}

pub(super) fn decided_once(story: &Story<'_>, _: &Scene<'_>, _: &Limits) -> Judgement {
    let answers: BTreeSet<Answer> = story.results().filter_map(|told| told.answer).collect();
    let says = |(_, notice): (u64, &'_ Notice)| notice.says.clone();
    let notices: BTreeSet<String> = story.notices().map(says).collect();
    let events: BTreeSet<String> = story.events().map(says).collect();
    if answers.len() > 1 {
        return Broken(format!(
            "execution {} was answered in {} ways: {answers:?}",
            story.id,
            answers.len()
        ));
    }
    for (what, said) in [("notices", &notices), ("events", &events)] {
        if said.len() > 1 {
            return Broken(format!(
                "the {what} of execution {} differ: {}",
                story.id,
                listed(&said.iter().map(String::as_str).collect())
            ));
        }
    }
    case(!answers.is_empty() || !notices.is_empty() || !events.is_empty())
}

pub(super) fn claimed_is_sent(story: &Story<'_>, scene: &Scene<'_>, _: &Limits) -> Judgement {
    let Some(inbox) = &scene.inbox else {
        return NoCase;
    };
    let mut is_case = false;
    for fact in &story.facts {
        let What::Claimed { message } = &fact.what else {
            continue;
        };
        is_case = true;
        if !inbox.contains(message.as_str()) {
            return Broken(format!(
                "the notice of execution {} was called sent as message {message} at {}, and SNS has no such message",
                story.id,
                moment(fact.at_ms)
            ));
        }
    }
    case(is_case)
}

pub(super) fn few_notices(story: &Story<'_>, scene: &Scene<'_>, limits: &Limits) -> Judgement {
    let is_unwanted = |notice: &Notice| notice.says == "success";
    if story.notify() == Notify::NotSuccesses
        && let Some((at_ms, _)) = story.notices().find(|(_, notice)| is_unwanted(notice))
    {
        return Broken(format!(
            "people were told of the success of execution {} at {}, and want to hear of failures alone",
            story.id,
            moment(at_ms)
        ));
    }
    let count = story.notices().count().max(story.events().count());
    if count == 0 || !story.is_whole() {
        return NoCase;
    }
    let trouble = story.count(|what| *what == What::Trouble) + scene.trouble;
    if count <= 1 + trouble {
        return Held;
    }
    if limits.may_hide_trouble {
        return NoCase;
    }
    let times = story.told().map(|(at_ms, _)| moment(at_ms));
    Broken(format!(
        "execution {} had {count} notices with {trouble} troubles on the way: {}",
        story.id,
        times.collect::<Vec<_>>().join(", ")
    ))
}

pub(super) fn only_ours(story: &Story<'_>, _: &Scene<'_>, _: &Limits) -> Judgement {
    if !story.is_whole() {
        return NoCase;
    }
    let (id, jobs) = (
        story.id,
        story.jobs().map(|(_, job)| job).collect::<BTreeSet<_>>(),
    );
    if let Some(told) = story.answers().find(|told| !jobs.contains(told.job)) {
        return Broken(format!(
            "execution {id} answered job {} at {}, with which nobody came",
            told.job,
            moment(told.at_ms)
        ));
    }
    let (targets, topic) = (story.targets(), story.given().flatten());
    for fact in &story.facts {
        let (what, touched, given) = match &fact.what {
            What::Created { distribution, .. } => (
                "invalidated distribution",
                distribution.as_deref(),
                targets.clone(),
            ),
            What::Published(notice) => {
                let topic = topic.into_iter().collect();
                ("published to topic", notice.topic.as_deref(), topic)
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

/// Whether something that was given by this name may be what was touched: a domain name may turn out to be any target.
pub(super) fn may_be(given: &str, touched: &str) -> bool {
    given == touched || (given.contains('.') && !touched.contains(':'))
}

/// What dozens of targets may take more than one or a few.
const CREATES_OF_A_TARGET: usize = 60;
const LOOKS_OF_A_TARGET: usize = 300;

pub(super) fn bounded_calls(story: &Story<'_>, _: &Scene<'_>, limits: &Limits) -> Judgement {
    let (targets, _) = story.asked();
    let counted = [
        (
            "CreateInvalidation",
            story.count(|what| matches!(what, What::Create { .. })),
            limits.creates.max(CREATES_OF_A_TARGET * targets),
        ),
        (
            "GetInvalidation",
            story.count(|what| matches!(what, What::Look { .. })),
            limits.looks.max(LOOKS_OF_A_TARGET * targets),
        ),
        (
            "Publish",
            story.count(|what| matches!(what, What::Publish { .. })),
            limits.publishes,
        ),
    ];
    let too_many = counted.iter().find(|(_, count, most)| count > most);
    match too_many {
        Some((operation, count, most)) => Broken(format!(
            "execution {} called {operation} {count} times, and {most} are allowed",
            story.id
        )),
        None => case(counted.iter().any(|(_, count, _)| *count > 0)),
    }
}

pub(super) fn pipeline_first(story: &Story<'_>, _: &Scene<'_>, limits: &Limits) -> Judgement {
    let Some((at_ms, _)) = story.told().min_by_key(|(at_ms, _)| *at_ms) else {
        return NoCase;
    };
    if !story.is_whole() {
        return NoCase;
    }
    let by = later(at_ms, limits.skew);
    let heard = match story.end() {
        Some((ended_ms, _)) => ended_ms <= by,
        None if limits.is_over => false,
        None => {
            story
                .answers()
                .any(|told| told.is_terminal() && told.fate != Fate::Lost && told.at_ms <= by)
                || has_given_up(story, by)
        }
    };
    if heard {
        return Held;
    }
    Broken(format!(
        "people were told of execution {} at {}, before CodePipeline was",
        story.id,
        moment(at_ms)
    ))
}

/// Whether CodePipeline has heard nothing for so long that it has ended the action itself.
fn has_given_up(story: &Story<'_>, by_ms: u64) -> bool {
    let answers = story.answers().map(|told| told.at_ms);
    let last = story.jobs().map(|(at_ms, _)| at_ms).chain(answers).max();
    last.is_some_and(|last_ms| by_ms.saturating_sub(last_ms) >= SILENCE_MS)
}

fn case(is_one: bool) -> Judgement {
    if is_one { Held } else { NoCase }
}

fn listed(words: &BTreeSet<&str>) -> String {
    words.iter().copied().collect::<Vec<_>>().join(", ")
}
