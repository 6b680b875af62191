//! The timeline of a run in the local AWS: every call to a service, and each invocation of a function.

mod call;

use std::collections::BTreeSet;

use super::clean::clean;
use super::moment::{Actor, Life, Moment, Tone};
use super::time::span_ms;
use super::timeline::{Sentence, Timeline, counted, the};
use local_aws::Call;
use local_aws::account::Delivered;
use local_aws::codepipeline::{ActionState, Status};
use local_aws::lambda::Attempt;
use local_aws::sns::Published;

/// The recorded data of a run.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The action, if there was one.
    pub action: Option<&'a ActionState>,
    /// Every call to every service.
    pub calls: &'a [Call],
    /// Each event that a function received.
    pub wakings: &'a [Delivered],
    /// Each attempt of a function that has ended.
    pub attempts: &'a [Attempt],
    /// The published notifications.
    pub notifications: &'a [Published],
}

/// The timeline of a run.
#[must_use]
pub fn of_run(run: &Run<'_>) -> Timeline {
    let cast = Cast::of(run);
    let mut moments = cast.wakings(run);
    let failed_deliveries = cast.failed_deliveries(&moments);
    moments.extend(cast.again());
    let mut known = BTreeSet::new();
    moments.extend(run.calls.iter().filter_map(|call| {
        let moment = call::told(call, &mut known)?;
        let life = cast.life_of(moment.from, call.at_ms);
        Some(moment.in_life(life))
    }));
    moments.extend(cast.ends());
    moments.extend(failed_deliveries);
    moments.extend(run.action.and_then(ended));
    let parameters = run
        .action
        .and_then(|action| action.user_parameters.as_deref());
    let timeline = Timeline {
        execution: run
            .action
            .and_then(|action| action.jobs.first())
            .map(|id| clean(id)),
        pipeline: parameters.and_then(pipeline),
        moments,
        lives: cast.lives.clone(),
        came_to: came_to(run, &known),
        look_at: look_at(run.action),
        ..Timeline::default()
    };
    let mut timeline = timeline.told();
    timeline.came_to.extend(cast.idle());
    timeline
}

/// The invocations of a run, each with its attempt. A sweep that found nothing due is omitted.
struct Cast<'a> {
    attempts: Vec<&'a Attempt>,
    lives: Vec<Life>,
    /// The start times of the sweeps that found nothing due.
    idle_ms: Vec<u64>,
}

impl<'a> Cast<'a> {
    fn of(run: &Run<'a>) -> Self {
        let mut attempts: Vec<&Attempt> = run.attempts.iter().collect();
        attempts.sort_by_key(|attempt| attempt.started_ms);
        let mut cast = Cast {
            attempts: Vec::new(),
            lives: Vec::new(),
            idle_ms: Vec::new(),
        };
        for attempt in attempts {
            let Some(actor) = actor_of(attempt) else {
                continue;
            };
            let during = |call: &&Call| {
                let is_then = (attempt.started_ms..=attempt.ended_ms).contains(&call.at_ms);
                is_then && call.caller == actor.name()
            };
            let calls = || run.calls.iter().filter(during);
            let is_idle = actor == Actor::Checker && calls().all(|call| call.operation == "Query");
            if is_idle && attempt.result.is_ok() {
                cast.idle_ms.push(attempt.started_ms);
                continue;
            }
            cast.lives.push(Life {
                actor,
                began_ms: attempt.started_ms,
                ended_ms: attempt.ended_ms,
                died: died(attempt),
                steps: calls().map(|call| call.at_ms).collect(),
            });
            cast.attempts.push(attempt);
        }
        cast
    }

    /// The invocation in which a function made a call.
    fn life_of(&self, actor: Actor, at_ms: u64) -> Option<usize> {
        self.lives.iter().position(|life| {
            life.actor == actor && (life.began_ms..=life.ended_ms).contains(&at_ms)
        })
    }

    /// The first invocation that an event may have started; `None` for a sweep in which nothing was due.
    fn begun_by(&self, actor: Actor, at_ms: u64) -> Option<usize> {
        let lives = self.lives.iter().enumerate();
        let (life, begun) = lives
            .filter(|(_, life)| life.actor == actor && life.began_ms >= at_ms)
            .min_by_key(|(_, life)| life.began_ms)?;
        let is_idle = |idle_ms: &u64| (at_ms..begun.began_ms).contains(idle_ms);
        let was_idle = actor == Actor::Checker && self.idle_ms.iter().any(is_idle);
        (!was_idle).then_some(life)
    }

    fn wakings(&self, run: &Run<'_>) -> Vec<Moment> {
        let mut job_count = 0;
        let moments = run.wakings.iter().filter_map(|delivered| {
            let actor = Actor::named(delivered.function)?;
            let life = self.begun_by(actor, delivered.at_ms);
            let moment = match delivered.by {
                "CodePipeline" => {
                    job_count += 1;
                    Moment::between(
                        delivered.at_ms,
                        Actor::CodePipeline,
                        actor,
                        job_sent(job_count),
                    )
                }
                "EventBridge" => {
                    let words = "invokes the checker (each minute); work is due";
                    Moment::between(
                        delivered.at_ms,
                        Actor::EventBridge,
                        actor,
                        life.map(|_| words)?,
                    )
                }
                // The invocation that it starts shows it.
                "Lambda" => return None,
                _ => Moment::by_lambda(
                    delivered.at_ms,
                    actor,
                    format!("sends {} your event", the(actor)),
                ),
            };
            Some(moment.in_life(life))
        });
        moments.collect()
    }

