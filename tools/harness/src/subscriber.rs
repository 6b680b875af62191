//! Who listens to what the functions say.

use std::sync::LazyLock;

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
