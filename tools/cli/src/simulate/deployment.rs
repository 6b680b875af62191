//! The deployment of the template in the local AWS: both functions, the table, and the targets and topics in the
//! parameters of the action.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use invalidation_runtime::clock::SystemClock;
use invalidation_runtime::ports::Clock as _;
use tokio::sync::mpsc::UnboundedSender;

use super::alias::OwnedAlias;
use super::binaries::Binaries;
use super::in_process;
use super::options::{Functions, Options};
use harness::{Checker, Start};
use local_aws::account::{self, REGION};
use local_aws::cloudfront::{Completion, ResourceId};
use local_aws::lambda::{
    AsyncInvocation, Attempt, EventQueue, Events, Function, FunctionError, Invocation, LogLine,
    Process, Program, event_queue,
};
use local_aws::{Aws, Settings};

/// The latency of a call in process.
const LATENCY: Duration = Duration::from_millis(20);

/// Receives the events of the functions.
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
    /// The failure records of `start` for `checker`.
    pub(super) given_up: Events,
}

/// One function with its queue.
pub(super) struct Deployed {
    pub(super) queue: EventQueue,
    name: &'static str,
    code: Code,
    rules: AsyncInvocation,
    events: Events,
}

/// The code of a function.
enum Code {
    Process(Process),
    Start(Start),
    Checker(Checker),
}

impl Function for Code {
    async fn invoke(&self, invocation: &Invocation) -> Result<Bytes, FunctionError> {
        match self {
            Self::Process(process) => process.invoke(invocation).await,
            Self::Start(start) => start.invoke(invocation).await,
            Self::Checker(checker) => checker.invoke(invocation).await,
        }
    }
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
        let (start_code, checker_code) = match &options.functions {
            Functions::InProcess => {
                let (start, checker) = in_process::functions(options, &aws, &listeners.logs)?;
                (Code::Start(start), Code::Checker(checker))
            }
            Functions::Processes(Binaries { start, checker }) => (
                factory.process("start", start).await?,
                factory.process("checker", checker).await?,
            ),
        };
        Ok(Self {
            start: factory.deploy("start", start_code, start),
            checker: factory.deploy("checker", checker_code, checker),
            given_up,
            aws,
        })
    }
}

impl Deployed {
    /// Runs the function for each event, and kills it when a fault requires it. Never ends.
    pub(super) async fn run(self, aws: &Aws) {
        let Self {
            queue: _,
            name,
            code,
            rules,
            events,
        } = self;
        let die = async {
            // In this process, each run is killed by itself.
            let Code::Process(process) = &code else {
                return;
            };
            loop {
                aws.killed(name).await;
                process.kill();
            }
        };
        tokio::join!(events.deliver(&code, &rules), die);
    }
}

/// The common configuration of both functions.
struct Factory<'a> {
    options: &'a Options,
    listeners: &'a Listeners,
    aws: &'a Aws,
}

impl Factory<'_> {
    async fn process(&self, name: &'static str, path: &Path) -> io::Result<Code> {
        // One port for each function, so that the port identifies the caller.
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
        let logs = self.listeners.logs.clone();
        Ok(Code::Process(Process::new(program, logs)))
    }

    fn deploy(&self, name: &'static str, code: Code, rules: AsyncInvocation) -> Deployed {
        let seed = self.options.seed.wrapping_add(rules.timeout.as_secs());
        let (queue, events) = event_queue(seed);
        Deployed {
            queue,
            name,
            code,
            rules: AsyncInvocation {
                attempts: Some(self.listeners.attempts.clone()),
                ..rules
            },
            events,
        }
    }
}

fn aws(options: &Options) -> Aws {
    let aws = account::open(Settings {
        // The functions use this time of day.
        started_at_ms: SystemClock.now().as_millis(),
        speed: options.clock_speed(),
        seed: options.seed,
        latency: match options.functions {
            Functions::InProcess => LATENCY,
            Functions::Processes(_) => Duration::ZERO,
        },
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
    register_aliases(&aws, options);
    if let Some(artifact) = &options.artifact {
        aws.s3().put_each_artifact(artifact.clone());
    }
    for fault in &options.faults {
        fault.inject(&aws);
    }
    aws
}

/// Each domain name in the parameters is an alias of a distribution, from `--alias` or of a new one.
fn register_aliases(aws: &Aws, options: &Options) {
    let given = &options.aliases;
    let named = options.script.aliases().into_iter();
    let named = named.filter(|domain| given.iter().all(|alias| alias.domain != *domain));
    let made_up = (1..).zip(named);
    let made_up = made_up.map(|(number, domain)| OwnedAlias::made_up(domain, number));
    let mut resources: BTreeMap<ResourceId, Vec<String>> = BTreeMap::new();
    for OwnedAlias {
        domain,
        resource_id,
    } in given.iter().cloned().chain(made_up)
    {
        resources.entry(resource_id).or_default().push(domain);
    }
    let cloudfront = aws.cloudfront();
    for (resource_id, domains) in resources {
        let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
        match &resource_id {
            ResourceId::Distribution(id) => cloudfront.set_aliases(id, &domains),
            ResourceId::Tenant(id) => cloudfront.set_domains(id, &domains),
        }
        cloudfront.enable_cache_tags(resource_id);
    }
}

/// Every target in the parameters exists, if its name is a valid AWS name.
fn register(aws: &Aws, name: &str) {
    let cloudfront = aws.cloudfront();
    if name.starts_with("arn:aws:sns:") && name.split(':').count() == 6 {
        aws.sns().add_topic(name);
    } else if is_distribution(name) {
        cloudfront.add_distribution(name);
        cloudfront.enable_cache_tags(ResourceId::Distribution(name.into()));
    } else if name.starts_with("dt_") {
        cloudfront.add_tenant(name);
        cloudfront.enable_cache_tags(ResourceId::Tenant(name.into()));
    }
}

fn is_distribution(name: &str) -> bool {
    let may_be_inside = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    name.starts_with('E') && (10..=20).contains(&name.len()) && name.bytes().all(may_be_inside)
}
