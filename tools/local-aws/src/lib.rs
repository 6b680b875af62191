//! A local, in-memory AWS at wire level: the parts of CloudFront, CodePipeline, DynamoDB, S3, SNS and EventBridge that an
//! invalidation by a pipeline needs.
//!
//! ```text
//!   SDK client ── transport/in_process ─┐                        ┌─ wire/cloudfront ─── cloudfront/   rules and state
//!                                       ├─ front: faults, delay, ├─ wire/codepipeline ─ codepipeline/
//!   real binary ─ transport/loopback  ──┘  journal, one lock     ├─ wire/dynamodb ───── dynamodb/
//!                                                                ├─ wire/s3 ─────────── s3/
//!                                                                ├─ wire/sns ────────── sns/
//!                                                                └─ wire/eventbridge ── eventbridge/
//!   test ── cloudfront(), codepipeline(), dynamodb(), s3(), sns(), eventbridge():  the console of each service
//! ```
//!
//! The rules of a service are in its own folder, in plain Rust, each next to the sentence of the AWS documentation that
//! it implements; the formats are in `wire`. Time is tokio's, so a paused runtime runs a day in seconds. Names are
//! derived from a seed, so two runs with the same seed have the same AWS.

mod call;
mod clock;
mod fault;
mod front;
mod names;
mod rejection;
mod transport;
mod wire;

pub mod account;
pub mod cloudfront;
pub mod codepipeline;
pub mod dynamodb;
pub mod eventbridge;
pub mod lambda;
pub mod s3;
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

/// The options with which a local AWS is created.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The region that ARNs name and that clients sign for.
    pub region: String,
    /// The twelve digits of the account.
    pub account_id: String,
    /// The initial time of the AWS clock, in milliseconds since 1970.
    pub started_at_ms: u64,
    /// AWS seconds for each tokio second: 1.0 under virtual time, more to shorten a long wait. Above zero.
    pub speed: f64,
    /// The seed of all names (job, request and invalidation ids).
    pub seed: u64,
    /// How long each call takes, in tokio time: half before its effect, half after.
    pub latency: Duration,
    /// AWS time from CreateInvalidation until CloudFront reports `Completed`; the console can change it later.
    pub completes_after: Duration,
    /// AWS time from a continuation token to the invocation that carries it.
    pub continues_after: Duration,
}

impl Default for Settings {
    /// Normal operation: no latency, invalidations complete after 10 s, CodePipeline continues a job after 30 s.
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

/// A local AWS of one account and one region. Cheap to clone; all clones share one state.
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
    /// A local AWS without distributions, tables, topics or pipelines; its clock starts now.
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

