//! Finds the distribution or distribution tenant of a domain name.
//!
//! CloudFront has no operation that finds a distribution by a domain name, so its list is read page by page. A
//! distribution tenant can be requested by its domain.

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{Aliases, DistributionList, DistributionSummary};
use tokio::time::timeout;

use super::meaning::{Failed, Fault, denied, retry_later};
use super::region;
use crate::sent;
use invalidation_core::input::identifiers::{Alias, DistributionId, DistributionTenantId};
use invalidation_core::model::execution_record::{Reason, Resource};
use invalidation_core::model::time_budget::OPERATION_TIMEOUT;
use invalidation_runtime::ports::InvalidationError;

/// The maximum number of pages, of a hundred distributions each: ten times the default quota of an account.
const PAGES_AT_MOST: u32 = 50;

/// The distribution that has this domain name, or else the distribution tenant. All pages together have the time-out of
/// a single call.
///
/// # Errors
/// See [`InvalidationError`].
pub(super) async fn resolve(client: &Client, alias: &Alias) -> Result<Resource, InvalidationError> {
    let resolving = async {
        match distribution(client, alias).await? {
            Some(id) => Ok(Resource::Distribution(id)),
            None => tenant(client, alias).await.map(Resource::Tenant),
        }
    };
    match timeout(OPERATION_TIMEOUT, resolving).await {
        Ok(resolved) => resolved,
        Err(_) => Err(retry_later("the list of distributions took too long")),
    }
}

async fn distribution(
    client: &Client,
    alias: &Alias,
) -> Result<Option<DistributionId>, InvalidationError> {
    let mut marker = None;
    for _ in 0..PAGES_AT_MOST {
        let request = client.list_distributions().set_marker(marker);
        let reply = sent(request.send()).await;
        let action = "cloudfront:ListDistributions";
        let reply = reply.map_err(|error| meaning(Failed::of(&error), action, region(client)))?;
        let page = reply
            .distribution_list
            .ok_or_else(|| retry_later("the reply has no list"))?;
        if let Some(found) = among(&page, alias) {
            return found.map(Some);
        }
        marker = page.next_marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return Ok(None);
        }
    }
    Err(retry_later(
        "there are more distributions than are looked through",
    ))
}

/// The distribution on this page that has the domain name.
fn among(
    page: &DistributionList,
    alias: &Alias,
) -> Option<Result<DistributionId, InvalidationError>> {
    let has_it = |summary: &&DistributionSummary| {
        let aliases = summary.aliases.as_ref().map(Aliases::items);
        aliases.is_some_and(|names| {
            names
                .iter()
                .any(|name| name.eq_ignore_ascii_case(alias.as_str()))
        })
    };
    let found = page.items().iter().find(has_it)?;
    let id = DistributionId::parse(&found.id);
    Some(id.ok_or_else(|| retry_later("the list has no readable distribution id")))
}

async fn tenant(client: &Client, alias: &Alias) -> Result<DistributionTenantId, InvalidationError> {
    let request = client
        .get_distribution_tenant_by_domain()
        .domain(alias.as_str());
    let reply = sent(request.send()).await;
    let action = "cloudfront:GetDistributionTenantByDomain";
    let reply = reply.map_err(|error| meaning(Failed::of(&error), action, region(client)))?;
    let id = reply.distribution_tenant.and_then(|tenant| tenant.id);
    id.and_then(|id| DistributionTenantId::parse(&id))
        .ok_or_else(|| retry_later("the reply has no readable id of a distribution tenant"))
}

fn meaning(failed: Failed, action: &str, region: &str) -> InvalidationError {
    match failed.fault {
        _ if failed.is_denied() => denied(action, &failed.service_error, region),
        Some(Fault::NoEntity) => InvalidationError::Rejected(Reason::NoSuchAlias),
        _ => InvalidationError::Retryable(failed.service_error),
    }
}
