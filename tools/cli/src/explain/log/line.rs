//! The text of a log line.

use std::collections::BTreeSet;

use invalidation_runtime::telemetry::Code;

use super::super::clean::{clean, short};
use super::super::moment::{Actor, Moment, Tone};
use super::super::time::moment;
use super::super::timeline::{ANSWERS, Sentence, capital, the};
use invariants::Entry;

/// Reads the lines of one execution in order, with the state on which later lines depend.
#[derive(Default)]
pub(super) struct Teller {
    pub(super) pipeline: Option<String>,
    /// The ids of the invalidations, each once.
    pub(super) invalidations: Vec<String>,
    pub(super) notifications: usize,
    /// The outcome, and when it was decided.
    pub(super) outcome: Option<(String, u64)>,
    pub(super) deadline_ms: Option<u64>,
    pub(super) is_begun: bool,
    /// When CodePipeline accepted or rejected the outcome.
    pub(super) reported_ms: Option<u64>,
    pub(super) has_topic: bool,
    pub(super) is_given_up: bool,
    pub(super) look_at: Vec<Sentence>,
    jobs: BTreeSet<String>,
    is_recovered: bool,
}

impl Teller {
    /// The moment of a line; `None` for an internal detail.
    pub(super) fn tell(&mut self, entry: &Entry, actor: Actor) -> Option<Moment> {
        if let Some(pipeline) = entry.text("pipeline") {
            self.pipeline = Some(clean(pipeline));
        }
        let moment = entry
            .code()
            .and_then(|code| self.by_code(code, entry, actor));
        moment.or_else(|| self.of_service_error(entry, actor))
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
                let words = "sends the job to the checker, because every delivery to start failed";
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
                let words = format!("stores the outcome: {outcome}");
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
                let words = "reports the job result, which CodePipeline no longer accepts";
                Moment::between(at_ms, actor, Actor::CodePipeline, words).sounding(Tone::Bad)
            }
            Code::JobUnknown => {
                self.reported("unknown", at_ms);
                let words = "reports the job result, but CodePipeline does not know the job";
                Moment::between(at_ms, actor, Actor::CodePipeline, words).sounding(Tone::Bad)
            }
            Code::ResultRetry | Code::ResultUnconfirmed => {
                let words = format!(
                    "reports the job result, without success: {}",
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
        let number = entry.number("job_number").unwrap_or_default();
        let job = entry.text("job_id").unwrap_or_default();
        let is_again = !self.jobs.insert(job.to_owned());
        self.is_begun |= number == 0;
        self.has_topic |= entry.text("topic").is_some();
        self.deadline_ms = self.deadline_ms.or_else(|| entry.number("deadline_ms"));
        let targets = entry.text("distribution_id").map(clean);
        let words = match (number, is_again) {
            (_, true) => format!("has the job {} delivered again", short(job)),
            (0, false) => {
                let targets = targets.map_or(String::new(), |targets| format!(", for {targets}"));
                format!("sends the first job{targets}")
            }
            (number, false) => format!("sends job {}", number + 1),
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
        let reason = clean(entry.text("reason").unwrap_or("for an unknown reason"));
        let words = format!(
            "The job was rejected: {reason}. The message in CodePipeline explains the reason and the fix."
        );
        self.look_at.push(Sentence::new(words).sounding(Tone::Bad));
        Moment::at(entry.at_ms, actor, format!("rejects the job: {reason}")).sounding(Tone::Bad)
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
                    format!("repeats the call with the same reference: CloudFront returns invalidation {id}")
                } else {
                    format!("creates invalidation {id} of {place}: {status}")
                };
                asks(words)
            }
            Code::PollStatus => {
                self.know(&id);
                asks(format!("polls {id}: {status}")).sounding(tone_of(&status))
            }
            Code::InvalidationCompared => {
                let compared = clean(entry.text("compared").unwrap_or_default());
                if id == compared {
                    self.know(&id);
                    asks(format!("finds the lost invalidation again: {id}, {status}")).sounding(Tone::Recovery)
                } else {
                    asks(format!("compares invalidation {compared}: it belongs to another execution"))
                }
            }
            Code::InvalidationListed => asks(format!("lists the latest invalidations of {place}")),
            Code::InvalidationConflict => {
                asks(format!("requests an invalidation of {place}: one exists with this reference, and its id was lost"))
                    .sounding(Tone::Bad)
            }
            Code::AliasResolved => asks(format!("looks up the domain name: {place}")),
            Code::DryRunAccepted => {
                asks(format!("checks that CloudFront would accept an invalidation of {place}; none is created"))
            }
            Code::CloudFrontRetry => {
                asks(format!("receives a retryable error from CloudFront: {}", service_error(entry))).sounding(Tone::Bad)
            }
            Code::CloudFrontRejected => {
                let reason = clean(entry.text("reason").unwrap_or_default());
                let words = format!("CloudFront rejected {place}: {reason}. The message in CodePipeline explains the reason and the fix.");
                self.look_at.push(Sentence::new(words).sounding(Tone::Bad));
                asks(format!("receives a rejection from CloudFront: {reason}")).sounding(Tone::Bad)
            }
            _ => return None,
        })
    }

    /// Adds an invalidation, and returns whether it was known.
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
                    "publishes the notification to {topic}; the call will be retried: {}",
                    service_error(entry)
                ),
            )
            .sounding(Tone::Bad),
            Code::NotificationAbandoned => {
                self.is_given_up = true;
                let words = format!(
                    "No notification was sent: SNS did not accept it for {topic}. Does the topic exist, and may the role publish to it?"
                );
                self.look_at.push(Sentence::new(words).sounding(Tone::Bad));
                tells(
                    Actor::Sns,
                    format!("abandons the notification: {}", service_error(entry)),
                )
                .sounding(Tone::Bad)
            }
            Code::NotificationSkipped => {
                self.is_given_up = true;
                Moment::at(
                    entry.at_ms,
                    actor,
                    "publishes no notification: NotifyOn excludes this outcome",
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
                "{puts}; the call will be retried: {}",
                service_error(entry)
            ))
            .sounding(Tone::Bad),
            Code::BusAbandoned => {
                let words =
                    "No event was sent: does the bus exist, and may the role put events on it?";
                self.look_at.push(Sentence::new(words).sounding(Tone::Bad));
                tells(format!("abandons the event: {}", service_error(entry))).sounding(Tone::Bad)
            }
            _ => return None,
        })
    }

    /// Any other warning or error, in its own words.
    fn of_service_error(&mut self, entry: &Entry, actor: Actor) -> Option<Moment> {
        let words = entry.text("message").unwrap_or_default();
        if entry.code() == Some(Code::RecordConflict) {
            let words = "detects a concurrent update, and reloads the record";
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
    let words = match code {
        Code::QueueWaiting => {
            let ahead = entry.number("ahead").unwrap_or_default();
            format!("waits in the queue of {}: {ahead} ahead", place(entry))
        }
        Code::QueueCoalesced => {
            let id = clean(entry.text("invalidation_id").unwrap_or_default());
            let by = short(entry.text("created_by").unwrap_or("another execution"));
            format!("waits for invalidation {id}, which {by} created for both")
        }
        _ => return None,
    };
    Some(Moment::at(entry.at_ms, actor, words))
}

/// The invalidations that already existed: those of a continuation job, and one of another execution.
fn known_by_then(code: Code, entry: &Entry) -> Vec<&str> {
    let names = match code {
        Code::QueueCoalesced | Code::JobReceived => entry.text("invalidation_id"),
        _ => None,
    };
    names.map_or(Vec::new(), |names| names.split(',').collect())
}

/// The target of a line.
fn place(entry: &Entry) -> String {
    let names = ["distribution_id", "distribution_tenant_id", "alias"];
    let name = names.into_iter().find_map(|name| entry.text(name));
    name.map_or_else(|| "its target".to_owned(), clean)
}

/// The error of a service.
fn service_error(entry: &Entry) -> String {
    clean(
        entry
            .text("service_error")
            .unwrap_or("the log has no reason"),
    )
}

fn tone_of(word: &str) -> Tone {
    match word {
        "Completed" | "succeeded" | "succeeded with warning" => Tone::Good,
        "failed" | "timed out" => Tone::Bad,
        _ => Tone::Plain,
    }
}
