//! One run of a function: how it begins, makes its moves and ends.
//!
//! The product's own code makes every move. The model repeats only two parts that the functions implement outside
//! their loop: which call comes first, and what the end of a run means to Lambda.

use futures_util::FutureExt as _;
use invalidation_core::decide::driver::{Driver, Move, Saved};
use invalidation_core::decide::{InvocationBudget, Step, is_stuck};
use invalidation_core::input::continuation_token::Token;
use invalidation_core::input::identifiers::JobId;
use invalidation_core::input::job_event::{JobEvent, Text};
use invalidation_core::input::paths_file::artifacts::Artifacts;
use invalidation_core::model::execution_record::{Reason, ServiceError, Verdict};
use invalidation_core::model::time_budget::{Pace, RECORD_TIMEOUT, RESERVE, TimeBudget};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::advance;
use invalidation_runtime::job::{self, Invocation};
use invalidation_runtime::ports::{Clock as _, ExecutionStore as _, StoreError};

use super::Model;
use super::bug::Bug;
use super::frozen::Frozen;
use super::scenario::Scenario;
use super::services::{Fault, Services};
use super::time::RUN;
use super::world::job_id;

/// With one record a sweep is over after its first round.
const FIRST_ROUND: u32 = 1;

/// Why a run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// `start` has the event of the job with this number.
    Job(usize),
    /// `start` has an additional copy of it.
    Copy(usize),
    /// The checker has it, because `start` failed to process it.
    FailedDelivery(usize),
    /// The checker still has it, after its own code panicked on it.
    FailAfterPanic(usize),
    /// The checker has found the record in the index.
    Sweep,
    /// `start` has an event that CodePipeline never sent: a forged job, with a token of the execution.
    Forged {
        /// The number of the job, which CodePipeline does not know.
        job: usize,
        /// The number in the token.
        number: u32,
    },
}

/// A run of a function that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Run {
    /// A letter that identifies this writer; no other known writer has it.
    pub name: char,
    /// Why it began.
    pub cause: Cause,
    /// Whether its clock is behind.
    pub is_lagging: bool,
    /// When it began, by its own clock.
    came_at: Timestamp,
    /// Its current task.
    pub task: Task,
}

/// The task of a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Task {
    /// It opens the execution.
    Open,
    /// It makes this move next.
    Make(Driver, Move),
    /// It waits before a continuation until its clock shows this time.
    Wait(Driver, Timestamp),
    /// It fails its job, whose record is unreachable.
    FailWithoutRecord,
}

/// The progress of a run.
#[derive(Debug)]
pub enum Progress {
    /// It continues.
    Open(Frozen<Run>),
    /// It has succeeded.
    Done,
    /// It has failed, and Lambda receives the error.
    Failed,
}

impl Cause {
    /// The number of the job whose event the run has; none for a sweep.
    #[must_use]
    pub const fn job(self) -> Option<usize> {
        match self {
            Self::Job(job)
            | Self::Copy(job)
            | Self::FailedDelivery(job)
            | Self::FailAfterPanic(job) => Some(job),
            Self::Sweep | Self::Forged { .. } => None,
        }
    }
}

impl Run {
    /// A run that begins now and has opened its execution.
    #[must_use]
    pub fn begin(
        model: &Model,
        services: &Services,
        cause: Cause,
        name: char,
        is_lagging: bool,
    ) -> Progress {
        let came_at = services.ports().clock.now();
        let task = Task::Open;
        let run = Self {
            name,
            cause,
            is_lagging,
            came_at,
            task,
        };
        match (cause, cause.job()) {
            (Cause::Forged { job, .. }, _) | (_, Some(job)) => run.open(model, services, job),
            (_, None) => run.claim(model, services),
        }
    }

    /// The same run, restarted after its code panicked.
    #[must_use]
    pub fn fail_after_panic(&self, model: &Model, services: &Services, job: usize) -> Progress {
        let run = Self {
            cause: Cause::FailAfterPanic(job),
            task: Task::Open,
            ..self.clone()
        };
        run.open(model, services, job)
    }

