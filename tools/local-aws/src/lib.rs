//! An AWS that fits in memory: CloudFront, CodePipeline, DynamoDB, SNS and EventBridge as far as a pipeline's invalidation
//! needs them, spoken to at wire level.
//!
//! ```text
//!   SDK client ── doors/in_process ─┐                        ┌─ wire/cloudfront ─── cloudfront/   rules and state
//!                                   ├─ front: faults, delay, ├─ wire/codepipeline ─ codepipeline/
//!   real binary ─ doors/loopback  ──┘  journal, one lock     ├─ wire/dynamodb ───── dynamodb/
//!                                                            ├─ wire/sns ────────── sns/
//!                                                            └─ wire/eventbridge ── eventbridge/
//!   test ── cloudfront(), codepipeline(), dynamodb(), sns(), eventbridge():  the console of each service
//! ```
//!
//! A service's rules stand in its own folder, in plain Rust, each beside the sentence of AWS that it obeys; the formats
//! stand under `wire`. Time is tokio's, so that a paused runtime makes a day pass in a moment; names come from a seed,
//! so that two runs with the same seed see the same AWS.

mod call;
mod clock;
mod doors;
mod fault;
mod front;
mod names;
mod refusal;
mod wire;

pub mod account;
pub mod cloudfront;
pub mod codepipeline;
pub mod dynamodb;
pub mod eventbridge;
pub mod lambda;
pub mod sns;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sns::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_rustls::TlsAcceptor;

pub use call::{Arrived, Call, Outcome, Service};
pub use clock::Clock;
pub use fault::{Fault, FaultKind};
pub use front::Dropped;

use front::State;

/// What an AWS is born with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The region that ARNs name and that clients sign for.
    pub region: String,
    /// The twelve digits of the account.
    pub account_id: String,
    /// AWS's clock at birth, in milliseconds since 1970.
    pub started_at_ms: u64,
    /// AWS seconds for each tokio second: 1.0 under virtual time, more to see a long wait pass quickly. Above zero.
    pub speed: f64,
    /// Where all names (job, request and invalidation ids) come from.
    pub seed: u64,
    /// How long each call takes, in tokio time: half before its effect, half after.
    pub latency: Duration,
    /// AWS time from CreateInvalidation until CloudFront reports `Completed`; the console can change it later.
    pub completes_after: Duration,
    /// AWS time from a continuation token to the invocation that carries it.
    pub continues_after: Duration,
}

impl Default for Settings {
    /// A calm day: no latency, invalidations done after 10 s, CodePipeline back after 30 s.
    fn default() -> Self {
        Self {
            region: "us-east-1".into(),
            account_id: "111122223333".into(),
            started_at_ms: 1_767_225_600_000,
            speed: 1.0,
            seed: 1,
            latency: Duration::ZERO,
            completes_after: Duration::from_secs(10),
            continues_after: Duration::from_secs(30),
        }
    }
}

/// An AWS of one account and one region. Cheap to clone; all clones are the same AWS.
#[derive(Clone, Debug)]
pub struct Aws {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: Settings,
    clock: Clock,
    state: Mutex<State>,
    changes: watch::Sender<()>,
}

