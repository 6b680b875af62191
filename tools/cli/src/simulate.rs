//! The simulation: the real functions on the local AWS, with an observer.
//!
//! ```text
//!           triggers                     deployment           local AWS
//!   CodePipeline ── event ──►  queue ── start    ── the SDK ──► CodePipeline, CloudFront,
//!   EventBridge  ── event ──►  queue ── checker  ── the SDK ──► DynamoDB, SNS, EventBridge
//!                                                                  │
//!   view  ◄── moments ── watcher ◄─── every call, attempt and line ┘
//! ```
//!
//! The functions run in this process and in virtual time, so that a run can be displayed at any speed and is
//! deterministic; or as processes, the executables as for a deployment, in real time ([`Functions`]).
//!
//! A [`Script`] defines the events, a [`InjectedFault`] the injected faults, and the [`Report`] the result. Nothing here
//! depends on the expected behaviour of the functions.

mod alias;
mod binaries;
mod deployment;
mod fault;
mod in_process;
mod options;
mod report;
mod script;
mod triggers;
pub mod view;
mod watcher;

use std::io;

use invalidation_runtime::settings::EVENT_BUS_NAME;
use tokio::sync::mpsc::unbounded_channel;

pub use alias::OwnedAlias;
pub use binaries::variable;
pub use binaries::{Binaries, build_programs};
pub use fault::InjectedFault;
pub use options::{Functions, Options};
pub use report::Report;
pub use script::Script;

use deployment::{Deployment, Listeners};
use local_aws::Aws;
use local_aws::account::{self, Triggers};
use local_aws::codepipeline::ActionId;
use view::View;
use watcher::{Feeds, Watcher};

/// Runs one script to its end. Must run on a current-thread runtime or in a `LocalSet`; dropping it ends every process.
///
/// # Errors
///
/// When no port on 127.0.0.1 is available for processes, or a setting is not valid in virtual time. A process that
/// cannot be started fails its invocations instead, as in AWS.
pub async fn run(options: &Options, view: &mut impl View) -> io::Result<Report> {
    match options.functions {
        Functions::InProcess => in_process::play(options, view).await,
        Functions::Processes(_) => live(options, view).await,
    }
}

/// Runs the script on tokio's current clock.
async fn live(options: &Options, view: &mut impl View) -> io::Result<Report> {
    let (attempts, attempts_feed) = unbounded_channel();
    let (logs, logs_feed) = unbounded_channel();
    let (seen, wakings_feed) = unbounded_channel();
    let deployment = Deployment::new(options, &Listeners { attempts, logs }).await?;
    let Deployment {
        aws,
        start,
        checker,
        given_up,
    } = deployment;
    let triggers = Triggers {
        aws: aws.clone(),
        start: start.queue.clone(),
        checker: checker.queue.clone(),
        seen: Some(seen),
    };
    let watcher = Watcher {
        aws: aws.clone(),
        action: begin(&aws, &options.script),
        began_ms: aws.now_ms(),
        patience: options.patience,
        deadline: options.timeout,
        bus: options.settings.get(EVENT_BUS_NAME).cloned(),
        feeds: Feeds {
            wakings: wakings_feed,
            calls: aws.watch_calls(),
            attempts: attempts_feed,
            logs: logs_feed,
        },
    };
    let life = async {
        tokio::join!(
            start.run(&aws),
            checker.run(&aws),
            triggers::trigger(&triggers, options, given_up)
        )
    };
    tokio::select! {
        biased;
        report = watcher.watch(view) => Ok(report),
        _ = life => Err(io::Error::other("the functions and their triggers never end by themselves")),
    }
}

fn begin(aws: &Aws, script: &Script) -> Option<ActionId> {
    let codepipeline = aws.codepipeline();
    match script {
        Script::Action { user_parameters } => {
            Some(codepipeline.start_action(account::action(user_parameters)))
        }
        Script::Event(event) => Some(codepipeline.start_action_with(event.clone())),
        Script::FailedDelivery(record) => {
            Some(codepipeline.start_action_with(record["requestPayload"].clone()))
        }
        Script::Trigger(_) | Script::Stray(_) => None,
    }
}
