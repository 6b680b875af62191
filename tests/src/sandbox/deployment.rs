//! What our template would deploy, in an AWS that fits in memory: both functions, the table, and what the parameters
//! of the action name.

use std::io;
use std::path::Path;

use shared::clock::SystemClock;
use shared::ports::Clock as _;
use tokio::sync::mpsc::UnboundedSender;

use super::binaries::Binaries;
use super::options::Options;
use crate::account::{self, REGION};
use crate::aws::cloudfront::{Completion, Owner};
use crate::aws::{Aws, Settings};
use crate::lambda::{
    AsyncInvocation, Attempt, EventQueue, Events, LogLine, Process, Program, event_queue,
};

/// Who listens to what the functions do.
#[derive(Clone)]
pub(super) struct Listeners {
    pub(super) attempts: UnboundedSender<Attempt>,
    pub(super) logs: UnboundedSender<LogLine>,
}

/// Everything that runs.
pub(super) struct Deployment {
    pub(super) aws: Aws,
    pub(super) start: Deployed,
    pub(super) checker: Deployed,
    /// The failure records of `start`, on their way to `checker`.
    pub(super) given_up: Events,
}

/// One function with its queue.
pub(super) struct Deployed {
    pub(super) queue: EventQueue,
    name: &'static str,
    process: Process,
    rules: AsyncInvocation,
    events: Events,
}

impl Deployment {
    pub(super) async fn new(options: &Options, listeners: &Listeners) -> io::Result<Self> {
        let aws = aws(options);
        let factory = Factory {
            options,
            listeners,
            aws: &aws,
        };
        let (on_failure, given_up) = event_queue(options.seed);
        let start = account::start(aws.clock(), on_failure);
        let checker = account::checker(aws.clock());
        let Binaries {
            start: start_path,
            checker: checker_path,
        } = &options.binaries;
        Ok(Self {
            start: factory.deploy("start", start_path, start).await?,
            checker: factory.deploy("checker", checker_path, checker).await?,
            given_up,
            aws,
        })
    }
}

impl Deployed {
    /// Runs the function whenever it has an event, and kills it whenever a fault says so. Never ends.
    pub(super) async fn run(self, aws: &Aws) {
        let Self {
            queue: _,
            name,
            process,
            rules,
            events,
        } = self;
        let die = async {
            loop {
                aws.killed(name).await;
                process.kill();
            }
        };
        tokio::join!(events.deliver(&process, &rules), die);
    }
}

/// What both functions have in common.
struct Factory<'a> {
    options: &'a Options,
    listeners: &'a Listeners,
    aws: &'a Aws,
}

impl Factory<'_> {
    async fn deploy(
        &self,
        name: &'static str,
        path: &Path,
        rules: AsyncInvocation,
    ) -> io::Result<Deployed> {
        // A port for each function, so that AWS knows who calls.
        let endpoint = format!("http://{}", self.aws.listen(name).await?);
        let mut settings = self.options.function_settings();
        settings.insert("AWS_ENDPOINT_URL".into(), endpoint);
        let program = Program {
            name: name.into(),
            path: path.into(),
            region: REGION.into(),
            memory_mb: 128,
            settings,
        };
        let seed = self.options.seed.wrapping_add(rules.timeout.as_secs());
        let (queue, events) = event_queue(seed);
        Ok(Deployed {
            queue,
            name,
            process: Process::new(program, self.listeners.logs.clone()),
            rules: AsyncInvocation {
                attempts: Some(self.listeners.attempts.clone()),
                ..rules
            },
            events,
        })
    }
}

fn aws(options: &Options) -> Aws {
    let aws = account::open(Settings {
        // The functions see this hour on the wall.
        started_at_ms: SystemClock.now().as_millis(),
        speed: options.speed,
        seed: options.seed,
        ..Settings::default()
    });
    aws.cloudfront().set_completion(
        options
            .complete_after
            .map_or(Completion::Never, Completion::After),
    );
    for name in options.script.parameter_texts() {
        register(&aws, &name);
    }
    for fault in options.troubles.iter().filter_map(super::Trouble::fault) {
        aws.inject(fault);
    }
    aws
}

/// Whatever the parameters name exists, if AWS could have given it that name.
fn register(aws: &Aws, name: &str) {
    let cloudfront = aws.cloudfront();
    if name.starts_with("arn:aws:sns:") && name.split(':').count() == 6 {
        aws.sns().add_topic(name);
    } else if is_distribution(name) {
        cloudfront.add_distribution(name);
        cloudfront.enable_cache_tags(Owner::Distribution(name.into()));
    } else if name.starts_with("dt_") {
        cloudfront.add_tenant(name);
        cloudfront.enable_cache_tags(Owner::Tenant(name.into()));
    }
}

fn is_distribution(name: &str) -> bool {
    let may_be_inside = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    name.starts_with('E') && (10..=20).contains(&name.len()) && name.bytes().all(may_be_inside)
}
