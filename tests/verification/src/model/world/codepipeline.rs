//! CodePipeline, with the jobs of one action; and how far Lambda has come with the event of each.

use std::sync::Arc;

use invalidation_core::input::identifiers::JobId;
use invalidation_core::model::execution_record::Delivery;
use invalidation_core::output::{self, JobResult};

use super::World;
use crate::model::lambda::Event;
use crate::model::promise::Invariant;

/// How many phases CodePipeline waits for an answer: its 20 minutes.
const PATIENCE: u8 = 2;

/// What CodePipeline heard at last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Heard {
    /// The action succeeded.
    Success,
    /// The action failed.
    Failure,
    /// The action failed because its record is out of reach: the one answer that follows from no outcome.
    FailureWithoutRecord,
}

impl Heard {
    /// What an answer says about the end of the action; none when it says that CodePipeline should come back.
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

/// A job. Only the latest may still wait for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Job {
    /// The token that CodePipeline brings back with it; none with the first.
    pub token: Option<Arc<str>>,
    /// How far Lambda has come with its event.
    pub event: Event,
}

/// An action and its jobs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CodePipeline {
    /// The jobs, in order.
    pub jobs: Vec<Job>,
    /// What it took at last; none while it waits, and when it ended the action by itself.
    pub heard: Option<Heard>,
    /// Whether it takes no answer any more.
    pub is_over: bool,
    /// The least number of a job that somebody made up, and that it has not.
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
            heard: None,
            is_over: false,
            made_up: usize::MAX,
            silent: 0,
        }
    }

    /// The number of the job that waits for an answer, if the action is not over.
    #[must_use]
    pub fn open_job(&self) -> Option<usize> {
        (!self.is_over).then(|| self.jobs.len() - 1)
    }

    /// Whether the latest job has waited for a phase already.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.silent > 0
    }

    /// A phase has passed without an answer. "If the Lambda function has sent no reply after 20 minutes, the action
    /// times out."
    pub fn wait(&mut self) {
        if !self.is_over {
            self.silent += 1;
            self.is_over = self.silent >= PATIENCE;
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
        let heard = Heard::of(job_result);
        self.assess(number, job_result, heard);
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
                pipeline.heard = heard;
                pipeline.is_over = true;
                Delivery::Concluded
            }
        }
    }

    fn assess(&mut self, number: Option<usize>, job_result: &JobResult, heard: Option<Heard>) {
        let is_ours = number.is_some_and(|number| number < self.codepipeline.jobs.len());
        let is_stored = match heard {
            None | Some(Heard::FailureWithoutRecord) => true,
            Some(_) => self
                .stored_result()
                .is_some_and(|stored| is_same(job_result, &stored)),
        };
        self.broken
            .unless(is_ours && is_stored, Invariant::TrueResult);
        let is_true = heard != Some(Heard::Success) || self.cloudfront.said_completed();
        self.broken.unless(is_true, Invariant::TrueSuccess);
    }
}

fn is_same(one: &JobResult, other: &JobResult) -> bool {
    match (one, other) {
        (JobResult::Success { .. }, JobResult::Success { .. }) => true,
        (JobResult::Failure { kind, .. }, JobResult::Failure { kind: theirs, .. }) => {
            kind == theirs
        }
        _ => false,
    }
}

/// The id of the job with this number.
///
/// # Panics
/// When the number is no single digit.
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
