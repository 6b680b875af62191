//! One process of each subject, on a local AWS of its own.

use std::io;
use std::time::Duration;

use tokio::time::sleep;

use super::measure::{Measure, Subject, Transport};
use super::session::{Session, Taken};
use super::subjects::Subjects;
use crate::statistics::median;
use invalidation_runtime::clock::SystemClock;
use invalidation_runtime::ports::Clock as _;
use local_aws::account::{self, DISTRIBUTION, PARAMETERS, scheduled_run};
use local_aws::codepipeline::{ActionId, Status};
use local_aws::lambda::Program;
use local_aws::{Aws, Settings};

/// How long CloudFront takes: longer than a first job, so that no first job finds a completed invalidation.
const COMPLETION: Duration = Duration::from_millis(30);
/// The time between a first job and the next: then CloudFront has completed, and the record is due.
const PAUSE: Duration = Duration::from_millis(60);

/// The numbers of one round of one subject.
pub(super) type Numbers = Vec<(Measure, f64)>;

/// The pipeline, and the state of each deployment.
struct Pipeline {
    aws: Aws,
}

/// A running deployment.
struct Deploy {
    action: ActionId,
    event: String,
}

/// Starts the process, and runs this many deployments with it.
pub(super) async fn play(
    subjects: &Subjects,
    subject: Subject,
    transport: Transport,
    deploys: u32,
) -> io::Result<Numbers> {
    let pipeline = Pipeline::new();
    let aws = &pipeline.aws;
    let program = subjects.program(subject, transport, aws).await?;
    match subject {
        Subject::Nothing => nothing(&pipeline, &program, deploys).await,
        Subject::Prototype | Subject::Start | Subject::Old => {
            jobs(&pipeline, &program, deploys).await
        }
        Subject::Checker => {
            let start = subjects.program(Subject::Start, transport, aws).await?;
            sweeps(&pipeline, &program, &start, deploys).await
        }
    }
}

async fn nothing(pipeline: &Pipeline, program: &Program, deploys: u32) -> io::Result<Numbers> {
    let event = pipeline.deploy().await.event;
    let (mut session, cold) = Session::start(&pipeline.aws, program, event.clone()).await?;
    let (mut first, mut back) = (Vec::new(), Vec::new());
    for _ in 0..deploys {
        first.push(session.handle(event.clone()).await?);
        sleep(PAUSE).await;
        back.push(session.handle(event.clone()).await?);
    }
    numbers(&session, &cold, &first, &back)
}

/// A first job, and half a minute of AWS time later, without a real wait, the continuation job that ends the action.
async fn jobs(pipeline: &Pipeline, program: &Program, deploys: u32) -> io::Result<Numbers> {
    let deploy = pipeline.deploy().await;
    let (mut session, cold) = Session::start(&pipeline.aws, program, deploy.event).await?;
    sleep(PAUSE).await;
    session.handle(pipeline.comes_back().await).await?;
    pipeline.has_ended(&deploy.action)?;
    let (mut first, mut back) = (Vec::new(), Vec::new());
    for _ in 0..deploys {
        let deploy = pipeline.deploy().await;
        first.push(session.handle(deploy.event).await?);
        sleep(PAUSE).await;
        back.push(session.handle(pipeline.comes_back().await).await?);
        pipeline.has_ended(&deploy.action)?;
    }
    numbers(&session, &cold, &first, &back)
}

/// A sweep that finds nothing due, and one that finds a record whose invalidation has completed.
async fn sweeps(
    pipeline: &Pipeline,
    program: &Program,
    start: &Program,
    deploys: u32,
) -> io::Result<Numbers> {
    let (mut session, cold) = Session::start(&pipeline.aws, program, pipeline.minute()).await?;
    let deploy = pipeline.deploy().await;
    let (mut incoming_job, _) = Session::start(&pipeline.aws, start, deploy.event).await?;
    sleep(PAUSE).await;
    incoming_job.handle(pipeline.comes_back().await).await?;
    let (mut idle, mut busy) = (Vec::new(), Vec::new());
    for _ in 0..deploys {
        idle.push(session.handle(pipeline.minute()).await?);
        incoming_job.handle(pipeline.deploy().await.event).await?;
        sleep(PAUSE).await;
        let sweep = session.handle(pipeline.minute()).await?;
        has_polled(&sweep)?;
        busy.push(sweep);
        incoming_job.handle(pipeline.comes_back().await).await?;
    }
    numbers(&session, &cold, &idle, &busy)
}

fn has_polled(sweep: &Taken) -> io::Result<()> {
    let polls = |call: &&local_aws::Call| call.operation == "GetInvalidation";
    match sweep.calls.iter().find(polls) {
        Some(_) => Ok(()),
        None => Err(io::Error::other(
            "a sweep of the checker found nothing due, although a record was",
        )),
    }
}

impl Pipeline {
    fn new() -> Self {
        let aws = account::open(Settings {
            // The functions use this time of day.
            started_at_ms: SystemClock.now().as_millis(),
            completes_after: COMPLETION,
            continues_after: Duration::ZERO,
            ..Settings::default()
        });
        aws.cloudfront().add_distribution(DISTRIBUTION);
        Self { aws }
    }

    async fn deploy(&self) -> Deploy {
        let codepipeline = self.aws.codepipeline();
        let action = codepipeline.start_action(account::action(PARAMETERS));
        let event = codepipeline.next_invocation().await.event.to_string();
        Deploy { action, event }
    }

    /// The event of the continuation job.
    async fn comes_back(&self) -> String {
        let invocation = self.aws.codepipeline().next_invocation().await;
        invocation.event.to_string()
    }

    /// The event of the schedule.
    fn minute(&self) -> String {
        scheduled_run(1, self.aws.now_ms()).to_string()
    }

    /// A failure is not a fast result.
    fn has_ended(&self, action: &ActionId) -> io::Result<()> {
        match self.aws.codepipeline().action(action).status {
            Status::Succeeded => Ok(()),
            status => Err(io::Error::other(format!(
                "the action should have succeeded on its second job: {status:?}"
            ))),
        }
    }
}

fn numbers(
    session: &Session,
    cold: &Taken,
    first: &[Taken],
    back: &[Taken],
) -> io::Result<Numbers> {
    let once = [
        (Measure::ColdWall, milliseconds(cold.wall)),
        (Measure::ColdCpu, milliseconds(cold.cpu)),
        (Measure::Memory, session.peak_memory()?),
    ];
    let first = middles(
        first,
        [Measure::FirstWall, Measure::FirstCpu, Measure::FirstCalls],
    );
    let back = middles(
        back,
        [
            Measure::ReturnWall,
            Measure::ReturnCpu,
            Measure::ReturnCalls,
        ],
    );
    Ok(once.into_iter().chain(first).chain(back).collect())
}

/// The median of each number of these jobs, by wall time, processor time and calls; `None` without jobs.
fn middles(
    all: &[Taken],
    [wall, cpu, calls]: [Measure; 3],
) -> impl Iterator<Item = (Measure, f64)> {
    let numbers = [
        (wall, middle(all, |one| milliseconds(one.wall))),
        (cpu, middle(all, |one| milliseconds(one.cpu))),
        (calls, middle(all, |one| one.calls.len() as f64)),
    ];
    numbers
        .into_iter()
        .filter_map(|(measure, number)| Some((measure, number?)))
}

fn middle(all: &[Taken], number: impl Fn(&Taken) -> f64) -> Option<f64> {
    median(&all.iter().map(number).collect::<Vec<_>>())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
