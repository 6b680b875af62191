//! The distributions and tenants, and the domain names by which they are found.

use aws_sdk_cloudfront::types::{
    ConnectionMode, DomainStatus, GeoRestrictionType, HttpVersion, PriceClass,
};
use local_aws::{Call, Fault, FaultKind, Outcome, Service};

use super::setup;
use crate::seen;

/// Operation, subject and detail of each call.
fn observed(calls: &[Call]) -> Vec<[&str; 3]> {
    let words = calls
        .iter()
        .map(|call| [&call.operation, &call.subject, &call.detail]);
    words.map(|words| words.map(String::as_str)).collect()
}

#[tokio::test(start_paused = true)]
async fn distributions_are_listed_in_pages_of_a_hundred_with_their_aliases() {
    let (aws, client) = setup();
    let console = aws.cloudfront();
    (0..99).for_each(|number| console.add_distribution(&format!("E0{number:02}")));
    let whole = client.list_distributions().send().await.unwrap();
    let whole = whole.distribution_list().unwrap();
    assert_eq!((whole.items().len(), whole.is_truncated()), (100, false));

    console.set_aliases("E099", &["www.example.com", "old.example.com"]);
    console.set_aliases("E1", &["*.example.org", "old.example.com"]);
    console.add_tenant("dt_1");
    let ask = client.list_distributions();
    let first = ask.clone().max_items(1_000).send().await.unwrap();
    let first = first.distribution_list().unwrap();
    assert_eq!((first.items().len(), first.max_items()), (100, 100));
    assert_eq!((first.is_truncated(), first.quantity()), (true, 101));
    assert_eq!(first.items()[0].aliases().unwrap().quantity(), 0);
    let last = first.items().last().unwrap();
    assert_eq!(first.next_marker(), Some(last.id()));
    assert_eq!(last.id(), "E099");
    assert_eq!(last.aliases().unwrap().items(), ["www.example.com"]);

    let second = ask.marker("E099").send().await.unwrap();
    let second = second.distribution_list().unwrap();
    assert_eq!((second.is_truncated(), second.next_marker()), (false, None));
    assert_eq!((second.marker(), second.items().len()), ("E099", 1));
    let aliases = second.items()[0].aliases().unwrap();
    assert_eq!(aliases.items(), ["*.example.org", "old.example.com"]);
    assert_eq!(aliases.quantity(), 2);

    let operation = "ListDistributions";
    let calls_of_pages = [
        [operation, "all", "100 of 100 listed"],
        [operation, "all", "100 of 101 listed"],
        [operation, "E099", "1 of 101 listed"],
    ];
    assert_eq!(observed(&aws.calls()), calls_of_pages);
}

#[tokio::test(start_paused = true)]
async fn a_summary_has_all_required_fields() {
    let (_aws, client) = setup();
    let listed = client.list_distributions().send().await.unwrap();
    let list = listed.distribution_list().unwrap();
    let summary = &list.items()[0];
    let arn = "arn:aws:cloudfront::111122223333:distribution/E1";
    assert_eq!([summary.id(), summary.arn()], ["E1", arn]);
    assert_eq!(summary.status(), "Deployed");
    assert_eq!(summary.last_modified_time().secs(), 1_767_225_600);
    let name = summary.domain_name().strip_suffix(".cloudfront.net");
    assert_eq!(name.map(str::len), Some(14), "{}", summary.domain_name());

    // The SDK replaces missing values by defaults.
    let origin = &summary.origins().unwrap().items()[0];
    let behaviour = summary.default_cache_behavior().unwrap();
    assert_eq!(behaviour.target_origin_id(), origin.id());
    assert_eq!(summary.price_class(), &PriceClass::PriceClassAll);
    assert_eq!(summary.http_version(), &HttpVersion::Http2);
    assert!(summary.enabled() && summary.is_ipv6_enabled() && !summary.staging());
    let restrictions = summary.restrictions().unwrap().geo_restriction().unwrap();
    assert_eq!(restrictions.restriction_type(), &GeoRestrictionType::None);
    let certificate = summary.viewer_certificate().unwrap();
    assert_eq!(certificate.cloud_front_default_certificate(), Some(true));
    assert_eq!(summary.connection_mode(), Some(&ConnectionMode::Direct));
}

