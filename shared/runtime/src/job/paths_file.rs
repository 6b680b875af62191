//! The files of input artifacts that the parameters name.
//!
//! Only a few parts of each artifact are fetched: its end, the directory and the file. `invalidation-core` says which, and reads
//! the file. The credentials are dropped with the job event.

use std::collections::BTreeMap;
use std::pin::pin;

use futures_util::future::{Either, select};

use crate::log;
use crate::ports::{
    ArtifactError, ArtifactObject, ArtifactPart, ArtifactPiece, ArtifactStore, Clock, Services,
};
use invalidation_core::decide::InvocationBudget;
use invalidation_core::decide::artifact_backoff;
use invalidation_core::input::identifiers::JobId;
use invalidation_core::input::paths_file::archive::{Archive, Found, PARTS_AT_MOST, TAIL_BYTES};
use invalidation_core::input::paths_file::artifacts::Artifacts;
use invalidation_core::input::paths_file::{FileFaults, PathsFile, required};
use invalidation_core::input::user_parameters::UserParameters;
use invalidation_core::model::execution_record::{Reason, ServiceError};
use invalidation_core::model::time_budget::LAST_CALL;

/// Why the files could not be read.
pub(super) enum Unread {
    /// A retry cannot succeed.
    Rejected(Reason),
    /// S3 did not return the artifact as long as the invocation may work.
    Retryable(ServiceError),
}

impl From<FileFaults> for Unread {
    fn from(faults: FileFaults) -> Self {
        Self::Rejected(Reason::BadPathsFile(faults.shown, faults.more))
    }
}

impl From<String> for Unread {
    fn from(fault: String) -> Self {
        FileFaults::from(fault).into()
    }
}

/// The parameters with the content of their files. A retryable error of S3 is retried while the budget lasts.
pub(super) async fn filled(
    parameters: UserParameters,
    artifacts: &Artifacts,
    services: &impl Services,
    job_id: &JobId,
    budget: InvocationBudget,
) -> Result<UserParameters, Unread> {
    let mut files = BTreeMap::new();
    for (label, file) in required(&parameters) {
        if !files.contains_key(file) {
            let bytes = patiently(&label, file, artifacts, services, job_id, budget).await?;
            files.insert(file.clone(), bytes);
        }
    }
    Ok(parameters.with_files(&files)?)
}

async fn patiently(
    label: &str,
    file: &PathsFile,
    artifacts: &Artifacts,
    services: &impl Services,
    job_id: &JobId,
    budget: InvocationBudget,
) -> Result<Vec<u8>, Unread> {
    let clock = services.clock();
    let mut attempt = 1;
    loop {
        let read = in_time(read(label, file, artifacts, services), clock, budget).await;
        let service_error = match read {
            Err(Unread::Retryable(service_error)) => service_error,
            end => return end,
        };
        let backoff = artifact_backoff(attempt, job_id);
        if clock.now() + backoff >= budget.work_until {
            return Err(Unread::Retryable(service_error));
        }
        log!(ArtifactRetried, attempt, %service_error);
        clock.sleep(backoff).await;
        attempt += 1;
    }
}

/// The file, unless the time of the invocation ends before it is read.
async fn in_time(
    reading: impl Future<Output = Result<Vec<u8>, Unread>>,
    clock: &impl Clock,
    budget: InvocationBudget,
) -> Result<Vec<u8>, Unread> {
    let left = (budget.work_until + LAST_CALL).since(clock.now());
    match select(pin!(reading), pin!(clock.sleep(left))).await {
        Either::Left((read, _)) => read,
        Either::Right(_) => Err(Unread::Retryable(ServiceError::no_reply(
            "no reply before the time of this run was up",
        ))),
    }
}

/// One attempt.
async fn read(
    label: &str,
    file: &PathsFile,
    artifacts: &Artifacts,
    services: &impl Services,
) -> Result<Vec<u8>, Unread> {
    let named = artifacts.object(file);
    let (location, credentials) = named.map_err(|fault| format!("{label} {fault}"))?;
    let object = services.artifact_store().object(location, credentials);
    let tail = object.read(&ArtifactPart::Last(TAIL_BYTES), None).await;
    let tail = tail.map_err(|error| unread(label, error))?;
    let ArtifactPiece { size, version, .. } = &tail;
    let (version, mut archive) = (version.clone(), Archive::new(*size));
    let (mut parts, mut bytes) = (1_usize, tail.bytes.len());
    archive.add(tail.from, tail.bytes);
    loop {
        let found = archive.file(&file.file);
        let range = match found.map_err(|fault| format!("{label} {fault}"))? {
            Found::File(read) => {
                log!(ArtifactRead, parts, bytes);
                return Ok(read);
            }
            Found::Missing(range) => range,
        };
        if parts == PARTS_AT_MOST {
            return Err(format!("{label} cannot be read: the zip archive of the artifact is damaged; run the action that writes it again").into());
        }
        let piece = object
            .read(&ArtifactPart::Range(range), version.as_deref())
            .await;
        let piece = piece.map_err(|error| unread(label, error))?;
        parts += 1;
        bytes += piece.bytes.len();
        archive.add(piece.from, piece.bytes);
    }
}

fn unread(label: &str, error: ArtifactError) -> Unread {
    match error {
        ArtifactError::NotFound(service_error) => format!(
            "{label} cannot be read: the input artifact no longer exists in S3 ({}); run the action that writes it again",
            service_error.code
        )
        .into(),
        ArtifactError::OtherRegion => format!(
            "{label} cannot be read: the artifact bucket is in another region than this function; invoke a function in the region \
             of the bucket"
        )
        .into(),
        ArtifactError::Denied(service_error) => {
            Unread::Rejected(Reason::ArtifactDenied(service_error))
        }
        ArtifactError::Retryable(service_error) => Unread::Retryable(service_error),
    }
}
