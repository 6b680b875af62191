//! CloudFront: REST-XML.

use invalidation_core::input::identifiers::{Account, DistributionId, InvalidationId};

use harness::recorded::{CANARY, CLOUDFRONT, Reply, Wire, unreadable, xml_error};
use invalidation_core::input::paths::InvalidationPath;
use invalidation_core::model::execution_record::{Found, Listed, Reason, Resource, Status, Target};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::ports::{InvalidationError, InvalidationService};

use crate::service_error;

pub(crate) const ID: &str = "I2J0I21PCUYOIK";

type Created = Result<(InvalidationId, Status), InvalidationError>;

pub(crate) fn distribution() -> Resource {
    Resource::Distribution(DistributionId::try_from("E2EXAMPLE1ABCD".to_owned()).unwrap())
}

pub(crate) fn id() -> InvalidationId {
    InvalidationId::parse(ID).unwrap()
}

pub(crate) fn target() -> Target {
    let paths = ["/index.html", "/search?q=a&b=c", "/caf%C3%A9/*"];
    let paths = paths.map(|path| InvalidationPath::parse(path).unwrap());
    let reference = "11111111-abcd-1111-abcd-111111abcdef".to_owned();
    Target {
        create_attempts: 1,
        ..Target::new(
            distribution(),
            paths.to_vec(),
            reference,
            Timestamp::from_millis(0),
        )
    }
}

async fn create(reply: Reply) -> Created {
    Wire::replying([reply])
        .cloudfront()
        .create_invalidation(&target())
        .await
}

async fn get(reply: Reply) -> Result<Found, InvalidationError> {
    Wire::replying([reply])
        .cloudfront()
        .get_invalidation(&distribution(), &id())
        .await
}

async fn list(reply: Reply) -> Result<Vec<Listed>, InvalidationError> {
    Wire::replying([reply])
        .cloudfront()
        .list_invalidations(&distribution())
        .await
}

/// The result of [`invalidation`] at this status.
fn found(status: Status) -> Found {
    Found {
        status,
        caller_reference: "codepipeline-1".into(),
        paths: vec!["/index.html".into()],
    }
}

pub(crate) fn invalidation(id: &str, status: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<Invalidation xmlns=\"{CLOUDFRONT}\"><Id>{id}</Id>\
         <Status>{status}</Status><CreateTime>2026-01-01T00:00:00.000Z</CreateTime><InvalidationBatch><Paths>\
         <Quantity>1</Quantity><Items><Path>/index.html</Path></Items></Paths><CallerReference>codepipeline-1</CallerReference>\
         </InvalidationBatch></Invalidation>"
    )
}