    /// The time on the AWS clock, in milliseconds since 1970.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.inner.clock.now_ms()
    }

    /// The AWS clock, for waits and time stamps in AWS time.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.inner.clock
    }

    /// An in-process transport without sockets: it passes each request to [`Aws::handle`] in the name of `caller`.
    #[must_use]
    pub fn http_client(&self, caller: &str) -> SharedHttpClient {
        SharedHttpClient::new(transport::InProcess::new(self.clone(), caller))
    }

    /// Opens a port on 127.0.0.1 that serves HTTP/1.1 until the runtime ends. One port for each caller, so that the
    /// port identifies the caller.
    ///
    /// # Errors
    /// When the system has no free port.
    pub async fn listen(&self, caller: &str) -> std::io::Result<SocketAddr> {
        transport::listen(self.clone(), caller, None).await
    }

    /// As [`Self::listen`], for callers that use TLS.
    ///
    /// # Errors
    /// When the system has no free port.
    pub async fn listen_with_tls(
        &self,
        caller: &str,
        tls: TlsAcceptor,
    ) -> std::io::Result<SocketAddr> {
        transport::listen(self.clone(), caller, Some(tls)).await
    }

    /// The SDK configuration of `caller` for this AWS: region, credentials, the in-process client, and the AWS clock
    /// for its signatures. It sets no time-outs and no retries; the caller chooses them.
    ///
    /// Two things are left to a caller that needs two equal runs: `fastrand::seed` before the first call (the SDK's
    /// jitter), and a `RetryPartition` for each client (by default all clients of a process share one retry budget).
    #[must_use]
    pub fn sdk_config(&self, caller: &str) -> SdkConfig {
        let credentials = Credentials::new("AKIDTEST", "secret", None, None, "local AWS");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.inner.settings.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(self.http_client(caller))
            .time_source(SharedTimeSource::new(self.inner.clock))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .build()
    }

    /// Every call that a service received so far, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.state().journal.calls().to_vec()
    }

    /// Every request that arrived so far, in order: the order in which faults count.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Arrived> {
        self.state().arrivals.clone()
    }

    /// Each call from now on, when it happens.
    #[must_use]
    pub fn watch_calls(&self) -> mpsc::UnboundedReceiver<Call> {
        self.state().journal.watch()
    }

    /// Injects a fault. If several faults match a call, the one that was injected first is applied, and every one of
    /// them counts the call.
    pub fn inject(&self, fault: Fault) {
        self.state().faults.add(fault);
    }

    /// Every injected fault, in order, with the number of calls that it was applied to.
    #[must_use]
    pub fn faults_injected(&self) -> Vec<(Fault, u32)> {
        let state = self.state();
        let faulted = state.faults.faulted();
        faulted
            .map(|(fault, times)| (fault.clone(), times))
            .collect()
    }

    /// Resolves when a kill is applied to `caller`, or to the run of this name (see [`Aws::run`]). Each kill resolves
    /// one waiter, even one that is created later.
    pub async fn killed(&self, caller: &str) {
        let injections = self.state().faults.injections(caller);
        spend(&injections).await;
    }

    /// Resolves when a fault gives a cue. Each cue resolves one waiter, even one that is created later.
    pub async fn cued(&self) {
        let cues = self.state().faults.cues();
        spend(&cues).await;
    }

    /// Polls `work` as one run of a function: while it is polled, a kill in a call of an in-process client ends this
    /// run and no other run of the same caller.
    pub fn run<T>(&self, name: &str, work: impl Future<Output = T>) -> impl Future<Output = T> {
        transport::in_run(name, work)
    }

    /// The console of CloudFront.
    #[must_use]
    pub fn cloudfront(&self) -> cloudfront::Console {
        cloudfront::Console { aws: self.clone() }
    }

    /// The console of CodePipeline, with the events that it sends to Lambda.
    #[must_use]
    pub fn codepipeline(&self) -> codepipeline::Console {
        codepipeline::Console { aws: self.clone() }
    }

    /// The console of DynamoDB.
    #[must_use]
    pub fn dynamodb(&self) -> dynamodb::Console {
        dynamodb::Console { aws: self.clone() }
    }

    /// The console of S3, with the input artifacts of actions.
    #[must_use]
    pub fn s3(&self) -> s3::Console {
        s3::Console { aws: self.clone() }
    }

    /// The console of SNS, with the messages that were published.
    #[must_use]
    pub fn sns(&self) -> sns::Console {
        sns::Console { aws: self.clone() }
    }

    /// The console of EventBridge, with the events on its buses.
    #[must_use]
    pub fn eventbridge(&self) -> eventbridge::Console {
        eventbridge::Console { aws: self.clone() }
    }

    /// Reads or changes the state at one instant; waiters in [`Aws::until`] then check again. `act` is not async, so it
    /// cannot keep the lock over an await.
    fn at_once<T>(&self, act: impl FnOnce(&mut State, u64) -> T) -> T {
        let outcome = act(&mut self.state(), self.now_ms());
        self.inner.changes.send_replace(());
        outcome
    }

    /// Waits until `poll` returns a value; until then `poll` returns the latest time of the next check.
    async fn until<T>(&self, mut poll: impl FnMut(&mut State, u64) -> Result<T, Option<u64>>) -> T {
        let mut changes = self.inner.changes.subscribe();
        loop {
            let due = match poll(&mut self.state(), self.now_ms()) {
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

/// Waits for a permit and consumes it.
async fn spend(injections: &Semaphore) {
    // The semaphore lives as long as its AWS and is never closed.
    if let Ok(injection) = injections.acquire().await {
        injection.forget();
    }
}
