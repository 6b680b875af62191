//! What our template would deploy, in an AWS that fits in memory: both functions, the table, and what the parameters
//! of the action name.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc::UnboundedSender;

use super::options::Options;
use crate::aws::cloudfront::{Completion, Owner};
use crate::aws::dynamodb::{Index, Key, Projection, Table};
use crate::aws::{Aws, Settings};
use crate::lambda::{
    AsyncInvocation, Attempt, Clock, DEFAULT_MAXIMUM_AGE, EventQueue, Events, LogLine, Process,
    Program, event_queue,
};

pub(super) const REGION: &str = "us-east-1";
pub(super) const ACCOUNT: &str = "111111111111";
pub(super) const TABLE: &str = "invalidations";
const DEFAULT_TOPIC_ARN: &str = "arn:aws:sns:us-east-1:111111111111:deploys";

/// Who listens to what the functions do.
#[derive(Clone)]
pub(super) struct Listeners {
    pub(super) attempts: UnboundedSender<Attempt>,
    pub(super) logs: UnboundedSender<LogLine>,
}

/// Everything that runs.
pub(super) struct Deployment {
    pub(super) aws: Aws,
    pub(super) clock: Clock,
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
        let started_at_ms = wall_clock_ms();
        let aws = aws(options, started_at_ms);
        let clock = Clock::new(started_at_ms, options.speed);
        let factory = Factory {
            options,
            listeners,
            aws: &aws,
            clock,
        };

        // "set its event age to 60 s and retries 0": the next tick is worth more than a late one.
        let mut checker = factory
            .deploy("checker", &options.binaries.checker, 55)
            .await?;
        checker.rules.retries = 0;
        checker.rules.maximum_age = Duration::from_secs(60);

        let mut start = factory.deploy("start", &options.binaries.start, 60).await?;
        let (destination, given_up) = event_queue(options.seed);
        start.rules.on_failure = Some(destination);
        Ok(Self {
            aws,
            clock,
            start,
            checker,
            given_up,
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
    clock: Clock,
}

impl Factory<'_> {
    async fn deploy(
        &self,
        name: &'static str,
        path: &Path,
        timeout_seconds: u64,
    ) -> io::Result<Deployed> {
        // A port for each function, so that AWS knows who calls.
        let endpoint = format!("http://{}", self.aws.listen(name).await?);
        let program = Program {
            name: name.into(),
            path: path.into(),
            region: REGION.into(),
            memory_mb: 128,
            settings: self.settings(endpoint),
        };
        let (queue, events) = event_queue(self.options.seed.wrapping_add(timeout_seconds));
        let process = Process::new(program, self.listeners.logs.clone());
        Ok(Deployed {
            queue,
            name,
            process,
            rules: self.rules(name, timeout_seconds),
            events,
        })
    }

    /// The functions live on the real clock, which AWS's outruns: what they are to wait is shorter by as much.
    fn settings(&self, endpoint: String) -> BTreeMap<String, String> {
        let Options {
            hold,
            status_max_age,
            timeout,
            settings: further,
            ..
        } = self.options;
        let seconds = |aws_time: &Duration| self.clock.to_tokio(*aws_time).as_secs_f64();
        let mut settings = BTreeMap::from([
            ("AWS_ENDPOINT_URL".into(), endpoint),
            ("TABLE_NAME".into(), TABLE.into()),
            ("DEFAULT_TOPIC_ARN".into(), DEFAULT_TOPIC_ARN.into()),
            ("HOLD_SECONDS".into(), seconds(hold).to_string()),
            (
                "STATUS_MAX_AGE_SECONDS".into(),
                seconds(status_max_age).to_string(),
            ),
            (
                "TIMEOUT_MINUTES".into(),
                (seconds(timeout) / 60.0).to_string(),
            ),
        ]);
        settings.extend(further.clone());
        settings
    }

    fn rules(&self, name: &str, timeout_seconds: u64) -> AsyncInvocation {
        AsyncInvocation {
            function_arn: format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"),
            timeout: Duration::from_secs(timeout_seconds),
            retries: 2,
            maximum_age: DEFAULT_MAXIMUM_AGE,
            on_failure: None,
            attempts: Some(self.listeners.attempts.clone()),
            clock: self.clock,
        }
    }
}

fn aws(options: &Options, started_at_ms: u64) -> Aws {
    let aws = Aws::new(Settings {
        region: REGION.into(),
        account_id: ACCOUNT.into(),
        started_at_ms,
        speed: options.speed,
        seed: options.seed,
        ..Settings::default()
    });
    aws.cloudfront().set_completion(
        options
            .complete_after
            .map_or(Completion::Never, Completion::After),
    );
    aws.dynamodb().create_table(table());
    aws.dynamodb().set_ttl_attribute("expires_at");
    aws.sns().add_topic(DEFAULT_TOPIC_ARN);
    for name in options.script.parameter_texts() {
        register(&aws, &name);
    }
    for fault in options.troubles.iter().filter_map(super::Trouble::fault) {
        aws.inject(fault);
    }
    aws
}

/// A sparse index: "only items that have the key attributes appear in it", here those with work left.
fn table() -> Table {
    let unfinished = Index {
        name: "unfinished".into(),
        hash_key: Key::text("due_shard"),
        range_key: Some(Key::number("due_at")),
        projection: Projection::KeysOnly,
    };
    Table {
        name: TABLE.into(),
        hash_key: Key::text("id"),
        indexes: vec![unfinished],
    }
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

#[expect(
    clippy::disallowed_methods,
    reason = "AWS's clock starts at the hour that the functions see on the wall"
)]
fn wall_clock_ms() -> u64 {
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX)
}