    /// Each invocation of the checker by Lambda with a failed delivery of `start`.
    fn failed_deliveries(&self, wakings: &[Moment]) -> Vec<Moment> {
        let lives = self.lives.iter().zip(&self.attempts).enumerate();
        let failed_deliveries = lives.filter(|(life, (of, attempt))| {
            let is_woken = wakings.iter().any(|moment| moment.life == Some(*life));
            of.actor == Actor::Checker && attempt.number == 1 && !is_woken
        });
        let moments = failed_deliveries.map(|(life, (of, _))| {
            let words = "sends the job to the checker, because every delivery to start failed";
            let moment = Moment::by_lambda(of.began_ms, of.actor, words);
            Moment {
                from: Actor::Start,
                ..moment
            }
            .in_life(Some(life))
        });
        moments.collect()
    }

    /// Each repeated delivery of an event.
    fn again(&self) -> Vec<Moment> {
        let lives = self.lives.iter().zip(&self.attempts).enumerate();
        let again = lives.filter(|(_, (_, attempt))| attempt.number > 1);
        again
            .map(|(life, (of, attempt))| {
                let words = format!(
                    "sends {} the same event again: attempt {}",
                    the(of.actor),
                    attempt.number
                );
                Moment::by_lambda(attempt.started_ms, of.actor, words).in_life(Some(life))
            })
            .collect()
    }

    /// Each abnormal end.
    fn ends(&self) -> Vec<Moment> {
        let lives = self.lives.iter().zip(&self.attempts).enumerate();
        lives
            .filter_map(|(life, (of, attempt))| {
                let error = attempt.result.as_ref().err()?;
                let why = error
                    .message
                    .split_once(" Error: ")
                    .map_or(error.message.as_str(), |(_, why)| why);
                let (verb, tone) = if of.died {
                    ("crashed", Tone::Crash)
                } else {
                    ("ended with an error", Tone::Bad)
                };
                let words = format!("reports that {} {verb}: {}", the(of.actor), clean(why));
                let moment = Moment::by_lambda(attempt.ended_ms, of.actor, words);
                Some(moment.sounding(tone).in_life(Some(life)))
            })
            .collect()
    }

    fn idle(&self) -> Option<Sentence> {
        let sweeps = counted(self.idle_ms.len(), "sweep", "sweeps");
        let words = format!("{sweeps} of the checker found nothing due.");
        (!self.idle_ms.is_empty()).then(|| Sentence::new(words))
    }
}

fn actor_of(attempt: &Attempt) -> Option<Actor> {
    Actor::named(attempt.function_arn.rsplit(':').next()?)
}

/// Whether the process ended, and did not only return an error.
fn died(attempt: &Attempt) -> bool {
    attempt.result.as_ref().is_err_and(|error| {
        error.error_type.starts_with("Runtime.") || error.error_type == "Sandbox.Timedout"
    })
}

fn job_sent(number: u32) -> String {
    match number {
        1 => "sends the first job".to_owned(),
        number => format!("sends job {number}"),
    }
}

fn pipeline(parameters: &str) -> Option<String> {
    let parameters: serde_json::Value = serde_json::from_str(parameters).ok()?;
    parameters["PipelineName"].as_str().map(clean)
}

fn ended(action: &ActionState) -> Option<Moment> {
    let tone = tone(&action.status);
    let words = match &action.status {
        Status::Failed { kind, .. } => format!("ends the action: Failed ({kind:?})"),
        status => format!("ends the action: {status}"),
    };
    Some(Moment::at(action.ended_ms?, Actor::CodePipeline, words).sounding(tone))
}

fn tone(status: &Status) -> Tone {
    match status {
        Status::Succeeded => Tone::Good,
        _ => Tone::Bad,
    }
}

fn came_to(run: &Run<'_>, invalidations: &BTreeSet<String>) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    if let Some(action) = run.action {
        let job_count = counted(action.job_count as usize, "job", "jobs");
        let after = span_ms(
            action
                .ended_ms
                .map_or(0, |ended_ms| ended_ms - action.started_ms),
        );
        let words = match &action.status {
            Status::InProgress => format!("The action has not ended yet, after {job_count}."),
            Status::Succeeded => format!("The action succeeded after {after}, in {job_count}."),
            Status::Failed { .. } => format!("The action failed after {after}, in {job_count}."),
            Status::TimedOut => {
                format!("The action timed out in CodePipeline after {after}, in {job_count}.")
            }
            Status::Abandoned => format!("The action was abandoned after {after}, in {job_count}."),
        };
        sentences.push(Sentence::new(words).sounding(tone(&action.status)));
    }
    let ids: Vec<&str> = invalidations.iter().map(String::as_str).collect();
    sentences.push(Sentence::new(match ids.len() {
        0 => "No invalidation was created.".to_owned(),
        count => format!(
            "{}: {}.",
            counted(count, "invalidation", "invalidations"),
            ids.join(", ")
        ),
    }));
    sentences.push(Sentence::new(format!(
        "{}.",
        counted(run.notifications.len(), "notification", "notifications")
    )));
    sentences
}

fn look_at(action: Option<&ActionState>) -> Vec<Sentence> {
    match action.map(|action| &action.status) {
        Some(Status::Failed { message, .. }) => {
            vec![Sentence::new(clean(message)).sounding(Tone::Bad)]
        }
        _ => Vec::new(),
    }
}
