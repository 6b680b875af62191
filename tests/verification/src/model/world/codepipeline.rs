//! CodePipeline, with the jobs of one action and the delivery of the event of each job.

use std::sync::Arc;

use invalidation_core::input::identifiers::JobId;
use invalidation_core::model::execution_record::Delivery;
use invalidation_core::output::{self, JobResult};

use super::World;
use crate::model::invariant::Invariant;
use crate::model::lambda::Event;

/// How many phases CodePipeline waits for a result: its 20 minutes.
const RESULT_TIMEOUT_PHASES: u8 = 2;

/// The final result of the action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FinalResult {
    /// The action succeeded.
    Success,
    /// The action failed.
    Failure,
    /// The action failed because its record is unreachable: the only result that follows from no outcome.
    FailureWithoutRecord,
}

impl FinalResult {
    /// The final result in a reported result; none when it is a continuation.
    fn of(job_result: &JobResult) -> Option<Self> {
        match job_result {
            JobResult::Continue { .. } => None,
            JobResult::Success { .. } => Some(Self::Success),
            JobResult::Failure { .. } if *job_result == output::result_without_record() => {
                Some(Self::FailureWithoutRecord)
            }
            JobResult::Failure { .. } => Some(Self::Failure),
        }
    }
}

/// A job. Only the latest may still wait for a result.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Job {
    /// Its continuation token; none for the first.
    pub token: Option<Arc<str>>,
    /// The state of the delivery of its event.
    pub event: Event,
}

/// An action and its jobs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CodePipeline {
    /// The jobs, in order.
    pub jobs: Vec<Job>,
    /// The final result; none while the action is open, or when CodePipeline ended it.
    pub final_result: Option<FinalResult>,
    /// Whether the action accepts no result any more.
    pub is_over: bool,
    /// The lowest number of a forged job.
    pub made_up: usize,
    /// For how many phases the latest job has waited.
    silent: u8,
}

impl CodePipeline {
    pub(super) fn new() -> Self {
        let first = Job {
            token: None,
            event: Event::NEW,
        };
        Self {
            jobs: vec![first],
            final_result: None,
            is_over: false,
            made_up: usize::MAX,
            silent: 0,
        }
    }

    /// The number of the job that waits for a result, if the action is not over.
    #[must_use]
    pub fn open_job(&self) -> Option<usize> {
        (!self.is_over).then(|| self.jobs.len() - 1)
    }

    /// Whether the latest job has waited for a phase already.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.silent > 0
    }

    /// A phase has passed without a result. "If the Lambda function has sent no reply after 20 minutes, the action
    /// times out."
    pub fn wait(&mut self) {
        if !self.is_over {
            self.silent += 1;
            self.is_over = self.silent >= RESULT_TIMEOUT_PHASES;
        }
    }
}

impl World {
    /// PutJobSuccessResult or PutJobFailureResult.
    pub fn report(&mut self, job: &JobId, job_result: &JobResult) -> Delivery {
        let number = job_number(job);
        if number.is_some_and(|number| number >= self.codepipeline.made_up) {
            return Delivery::Unknown;
        }
        let final_result = FinalResult::of(job_result);
        self.assess(number, job_result, final_result);
        let pipeline = &mut self.codepipeline;
        if number.is_none_or(|number| number >= pipeline.jobs.len()) {
            return Delivery::Unknown;
        }
        if pipeline.open_job() != number {
            return Delivery::Closed;
        }
        pipeline.silent = 0;
        match job_result {
            JobResult::Continue { token, .. } => {
                let token = Some(token.as_str().into());
                pipeline.jobs.push(Job {
                    token,
                    event: Event::NEW,
                });
                Delivery::Continued
            }
            JobResult::Success { .. } | JobResult::Failure { .. } => {
                pipeline.final_result = final_result;
                pipeline.is_over = true;
                Delivery::Concluded
            }
        }
    }

    fn assess(
        &mut self,
        number: Option<usize>,
        job_result: &JobResult,
        final_result: Option<FinalResult>,
    ) {
        let is_of_action = number.is_some_and(|number| number < self.codepipeline.jobs.len());
        let is_stored = match final_result {
            None | Some(FinalResult::FailureWithoutRecord) => true,
            Some(_) => self
                .stored_result()
                .is_some_and(|stored| is_same(job_result, &stored)),
        };
        self.broken
            .unless(is_of_action && is_stored, Invariant::TrueResult);
        let is_true =
            final_result != Some(FinalResult::Success) || self.cloudfront.reported_completed();
        self.broken.unless(is_true, Invariant::TrueSuccess);
    }
}

fn is_same(one: &JobResult, other: &JobResult) -> bool {
    match (one, other) {
        (JobResult::Success { .. }, JobResult::Success { .. }) => true,
        (JobResult::Failure { kind, .. }, JobResult::Failure { kind: other, .. }) => kind == other,
        _ => false,
    }
}

/// The id of the job with this number.
///
/// # Panics
///
/// Panics if the number has more than one digit.
#[must_use]
pub fn job_id(number: usize) -> JobId {
    JobId::parse(&format!("{number}0000000-abcd-0000-abcd-000000000000"))
        .expect("a digit makes a job id")
}

/// The number of the job with this id; none when it is not one of CodePipeline's.
#[must_use]
pub fn job_number(id: &JobId) -> Option<usize> {
    let number = usize::try_from(id.as_str().chars().next()?.to_digit(10)?).ok()?;
    (job_id(number) == *id).then_some(number)
}
