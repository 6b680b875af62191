//! The successors of a state.

use invalidation_core::model::timestamp::Timestamp;
use stateright::Property;

use super::Model;
use super::action::Action;
use super::frozen::Frozen;
use super::lambda::Event;
use super::properties;
use super::run::{Cause, Progress, Run, Task};
use super::services::{Fault, Services};
use super::state::State;
use super::time::{self, RUN};

/// The number of the first forged job; each later one is one less, far above the real numbers.
const MADE_UP: usize = 9;

impl stateright::Model for Model {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let timelines = self.configuration.timelines.iter();
        timelines
            .map(|scenario| State::new(*scenario, &self.configuration))
            .collect()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let may_fail = state.spent.faults < self.configuration.faults;
        if state.runs.len() < self.configuration.workers {
            self.beginnings(state, may_fail, actions);
        }
        for (place, run) in state.runs.iter().map(Frozen::get).enumerate() {
            steps(place, run, may_fail, actions);
        }
        self.passing(state, may_fail, actions);
        if state.world.cloudfront.is_working() {
            actions.push(Action::Complete);
        }
        let may_stop = self.configuration.may_stop && !state.spent.is_stopped;
        if may_stop && !state.world.codepipeline.is_over {
            actions.push(Action::Stop);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Begin {
                cause,
                is_lagging,
                fault,
            } => {
                state.spent.faults += u8::from(fault.is_some());
                state.spent.copies += u8::from(matches!(cause, Cause::Copy(_)));
                state.spent.lagging += u8::from(is_lagging);
                if let Cause::Forged { job, .. } = cause {
                    state.spent.forgeries += 1;
                    state.world.codepipeline.made_up = job;
                }
                self.begin(&mut state, cause, is_lagging, fault);
            }
            Action::Step(place, fault) => {
                state.spent.faults += u8::from(fault.is_some());
                self.step(&mut state, place, fault);
            }
            Action::Die(place) => {
                state.spent.faults += 1;
                let job = event_of(last.runs[place].get());
                state.put(Some(place), job, Progress::Failed, &self.configuration);
            }
            Action::Panic(place) => {
                state.spent.faults += 1;
                self.panic(&mut state, place);
            }
            Action::ScheduledRun => {
                let now = state.wakes_at(&self.configuration)?;
                self.trigger(&mut state, now);
            }
            Action::Stall => {
                state.spent.faults += 1;
                let now = state.world.now + RUN;
                self.trigger(&mut state, now);
            }
            Action::Phase => {
                state.world.codepipeline.wait();
                state.world.now = time::next(state.world.now);
            }
            Action::Complete => state.world.cloudfront.is_completed = true,
            Action::Stop => {
                state.spent.is_stopped = true;
                state.world.codepipeline.is_over = true;
            }
        }
        Some(state.settled(&self.configuration))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}

/// The next moves of a run, and their possible faults.
fn steps(place: usize, run: &Run, may_fail: bool, actions: &mut Vec<Action>) {
    if !matches!(run.task, Task::Wait(..)) {
        actions.push(Action::Step(place, None));
    }
    if may_fail {
        let faults = run.faults().iter();
        actions.extend(faults.map(|fault| Action::Step(place, Some(*fault))));
        actions.push(Action::Die(place));
        if matches!(run.cause, Cause::FailedDelivery(_)) {
            actions.push(Action::Panic(place));
        }
    }
}

/// The number of the job whose event ends with the run.
fn event_of(run: &Run) -> Option<usize> {
    run.cause
        .job()
        .filter(|_| !matches!(run.cause, Cause::Copy(_)))
}

impl Model {
    /// The runs that can begin.
    fn beginnings(&self, state: &State, may_fail: bool, actions: &mut Vec<Action>) {
        let may_lag = state.spent.lagging < self.configuration.lagging;
        let clocks = [false, true]
            .into_iter()
            .filter(|is_lagging| may_lag || !is_lagging);
        for is_lagging in clocks {
            let mut begin = |cause, fault| {
                actions.push(Action::Begin {
                    cause,
                    is_lagging,
                    fault,
                });
            };
            for cause in self.jobs(state) {
                begin(cause, None);
                // Only a continuation job reads the table first.
                if may_fail && cause.job() != Some(0) {
                    begin(cause, Some(Fault::NoEffect));
                }
            }
            for cause in self.forgeries(state) {
                begin(cause, None);
            }
            let now = state.clock(is_lagging, &self.configuration);
            let is_due = |at: Timestamp| at <= now;
            let record = state.world.record();
            if self.configuration.has_sweeps
                && record.is_some_and(|record| record.due_at.is_some_and(is_due))
            {
                begin(Cause::Sweep, None);
                if may_fail {
                    begin(Cause::Sweep, Some(Fault::LostReply));
                }
            }
        }
    }

