//! The parts of the functions that the model repeats behave like the functions.
//!
//! Each function runs over the model's services, with a fault at each of its calls, beside the run of the model with
//! the same fault. The final world and the result that Lambda receives must be equal.

use std::time::Duration;

use futures_util::FutureExt as _;
use invalidation_aws::DynamoDb;
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::job::Invocation;
use invalidation_runtime::ports::ExecutionStore as _;
use serde_json::{Value, json};
use verification::model::run::{Cause, Progress, Run, Task};
use verification::model::scenario::Scenario;
use verification::model::services::{Fault, Services};
use verification::model::time::{PHASE, RUN};
use verification::model::world::{World, job_id};
use verification::model::{Configuration, Model};

/// The fault, and the number of calls before it.
type Plan = Option<(u32, Fault)>;

/// A fault at each of this many calls, and none.
fn plans(calls: u32) -> impl Iterator<Item = Plan> {
    let failing = |call| [Fault::NoEffect, Fault::LostReply].map(|fault| Some((call, fault)));
    [None].into_iter().chain((0..calls).flat_map(failing))
}

fn services(world: &World, now: Timestamp, plan: Plan) -> Services {
    let services = Services::new(world.clone(), None, now, None);
    match plan {
        Some((calls, fault)) => services.failing_after(calls, fault),
        None => services,
    }
}

/// How a run ended.
#[derive(Debug, PartialEq)]
struct End {
    world: World,
    /// Whether the run has succeeded, as Lambda sees it.
    is_done: bool,
}

/// The run of the model from its beginning to its end, and its number of steps.
fn modelled(model: &Model, world: &World, cause: Cause, now: Timestamp, plan: Plan) -> (End, u32) {
    let services = services(world, now, plan);
    let mut progress = Run::begin(model, &services, cause, 'a', false);
    let mut steps = 1;
    while let Progress::Open(run) = &progress {
        if let Task::Wait(_, until) = &run.get().task {
            services.wait(*until);
        }
        progress = run.get().step(model, &services);
        steps += 1;
    }
    let is_done = matches!(progress, Progress::Done);
    let world = services.into_world();
    (End { world, is_done }, steps)
}

/// The event of this job, as Lambda delivers it.
fn event(world: &World, job: usize) -> Value {
    let mut data = json!({ "actionConfiguration": { "configuration": {
        "UserParameters": r#"{"DistributionId":"E2EXAMPLE1ABCD"}"#
    } } });
    if let Some(token) = &world.codepipeline.jobs[job].token {
        data["continuationToken"] = json!(**token);
    }
    json!({ "CodePipeline.job": { "id": job_id(job).as_str(), "data": data } })
}

fn invocation(now: Timestamp) -> Invocation {
    Invocation {
        run_id: "a".to_owned(),
        deadline: now + RUN,
        function: None,
    }
}

/// The worlds in which a run may begin, with the waiting job and the time.
fn worlds(model: &Model) -> Vec<(World, usize, Timestamp)> {
    let start = Timestamp::from_millis(0);
    let later = start + PHASE;
    let mut worlds = Vec::new();
    for scenario in [Scenario::Good, Scenario::Rejected, Scenario::Busy] {
        let first = World::new(scenario);
        let (End { world: second, .. }, _) = modelled(model, &first, Cause::Job(0), start, None);
        worlds.push((first, 0, start));
        if second.codepipeline.jobs.len() > 1 {
            let mut completed = second.clone();
            completed.cloudfront.is_completed = true;
            worlds.push((completed, 1, later));
            worlds.push((second, 1, later + PHASE));
        }
    }
    worlds
}

/// Each run that may begin, with a fault at each of its calls.
fn runs(model: &Model, cause: fn(usize) -> Cause) -> Vec<(World, usize, Timestamp, Plan)> {
    let planned = |(world, job, now): (World, usize, Timestamp)| {
        let (_, steps) = modelled(model, &world, cause(job), now, None);
        let run = move |plan| (world.clone(), job, now, plan);
        plans(steps).map(run)
    };
    worlds(model).into_iter().flat_map(planned).collect()
}

