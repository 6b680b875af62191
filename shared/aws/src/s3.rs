//! The [`ArtifactStore`] of S3.

use std::ops::RangeInclusive;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{
    Builder, Credentials as SdkCredentials, IdentityCache, ResponseChecksumValidation,
};
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use super::{retry_partition, sent, service_error};
use invalidation_core::input::paths_file::artifacts::{Credentials, Location};
use invalidation_core::model::execution_record::{ServiceError, ServiceErrorKind};
use invalidation_runtime::ports::{
    ArtifactError, ArtifactObject, ArtifactPart, ArtifactPiece, ArtifactStore,
};

/// The name of the credentials' source in the SDK.
const PROVIDER: &str = "CodePipeline";

/// S3 in the region of the function, which is that of the artifact bucket of its actions.
#[derive(Debug, Clone)]
pub struct S3 {
    config: SdkConfig,
}

/// An object, with a client of its own for the job's credentials. It does not implement `Debug`.
pub struct S3Object {
    client: Client,
    location: Location,
    credentials: Credentials,
}

impl S3 {
    /// A store with this configuration. The credentials of the function are not used.
    #[must_use]
    pub const fn new(config: SdkConfig) -> Self {
        Self { config }
    }
}

impl ArtifactStore for S3 {
    type Object = S3Object;

    fn object(&self, location: &Location, credentials: &Credentials) -> S3Object {
        let provider = SdkCredentials::new(
            &credentials.access_key_id,
            &credentials.secret_access_key,
            Some(credentials.session_token.clone()),
            None,
            PROVIDER,
        );
        // A checksum of the whole object fails the body of a range. The zip archive has its own.
        let config = Builder::from(&self.config)
            .retry_partition(retry_partition())
            .credentials_provider(provider)
            .identity_cache(IdentityCache::no_cache())
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        S3Object {
            client: Client::from_conf(config.build()),
            location: location.clone(),
            credentials: credentials.clone(),
        }
    }
}

impl ArtifactObject for S3Object {
    async fn read(
        &self,
        part: &ArtifactPart,
        version: Option<&str>,
    ) -> Result<ArtifactPiece, ArtifactError> {
        let range = match part {
            ArtifactPart::Last(bytes) => format!("bytes=-{bytes}"),
            ArtifactPart::Range(range) => {
                format!("bytes={}-{}", range.start, range.end.saturating_sub(1))
            }
        };
        let request = self
            .client
            .get_object()
            .bucket(&self.location.bucket)
            .key(&self.location.key)
            .range(range)
            .set_if_match(version.map(str::to_owned));
        match sent(request.send()).await {
            Ok(reply) => piece(reply, part).await,
            Err(error) => failed(&error, &self.credentials),
        }
    }
}

/// The bytes of the reply, if it is the part that was requested: a server may reply with another range, or the whole object.
async fn piece(
    reply: GetObjectOutput,
    part: &ArtifactPart,
) -> Result<ArtifactPiece, ArtifactError> {
    let unreadable = |message| ArtifactError::Retryable(ServiceError::no_reply(message));
    let (range, size) = reply
        .content_range()
        .and_then(content_range)
        .ok_or_else(|| unreadable("the reply has no range"))?;
    let is_requested = match part {
        ArtifactPart::Last(bytes) => *range.start() == size.saturating_sub(*bytes),
        ArtifactPart::Range(part) => *range.start() == part.start && *range.end() < part.end,
    };
    if !is_requested {
        return Err(unreadable("the reply has another range"));
    }
    let length = range.end() - range.start() + 1;
    let is_length = reply
        .content_length()
        .and_then(|length| u64::try_from(length).ok())
        == Some(length);
    if !is_length {
        return Err(unreadable("the reply has another length"));
    }
    let version = reply.e_tag().map(str::to_owned);
    let bytes = sent(reply.body.collect()).await;
    let bytes = bytes
        .map_err(|_| unreadable("the reply ended early"))?
        .to_vec();
    Ok(ArtifactPiece {
        from: *range.start(),
        bytes,
        size,
        version,
    })
}

/// The range and the length of the object: `bytes 0-999/1000`.
fn content_range(text: &str) -> Option<(RangeInclusive<u64>, u64)> {
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, size): (u64, u64, u64) =
        (first.parse().ok()?, last.parse().ok()?, size.parse().ok()?);
    (first <= last && last < size).then_some((first..=last, size))
}

/// Maps a failed call by its status. S3 has many codes, and the SDK models few of them.
fn failed(
    error: &SdkError<GetObjectError, HttpResponse>,
    credentials: &Credentials,
) -> Result<ArtifactPiece, ArtifactError> {
    let service_error = without_credentials(service_error(error), credentials);
    let status = error.raw_response().map(|reply| reply.status().as_u16());
    match (status, service_error.code.as_str()) {
        // An empty object has no range.
        (Some(416), _) => Ok(ArtifactPiece {
            from: 0,
            bytes: Vec::new(),
            size: 0,
            version: None,
        }),
        (Some(404), _) => Err(ArtifactError::NotFound(service_error)),
        // The object was replaced between two parts: the next attempt reads the new one. The code for a busy bucket is 503.
        (Some(412), _) | (_, "RequestTimeout") => Err(ArtifactError::Retryable(service_error)),
        (Some(301 | 307), _) | (_, "AuthorizationHeaderMalformed") => {
            Err(ArtifactError::OtherRegion)
        }
        (Some(400..500), _) if service_error.kind != ServiceErrorKind::Throttled => {
            Err(ArtifactError::Denied(service_error))
        }
        _ => Err(ArtifactError::Retryable(service_error)),
    }
}

/// Some messages of S3 repeat parts of the request. One that contains a part of the credentials is dropped.
fn without_credentials(service_error: ServiceError, credentials: &Credentials) -> ServiceError {
    let Credentials {
        access_key_id,
        secret_access_key,
        session_token,
    } = credentials;
    let secrets = [access_key_id, secret_access_key, session_token];
    let has_secret = |text: &str| {
        secrets
            .iter()
            .any(|secret| !secret.is_empty() && text.contains(secret.as_str()))
    };
    let message = if has_secret(&service_error.message) {
        String::new()
    } else {
        service_error.message
    };
    ServiceError {
        message,
        ..service_error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_valid_within_its_object() {
        assert_eq!(content_range("bytes 0-999/1000"), Some((0..=999, 1_000)));
        for text in [
            "",
            "bytes */1000",
            "bytes 0--1/0",
            "bytes 5-4/10",
            "bytes 0-10/10",
            "bytes 0-9/*",
            "0-9/10",
        ] {
            assert_eq!(content_range(text), None, "{text}");
        }
    }

    #[test]
    fn a_message_with_credentials_is_dropped() {
        let credentials = Credentials {
            access_key_id: "ASIA1".to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: String::new(),
        };
        for (message, kept) in [("expired", "expired"), ("no key ASIA1 here", "")] {
            let service_error = ServiceError::new("InvalidAccessKeyId", message);
            assert_eq!(
                without_credentials(service_error, &credentials).message,
                kept
            );
        }
    }
}
