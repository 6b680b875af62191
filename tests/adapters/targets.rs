//! CloudFront's other targets: distribution tenants, domain names, and a batch that is rejected before any effect.

use harness::recorded::{CLOUDFRONT, Reply, Wire, xml_error};
use invalidation_core::input::identifiers::{Account, Alias, DistributionId, DistributionTenantId};
use invalidation_core::model::execution_record::{Reason, Resource, Status, Target};
use invalidation_runtime::ports::{InvalidationError, InvalidationService};

use crate::cloudfront::{ID, id, invalidation, target};
use crate::service_error;

fn tenant() -> Resource {
    Resource::Tenant(DistributionTenantId::parse("dt_1example").unwrap())
}

fn of_tenant() -> Target {
    Target {
        resource: tenant(),
        ..target()
    }
}

fn denied(action: &str) -> InvalidationError {
    InvalidationError::Rejected(Reason::AccessDenied {
        action: action.to_owned(),
        account: Account::default(),
    })
}

fn error(status: u16, code: &str) -> Reply {
    xml_error(CLOUDFRONT, status, code, "")
}

/// The request without its body.
fn line(wire: &Wire) -> String {
    wire.only().to_string().lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn a_tenant_has_operations_of_its_own() {
    let wire = Wire::replying([Reply::new(201, invalidation(ID, "InProgress"))]);
    let created = wire.cloudfront().create_invalidation(&of_tenant()).await;
    assert_eq!(created, Ok((id(), Status::InProgress)));
    let root =
        "https://cloudfront.amazonaws.com/2020-05-31/distribution-tenant/dt_1example/invalidation";
    assert_eq!(line(&wire), format!("POST {root}"));

    let wire = Wire::replying([Reply::ok(invalidation(ID, "Completed"))]);
    let seen = wire.cloudfront().get_invalidation(&tenant(), &id()).await;
    assert_eq!(seen.unwrap().status, Status::Completed);
    assert_eq!(line(&wire), format!("GET {root}/{ID}"));

    let wire = Wire::replying([empty_list()]);
    assert_eq!(
        wire.cloudfront().list_invalidations(&tenant()).await,
        Ok(vec![])
    );
    assert_eq!(line(&wire), format!("GET {root}?MaxItems=100"));
}

#[tokio::test]
async fn a_rejection_for_a_tenant_names_the_tenant() {
    let cloudfront = |reply| Wire::replying([reply]).cloudfront();
    let missing = cloudfront(error(404, "EntityNotFound"));
    let rejected = InvalidationError::Rejected(Reason::NoSuchDistributionTenant);
    assert_eq!(
        missing.create_invalidation(&of_tenant()).await,
        Err(rejected)
    );
    let forbidden = || cloudfront(error(403, "AccessDenied"));
    assert_eq!(
        forbidden().create_invalidation(&of_tenant()).await,
        Err(denied("cloudfront:CreateInvalidationForDistributionTenant"))
    );
    assert_eq!(
        forbidden().get_invalidation(&tenant(), &id()).await,
        Err(denied("cloudfront:GetInvalidationForDistributionTenant"))
    );
    assert_eq!(
        forbidden().list_invalidations(&tenant()).await,
        Err(denied("cloudfront:ListInvalidationsForDistributionTenant"))
    );
}

fn empty_list() -> Reply {
    Reply::ok(format!(
        "<InvalidationList xmlns=\"{CLOUDFRONT}\"><Marker></Marker><MaxItems>100</MaxItems><IsTruncated>false</IsTruncated>\
         <Quantity>0</Quantity></InvalidationList>"
    ))
}

/// "InconsistentQuantities: The value of Quantity and the size of Items don't match."
#[tokio::test]
async fn a_probe_creates_nothing() {
    let probe = async |replies: [Reply; 2]| {
        let cloudfront = Wire::replying(replies).cloudfront();
        cloudfront.probe_invalidation(&target()).await
    };
    let wire = Wire::replying([empty_list(), error(400, "InconsistentQuantities")]);
    assert_eq!(
        wire.cloudfront().probe_invalidation(&target()).await,
        Ok(())
    );
    let sent = wire.sent()[1].to_string();
    assert!(
        sent.contains("<Quantity>1</Quantity>") && !sent.contains("<Items>"),
        "{sent}"
    );

    assert_eq!(
        probe([empty_list(), error(400, "InvalidArgument")]).await,
        Ok(())
    );
    let rejected = InvalidationError::Rejected(Reason::NoSuchDistribution);
    let missing = error(404, "NoSuchDistribution");
    assert_eq!(probe([missing, empty_list()]).await, Err(rejected));
    for (replies, action) in [
        (
            [empty_list(), error(403, "AccessDenied")],
            "cloudfront:CreateInvalidation",
        ),
        (
            [error(403, "AccessDenied"), empty_list()],
            "cloudfront:ListInvalidations",
        ),
    ] {
        assert_eq!(probe(replies).await, Err(denied(action)));
    }
    let throttled = InvalidationError::Retryable(service_error("Throttling", ""));
    assert_eq!(
        probe([empty_list(), error(400, "Throttling")]).await,
        Err(throttled)
    );
    let taken = probe([
        empty_list(),
        Reply::new(201, invalidation(ID, "InProgress")),
    ])
    .await;
    assert!(
        matches!(taken, Err(InvalidationError::Retryable(_))),
        "{taken:?}"
    );
}

fn alias() -> Alias {
    Alias::parse("www.example.com").unwrap()
}

/// A page of distributions, each with its id and a domain name.
fn distributions(of: &[(&str, &str)], next: Option<&str>) -> Reply {
    let summary = |(id, name): &(&str, &str)| {
        format!(
            "<DistributionSummary><Id>{id}</Id><ARN>a</ARN><Status>Deployed</Status><LastModifiedTime>2026-01-01T00:00:00Z\
             </LastModifiedTime><DomainName>{id}.cloudfront.net</DomainName><Aliases><Quantity>1</Quantity><Items><CNAME>{name}\
             </CNAME></Items></Aliases><Origins><Quantity>0</Quantity><Items></Items></Origins><DefaultCacheBehavior>\
             <TargetOriginId>o</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy></DefaultCacheBehavior>\
             <CacheBehaviors><Quantity>0</Quantity></CacheBehaviors><CustomErrorResponses><Quantity>0</Quantity>\
             </CustomErrorResponses><Comment></Comment><PriceClass>PriceClass_All</PriceClass><Enabled>true</Enabled>\
             <ViewerCertificate></ViewerCertificate><Restrictions><GeoRestriction><RestrictionType>none</RestrictionType>\
             <Quantity>0</Quantity></GeoRestriction></Restrictions><WebACLId></WebACLId><HttpVersion>http2</HttpVersion>\
             <IsIPV6Enabled>true</IsIPV6Enabled><Staging>false</Staging></DistributionSummary>"
        )
    };
    let marker = next.map(|next| format!("<NextMarker>{next}</NextMarker>"));
    Reply::ok(format!(
        "<DistributionList xmlns=\"{CLOUDFRONT}\"><Marker></Marker>{}<MaxItems>100</MaxItems><IsTruncated>{}</IsTruncated>\
         <Quantity>{}</Quantity><Items>{}</Items></DistributionList>",
        marker.unwrap_or_default(),
        next.is_some(),
        of.len(),
        of.iter().map(summary).collect::<String>()
    ))
}

#[tokio::test]
async fn a_domain_name_is_searched_page_by_page_and_then_among_the_tenants() {
    let first = || distributions(&[("E1", "a.example.com")], Some("E1"));
    let wire = Wire::replying([first(), distributions(&[("E2", "WWW.example.com")], None)]);
    let distribution = Resource::Distribution(DistributionId::parse("E2").unwrap());
    assert_eq!(
        wire.cloudfront().resolve_alias(&alias()).await,
        Ok(distribution)
    );
    let second = wire.sent()[1].to_string();
    assert!(
        second.contains("/2020-05-31/distribution?Marker=E1"),
        "{second}"
    );

    let found = format!(
        "<DistributionTenant xmlns=\"{CLOUDFRONT}\"><Id>dt_1example</Id></DistributionTenant>"
    );
    let wire = Wire::replying([distributions(&[], None), Reply::ok(found)]);
    assert_eq!(
        wire.cloudfront().resolve_alias(&alias()).await,
        Ok(tenant())
    );
    let second = wire.sent()[1].to_string();
    assert!(
        second.contains("/distribution-tenant?domain=www.example.com"),
        "{second}"
    );
}

#[tokio::test]
async fn the_name_of_a_tenant_precedes_a_wildcard_and_cloudfronts_own_name_is_exact() {
    let all = || {
        distributions(
            &[("E1", "*.example.com"), ("E2", "www.example.org")],
            Some("E2"),
        )
    };
    let last = || distributions(&[], None);
    let unknown = || error(404, "EntityNotFound");
    let tenant_found = Reply::ok(format!(
        "<DistributionTenant xmlns=\"{CLOUDFRONT}\"><Id>dt_1example</Id></DistributionTenant>"
    ));
    let distribution = |id| Ok(Resource::Distribution(DistributionId::parse(id).unwrap()));
    let similar = Alias::parse("www.example.org");
    let similar = Err(InvalidationError::Rejected(Reason::NoSuchAlias(similar)));
    for (name, replies, expected) in [
        (
            "www.example.com",
            vec![all(), last(), tenant_found],
            Ok(tenant()),
        ),
        (
            "www.example.com",
            vec![all(), last(), unknown()],
            distribution("E1"),
        ),
        ("e2.cloudfront.net", vec![all()], distribution("E2")),
        ("example.org", vec![all(), last(), unknown()], similar),
    ] {
        let wire = Wire::replying(replies);
        let alias = Alias::parse(name).unwrap();
        assert_eq!(wire.cloudfront().resolve_alias(&alias).await, expected);
    }
}

#[tokio::test]
async fn an_unknown_domain_name_differs_from_one_that_could_not_be_resolved_yet() {
    let resolve = async |replies: [Reply; 2]| {
        Wire::replying(replies)
            .cloudfront()
            .resolve_alias(&alias())
            .await
    };
    let empty = || distributions(&[], None);
    let rejected = InvalidationError::Rejected(Reason::NoSuchAlias(None));
    assert_eq!(
        resolve([empty(), error(404, "EntityNotFound")]).await,
        Err(rejected)
    );
    assert_eq!(
        resolve([empty(), error(403, "AccessDenied")]).await,
        Err(denied("cloudfront:GetDistributionTenantByDomain"))
    );
    assert_eq!(
        resolve([error(403, "AccessDenied"), empty()]).await,
        Err(denied("cloudfront:ListDistributions"))
    );
    let unreadable = distributions(&[("../E1", "www.example.com")], None);
    let observed = resolve([unreadable, empty()]).await;
    assert!(
        matches!(observed, Err(InvalidationError::Retryable(_))),
        "{observed:?}"
    );
}
