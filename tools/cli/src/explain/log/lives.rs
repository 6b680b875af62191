//! The assignment of lines to invocations. An execution environment has a log stream of its own, and runs one
//! invocation at a time.

use std::collections::{BTreeMap, BTreeSet};

use invalidation_core::model::time_budget::{START_EVENT_AGE, START_TIMEOUT};
use invalidation_runtime::telemetry::Code;

use super::super::moment::Actor;
use invariants::Entry;

/// Longer than any invocation, in milliseconds: without a request ID, a later line belongs to another invocation.
const LONGEST_MS: u64 = START_TIMEOUT.as_secs() * 1_000;
/// Lambda may report one end in two lines, within this many milliseconds.
const SAME_END_MS: u64 = 5_000;

/// How long Lambda retries an event for `start`, in milliseconds.
const DELIVERED_MS: u64 = START_EVENT_AGE.as_secs() * 1_000;

/// The line with which a job begins, and the one with which the checker takes over a failed delivery.
const RECEIVED: Code = Code::JobReceived;
const RECOVERED: Code = Code::DeliveryFailed;
/// The line after which an invocation ends with an error.
const FAILED: Code = Code::InvocationFailed;

/// Every invocation in the log.
#[derive(Default)]
pub(super) struct Lives {
    pub(super) all: Vec<Run>,
    /// Whether each crashed.
    pub(super) died: Vec<bool>,
    /// The invocation of each entry; `None` for a second report of one end.
    pub(super) of_entries: Vec<Option<usize>>,
}

/// One invocation.
pub(super) struct Run {
    pub(super) actor: Actor,
    executions: BTreeSet<String>,
}

/// The current invocation of a stream.
struct Open {
    life: usize,
    request: Option<String>,
    latest_ms: u64,
    /// Whether it has received a job already, and failed already.
    is_received: bool,
    is_failed: bool,
    has_ended: bool,
}

