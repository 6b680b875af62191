//! The ports over recorded replies, created once because a target is called thousands of times a second.

use invalidation_aws::{AwsPublisher, CloudFront, CodePipeline, DynamoDb};
use tokio::runtime::{Builder, Runtime};

use harness::recorded::{Reply, Wire};

/// The ports, their replies and their runtime.
pub(super) struct Bench {
    /// The source of the replies.
    pub(super) wire: Wire,
    pub(super) invalidation_service: CloudFront,
    pub(super) execution_store: DynamoDb,
    pub(super) pipeline: CodePipeline,
    pub(super) publisher: AwsPublisher,
    runtime: Runtime,
}

thread_local! {
    static BENCH: Bench = Bench::new();
}

impl Bench {
    fn new() -> Self {
        let wire = Wire::replying([Reply::Lost]);
        Self {
            invalidation_service: wire.cloudfront(),
            execution_store: wire.dynamodb(),
            pipeline: wire.codepipeline(),
            publisher: wire.publisher(),
            wire,
            runtime: Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime without threads"),
        }
    }

    /// The outcome of a call.
    pub(super) fn run<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(call)
    }
}

/// Runs `work` with this thread's bench.
pub(super) fn with<T>(work: impl FnOnce(&Bench) -> T) -> T {
    BENCH.with(work)
}