    /// The possible forged continuations: each with its own id, and with the record's job number or the next one.
    fn forgeries(&self, state: &State) -> impl Iterator<Item = Cause> {
        let may_forge = state.spent.forgeries < self.configuration.forgeries;
        let record = state.world.record().filter(|_| may_forge);
        let job = MADE_UP - usize::from(state.spent.forgeries);
        let numbers = record.map(|record| [record.job.number, record.job.number + 1]);
        let numbers = numbers.into_iter().flatten().filter(|number| *number > 0);
        numbers.map(move |number| Cause::Forged { job, number })
    }

    /// The events that can be delivered, and to which function.
    fn jobs(&self, state: &State) -> impl Iterator<Item = Cause> {
        let pipeline = &state.world.codepipeline;
        let comes = move |job: usize| {
            let is_latest = job + 1 == pipeline.jobs.len();
            job < self.configuration.prompt_jobs || !is_latest || pipeline.is_waiting()
        };
        let may_copy = state.spent.copies < self.configuration.copies;
        let jobs = pipeline.jobs.iter().enumerate();
        let open = jobs.filter(move |(job, _)| comes(*job));
        open.flat_map(move |(job, one)| {
            let first = match one.event {
                Event::Queued { .. } => Some(Cause::Job(job)),
                Event::Undelivered { .. } => Some(Cause::FailedDelivery(job)),
                Event::Delivered { .. } | Event::Recovered { .. } | Event::Taken | Event::Lost => {
                    None
                }
            };
            let is_known = !matches!(
                one.event,
                Event::Undelivered { .. } | Event::Recovered { .. } | Event::Lost
            );
            let copy = (may_copy && is_known).then_some(Cause::Copy(job));
            first.into_iter().chain(copy)
        })
    }

    /// How time can pass.
    fn passing(&self, state: &State, may_fail: bool, actions: &mut Vec<Action>) {
        if state.runs.is_empty() {
            actions.push(Action::Phase);
        } else if state.wakes_at(&self.configuration).is_some() {
            actions.push(Action::ScheduledRun);
        } else if may_fail {
            actions.push(Action::Stall);
        }
    }

    fn begin(&self, state: &mut State, cause: Cause, is_lagging: bool, fault: Option<Fault>) {
        let name = state.free_name();
        let job = cause.job().filter(|_| !matches!(cause, Cause::Copy(_)));
        if let Some(job) = job {
            let event = &mut state.world.codepipeline.jobs[job].event;
            *event = match *event {
                Event::Queued { failures } => Event::Delivered { failures },
                Event::Undelivered { failures } => Event::Recovered { failures },
                other => other,
            };
        }
        let services = self.services(state, is_lagging, fault);
        let progress = Run::begin(self, &services, cause, name, is_lagging);
        state.world = services.into_world();
        state.put(None, job, progress, &self.configuration);
    }

    fn step(&self, state: &mut State, place: usize, fault: Option<Fault>) {
        let run = state.runs[place].clone();
        let services = self.services(state, run.get().is_lagging, fault);
        let progress = run.get().step(self, &services);
        self.conclude(state, place, run.get(), services, progress);
    }

    fn panic(&self, state: &mut State, place: usize) {
        let run = state.runs[place].clone();
        let services = self.services(state, run.get().is_lagging, None);
        let progress = match run.get().cause.job() {
            Some(job) => run.get().fail_after_panic(self, &services, job),
            None => Progress::Failed,
        };
        self.conclude(state, place, run.get(), services, progress);
    }

    /// The state after the run at this index has progressed.
    fn conclude(
        &self,
        state: &mut State,
        place: usize,
        run: &Run,
        services: Services,
        progress: Progress,
    ) {
        state.world = services.into_world();
        state.put(Some(place), event_of(run), progress, &self.configuration);
    }

    /// The time becomes `now`, and the runs that waited for it continue.
    fn trigger(&self, state: &mut State, now: Timestamp) {
        state.world.now = now;
        let is_awake = |run: &Frozen<Run>, state: &State| match run.get() {
            Run {
                task: Task::Wait(_, until),
                is_lagging,
                ..
            } => state.clock(*is_lagging, &self.configuration) >= *until,
            _ => false,
        };
        for place in (0..state.runs.len()).rev() {
            if is_awake(&state.runs[place], state) {
                self.step(state, place, None);
            }
        }
    }

    fn services(&self, state: &State, is_lagging: bool, fault: Option<Fault>) -> Services {
        let now = state.clock(is_lagging, &self.configuration);
        Services::new(state.world.clone(), fault, now, self.configuration.bug)
    }
}
