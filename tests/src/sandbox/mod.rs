//! The sandbox: the real functions at work on an AWS that fits in memory, with somebody watching.
//!
//! ```text
//!            wakers                      deployment                    aws
//!   CodePipeline ── event ──►  queue ── start    (process) ── HTTP ──► CodePipeline, CloudFront,
//!   EventBridge  ── tick  ──►  queue ── checker  (process) ── HTTP ──► DynamoDB, SNS
//!                                                                        │
//!   view  ◄── moments ── watcher ◄───────── every call, attempt and line ┘
//! ```
//!
//! A [`Script`] says what is played, a [`Trouble`] what goes wrong, and the [`Report`] how it ended. Nothing here knows
//! what the functions are supposed to do.

mod binaries;
pub mod cli;
mod deployment;
pub mod explain;
mod fault;
mod given;
pub mod lint;
pub mod manual;
mod options;
pub mod plan;
mod report;
mod script;
pub mod verify;
pub mod view;
mod wakers;
mod watcher;

use std::io;

use shared::config::EVENT_BUS_NAME;
use tokio::sync::mpsc::unbounded_channel;

pub(crate) use binaries::variable;
pub use binaries::{Binaries, build_programs};
pub use fault::Trouble;
pub use options::Options;
pub use report::Report;
pub use script::Script;

use crate::account::{self, Wakers};
use crate::aws::Aws;
use crate::aws::codepipeline::ActionId;
use deployment::{Deployment, Listeners};
use view::View;
use watcher::{Feeds, Watcher};

/// Plays one script to its end. Must run on a current-thread runtime or in a `LocalSet`; dropping it ends every process.
///
/// # Errors
///
/// When no port on 127.0.0.1 can be had. A function that cannot be started fails its invocations instead, as in AWS.
pub async fn run(options: &Options, view: &mut impl View) -> io::Result<Report> {
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
    let wakers = Wakers {
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
            wakers::wake(&wakers, options, given_up)
        )
    };
    tokio::select! {
        biased;
        report = watcher.watch(view) => Ok(report),
        _ = life => Err(io::Error::other("the functions and those who wake them never end by themselves")),
    }
}

fn begin(aws: &Aws, script: &Script) -> Option<ActionId> {
    let codepipeline = aws.codepipeline();
    match script {
        Script::Action { user_parameters } => {
            Some(codepipeline.start_action(account::action(user_parameters)))
        }
        Script::Event(event) => Some(codepipeline.start_action_with(event.clone())),
        Script::Rescue(record) => {
            Some(codepipeline.start_action_with(record["requestPayload"].clone()))
        }
        Script::Wake(_) | Script::Stray(_) => None,
    }
}
