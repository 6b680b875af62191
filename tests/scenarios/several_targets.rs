//! Several distributions, distribution tenants and domain names in one action, with one outcome.

use std::time::Duration;

use harness::{DISTRIBUTION, Ending, Harness, TOPIC};
use local_aws::cloudfront::{Completion, ResourceId};
use local_aws::codepipeline::{FailureKind, Status};
use local_aws::{Fault, FaultKind, Service};

const OTHER: &str = "E3EXAMPLE2ABCD";
const TENANT: &str = "dt_1example";
const ALIAS: &str = "www.example.com";

/// A harness with a second distribution, which has a domain name, and a distribution tenant.
fn harness(settings: &[(&str, &str)]) -> Harness {
    let harness = Harness::new(settings);
    harness.aws().cloudfront().set_aliases(OTHER, &[ALIAS]);
    harness
        .aws()
        .cloudfront()
        .set_domains(TENANT, &["tenant.example.com"]);
    harness
}

fn parameters(rest: &str) -> String {
    format!(r#"{{{rest},"PipelineName":"example-pipeline","SnsTopicArn":"{TOPIC}"}}"#)
}

/// What was invalidated in which target, in the order of the parameters.
fn invalidated(ending: &Ending) -> Vec<(String, String)> {
    let mut all: Vec<_> = ending
        .invalidations
        .iter()
        .map(|one| {
            let (ResourceId::Distribution(resource_id) | ResourceId::Tenant(resource_id)) =
                &one.resource_id;
            (
                one.caller_reference.clone(),
                resource_id.clone(),
                one.paths.join(" "),
            )
        })
        .collect();
    all.sort();
    all.into_iter()
        .map(|(_, resource_id, paths)| (resource_id, paths))
        .collect()
}

fn failure(ending: &Ending) -> (FailureKind, &str) {
    match &ending.action.status {
        Status::Failed { kind, message } => (*kind, message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_array_of_distributions_has_the_same_paths() {
    let parameters = parameters(&format!(
        r#""DistributionId":["{DISTRIBUTION}","{OTHER}"],"Paths":["/a"]"#
    ));
    let ending = harness(&[]).play(&parameters).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(
        (ending.action.status.clone(), ending.action.job_count),
        (Status::Succeeded, 1)
    );
    let same = |resource_id: &str| (resource_id.to_owned(), "/a".to_owned());
    assert_eq!(invalidated(&ending), [same(DISTRIBUTION), same(OTHER)]);
    let variables = &ending.action.output_variables;
    assert_eq!(
        variables["DistributionId"],
        format!("{DISTRIBUTION},{OTHER}")
    );
    assert_eq!(
        (
            variables["Targets"].as_str(),
            variables["PathCount"].as_str()
        ),
        ("2", "2")
    );
    assert_eq!(ending.notifications.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn targets_of_every_kind_have_paths_of_their_own() {
    let parameters = parameters(&format!(
        r#""Targets":[{{"DistributionId":"{DISTRIBUTION}"}},{{"Alias":"{ALIAS}","Paths":["/a"]}},{{"DistributionTenantId":"{TENANT}","Paths":["/b","/c"]}}]"#
    ));
    for max_wait in ["0", "25"] {
        let ending = harness(&[("MAX_WAIT_SECONDS", max_wait)])
            .play(&parameters)
            .await;
        assert_eq!(ending.broken_invariants(), [""; 0]);
        assert_eq!(ending.action.status, Status::Succeeded);
        let of = |resource_id: &str, paths: &str| (resource_id.to_owned(), paths.to_owned());
        assert_eq!(
            invalidated(&ending),
            [of(DISTRIBUTION, "/*"), of(OTHER, "/a"), of(TENANT, "/b /c")]
        );
        let lookups = ending
            .made(Service::CloudFront, "ListDistributions")
            .count();
        assert_eq!(lookups, 1, "a domain name is resolved once");
        let body = &ending.notifications[0].message;
        assert!(
            body.contains(&format!("Distribution: {OTHER} ({ALIAS})\n")),
            "{body}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_domain_name_may_belong_to_a_tenant_or_be_unknown() {
    let target = |alias: &str| parameters(&format!(r#""Targets":[{{"Alias":"{alias}"}}]"#));
    let ending = harness(&[]).play(&target("tenant.example.com")).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(invalidated(&ending), [(TENANT.to_owned(), "/*".to_owned())]);

    let ending = harness(&[]).play(&target("nobody.example.com")).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    let (kind, message) = failure(&ending);
    assert_eq!(kind, FailureKind::ConfigurationError);
    assert!(
        message.contains("has the domain name nobody.example.com"),
        "{message}"
    );
}

/// Two names of one distribution are two targets, each with its own paths.
#[tokio::test(start_paused = true)]
async fn two_domain_names_may_lead_to_one_distribution() {
    let harness = harness(&[]);
    harness
        .aws()
        .cloudfront()
        .set_aliases(OTHER, &[ALIAS, "example.com"]);
    let parameters = parameters(&format!(
        r#""Targets":[{{"Alias":"{ALIAS}","Paths":["/a"]}},{{"Alias":"example.com","Paths":["/b"]}}]"#
    ));
    let ending = harness.play(&parameters).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    let of = |paths: &str| (OTHER.to_owned(), paths.to_owned());
    assert_eq!(invalidated(&ending), [of("/a"), of("/b")]);
}

/// If one target is rejected, the others are invalidated regardless.
#[tokio::test(start_paused = true)]
async fn one_rejection_fails_the_action_once_the_others_are_completed() {
    let parameters = parameters(&format!(
        r#""DistributionId":["E9UNKNOWN","{DISTRIBUTION}"]"#
    ));
    let ending = harness(&[]).play(&parameters).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(
        invalidated(&ending),
        [(DISTRIBUTION.to_owned(), "/*".to_owned())]
    );
    let (kind, message) = failure(&ending);
    assert_eq!(kind, FailureKind::ConfigurationError);
    assert!(message.starts_with("1 of 2 targets failed. "), "{message}");
    assert!(
        message.contains("Distribution E9UNKNOWN was not found"),
        "{message}"
    );
    assert!(
        message.contains("CloudFront completed invalidation"),
        "{message}"
    );
}

/// "A tenant-only distribution answers NoSuchDistribution": the message names the possible cause.
#[tokio::test(start_paused = true)]
async fn a_distribution_with_tenants_only_is_reported_as_such() {
    let ending = harness(&[])
        .play(&parameters(r#""DistributionId":"E9ONLYTENANTS""#))
        .await;
    let (_, message) = failure(&ending);
    assert!(message.contains("DistributionTenantId"), "{message}");
}

/// While one of several is slow, the others are not polled again.
#[tokio::test(start_paused = true)]
async fn a_slow_target_is_polled_and_the_others_are_not() {
    let harness = harness(&[("MAX_WAIT_SECONDS", "0")]);
    let parameters = parameters(&format!(r#""DistributionId":["{DISTRIBUTION}","{OTHER}"]"#));
    let cloudfront = harness.aws().cloudfront();
    let action = harness.begin(&parameters);
    let ending = harness
        .during(async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            let slow = &cloudfront.invalidations()[1].id;
            cloudfront.set_completion_of(slow, Completion::After(Duration::from_secs(200)));
            harness.settled(&[action]).await;
            harness.ending(&action)
        })
        .await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    let polls = |id: &str| {
        let polls = ending.made(Service::CloudFront, "GetInvalidation");
        polls.filter(|call| call.subject == id).count()
    };
    let [quick, slow] = [0, 1].map(|place| polls(&ending.invalidations[place].id));
    assert!(quick <= 2 && slow > 5, "{quick} and {slow} polls");
}

/// A process that crashes between two creations leaves a record from which the others are created, each once.
#[tokio::test(start_paused = true)]
async fn a_crash_between_two_creations_creates_none_twice() {
    for calls in 1..=8 {
        let harness = harness(&[]);
        harness.aws().inject(Fault {
            service: Some(Service::CloudFront),
            first: calls,
            count: 1,
            ..Fault::always(FaultKind::KillAfter)
        });
        let parameters = parameters(&format!(
            r#""Targets":[{{"Alias":"{ALIAS}"}},{{"DistributionId":"{DISTRIBUTION}"}},{{"DistributionTenantId":"{TENANT}"}}]"#
        ));
        let ending = harness.play(&parameters).await;
        assert_eq!(
            ending.broken_invariants(),
            [""; 0],
            "killed after call {calls}"
        );
        assert_eq!(
            ending.action.status,
            Status::Succeeded,
            "killed after call {calls}"
        );
        assert_eq!(ending.invalidations.len(), 3, "killed after call {calls}");
    }
}
