//! A state of the model: the world, the active runs, and the faults so far.

use invalidation_core::model::timestamp::Timestamp;

use super::configuration::Configuration;
use super::frozen::Frozen;
use super::invariant::Invariant;
use super::lambda::Event;
use super::run::{Progress, Run, Task};
use super::scenario::Scenario;
use super::time;
use super::world::World;

/// The id of the last write when no run remembers another.
const FORGOTTEN: &str = "-";

/// A state of the model.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// The services.
    pub world: World,
    /// The active runs, in an order without meaning.
    pub runs: Vec<Frozen<Run>>,
    /// The faults so far.
    pub spent: Spent,
}

/// The faults so far, of those that a [`Configuration`] allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Spent {
    /// Calls that failed, were repeated or were delayed, and runs that crashed.
    pub faults: u8,
    /// Additional copies of events.
    pub copies: u8,
    /// Continuation jobs that CodePipeline never sent.
    pub forgeries: u8,
    /// Runs whose clock was behind.
    pub lagging: u8,
    /// Whether CodePipeline received a request to stop the action.
    pub is_stopped: bool,
}

impl State {
    /// The initial state.
    #[must_use]
    pub fn new(scenario: Scenario, configuration: &Configuration) -> Self {
        let state = Self {
            world: World::new(scenario),
            runs: Vec::new(),
            spent: Spent::default(),
        };
        state.settled(configuration)
    }

    /// Whether an invariant has held on every path to this state, if known.
    #[must_use]
    pub fn keeps(&self, invariant: Invariant) -> bool {
        let kept = !self.world.broken.contains(invariant);
        match invariant {
            Invariant::FewNotifications => {
                let most = 1 + self.spent.faults + self.spent.lagging;
                self.world.published <= most && self.world.put <= most
            }
            _ => kept,
        }
    }

    /// The clock of a run.
    #[must_use]
    pub fn clock(&self, is_lagging: bool, configuration: &Configuration) -> Timestamp {
        if is_lagging {
            time::earlier(self.world.now, configuration.lag)
        } else {
            self.world.now
        }
    }

    /// A name for a new run that occurs neither in the table nor in any run.
    #[must_use]
    pub fn free_name(&self) -> char {
        let known = |name: char| {
            let is_of = |write_id: &str| write_id.starts_with(name);
            self.world
                .record()
                .is_some_and(|record| is_of(&record.write_id))
                || self.runs.iter().map(Frozen::get).any(|run| {
                    let execution = run.execution();
                    run.name == name
                        || execution.is_some_and(|one| one.replaces().is_some_and(is_of))
                })
        };
        ('a'..='z')
            .find(|name| !known(*name))
            .expect("there are more letters than runs")
    }

    /// Replaces a run, or adds it, with its progress. Lambda receives its end.
    pub fn put(
        &mut self,
        place: Option<usize>,
        job: Option<usize>,
        progress: Progress,
        configuration: &Configuration,
    ) {
        if let Some(place) = place {
            self.runs.remove(place);
        }
        let event = job.map(|job| &mut self.world.codepipeline.jobs[job].event);
        match (progress, event) {
            (Progress::Open(run), _) => self.runs.push(run),
            (Progress::Done, Some(event)) => *event = Event::Taken,
            (Progress::Failed, Some(event)) => *event = event.failed(configuration),
            (Progress::Done | Progress::Failed, None) => {}
        }
    }

    /// The same state without differences that can never matter.
    #[must_use]
    pub fn settled(mut self, configuration: &Configuration) -> Self {
        if !configuration.has_start {
            for job in &mut self.world.codepipeline.jobs {
                if job.event == Event::NEW {
                    job.event = if configuration.has_failed_delivery {
                        Event::GIVEN_UP
                    } else {
                        Event::Lost
                    };
                }
            }
        }
        self.runs.sort_by_key(Frozen::fingerprint);
        if self.runs.is_empty() {
            self.forget(configuration);
        }
        self
    }

    /// No run is active, so no run remembers the last write, and time can be shifted.
    fn forget(&mut self, configuration: &Configuration) {
        let surplus = time::surplus(self.world.now);
        self.world.now = time::earlier(self.world.now, surplus);
        // A clock that is behind may still show a time that has only just passed.
        let passed = time::earlier(self.world.now, configuration.lag);
        if let Some(record) = self.world.record() {
            let mut record = record.clone();
            FORGOTTEN.clone_into(&mut record.write_id);
            time::age(&mut record, surplus);
            time::forget(&mut record, passed);
            self.world.table.record = Some(Frozen::new(record));
        }
    }

    /// When the first waiting run continues; none unless each run waits.
    #[must_use]
    pub fn wakes_at(&self, configuration: &Configuration) -> Option<Timestamp> {
        let trigger = |run: &Frozen<Run>| match run.get() {
            Run {
                task: Task::Wait(_, until),
                is_lagging,
                ..
            } => {
                let behind = if *is_lagging {
                    configuration.lag
                } else {
                    std::time::Duration::ZERO
                };
                Some(*until + behind)
            }
            _ => None,
        };
        let wakes: Option<Vec<Timestamp>> = self.runs.iter().map(trigger).collect();
        wakes?.into_iter().min()
    }
}
