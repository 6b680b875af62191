//! Timelines from the log lines of both functions.

mod line;
mod lives;

use std::collections::BTreeSet;

use super::clean::clean;
use super::moment::{Actor, Life, Moment, Tone};
use super::time::{moment, span_ms};
use super::timeline::{Sentence, Timeline, counted, the};
use invariants::Entry;
use line::Teller;
use lives::Lives;

/// The delay between the decision and the accepted result that is worth mentioning, in milliseconds.
const LATE_MS: u64 = 1_000;

/// Each execution in the log, in chronological order.
#[must_use]
pub fn of_log(entries: &[Entry]) -> Vec<Timeline> {
    let lives = Lives::of(entries);
    let mut known = BTreeSet::new();
    let executions = entries
        .iter()
        .filter_map(|entry| entry.execution.as_deref());
    let executions: Vec<&str> = executions.filter(|id| known.insert(*id)).collect();
    let is_only = executions.len() == 1;
    let timelines = executions
        .iter()
        .map(|id| timeline(id, is_only, entries, &lives));
    timelines.collect()
}

/// The timeline of one execution. If there is no other, it includes the crashes that no line assigns to an execution.
fn timeline(execution: &str, is_only: bool, entries: &[Entry], lives: &Lives) -> Timeline {
    let mut teller = Teller::default();
    let mut parts = Told::default();
    for (entry, life) in entries.iter().zip(&lives.of_entries) {
        let life = life.map(|life| (life, lives.all[life].actor));
        if entry.is_of_function {
            if entry.execution.as_deref() == Some(execution) {
                let actor = life.map_or(Actor::Function, |(_, actor)| actor);
                parts.add(teller.tell(entry, actor), life, entry.at_ms);
            }
        } else if let Some((life, actor)) = life
            && lives.is_of(life, execution, is_only)
        {
            parts.end(
                end(entry, actor, lives.died[life]),
                life,
                actor,
                lives.died[life],
            );
        }
    }
    let timeline = Timeline {
        execution: Some(clean(execution)),
        pipeline: teller.pipeline.clone(),
        moments: parts.moments,
        lives: parts.lives,
        ..Timeline::default()
    };
    let mut timeline = conclude(timeline, &teller);
    let unclaimed = lives.unclaimed();
    if !is_only && unclaimed > 0 {
        let deaths = counted(unclaimed, "crash", "crashes");
        let words =
            format!("{deaths} without a link to an execution; this execution may be affected.");
        timeline.untold.push(Sentence::new(words));
    }
    timeline
}

/// Lambda's report of an abnormal end.
fn end(entry: &Entry, actor: Actor, died: bool) -> Moment {
    let words = match (entry.is_timeout(), died) {
        (true, _) => format!("ends {} at its time-out", the(actor)),
        (false, true) => format!("reports that {} crashed", the(actor)),
        (false, false) => format!(
            "reports that an invocation of {} ended with an error",
            the(actor)
        ),
    };
    let tone = if died { Tone::Crash } else { Tone::Bad };
    Moment::by_lambda(entry.at_ms, actor, words).sounding(tone)
}

/// The moments and invocations of one execution.
#[derive(Default)]
struct Told {
    moments: Vec<Moment>,
    lives: Vec<Life>,
    /// The index of each invocation in the whole log.
    places: Vec<usize>,
}

impl Told {
    fn add(&mut self, moment: Option<Moment>, life: Option<(usize, Actor)>, at_ms: u64) {
        let place = life.map(|(life, actor)| self.place(life, actor, at_ms));
        if let Some(place) = place {
            self.lives[place].lives_on(at_ms);
        }
        self.moments
            .extend(moment.map(|moment| moment.in_life(place)));
    }

    fn end(&mut self, moment: Moment, life: usize, actor: Actor, died: bool) {
        let place = self.place(life, actor, moment.at_ms);
        self.lives[place].lives_on(moment.at_ms);
        self.lives[place].died = died;
        self.moments.push(moment.in_life(Some(place)));
    }

