//! A distribution tenant: the same invalidations, by separate operations.

use std::time::Duration;

use aws_sdk_cloudfront::Client;
use local_aws::cloudfront::ResourceId;

use super::{batch, create, setup};
use crate::seen;

/// The results of creating, getting and listing invalidations of this tenant.
async fn of_tenant(client: &Client, tenant: &str, invalidation: &str) -> [String; 3] {
    let create = client
        .create_invalidation_for_distribution_tenant()
        .id(tenant)
        .invalidation_batch(batch("deploy-8", &["/*"]));
    let get = client
        .get_invalidation_for_distribution_tenant()
        .distribution_tenant_id(tenant)
        .id(invalidation);
    let list = client
        .list_invalidations_for_distribution_tenant()
        .id(tenant);
    [
        seen(&create.send().await),
        seen(&get.send().await),
        seen(&list.send().await),
    ]
}

/// The same by the operations of a distribution.
async fn of_distribution(client: &Client, distribution: &str, invalidation: &str) -> [String; 3] {
    let get = client
        .get_invalidation()
        .distribution_id(distribution)
        .id(invalidation);
    let list = client.list_invalidations().distribution_id(distribution);
    [
        seen(&create(client, distribution, "deploy-8", &["/*"]).await),
        seen(&get.send().await),
        seen(&list.send().await),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_tenant_has_separate_invalidations() {
    let (aws, client) = setup();
    aws.cloudfront().add_tenant("dt_1");
    let create = client
        .create_invalidation_for_distribution_tenant()
        .id("dt_1")
        .invalidation_batch(batch("deploy-7", &["/*", "/a"]));
    let created = create.clone().send().await.unwrap();
    let again = create.send().await.unwrap();
    assert_eq!(created.invalidation(), again.invalidation());
    let id = created.invalidation().unwrap().id();
    assert!(created.location().unwrap().ends_with(&format!(
        "/2020-05-31/distribution-tenant/dt_1/invalidation/{id}"
    )));

    tokio::time::sleep(Duration::from_secs(10)).await;
    let get = client
        .get_invalidation_for_distribution_tenant()
        .distribution_tenant_id("dt_1")
        .id(id);
    let got = get.send().await.unwrap();
    let invalidation = got.invalidation().unwrap();
    assert_eq!(invalidation.status(), "Completed");
    let batch = invalidation.invalidation_batch().unwrap();
    assert_eq!(batch.paths().unwrap().items(), ["/*", "/a"]);

    let list = client
        .list_invalidations_for_distribution_tenant()
        .id("dt_1");
    let page = list.send().await.unwrap();
    let listed = page.invalidation_list().unwrap().items();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].id(), listed[0].status()), (id, "Completed"));

    let resource_id = ResourceId::Tenant("dt_1".into());
    assert_eq!(aws.cloudfront().invalidations()[0].resource_id, resource_id);
}

#[tokio::test(start_paused = true)]
async fn the_operations_of_tenants_and_of_distributions_accept_only_their_own_ids() {
    let (aws, client) = setup();
    aws.cloudfront().add_tenant("dt_1");
    let created = create(&client, "E1", "deploy-7", &["/*"]).await.unwrap();
    let id = created.invalidation().unwrap().id();

    for unknown in ["dt_2", "E1"] {
        assert_eq!(
            of_tenant(&client, unknown, id).await,
            ["404 EntityNotFound"; 3]
        );
    }
    assert_eq!(
        of_distribution(&client, "dt_1", id).await,
        ["404 NoSuchDistribution"; 3]
    );
    assert_eq!(
        of_tenant(&client, "dt_1", id).await,
        ["ok", "404 NoSuchInvalidation", "ok"]
    );
    let calls = aws.calls();
    let observed = calls[calls.len() - 3..].iter();
    let observed: Vec<_> = observed
        .map(|call| (call.operation.as_str(), call.subject.as_str()))
        .collect();
    assert_eq!(
        observed,
        [
            ("CreateInvalidationForDistributionTenant", "dt_1"),
            ("GetInvalidationForDistributionTenant", id),
            ("ListInvalidationsForDistributionTenant", "dt_1"),
        ]
    );
}

/// IAM has an action for each of them: a role that may invalidate distributions may not yet invalidate tenants.
#[tokio::test(start_paused = true)]
async fn the_operations_of_tenants_are_allowed_by_themselves() {
    let (aws, client) = setup();
    aws.cloudfront().add_tenant("dt_1");
    let operations = ["CreateInvalidation", "GetInvalidation", "ListInvalidations"];
    for operation in operations {
        let of_tenants = format!("{operation}ForDistributionTenant");
        aws.cloudfront().deny(&of_tenants);
    }
    assert_eq!(
        of_tenant(&client, "dt_1", "I1").await,
        ["403 AccessDenied"; 3]
    );
    let allowed = ["ok", "404 NoSuchInvalidation", "ok"];
    assert_eq!(of_distribution(&client, "E1", "I1").await, allowed);

    for operation in operations {
        let of_tenants = format!("{operation}ForDistributionTenant");
        aws.cloudfront().allow(&of_tenants);
        aws.cloudfront().deny(operation);
    }
    assert_eq!(of_tenant(&client, "dt_1", "I1").await, allowed);
    assert_eq!(
        of_distribution(&client, "E1", "I1").await,
        ["403 AccessDenied"; 3]
    );
}