impl Lives {
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut lives = Self::default();
        let mut streams = BTreeMap::new();
        for entry in entries {
            let life = if entry.is_of_function {
                Some(lives.line(entry, &mut streams))
            } else {
                lives.end(entry, &mut streams)
            };
            lives.of_entries.push(life);
        }
        lives.claim(entries);
        lives
    }

    /// Whether the end of this invocation belongs to the execution.
    pub(super) fn is_of(&self, life: usize, execution: &str, is_only: bool) -> bool {
        let executions = &self.all[life].executions;
        executions.contains(execution) || (is_only && executions.is_empty())
    }

    /// The number of crashes that no line assigns to an execution.
    pub(super) fn unclaimed(&self) -> usize {
        let runs = self.all.iter().zip(&self.died);
        runs.filter(|(run, died)| **died && run.executions.is_empty())
            .count()
    }

    fn begin(&mut self, actor: Actor) -> usize {
        self.all.push(Run {
            actor,
            executions: BTreeSet::new(),
        });
        self.died.push(false);
        self.all.len() - 1
    }

    /// The invocation in which a log line of the functions was written.
    fn line(&mut self, entry: &Entry, streams: &mut BTreeMap<String, Open>) -> usize {
        let code = entry.code();
        let goes_on = streams
            .get(&entry.stream)
            .filter(|open| open.is_of(entry, code))
            .map(|open| open.life);
        let actor = entry.function().and_then(Actor::named);
        let life = goes_on.unwrap_or_else(|| self.begin(actor.unwrap_or(Actor::Function)));
        let open = streams
            .entry(entry.stream.clone())
            .or_insert_with(Open::none);
        if goes_on.is_none() {
            *open = Open {
                life,
                has_ended: false,
                ..Open::none()
            };
        }
        open.latest_ms = entry.at_ms;
        open.is_received |= code == Some(RECEIVED);
        open.is_failed |= code == Some(FAILED);
        open.request = open
            .request
            .take()
            .or_else(|| entry.request_id().map(str::to_owned));
        let run = &mut self.all[life];
        run.actor = actor.unwrap_or(run.actor);
        run.executions.extend(entry.execution.clone());
        life
    }

    /// The invocation whose end Lambda reports; `None` if it is a second report.
    fn end(&mut self, entry: &Entry, streams: &mut BTreeMap<String, Open>) -> Option<usize> {
        let known = streams
            .entry(entry.stream.clone())
            .or_insert_with(Open::none);
        let is_same = known.is_named_by(entry);
        let is_repeated =
            known.has_ended && is_same && entry.at_ms - known.latest_ms <= SAME_END_MS;
        if is_repeated && known.latest_ms > 0 {
            return None;
        }
        let is_known = is_same && !known.has_ended;
        let life = if is_known {
            known.life
        } else {
            self.begin(Actor::Function)
        };
        self.died[life] = !(is_known && known.is_failed);
        *known = Open {
            life,
            request: entry.request_id().map(str::to_owned),
            latest_ms: entry.at_ms,
            ..Open::none()
        };
        Some(life)
    }

    /// An invocation that crashed before its first line is identified by its request, which Lambda retried. Its
    /// function is that of the stream's other lines.
    fn claim(&mut self, entries: &[Entry]) {
        let mut requests: BTreeMap<&str, usize> = BTreeMap::new();
        let mut streams: BTreeMap<&str, Actor> = BTreeMap::new();
        for (entry, life) in entries.iter().zip(&self.of_entries) {
            let Some(life) = *life else { continue };
            if let (true, Some(request)) = (entry.is_of_function, entry.request_id()) {
                requests.insert(request, life);
            }
            if entry.is_of_function && self.all[life].actor != Actor::Function {
                streams.insert(&entry.stream, self.all[life].actor);
            }
        }
        for (entry, life) in entries.iter().zip(&self.of_entries) {
            let Some(life) = *life else { continue };
            if self.all[life].actor == Actor::Function
                && let Some(actor) = streams.get(entry.stream.as_str())
            {
                self.all[life].actor = *actor;
            }
            let of_request = entry.request_id().and_then(|id| requests.get(id));
            if let (false, Some(other)) = (entry.is_of_function, of_request) {
                let executions = self.all[*other].executions.clone();
                self.all[life].actor = self.all[*other].actor;
                self.all[life].executions.extend(executions);
            }
        }
        self.name_the_recovered(entries);
    }

    /// An invocation that ended without a line, shortly before the checker reports that each delivery to `start`
    /// failed, is one of `start`. Its execution is the one of the failed delivery, if there was only one.
    fn name_the_recovered(&mut self, entries: &[Entry]) {
        let is_failed_delivery = |entry: &&Entry| entry.code() == Some(RECOVERED);
        let failed_deliveries: Vec<&Entry> = entries.iter().filter(is_failed_delivery).collect();
        for (entry, life) in entries.iter().zip(&self.of_entries) {
            let Some(run) = life.map(|life| &mut self.all[life]) else {
                continue;
            };
            if entry.is_of_function || run.actor != Actor::Function || !run.executions.is_empty() {
                continue;
            }
            let after = failed_deliveries.iter().filter(|failed_delivery| {
                (entry.at_ms..entry.at_ms + DELIVERED_MS).contains(&failed_delivery.at_ms)
            });
            let recovered: BTreeSet<&String> =
                after.filter_map(|one| one.execution.as_ref()).collect();
            if !recovered.is_empty() {
                run.actor = Actor::Start;
            }
            if recovered.len() == 1 {
                run.executions.extend(recovered.into_iter().cloned());
            }
        }
    }
}

impl Open {
    const fn none() -> Self {
        Self {
            life: 0,
            request: None,
            latest_ms: 0,
            is_received: false,
            is_failed: false,
            has_ended: true,
        }
    }

    /// Whether a line still belongs to this invocation.
    fn is_of(&self, entry: &Entry, code: Option<Code>) -> bool {
        let is_again = (self.is_received && code == Some(RECEIVED)) || code == Some(RECOVERED);
        let is_late = self.request.is_none() && entry.at_ms - self.latest_ms > LONGEST_MS;
        !self.has_ended && self.is_named_by(entry) && !is_again && !is_late
    }

    /// Whether no field assigns the line to another request.
    fn is_named_by(&self, entry: &Entry) -> bool {
        match (self.request.as_deref(), entry.request_id()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => true,
        }
    }
}
