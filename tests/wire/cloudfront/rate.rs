//! CloudFront's request rate.

use std::time::Duration;

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::error::ProvideErrorMetadata;
use local_aws::Outcome;

use super::{create, setup};
use crate::seen;

const THROTTLED: &str = "400 Throttling";

#[tokio::test(start_paused = true)]
async fn a_burst_beyond_the_rate_is_throttled_until_tokens_refill() {
    let (aws, client) = setup();
    let list = client.list_distributions();
    for _ in 0..20 {
        assert_eq!(seen(&list.clone().send().await), "ok");
    }

    aws.cloudfront().set_rate(5, 2);
    aws.cloudfront().deny("GetDistributionTenantByDomain");
    let find = client
        .get_distribution_tenant_by_domain()
        .domain("a.example.com");
    let spent = [
        seen(&create(&client, "E1", "one", &["/"]).await),
        seen(&create(&client, "E404", "one", &["/"]).await),
        seen(&find.send().await),
        seen(&list.clone().send().await),
        seen(&list.clone().send().await),
    ];
    let rejected = ["404 NoSuchDistribution", "403 AccessDenied"];
    assert_eq!(spent, ["ok", rejected[0], rejected[1], "ok", "ok"]);
    let sixth = create(&client, "E1", "six", &["/"]).await;
    assert_eq!(seen(&sixth), THROTTLED);
    assert_eq!(sixth.unwrap_err().message(), Some("Rate exceeded"));
    assert_eq!(aws.cloudfront().invalidations().len(), 1);

    let after = async |ms| {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        seen(&list.clone().send().await)
    };
    assert_eq!(after(499).await, THROTTLED);
    assert_eq!(after(1).await, "ok", "a rejection costs no token");
    assert_eq!(after(0).await, THROTTLED);
    assert_eq!(after(3_600_000).await, "ok");
    for _ in 0..4 {
        assert_eq!(after(0).await, "ok");
    }
    assert_eq!(after(0).await, THROTTLED, "the bucket holds one burst");

    assert_eq!(aws.cloudfront().throttled(), 4);
    let outcome = Outcome::Rejected {
        status: 400,
        code: "Throttling".into(),
    };
    let calls = aws.calls();
    let journaled = calls.iter().filter(|call| call.outcome == outcome);
    assert_eq!(journaled.count(), 4);
}

/// The rate applies to the account: the calls of one function reduce the tokens of the other.
#[tokio::test(start_paused = true)]
async fn all_callers_share_one_rate() {
    let (aws, client) = setup();
    let other = Client::new(&aws.sdk_config("other"));
    aws.cloudfront().set_rate(1, 1);
    assert_eq!(seen(&other.list_distributions().send().await), "ok");
    assert_eq!(seen(&client.list_distributions().send().await), THROTTLED);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(seen(&client.list_distributions().send().await), "ok");
}
