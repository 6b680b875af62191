//! S3: one GetObject for each part, with the credentials of the job.

use harness::recorded::{CANARY, Reply, Wire, s3_error, unreadable};
use invalidation_core::input::paths_file::artifacts::{Credentials, Location};
use invalidation_core::model::execution_record::ServiceErrorKind;
use invalidation_runtime::ports::{
    ArtifactError, ArtifactObject as _, ArtifactPart, ArtifactPiece, ArtifactStore as _,
};

const FIRST_FOUR: ArtifactPart = ArtifactPart::Range(0..4);

fn location() -> Location {
    Location {
        bucket: "artifacts".to_owned(),
        key: "site/Source/1a2b".to_owned(),
    }
}

fn credentials() -> Credentials {
    Credentials {
        access_key_id: format!("ASIA{CANARY}"),
        secret_access_key: format!("{CANARY}/secret"),
        session_token: format!("{CANARY}/session"),
    }
}

fn part(range: &'static str, body: &'static str) -> Reply {
    Reply::Part {
        range: Some(range),
        length: body.len() as u64,
        body: body.into(),
    }
}

async fn read(reply: Reply, part: &ArtifactPart) -> Result<ArtifactPiece, ArtifactError> {
    let object = Wire::replying([reply])
        .s3()
        .object(&location(), &credentials());
    object.read(part, None).await
}

#[tokio::test]
async fn a_part_is_requested_with_the_credentials_of_the_job() {
    let wire = Wire::replying([part("bytes 6-9/10", "abcd")]);
    let object = wire.s3().object(&location(), &credentials());
    let piece = object.read(&ArtifactPart::Last(4), None).await.unwrap();
    let expected = ArtifactPiece {
        from: 6,
        bytes: b"abcd".to_vec(),
        size: 10,
        version: Some("\"1\"".to_owned()),
    };
    assert_eq!(piece, expected);
    let sent = wire.only();
    assert_eq!(sent.scope(), "us-east-1/s3");
    assert_eq!(sent.host(), "artifacts.s3.us-east-1.amazonaws.com");
    assert!(
        sent.is_signed_by(&format!("ASIA{CANARY}")),
        "the role of the function reads nothing"
    );
}

#[tokio::test]
async fn each_rejection_has_its_meaning() {
    let no_key =
        "not authorized to perform: kms:Decrypt on the resource associated with this ciphertext";
    for (status, code, message, expected) in [
        (
            400,
            "ExpiredToken",
            "The provided token has expired.",
            "denied",
        ),
        (
            400,
            "InvalidToken",
            "The provided token is malformed.",
            "denied",
        ),
        (
            403,
            "InvalidAccessKeyId",
            "The key does not exist.",
            "denied",
        ),
        (403, "AccessDenied", "Access Denied", "denied"),
        (403, "AccessDenied", no_key, "denied"),
        (
            403,
            "KMS.DisabledException",
            "The key is disabled.",
            "denied",
        ),
        (
            404,
            "NoSuchKey",
            "The specified key does not exist.",
            "missing",
        ),
        (404, "NoSuchBucket", "The bucket does not exist.", "missing"),
        (
            404,
            "NoSuchVersion",
            "The version does not exist.",
            "missing",
        ),
        (
            301,
            "PermanentRedirect",
            "Use another endpoint.",
            "other region",
        ),
        (
            400,
            "AuthorizationHeaderMalformed",
            "expecting 'eu-west-1'",
            "other region",
        ),
        (
            412,
            "PreconditionFailed",
            "A condition did not hold.",
            "retryable",
        ),
        (400, "RequestTimeout", "Idle.", "retryable"),
        (503, "SlowDown", "Reduce your request rate.", "retryable"),
        (500, "InternalError", "Try again.", "retryable"),
    ] {
        let error = read(s3_error(status, code, message), &FIRST_FOUR).await;
        let (seen, service_error) = match error {
            Err(ArtifactError::Denied(error)) => ("denied", Some(error)),
            Err(ArtifactError::NotFound(error)) => ("missing", Some(error)),
            Err(ArtifactError::Retryable(error)) => ("retryable", Some(error)),
            Err(ArtifactError::OtherRegion) => ("other region", None),
            Ok(piece) => panic!("{code}: {piece:?}"),
        };
        assert_eq!(seen, expected, "{status} {code}");
        if let Some(error) = service_error {
            assert_eq!(
                (error.code.as_str(), error.message.as_str()),
                (code, message)
            );
        }
    }
}

/// An empty object has no range.
#[tokio::test]
async fn an_empty_object_is_an_empty_part() {
    let reply = s3_error(
        416,
        "InvalidRange",
        "The requested range is not satisfiable",
    );
    let piece = read(reply, &ArtifactPart::Last(4)).await.unwrap();
    assert_eq!((piece.size, piece.bytes.len()), (0, 0));
}

#[tokio::test]
async fn an_incomplete_or_other_part_is_retried() {
    let truncated = Reply::Part {
        range: Some("bytes 0-3/10"),
        length: 4,
        body: "ab".into(),
    };
    let whole = Reply::Part {
        range: None,
        length: 10,
        body: "abcdefghij".into(),
    };
    let replies = [
        truncated,
        whole,
        part("bytes 0-3/10", "ab"),
        part("bytes 4-7/10", "efgh"),
        part("bytes 0-7/10", "abcdefgh"),
        part("bytes */10", "abcd"),
        Reply::Lost,
        Reply::new(503, ""),
    ];
    for reply in replies {
        let error = read(reply.clone(), &FIRST_FOUR).await;
        let Err(ArtifactError::Retryable(error)) = &error else {
            panic!("{reply:?}: {error:?}");
        };
        assert!(
            error.kind == ServiceErrorKind::NoReply || error.kind == ServiceErrorKind::Other,
            "{error}"
        );
    }
}

#[tokio::test]
async fn no_error_repeats_a_page_or_the_credentials() {
    let mut replies = unreadable();
    let echo = format!("The key ASIA{CANARY} with {CANARY}/session is not valid.");
    replies.push(s3_error(403, "InvalidAccessKeyId", &echo));
    for reply in replies {
        let error = read(reply.clone(), &FIRST_FOUR).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains(CANARY), "{reply:?}");
    }
}