    /// The next move of the run, with its possible fault.
    #[must_use]
    pub fn step(&self, model: &Model, services: &Services) -> Progress {
        match &self.task {
            Task::Make(driver, due) => self.make(model, services, driver.clone(), due),
            Task::Wait(driver, _) => self.clone().next(model, services, driver.clone()),
            Task::FailWithoutRecord => self.fail_without_record(services),
            Task::Open => Progress::Open(Frozen::new(self.clone())),
        }
    }

    /// The possible faults of its next call. A read has no effect that could occur twice.
    #[must_use]
    pub const fn faults(&self) -> &'static [Fault] {
        match &self.task {
            Task::Make(_, Move::Take(Step::Call(_, call))) if call.is_question() => {
                &[Fault::NoEffect]
            }
            Task::Make(..) | Task::FailWithoutRecord => {
                &[Fault::NoEffect, Fault::LostReply, Fault::Repeated]
            }
            Task::Wait(..) | Task::Open => &[],
        }
    }

    /// The execution that it drives.
    #[must_use]
    pub const fn execution(&self) -> Option<&Driver> {
        match &self.task {
            Task::Make(driver, _) | Task::Wait(driver, _) => Some(driver),
            Task::Open | Task::FailWithoutRecord => None,
        }
    }

    /// What a sweep does with a record that the index returns.
    fn claim(self, model: &Model, services: &Services) -> Progress {
        let (execution_store, id) = (services.ports().execution_store, job_id(0));
        let claimed = execution_store.claim(&id, self.came_at);
        // A claim that the SDK repeats finds that the record is no longer due, and the sweep skips it.
        let Some(Ok(Some(record))) = claimed.now_or_never() else {
            return Progress::Done;
        };
        let is_stuck = is_stuck(&record);
        let mut driver = Driver::loaded(record, self.invocation().writer(FIRST_ROUND));
        if is_stuck {
            driver.decide(Verdict::Failed(Reason::Internal), self.came_at);
        }
        self.next(model, services, driver)
    }

    fn open(self, model: &Model, services: &Services, job: usize) -> Progress {
        let (ports, settings) = (services.ports(), &model.settings);
        let invocation = self.invocation();
        let budget = self.budget(model);
        let event = match self.cause {
            Cause::Forged { number, .. } => forged(job, number),
            _ => services.event(job),
        };
        let is_after_panic = matches!(self.cause, Cause::FailAfterPanic(_));
        let opened = if is_after_panic {
            job::reopen(
                &event,
                &Reason::Internal,
                &ports,
                settings,
                &invocation,
                budget,
            )
            .now_or_never()
        } else {
            job::open(&event, &ports, settings, &invocation, budget).now_or_never()
        };
        match opened {
            Some(Ok(None)) => Progress::Done,
            Some(Ok(Some(mut driver))) => {
                if is_after_panic {
                    driver.decide(Verdict::Failed(Reason::Internal), budget.from);
                }
                self.next(model, services, driver)
            }
            Some(Err(_)) | None => self.ended(None, Err(())),
        }
    }

    fn make(&self, model: &Model, services: &Services, mut driver: Driver, due: &Move) -> Progress {
        let is_skipped = model.configuration.bug == Some(Bug::ResultBeforeDecision)
            && *due == Move::Write
            && driver.is_deciding();
        if is_skipped {
            driver.written(Saved::Written);
            return self.clone().next(model, services, driver);
        }
        let (ports, settings) = (services.ports(), &model.settings);
        match advance::make(due, &mut driver, &ports, settings).now_or_never() {
            // The SDK will repeat the call.
            None => Progress::Open(Frozen::new(self.clone())),
            Some(Ok(())) => self.clone().next(model, services, driver),
            Some(Err(_)) => self.clone().ended(Some(&driver), Err(())),
        }
    }

    /// Continues until there is a call to make or a time to wait for.
    fn next(mut self, model: &Model, services: &Services, mut driver: Driver) -> Progress {
        let now = services.ports().clock.now();
        let policy = &model.settings.policy;
        self.task = match driver.next_move(now, self.time(model), policy) {
            Move::Leave => return self.ended(Some(&driver), Ok(())),
            Move::Wait(until) => Task::Wait(driver, until),
            due @ (Move::Write | Move::Take(_) | Move::Together(_) | Move::ReportLate(_)) => {
                Task::Make(driver, due)
            }
        };
        Progress::Open(Frozen::new(self))
    }

    /// The meaning of the end of the work, as in `job::receive` and in the failed-delivery handling.
    fn ended(mut self, opened: Option<&Driver>, end: Result<(), ()>) -> Progress {
        let Some(job) = self.cause.job() else {
            return Progress::Done;
        };
        let is_pending = opened.is_none_or(|driver| driver.awaits_result(&job_id(job)));
        match self.cause {
            _ if !is_pending => Progress::Done,
            Cause::FailedDelivery(_) | Cause::FailAfterPanic(_) if end.is_err() => {
                self.task = Task::FailWithoutRecord;
                Progress::Open(Frozen::new(self))
            }
            _ => Progress::Failed,
        }
    }

    fn fail_without_record(&self, services: &Services) -> Progress {
        let error = StoreError::Unavailable {
            operation: "GetItem",
            service_error: ServiceError::no_reply(""),
        };
        let job: Option<JobId> = self.cause.job().map(job_id);
        let job = job.expect("a sweep has no job to fail");
        let pipeline = services.ports().job_reporter;
        match job::fail_without_record(&job, &pipeline, &error).now_or_never() {
            None => Progress::Open(Frozen::new(self.clone())),
            Some(Ok(())) => Progress::Done,
            Some(Err(_)) => Progress::Failed,
        }
    }

    fn budget(&self, model: &Model) -> InvocationBudget {
        let (from, ends_at) = (self.came_at, self.came_at + RUN);
        match self.cause {
            Cause::Job(_) | Cause::Copy(_) | Cause::Forged { .. } => {
                model.settings.budget(from, ends_at)
            }
            Cause::FailedDelivery(_) | Cause::FailAfterPanic(_) | Cause::Sweep => {
                model.settings.budget_without_wait(from, ends_at)
            }
        }
    }

    /// A sweep does not wait, and has the whole time of a record.
    fn time(&self, model: &Model) -> TimeBudget {
        match self.cause {
            Cause::Sweep => TimeBudget {
                wait_until: self.came_at,
                work_until: self.came_at + RECORD_TIMEOUT.saturating_sub(RESERVE),
                pace: Pace::UNLIMITED,
            },
            _ => self.budget(model).time_budget(),
        }
    }

    fn invocation(&self) -> Invocation {
        Invocation {
            run_id: self.name.to_string(),
            deadline: self.came_at + RUN,
            function: None,
        }
    }
}

/// The event of a forged job, with a token of the execution.
fn forged(job: usize, number: u32) -> JobEvent {
    let execution = job_id(0);
    JobEvent {
        job_id: job_id(job),
        continuation_token: Text::Given(Token::Ours { execution, number }.to_string()),
        user_parameters: Text::Absent,
        artifacts: Artifacts::default(),
    }
}

impl Services {
    /// The event of the job with this number, as CodePipeline sends it.
    fn event(&self, job: usize) -> JobEvent {
        let token = self.token(job);
        let user_parameters = match self.scenario() {
            Scenario::BadParameters => "{}",
            _ => r#"{"DistributionId":"E2EXAMPLE1ABCD"}"#,
        };
        JobEvent {
            job_id: job_id(job),
            continuation_token: token.map_or(Text::Absent, |token| Text::Given(token.to_string())),
            user_parameters: Text::Given(user_parameters.to_owned()),
            artifacts: Artifacts::default(),
        }
    }
}
