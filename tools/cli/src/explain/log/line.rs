//! What one of our log lines tells, in words.

use std::collections::BTreeSet;

use invalidation_runtime::telemetry::Code;

use super::super::clean::{clean, short};
use super::super::moment::{Actor, Moment, Tone};
use super::super::story::{ANSWERS, Sentence, capital, the};
use super::super::time::moment;
use invariants::Entry;

/// Tells one execution line by line, and remembers what the next line may depend on.
#[derive(Default)]
pub(super) struct Teller {
    pub(super) pipeline: Option<String>,
    /// The ids of the invalidations, each once.
    pub(super) invalidations: Vec<String>,
    pub(super) notifications: usize,
    /// How it ended, and when that was decided.
    pub(super) outcome: Option<(String, u64)>,
    pub(super) deadline_ms: Option<u64>,
    pub(super) is_begun: bool,
    /// When CodePipeline took the outcome, or said that it takes none.
    pub(super) reported_ms: Option<u64>,
    pub(super) has_topic: bool,
    pub(super) is_given_up: bool,
    pub(super) look_at: Vec<Sentence>,
    jobs: BTreeSet<String>,
    is_recovered: bool,
}

impl Teller {
    /// The moment of a line; none for what only its author needs.
    pub(super) fn tell(&mut self, entry: &Entry, actor: Actor) -> Option<Moment> {
        if let Some(pipeline) = entry.text("pipeline") {
            self.pipeline = Some(clean(pipeline));
        }
        let told = entry
            .code()
            .and_then(|code| self.by_code(code, entry, actor));
        told.or_else(|| self.of_service_error(entry, actor))
    }

    fn by_code(&mut self, code: Code, entry: &Entry, actor: Actor) -> Option<Moment> {
        for id in known_by_then(code, entry) {
            self.know(&clean(id));
        }
        self.of_job(code, entry, actor)
            .or_else(|| self.of_cloudfront(code, entry, actor))
            .or_else(|| of_queue(code, entry, actor))
            .or_else(|| self.of_people(code, entry, actor))
            .or_else(|| self.of_bus(code, entry, actor))
    }

    fn of_job(&mut self, code: Code, entry: &Entry, actor: Actor) -> Option<Moment> {
        let at_ms = entry.at_ms;
        Some(match code {
            Code::JobReceived => self.received(entry, actor),
            Code::DeliveryFailed => {
                self.is_recovered = true;
                let words = "gives start up, as each delivery of the job to it failed, and hands the job to the checker";
                Moment {
                    from: Actor::Start,
                    ..Moment::by_lambda(at_ms, actor, words)
                }
                .sounding(Tone::Bad)
            }
            Code::JobRejected => self.rejected(entry, actor),
            Code::OutcomeDecided => {
                let outcome = clean(entry.text("outcome").unwrap_or("decided"));
                let tone = tone_of(&outcome);
                let words = format!("writes down the outcome: {outcome}");
                self.outcome = Some((outcome, at_ms));
                Moment::at(at_ms, actor, words).sounding(tone)
            }
            Code::ContinuationAccepted | Code::ResultAccepted => {
                let outcome = clean(entry.text("outcome").unwrap_or("the outcome"));
                self.reported(&outcome, at_ms);
                let tone = tone_of(&outcome);
                Moment::between(
                    at_ms,
                    actor,
                    Actor::CodePipeline,
                    format!("{ANSWERS}: {outcome}"),
                )
                .sounding(tone)
            }
            Code::ResultClosed => {
                self.reported(entry.text("outcome").unwrap_or_default(), at_ms);
                let words = "answers the job, which takes no answer any more";
                Moment::between(at_ms, actor, Actor::CodePipeline, words).sounding(Tone::Bad)
            }
            Code::JobUnknown => {
                self.reported("unknown", at_ms);
                let words = "answers the job, which CodePipeline does not know";
                Moment::between(at_ms, actor, Actor::CodePipeline, words).sounding(Tone::Bad)
            }
            Code::ResultRetry | Code::ResultUnconfirmed => {
                let words = format!(
                    "answers the job, and is not heard: {}",
                    service_error(entry)
                );
                Moment::between(at_ms, actor, Actor::CodePipeline, words).sounding(Tone::Bad)
            }
            _ => return None,
        })
    }

    fn reported(&mut self, outcome: &str, at_ms: u64) {
        if outcome != "continue" {
            self.reported_ms = self.reported_ms.or(Some(at_ms));
        }
    }

