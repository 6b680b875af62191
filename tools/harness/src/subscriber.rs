//! Who listens to what the functions say.

use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};

use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;

/// Has somebody listen on every thread: an error means that somebody does already, which is as good. While there is one
/// listener alone, on one thread, a place in the code that is first passed on another thread is taken for a place that never
/// interests anybody, and the listener would miss it from then on.
static EVERYWHERE: LazyLock<()> = LazyLock::new(|| {
    let nobody_in_particular = tracing_subscriber::registry().with(ours(LevelFilter::TRACE));
    let _ = tracing::subscriber::set_global_default(nobody_in_particular);
});

/// Makes sure that no listener of this process misses a place in the code for where that place was first passed.
pub fn everywhere() {
    LazyLock::force(&EVERYWHERE);
}

/// The lines of our own crates from this level on, and the warnings of all libraries.
#[must_use]
pub fn ours(level: LevelFilter) -> Targets {
    let ours = [
        "invalidation_runtime",
        "invalidation_aws",
        "start",
        "checker",
    ]
    .map(|name| (name, level));
    Targets::new()
        .with_default(LevelFilter::WARN)
        .with_targets(ours)
}

/// Work whose lines go to one subscriber.
#[derive(Debug)]
pub struct HeardBy<F> {
    dispatch: Dispatch,
    work: Option<Pin<Box<F>>>,
}

/// Has `work` heard by this subscriber to its end, also if it is dropped before: a span that is closed lets go of the span
/// around it at whatever subscriber is the default then, and another one would not know it.
pub fn heard_by<F: Future>(dispatch: Dispatch, work: F) -> HeardBy<F> {
    HeardBy {
        dispatch,
        work: Some(Box::pin(work)),
    }
}

impl<F: Future> Future for HeardBy<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { dispatch, work } = &mut *self;
        let work = work.as_mut().expect("it is there until it is dropped");
        with_default(dispatch, || work.as_mut().poll(context))
    }
}

impl<F> Drop for HeardBy<F> {
    fn drop(&mut self) {
        let work = self.work.take();
        with_default(&self.dispatch, || drop(work));
    }
}
