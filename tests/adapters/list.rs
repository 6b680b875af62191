//! CloudFront's ListInvalidations, in which an invalidation is searched for when its id was lost.

use harness::recorded::{CLOUDFRONT, Reply, Wire};
use invalidation_core::input::identifiers::InvalidationId;
use invalidation_core::model::execution_record::{Listed, ServiceError, Status};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::ports::{InvalidationError, InvalidationService};

use crate::cloudfront::distribution;

/// An entry of the list; CloudFront returns neither reference nor paths in it.
fn summary(id: &str, created: &str) -> String {
    summary_at(id, created, "Completed")
}

fn summary_at(id: &str, created: &str, status: &str) -> String {
    format!(
        "<InvalidationSummary><Id>{id}</Id><CreateTime>{created}</CreateTime><Status>{status}</Status>\
         </InvalidationSummary>"
    )
}

/// A page of the list.
fn page(summaries: &[String]) -> Reply {
    Reply::ok(format!(
        "<?xml version=\"1.0\"?>\n<InvalidationList xmlns=\"{CLOUDFRONT}\"><Marker></Marker><MaxItems>100</MaxItems>\
         <IsTruncated>false</IsTruncated><Quantity>{}</Quantity><Items>{}</Items></InvalidationList>",
        summaries.len(),
        summaries.concat()
    ))
}

fn listed(id: &str, created_ms: u64) -> Listed {
    Listed {
        id: InvalidationId::parse(id).unwrap(),
        status: Status::Completed,
        created_at: Timestamp::from_millis(created_ms),
    }
}

async fn list(reply: Reply) -> Result<Vec<Listed>, InvalidationError> {
    Wire::replying([reply])
        .cloudfront()
        .list_invalidations(&distribution())
        .await
}

#[tokio::test]
async fn the_request() {
    let summaries = [
        summary("I2J0I21PCUYOIK", "2026-01-01T00:00:01.250Z"),
        summary("I3EXAMPLE", "2026-01-01T00:00:00Z"),
    ];
    let wire = Wire::replying([page(&summaries)]);
    let seen = wire.cloudfront().list_invalidations(&distribution()).await;
    let expected = [
        listed("I2J0I21PCUYOIK", 1_767_225_601_250),
        listed("I3EXAMPLE", 1_767_225_600_000),
    ];
    assert_eq!(seen, Ok(expected.to_vec()));
    insta::assert_snapshot!(wire.only(), @r"
    GET https://cloudfront.amazonaws.com/2020-05-31/distribution/E2EXAMPLE1ABCD/invalidation?MaxItems=100
    signed for us-east-1/cloudfront
    ");
}

#[tokio::test]
async fn a_distribution_without_invalidations_has_an_empty_list() {
    assert_eq!(list(page(&[])).await, Ok(vec![]));
}

/// As with a single invalidation, any status other than `Completed` is not finished.
#[tokio::test]
async fn only_completed_is_completed() {
    for (word, status) in [
        ("Completed", Status::Completed),
        ("InProgress", Status::InProgress),
        ("completed", Status::InProgress),
        ("", Status::InProgress),
    ] {
        let expected = Listed {
            status,
            ..listed("I3EXAMPLE", 1_767_225_600_000)
        };
        let one = summary_at("I3EXAMPLE", "2026-01-01T00:00:00Z", word);
        assert_eq!(list(page(&[one])).await, Ok(vec![expected]), "{word}");
    }
}

/// An entry that cannot be compared is skipped, and does not prevent the comparison of others.
#[tokio::test]
async fn an_entry_without_a_readable_id_or_time_is_left_out() {
    let summaries = [
        summary("../CANARY", "2026-01-01T00:00:00Z"),
        summary("I1BEFORE1970", "1969-12-31T23:59:59Z"),
        summary("I3EXAMPLE", "2026-01-01T00:00:00Z"),
    ];
    let expected = listed("I3EXAMPLE", 1_767_225_600_000);
    assert_eq!(list(page(&summaries)).await, Ok(vec![expected]));
}

/// A missing list is not an empty list: the search would end without a match.
#[tokio::test]
async fn a_reply_without_a_list_is_retryable() {
    for body in ["", "<Invalidation></Invalidation>", "<html></html>"] {
        let Err(InvalidationError::Retryable(ServiceError { code, .. })) =
            list(Reply::ok(body)).await
        else {
            panic!("{body:?} was read as a list")
        };
        assert_eq!(code, "NoReply", "{body:?}");
    }
}