fn model(max_wait: u64) -> Model {
    Model::new(Configuration {
        max_wait: Duration::from_secs(max_wait),
        ..Configuration::SOUND
    })
}

#[tokio::test]
async fn the_model_of_a_job_matches_start() {
    for model in [model(0), model(25)] {
        let (mut done, mut failed) = (0, 0);
        for (world, job, now, plan) in runs(&model, Cause::Job) {
            let event = event(&world, job).to_string();
            let services = services(&world, now, plan);
            let (ports, invocation) = (services.ports(), invocation(now));
            let run = start::handle(&event, &ports, &model.settings, &invocation);
            // Tokio would have it yield after many calls, but no other task runs here.
            let end = tokio::task::unconstrained(run).now_or_never();
            let is_done = end.expect("no call is repeated").is_ok();
            let end = End {
                world: services.into_world(),
                is_done,
            };
            let (expected, _) = modelled(&model, &world, Cause::Job(job), now, plan);
            assert_eq!(end, expected, "{plan:?}");
            *(if is_done { &mut done } else { &mut failed }) += 1;
        }
        assert!(
            done > 20 && failed > 10,
            "{done} runs were done, and {failed} failed"
        );
    }
}

#[tokio::test]
async fn the_model_of_a_failed_delivery_matches_the_checker() {
    let model = model(0);
    for (world, job, now, plan) in runs(&model, Cause::FailedDelivery) {
        let record = json!({ "requestContext": {}, "requestPayload": event(&world, job) });
        let services = services(&world, now, plan);
        let (ports, invocation) = (services.ports(), invocation(now));
        let end = checker::handle(&record.to_string(), &ports, &model.settings, &invocation).await;
        let is_done = end.is_ok();
        let end = End {
            world: services.into_world(),
            is_done,
        };
        let (expected, _) = modelled(&model, &world, Cause::FailedDelivery(job), now, plan);
        assert_eq!(end, expected, "{plan:?}");
    }
}

#[tokio::test]
async fn the_model_of_a_sweep_matches_the_checker() {
    let model = model(0);
    let mut moved = 0;
    for (world, _, now, plan) in runs(&model, |_| Cause::Sweep) {
        // The function queries the index first; the model begins after that query.
        let later = plan.map(|(calls, fault)| (calls + 1, fault));
        let services = services(&world, now, later);
        let (ports, invocation) = (services.ports(), invocation(now));
        let sweep = checker::sweep(&ports, &model.settings, &invocation).await;
        moved += sweep.expect("the index can be read").moved;
        let (expected, _) = modelled(&model, &world, Cause::Sweep, now, plan);
        assert_eq!(services.into_world(), expected.world, "{plan:?}");
    }
    assert!(moved > 5, "only {moved} records were moved");
}

/// The model's table and the DynamoDB adapter behave alike.
#[tokio::test(start_paused = true)]
async fn the_table_behaves_like_dynamodb() {
    let aws = local_aws::account::open(local_aws::Settings::default());
    let client = aws_sdk_dynamodb::Client::new(&aws.sdk_config("the model"));
    let real = DynamoDb::new(client, local_aws::account::TABLE);
    let model = model(0);
    let (End { world, .. }, _) = modelled(
        &model,
        &World::new(Scenario::Good),
        Cause::Job(0),
        Timestamp::from_millis(0),
        None,
    );
    let mut record = world.record().expect("it was written").clone();
    let mut world = World::new(Scenario::Good);
    for (write_id, replaces) in [
        ("1", None),
        ("1", None),
        ("2", None),
        ("2", Some("1")),
        ("3", Some("1")),
    ] {
        record.write_id = write_id.to_owned();
        let saved = real.save(&record, replaces).await;
        let expected = world.save(&record, replaces, None);
        assert_eq!(saved, Ok(expected), "{write_id} {replaces:?}");
    }
    for seconds in [0, 100, 100, 129, 130, 190, 600, 600] {
        let now = Timestamp::from_millis(seconds * 1000);
        let claimed = real.claim(&job_id(0), now).await;
        assert_eq!(claimed, Ok(world.claim(now)), "at {seconds} s");
    }
    assert_eq!(real.load(&job_id(0)).await, Ok(world.record().cloned()));
}