    fn received(&mut self, entry: &Entry, actor: Actor) -> Moment {
        let visit = entry.number("job_number").unwrap_or_default();
        let job = entry.text("job_id").unwrap_or_default();
        let is_again = !self.jobs.insert(job.to_owned());
        self.is_begun |= visit == 0;
        self.has_topic |= entry.text("topic").is_some();
        self.deadline_ms = self.deadline_ms.or_else(|| entry.number("deadline_ms"));
        let targets = entry.text("distribution_id").map(clean);
        let words = match (visit, is_again) {
            (_, true) => format!("has the job {} delivered again", short(job)),
            (0, false) => {
                let targets = targets.map_or(String::new(), |targets| format!(", for {targets}"));
                format!("comes with a job: the first job{targets}")
            }
            (visit, false) => format!("comes back: visit {}", visit + 1),
        };
        if std::mem::take(&mut self.is_recovered) {
            return Moment::at(
                entry.at_ms,
                actor,
                format!("takes up the job {}", short(job)),
            );
        }
        Moment::between(entry.at_ms, Actor::CodePipeline, actor, words)
    }

    fn rejected(&mut self, entry: &Entry, actor: Actor) -> Moment {
        let reason = clean(
            entry
                .text("reason")
                .unwrap_or("for a reason that is not told"),
        );
        let words = format!(
            "The job was refused: {reason}. CodePipeline shows the same in words, with what to do."
        );
        self.look_at.push(Sentence::new(words).sounding(Tone::Bad));
        Moment::at(entry.at_ms, actor, format!("refuses the job: {reason}")).sounding(Tone::Bad)
    }

    fn of_cloudfront(&mut self, code: Code, entry: &Entry, actor: Actor) -> Option<Moment> {
        let asks = |words: String| Moment::between(entry.at_ms, actor, Actor::CloudFront, words);
        let (place, status) = (
            place(entry),
            clean(entry.text("status").unwrap_or_default()),
        );
        let id = clean(entry.text("invalidation_id").unwrap_or_default());
        Some(match code {
            Code::InvalidationCreated => {
                let is_known = self.know(&id);
                let words = if is_known {
                    format!("asks again under the same reference: it is the same invalidation {id}")
                } else {
                    format!("creates invalidation {id} of {place}: {status}")
                };
                asks(words)
            }
            Code::PollStatus => {
                self.know(&id);
                asks(format!("asks how {id} stands: {status}")).sounding(tone_of(&status))
            }
            Code::InvalidationCompared => {
                let compared = clean(entry.text("compared").unwrap_or_default());
                if id == compared {
                    self.know(&id);
                    asks(format!("finds the lost invalidation again: {id}, {status}")).sounding(Tone::Recovery)
                } else {
                    asks(format!("looks whether {compared} is ours: it is not"))
                }
            }
            Code::InvalidationListed => asks(format!("asks for the latest invalidations of {place}")),
            Code::InvalidationConflict => {
                asks(format!("asks for an invalidation of {place}: there is one under this reference; its id is lost"))
                    .sounding(Tone::Bad)
            }
            Code::AliasResolved => asks(format!("asks whose domain name it is: {place}")),
            Code::DryRunAccepted => {
                asks(format!("finds that an invalidation of {place} would be taken; none is created"))
            }
            Code::CloudFrontRetry => {
                asks(format!("is retryable by CloudFront: {}", service_error(entry))).sounding(Tone::Bad)
            }
            Code::CloudFrontRejected => {
                let reason = clean(entry.text("reason").unwrap_or_default());
                let words = format!("CloudFront refused {place}: {reason}. CodePipeline shows the same in words, with what to do.");
                self.look_at.push(Sentence::new(words).sounding(Tone::Bad));
                asks(format!("is refused by CloudFront for good: {reason}")).sounding(Tone::Bad)
            }
            _ => return None,
        })
    }

    /// Remembers an invalidation, and says whether it was known.
    fn know(&mut self, id: &str) -> bool {
        let is_known = self.invalidations.iter().any(|known| known == id);
        if !is_known && !id.is_empty() {
            self.invalidations.push(id.to_owned());
        }
        is_known
    }