    fn place(&mut self, life: usize, actor: Actor, at_ms: u64) -> usize {
        let known = self.places.iter().position(|known| *known == life);
        known.unwrap_or_else(|| {
            self.places.push(life);
            self.lives.push(Life::begun(actor, at_ms));
            self.lives.len() - 1
        })
    }
}

fn conclude(mut timeline: Timeline, teller: &Teller) -> Timeline {
    timeline.came_to = came_to(&timeline, teller);
    timeline.pending = pending(teller);
    timeline.look_at = teller.look_at.clone();
    if let Some(life) = timeline.lives.iter().find(|life| life.died) {
        let (who, when) = (the(life.actor), moment(life.ended_ms));
        let words = format!(
            "Why {who} crashed at {when}: Lambda's REPORT line has its duration and memory; the lines before it show its last steps."
        );
        timeline.look_at.push(Sentence::new(words));
    }
    if !teller.is_begun {
        let words = "The start of the execution: the log has no line of its first job.";
        timeline.untold.push(Sentence::new(words));
    }
    timeline.told()
}

fn came_to(timeline: &Timeline, teller: &Teller) -> Vec<Sentence> {
    let (began_ms, decided) = (timeline.began_ms(), teller.outcome.as_ref());
    let after = |at_ms: u64| span_ms(at_ms.saturating_sub(began_ms));
    let outcome = match decided.map(|(outcome, at_ms)| (outcome.as_str(), *at_ms)) {
        None => Sentence::new("The log has no outcome.").sounding(Tone::Bad),
        Some(("succeeded", at_ms)) => {
            let accepted = teller
                .reported_ms
                .filter(|accepted_ms| accepted_ms.saturating_sub(at_ms) >= LATE_MS);
            let accepted = accepted.map_or(String::new(), |accepted_ms| {
                format!(
                    "; CodePipeline accepted the result after {}",
                    after(accepted_ms)
                )
            });
            let words = format!("It succeeded after {}{accepted}.", after(at_ms));
            Sentence::new(words).sounding(Tone::Good)
        }
        Some(("succeeded with warning", at_ms)) => Sentence::new(format!(
            "It succeeded with a warning after {}, before CloudFront had completed (OnTimeout).",
            after(at_ms)
        )),
        Some(("timed out", at_ms)) => {
            Sentence::new(format!("It timed out after {}.", after(at_ms))).sounding(Tone::Bad)
        }
        Some((outcome, at_ms)) => {
            Sentence::new(format!("It {outcome} after {}.", after(at_ms))).sounding(Tone::Bad)
        }
    };
    let ids = &teller.invalidations;
    let invalidations = match ids.len() {
        0 => "No invalidation is known.".to_owned(),
        count => format!(
            "{}: {}.",
            counted(count, "invalidation", "invalidations"),
            ids.join(", ")
        ),
    };
    let notifications = format!(
        "{}.",
        counted(teller.notifications, "notification", "notifications")
    );
    vec![
        outcome,
        Sentence::new(invalidations),
        Sentence::new(notifications),
    ]
}

/// The pending work that a log shows.
fn pending(teller: &Teller) -> Vec<Sentence> {
    let mut pending = Vec::new();
    if teller.outcome.is_none() {
        let until = teller.deadline_ms.map_or(String::new(), |deadline_ms| {
            format!(", by {} at the latest", moment(deadline_ms))
        });
        pending.push(Sentence::new(format!("The outcome{until}.")));
    } else if teller.reported_ms.is_none() {
        pending.push(Sentence::new("The result for CodePipeline."));
    }
    if teller.has_topic && teller.notifications == 0 && !teller.is_given_up {
        pending.push(Sentence::new("The notification."));
    }
    let when = "The table has the time of the next attempt: add --table or --record.";
    if !pending.is_empty() {
        pending.push(Sentence::new(when));
    }
    pending
}