impl Aws {
    /// An AWS without distributions, tables, topics or pipelines; its clock starts now.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let inner = Inner {
            clock: Clock::start(settings.started_at_ms, settings.speed),
            state: Mutex::new(State::new(&settings)),
            changes: watch::Sender::new(()),
            settings,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// AWS's clock, in milliseconds since 1970.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.inner.clock.now_ms()
    }

    /// AWS's clock itself, for whoever waits or dates in AWS's time.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.inner.clock
    }

    /// A client's way in without any socket: it hands each request to [`Aws::handle`] in the name of `caller`.
    #[must_use]
    pub fn http_client(&self, caller: &str) -> SharedHttpClient {
        SharedHttpClient::new(doors::InProcess::new(self.clone(), caller))
    }

    /// Opens a port on 127.0.0.1 that speaks HTTP/1.1, and serves it until the runtime ends. One port for each caller,
    /// so that a call is known by who made it.
    ///
    /// # Errors
    /// When the system has no port to give.
    pub async fn listen(&self, caller: &str) -> std::io::Result<SocketAddr> {
        doors::listen(self.clone(), caller, None).await
    }

    /// As [`Self::listen`], for callers that speak TLS.
    ///
    /// # Errors
    /// When the system has no port to give.
    pub async fn listen_with_tls(
        &self,
        caller: &str,
        tls: TlsAcceptor,
    ) -> std::io::Result<SocketAddr> {
        doors::listen(self.clone(), caller, Some(tls)).await
    }

    /// What an SDK client of `caller` needs to talk to this AWS: region, credentials, the in-process client, and AWS's
    /// clock for its signatures. It sets no time-outs and no retries; those are the caller's own choice.
    ///
    /// Two things stay with whoever wants two runs to be alike: `fastrand::seed` before the first call (the SDK's jitter),
    /// and a `RetryPartition` for each client (by default all clients of a process share one budget of retries).
    #[must_use]
    pub fn sdk_config(&self, caller: &str) -> SdkConfig {
        let credentials = Credentials::new(
            "AKIDTEST",
            "secret",
            None,
            None,
            "an AWS that fits in memory",
        );
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.inner.settings.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(self.http_client(caller))
            .time_source(SharedTimeSource::new(self.inner.clock))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .build()
    }

    /// Everything that the services saw so far, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.state().journal.calls().to_vec()
    }

    /// Everything that came to the front desk so far, in order: the order in which faults count.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Arrived> {
        self.state().arrivals.clone()
    }

    /// Each call from now on, as it happens.
    #[must_use]
    pub fn watch_calls(&self) -> mpsc::UnboundedReceiver<Call> {
        self.state().journal.watch()
    }

    /// Adds trouble to come. Of several faults that match a call, the one that was injected first strikes, and every one
    /// of them counts the call.
    pub fn inject(&self, fault: Fault) {
        self.state().faults.add(fault);
    }

    /// Every fault that was injected, in that order, with how often it struck.
    #[must_use]
    pub fn faults_injected(&self) -> Vec<(Fault, u32)> {
        let state = self.state();
        let faulted = state.faults.faulted();
        faulted
            .map(|(fault, times)| (fault.clone(), times))
            .collect()
    }

    /// Resolves when a kill strikes `caller`, or the run of this name (see [`Aws::run`]); each strike wakes one waiter,
    /// also one that comes later.
    pub async fn killed(&self, caller: &str) {
        let injections = self.state().faults.injections(caller);
        spend(&injections).await;
    }

    /// Resolves when a fault gives a cue; each cue wakes one waiter, also one that comes later.
    pub async fn cued(&self) {
        let cues = self.state().faults.cues();
        spend(&cues).await;
    }

    /// Polls `work` as one run of a function: while it is polled, a kill that meets a call of an in-process client
    /// strikes this run and none other of the same caller.
    pub fn run<T>(&self, name: &str, work: impl Future<Output = T>) -> impl Future<Output = T> {
        doors::in_run(name, work)
    }

    /// CloudFront as its operators see it.
    #[must_use]
    pub fn cloudfront(&self) -> cloudfront::Console {
        cloudfront::Console { aws: self.clone() }
    }

    /// CodePipeline as its operators see it, and the events that it hands to Lambda.
    #[must_use]
    pub fn codepipeline(&self) -> codepipeline::Console {
        codepipeline::Console { aws: self.clone() }
    }

    /// DynamoDB as its operators see it.
    #[must_use]
    pub fn dynamodb(&self) -> dynamodb::Console {
        dynamodb::Console { aws: self.clone() }
    }

    /// SNS as its operators see it, and what it was given to deliver.
    #[must_use]
    pub fn sns(&self) -> sns::Console {
        sns::Console { aws: self.clone() }
    }

    /// EventBridge as its operators see it, and what was put on its buses.
    #[must_use]
    pub fn eventbridge(&self) -> eventbridge::Console {
        eventbridge::Console { aws: self.clone() }
    }

    /// Looks at, or changes, the state at one instant; whoever waits in [`Aws::until`] looks again. Being no async
    /// function, `act` cannot keep the lock over an await.
    fn at_once<T>(&self, act: impl FnOnce(&mut State, u64) -> T) -> T {
        let outcome = act(&mut self.state(), self.now_ms());
        self.inner.changes.send_replace(());
        outcome
    }

    /// Waits until `look` finds what it looks for; until then `look` says when, at the latest, to look again.
    async fn until<T>(&self, mut look: impl FnMut(&mut State, u64) -> Result<T, Option<u64>>) -> T {
        let mut changes = self.inner.changes.subscribe();
        loop {
            let due = match look(&mut self.state(), self.now_ms()) {
                Ok(found) => return found,
                Err(due) => due,
            };
            tokio::select! {
                biased;
                _ = changes.changed() => {}
                () = self.inner.clock.reach(due) => {}
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .expect("a rule that panicked has already failed the test")
    }
}

/// Waits for a permit and keeps it: a strike seen.
async fn spend(injections: &Semaphore) {
    // The semaphore lives as long as its AWS and is never closed.
    if let Ok(injection) = injections.acquire().await {
        injection.forget();
    }
}