    fn of_people(&mut self, code: Code, entry: &Entry, actor: Actor) -> Option<Moment> {
        let topic = short(entry.text("topic").unwrap_or("the topic"));
        let tells = |to: Actor, words: String| Moment::between(entry.at_ms, actor, to, words);
        Some(match code {
            Code::NotificationPublished => {
                self.notifications += 1;
                tells(Actor::Sns, format!("publishes the notification to {topic}"))
                    .sounding(Tone::Good)
            }
            Code::NotificationRetry => tells(
                Actor::Sns,
                format!(
                    "publishes the notification to {topic}, and is retryable: {}",
                    service_error(entry)
                ),
            )
            .sounding(Tone::Bad),
            Code::NotificationAbandoned => {
                self.is_given_up = true;
                let words = format!(
                    "Nobody was told: SNS did not take the notification to {topic}. Does the topic exist, and may the role publish to it?"
                );
                self.look_at.push(Sentence::new(words).sounding(Tone::Bad));
                tells(
                    Actor::Sns,
                    format!("gives the notification up: {}", service_error(entry)),
                )
                .sounding(Tone::Bad)
            }
            Code::NotificationSkipped => {
                self.is_given_up = true;
                Moment::at(
                    entry.at_ms,
                    actor,
                    "publishes no notification: NotifyOn does not ask for this one",
                )
            }
            _ => return None,
        })
    }

    fn of_bus(&mut self, code: Code, entry: &Entry, actor: Actor) -> Option<Moment> {
        let tells = |words: String| Moment::between(entry.at_ms, actor, Actor::EventBridge, words);
        let puts = "puts the event of the outcome on the bus";
        Some(match code {
            Code::BusPublished => tells(puts.to_owned()),
            Code::BusRetry => tells(format!(
                "{puts}, and is retryable: {}",
                service_error(entry)
            ))
            .sounding(Tone::Bad),
            Code::BusAbandoned => {
                let words =
                    "No event was put: does the bus exist, and may the role put events on it?";
                self.look_at.push(Sentence::new(words).sounding(Tone::Bad));
                tells(format!("gives the event up: {}", service_error(entry))).sounding(Tone::Bad)
            }
            _ => return None,
        })
    }

    /// Whatever else our functions warn of, in their own words.
    fn of_service_error(&mut self, entry: &Entry, actor: Actor) -> Option<Moment> {
        let words = entry.text("message").unwrap_or_default();
        if entry.code() == Some(Code::RecordConflict) {
            let words = "finds that somebody else has written the record, and goes on from there";
            return Some(Moment::at(entry.at_ms, actor, words));
        }
        let level = entry
            .text("level")
            .filter(|level| matches!(*level, "WARN" | "ERROR"))?;
        let details = ["service_error", "error"].into_iter();
        let detail = details
            .filter_map(|name| entry.text(name))
            .map(clean)
            .next();
        let detail = detail.map_or(String::new(), |detail| format!(" ({detail})"));
        let said = format!("{}{detail}", clean(words));
        if level == "ERROR" {
            let words = format!(
                "{} logged an error at {}: {said}.",
                capital(the(actor)),
                moment(entry.at_ms)
            );
            self.look_at.push(Sentence::new(words).sounding(Tone::Bad));
        }
        Some(Moment::at(entry.at_ms, actor, format!("warns: {said}")).sounding(Tone::Bad))
    }
}

fn of_queue(code: Code, entry: &Entry, actor: Actor) -> Option<Moment> {
    let told = match code {
        Code::QueueWaiting => {
            let ahead = entry.number("ahead").unwrap_or_default();
            format!("waits in the queue before {}: {ahead} ahead", place(entry))
        }
        Code::QueueCoalesced => {
            let id = clean(entry.text("invalidation_id").unwrap_or_default());
            let by = short(entry.text("created_by").unwrap_or("another execution"));
            format!("goes on with invalidation {id}, which {by} made for both")
        }
        _ => return None,
    };
    Some(Moment::at(entry.at_ms, actor, told))
}

/// The invalidations that a line names as made before: those of a continuation job, and one that somebody else made.
fn known_by_then(code: Code, entry: &Entry) -> Vec<&str> {
    let names = match code {
        Code::QueueCoalesced | Code::JobReceived => entry.text("invalidation_id"),
        _ => None,
    };
    names.map_or(Vec::new(), |names| names.split(',').collect())
}

/// Whose cache a line is about.
fn place(entry: &Entry) -> String {
    let names = ["distribution_id", "distribution_tenant_id", "alias"];
    let name = names.into_iter().find_map(|name| entry.text(name));
    name.map_or_else(|| "its target".to_owned(), clean)
}

/// What a service said when it put us off.
fn service_error(entry: &Entry) -> String {
    clean(
        entry
            .text("service_error")
            .unwrap_or("the log does not say why"),
    )
}

fn tone_of(word: &str) -> Tone {
    match word {
        "Completed" | "succeeded" | "succeeded with warning" => Tone::Good,
        "failed" | "timed out" => Tone::Bad,
        _ => Tone::Plain,
    }
}
