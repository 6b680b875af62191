//! The subscribers of the functions' log.

use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};

use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;

/// Installs a subscriber on every thread. An error means that one is installed already, which is sufficient. While
/// only one subscriber exists, on one thread, `tracing` caches a callsite that another thread reaches first as
/// disabled, and the subscriber would miss its events from then on.
static EVERYWHERE: LazyLock<()> = LazyLock::new(|| {
    let default_subscriber = tracing_subscriber::registry().with(targets(LevelFilter::TRACE));
    let _ = tracing::subscriber::set_global_default(default_subscriber);
});

/// Ensures that no subscriber of this process misses a callsite because of the thread that reached it first.
pub fn everywhere() {
    LazyLock::force(&EVERYWHERE);
}

/// The lines of the project's crates from this level on, and the warnings of all libraries.
#[must_use]
pub fn targets(level: LevelFilter) -> Targets {
    let crates = [
        "invalidation_runtime",
        "invalidation_aws",
        "start",
        "checker",
    ]
    .map(|name| (name, level));
    Targets::new()
        .with_default(LevelFilter::WARN)
        .with_targets(crates)
}

/// A future whose log lines go to one subscriber.
#[derive(Debug)]
pub struct Subscribed<F> {
    dispatch: Dispatch,
    work: Option<Pin<Box<F>>>,
}

/// Runs `work` with this subscriber to its end, even if it is dropped before. A closed span releases its parent span at
/// the subscriber that is the default then, and another subscriber does not have it.
pub fn subscribed<F: Future>(dispatch: Dispatch, work: F) -> Subscribed<F> {
    Subscribed {
        dispatch,
        work: Some(Box::pin(work)),
    }
}

impl<F: Future> Future for Subscribed<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { dispatch, work } = &mut *self;
        let work = work.as_mut().expect("it is there until it is dropped");
        with_default(dispatch, || work.as_mut().poll(context))
    }
}

impl<F> Drop for Subscribed<F> {
    fn drop(&mut self) {
        let work = self.work.take();
        with_default(&self.dispatch, || drop(work));
    }
}