#[tokio::test(start_paused = true)]
async fn a_tenant_is_found_by_each_of_its_domains() {
    let (aws, client) = setup();
    aws.cloudfront().set_aliases("E1", &["www.example.com"]);
    aws.cloudfront()
        .set_domains("dt_1", &["a.example.com", "b.example.com"]);
    aws.cloudfront().set_domains("dt_2", &["c.example.com"]);
    let find = |domain: &str| client.get_distribution_tenant_by_domain().domain(domain);
    let found = find("b.example.com").send().await.unwrap();
    assert!(found.e_tag().unwrap().starts_with('E'));
    let tenant = found.distribution_tenant().unwrap();
    let arn = "arn:aws:cloudfront::111122223333:distribution-tenant/dt_1";
    assert_eq!((tenant.id(), tenant.arn()), (Some("dt_1"), Some(arn)));
    assert_eq!(tenant.status(), Some("Deployed"));
    let domains = tenant.domains().iter();
    let domains: Vec<_> = domains
        .map(|result| (result.domain(), result.status().unwrap()))
        .collect();
    let active = &DomainStatus::Active;
    assert_eq!(
        domains,
        [("a.example.com", active), ("b.example.com", active)]
    );

    for unknown in ["www.example.com", "d.example.com", "example.com"] {
        let rejected = find(unknown).send().await;
        assert_eq!(seen(&rejected), "404 EntityNotFound", "{unknown}");
        assert!(
            rejected
                .unwrap_err()
                .into_service_error()
                .is_entity_not_found()
        );
    }
    let operation = "GetDistributionTenantByDomain";
    assert_eq!(
        observed(&aws.calls())[..2],
        [
            [operation, "b.example.com", "dt_1"],
            [
                operation,
                "www.example.com",
                "The specified distribution tenant does not exist."
            ],
        ]
    );

    aws.cloudfront().set_domains("dt_2", &["a.example.com"]);
    let moved = find("a.example.com").send().await.unwrap();
    assert_eq!(moved.distribution_tenant().unwrap().id(), Some("dt_2"));
}

#[tokio::test(start_paused = true)]
async fn denials_and_faults_apply_to_a_search() {
    let (aws, client) = setup();
    aws.cloudfront().set_domains("dt_1", &["a.example.com"]);
    let list = client.list_distributions();
    let find = client
        .get_distribution_tenant_by_domain()
        .domain("a.example.com");
    let denied = "403 AccessDenied";

    aws.cloudfront().deny("ListDistributions");
    assert_eq!(seen(&list.clone().send().await), denied);
    assert_eq!(seen(&find.clone().send().await), "ok");
    aws.cloudfront().allow("ListDistributions");
    aws.cloudfront().deny("GetDistributionTenantByDomain");
    assert_eq!(seen(&list.clone().send().await), "ok");
    assert_eq!(seen(&find.clone().send().await), denied);
    aws.cloudfront().allow("GetDistributionTenantByDomain");

    for operation in ["ListDistributions", "GetDistributionTenantByDomain"] {
        let fault = Fault::once(Service::CloudFront, operation, FaultKind::Unavailable);
        aws.inject(fault);
    }
    for expected in ["503 ServiceUnavailable", "ok"] {
        assert_eq!(seen(&list.clone().send().await), expected);
        assert_eq!(seen(&find.clone().send().await), expected);
    }
    let outcome = Outcome::Rejected {
        status: 403,
        code: "AccessDenied".into(),
    };
    let calls = aws.calls();
    assert_eq!([&calls[0].outcome, &calls[3].outcome], [&outcome; 2]);
    assert!(
        calls[0]
            .detail
            .ends_with("perform: cloudfront:ListDistributions")
    );
}

#[tokio::test(start_paused = true)]
async fn an_invalid_page_is_an_invalid_argument() {
    let (_aws, client) = setup();
    let list = client.list_distributions();
    for wrong in [
        list.clone().marker("E404"),
        list.clone().max_items(0),
        list.max_items(-1),
    ] {
        assert_eq!(seen(&wrong.send().await), "400 InvalidArgument");
    }
}
