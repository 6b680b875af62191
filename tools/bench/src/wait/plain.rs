//! The plain design: the checker polls CloudFront each minute, and a continuation job reports the stored status.
//!
//! It is the product with a CloudFront client in `start` that always returns `InProgress`. Without a wait, its jobs
//! report only the status that the checker has stored.

use std::cell::Cell;

use bytes::Bytes;
use invalidation_aws::CloudFront;
use invalidation_core::input::identifiers::{Alias, InvalidationId};
use invalidation_core::model::execution_record::{Found, Listed, Resource, Status, Target};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::job::Invocation as Run;
use invalidation_runtime::ports::{InvalidationError, InvalidationService, Ports};
use invalidation_runtime::settings::Settings;
use tokio::time::Instant;

use harness::{World, world};
use local_aws::Aws;
use local_aws::lambda::{Function, FunctionError, Invocation};

/// `start` of the plain design.
pub(super) struct PlainStart {
    aws: Aws,
    world: World,
    settings: Settings,
    runs: Cell<u32>,
}

impl PlainStart {
    pub(super) fn new(aws: &Aws, settings: &Settings) -> Self {
        Self {
            aws: aws.clone(),
            world: world("start", aws, settings),
            settings: settings.clone(),
            runs: Cell::new(0),
        }
    }
}

impl Function for PlainStart {
    async fn invoke(&self, invocation: &Invocation) -> Result<Bytes, FunctionError> {
        self.runs.set(self.runs.get() + 1);
        let left = invocation
            .deadline
            .saturating_duration_since(Instant::now());
        let run = Run {
            run_id: format!("start {}", self.runs.get()),
            deadline: Timestamp::from_millis(self.aws.now_ms()) + left,
            function: None,
        };
        let ports = Ports {
            invalidation_service: Unwatched(&self.world.invalidation_service),
            execution_store: self.world.execution_store.clone(),
            job_reporter: self.world.job_reporter.clone(),
            publisher: self.world.publisher.clone(),
            artifact_store: self.world.artifact_store.clone(),
            clock: self.world.clock.clone(),
        };
        let event = String::from_utf8_lossy(&invocation.payload);
        let end = start::handle(&event, &ports, &self.settings, &run).await;
        end.map_err(|error| FunctionError::new("Error", error.to_string()))?;
        Ok(Bytes::from_static(b"null"))
    }
}

/// A CloudFront client that never polls what it has created.
struct Unwatched<'c>(&'c CloudFront);

impl InvalidationService for Unwatched<'_> {
    async fn create_invalidation(
        &self,
        target: &Target,
    ) -> Result<(InvalidationId, Status), InvalidationError> {
        self.0.create_invalidation(target).await
    }

    async fn probe_invalidation(&self, target: &Target) -> Result<(), InvalidationError> {
        self.0.probe_invalidation(target).await
    }

    async fn status(
        &self,
        _: &Resource,
        _: &InvalidationId,
        _: Timestamp,
    ) -> Result<Status, InvalidationError> {
        Ok(Status::InProgress)
    }

    async fn get_invalidation(
        &self,
        resource: &Resource,
        id: &InvalidationId,
    ) -> Result<Found, InvalidationError> {
        self.0.get_invalidation(resource, id).await
    }

    async fn list_invalidations(
        &self,
        resource: &Resource,
    ) -> Result<Vec<Listed>, InvalidationError> {
        self.0.list_invalidations(resource).await
    }

    async fn resolve_alias(&self, alias: &Alias) -> Result<Resource, InvalidationError> {
        self.0.resolve_alias(alias).await
    }
}