#[tokio::test]
async fn the_request() {
    let wire = Wire::replying([Reply::new(201, invalidation(ID, "InProgress"))]);
    let created = wire.cloudfront().create_invalidation(&target()).await;
    assert_eq!(created, Ok((id(), Status::InProgress)));
    insta::assert_snapshot!(wire.only(), @r#"
    POST https://cloudfront.amazonaws.com/2020-05-31/distribution/E2EXAMPLE1ABCD/invalidation
    signed for us-east-1/cloudfront
    <InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">
    <Paths>
    <Quantity>3</Quantity>
    <Items>
    <Path>/index.html</Path>
    <Path>/search?q=a&amp;b=c</Path>
    <Path>/caf%C3%A9/*</Path>
    </Items>
    </Paths>
    <CallerReference>11111111-abcd-1111-abcd-111111abcdef</CallerReference>
    </InvalidationBatch>
    "#);

    let wire = Wire::replying([Reply::ok(invalidation(ID, "Completed"))]);
    let seen = wire
        .cloudfront()
        .get_invalidation(&distribution(), &id())
        .await;
    assert_eq!(seen, Ok(found(Status::Completed)));
    insta::assert_snapshot!(wire.only(), @r"
    GET https://cloudfront.amazonaws.com/2020-05-31/distribution/E2EXAMPLE1ABCD/invalidation/I2J0I21PCUYOIK
    signed for us-east-1/cloudfront
    ");
}

/// The status of an invalidation is read with the same call, and is CloudFront's current status for any stored one.
#[tokio::test]
async fn its_status_is_polled_each_time() {
    let wire = Wire::replying([Reply::ok(invalidation(ID, "Completed"))]);
    let since = Timestamp::from_millis(0);
    let seen = wire
        .cloudfront()
        .status(&distribution(), &id(), since)
        .await;
    assert_eq!(seen, Ok(Status::Completed));
    let line = "GET https://cloudfront.amazonaws.com/2020-05-31/distribution/E2EXAMPLE1ABCD/invalidation/I2J0I21PCUYOIK";
    assert!(wire.only().to_string().starts_with(line));
}

/// "The status of the invalidation request. When the invalidation batch is finished, the status is `Completed`."
#[tokio::test]
async fn only_completed_is_completed() {
    for (word, status) in [
        ("Completed", Status::Completed),
        ("InProgress", Status::InProgress),
        ("Deployed", Status::InProgress),
        ("", Status::InProgress),
    ] {
        assert_eq!(
            get(Reply::ok(invalidation(ID, word))).await,
            Ok(found(status)),
            "{word}"
        );
        // With the same reference, CloudFront "returns information about the invalidation request that you previously
        // created", which may have completed long ago.
        assert_eq!(
            create(Reply::new(201, invalidation(ID, word))).await,
            Ok((id(), status)),
            "{word}"
        );
    }
}

/// The meaning of a code and a message.
type Meaning = fn(&str, &str) -> InvalidationError;

fn retry_later(code: &str, message: &str) -> InvalidationError {
    InvalidationError::Retryable(service_error(code, message))
}

fn rejected(code: &str, message: &str) -> InvalidationError {
    InvalidationError::Rejected(Reason::BatchRejected(service_error(code, message)))
}

fn no_distribution(_: &str, _: &str) -> InvalidationError {
    InvalidationError::Rejected(Reason::NoSuchDistribution)
}

fn taken(_: &str, _: &str) -> InvalidationError {
    InvalidationError::CallerReferenceConflict
}

#[tokio::test]
async fn each_rejection_has_a_meaning() {
    let reused = "Your request contains a caller reference that was used for a previous invalidation batch for the same distribution.";
    let bad_path = "Your request contains one or more invalid invalidation paths.";
    // The modelled errors first, then those that users have reported.
    let errors: [(u16, &str, &str, Meaning); 15] = [
        (
            404,
            "NoSuchDistribution",
            "The specified distribution does not exist.",
            no_distribution,
        ),
        (
            404,
            "NoSuchInvalidation",
            "The specified invalidation does not exist.",
            retry_later,
        ),
        (400, "TooManyInvalidationsInProgress", "", retry_later),
        (400, "MissingBody", "", rejected),
        (400, "InconsistentQuantities", "", rejected),
        (413, "BatchTooLarge", "", rejected),
        (400, "InvalidArgument", bad_path, rejected),
        (400, "InvalidArgument", reused, taken),
        (400, "InvalidationBatchAlreadyExists", "", taken),
        (400, "Throttling", "Rate exceeded", retry_later),
        (
            503,
            "ServiceUnavailable",
            "CloudFront encountered an internal error. Please try again.",
            retry_later,
        ),
        (500, "InternalFailure", "", retry_later),
        (
            403,
            "ExpiredToken",
            "The security token included in the request is expired",
            retry_later,
        ),
        (
            403,
            "SignatureDoesNotMatch",
            "Signature expired",
            retry_later,
        ),
        (400, "SomethingNew", "an unknown error", retry_later),
    ];
    for (status, code, message, meaning) in errors {
        let expected = meaning(code, message);
        let reply = xml_error(CLOUDFRONT, status, code, message);
        assert_eq!(create(reply.clone()).await, Err(expected.clone()), "{code}");
        // A status check sends no batch, so an error about the batch is no reason to abandon an existing
        // invalidation.
        let is_about_the_batch = matches!(
            expected,
            InvalidationError::Rejected(Reason::BatchRejected(_))
                | InvalidationError::CallerReferenceConflict
        );
        let expected = if is_about_the_batch {
            retry_later(code, message)
        } else {
            expected
        };
        assert_eq!(get(reply.clone()).await, Err(expected.clone()), "{code}");
        assert_eq!(list(reply).await, Err(expected), "{code}");
    }
}

/// An error without an account number leaves the partition of the region.
#[tokio::test]
async fn a_denial_without_an_account_has_the_partition_of_the_region() {
    for region in ["cn-north-1", "us-gov-west-1", "eu-west-1"] {
        let wire = Wire::replying([xml_error(CLOUDFRONT, 403, "AccessDenied", "no")]);
        let sdk = wire
            .sdk()
            .into_builder()
            .region(aws_config::Region::new(region))
            .build();
        let client = aws_sdk_cloudfront::Client::new(&sdk);
        let denied = invalidation_aws::CloudFront::new(client)
            .list_invalidations(&target().resource)
            .await;
        let Err(InvalidationError::Rejected(Reason::AccessDenied { account, .. })) = denied else {
            panic!("{denied:?}");
        };
        assert_eq!(account, Account::in_region(region));
    }
}

/// The message names the action that the role lacks.
#[tokio::test]
async fn a_denial_names_the_action() {
    let denied = |action: &str| {
        InvalidationError::Rejected(Reason::AccessDenied {
            action: action.to_owned(),
            account: Account::named_in("arn:aws:sts::111111111111:assumed-role/start").unwrap(),
        })
    };
    let reply = xml_error(
        CLOUDFRONT,
        403,
        "AccessDenied",
        "User: arn:aws:sts::111111111111:assumed-role/start is not authorized",
    );
    assert_eq!(
        create(reply.clone()).await,
        Err(denied("cloudfront:CreateInvalidation"))
    );
    assert_eq!(
        get(reply.clone()).await,
        Err(denied("cloudfront:GetInvalidation"))
    );
    assert_eq!(
        list(reply).await,
        Err(denied("cloudfront:ListInvalidations"))
    );
}

/// An unreadable reply says nothing about the invalidation, so it is polled again.
#[tokio::test]
async fn an_unreadable_reply_is_retryable() {
    let mut replies = unreadable();
    replies.push(Reply::new(201, ""));
    replies.push(Reply::ok(invalidation("CANARY-lower", "Completed")));
    replies.push(Reply::ok("<Invalidation></Invalidation>"));
    for reply in replies {
        let case = format!("{reply:?}");
        let (created, seen, listed) = (
            create(reply.clone()).await.unwrap_err(),
            get(reply.clone()).await.unwrap_err(),
            list(reply).await.unwrap_err(),
        );
        for error in [created, seen, listed] {
            assert!(
                !format!("{error} {error:?}").contains(CANARY),
                "{case}: {error}"
            );
            assert!(
                matches!(error, InvalidationError::Retryable(service_error) if service_error.code == "NoReply"),
                "{case}"
            );
        }
    }
}

#[tokio::test]
async fn a_reply_about_another_invalidation_is_ignored() {
    let seen = get(Reply::ok(invalidation("IANOTHER", "Completed"))).await;
    let expected = service_error("NoReply", "the reply is about another invalidation");
    assert_eq!(seen, Err(InvalidationError::Retryable(expected)));
}
