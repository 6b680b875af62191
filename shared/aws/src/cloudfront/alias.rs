//! Finds the distribution or distribution tenant of a domain name.
//!
//! CloudFront has no operation that finds a distribution by a domain name, so its list is read page by page. A
//! distribution tenant can be requested by its domain.

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{Aliases, DistributionList};
use tokio::time::timeout;

use super::meaning::{Failed, Fault, denied, retry_later};
use super::region;
use crate::sent;
use invalidation_core::decide::domain_name::DomainSearch;
use invalidation_core::input::identifiers::{Alias, DistributionId, DistributionTenantId};
use invalidation_core::model::execution_record::{Reason, Resource};
use invalidation_core::model::time_budget::OPERATION_TIMEOUT;
use invalidation_runtime::ports::InvalidationError;

/// The maximum number of pages, of a hundred distributions each: ten times the default quota of an account.
const PAGES_AT_MOST: u32 = 50;

/// The distribution or distribution tenant that has exactly this domain name, or else the distribution whose wildcard
/// includes it. All pages together have the time-out of a single call.
///
/// # Errors
/// See [`InvalidationError`].
pub(super) async fn resolve(client: &Client, alias: &Alias) -> Result<Resource, InvalidationError> {
    let resolving = async {
        let search = distributions(client, alias).await?;
        if let Some(id) = search.exact() {
            return distribution(id);
        }
        match (tenant(client, alias).await?, search.wildcard()) {
            (Some(id), _) => Ok(Resource::Tenant(id)),
            (None, Some(id)) => distribution(id),
            (None, None) => {
                let similar = search.similar().cloned();
                Err(InvalidationError::Rejected(Reason::NoSuchAlias(similar)))
            }
        }
    };
    match timeout(OPERATION_TIMEOUT, resolving).await {
        Ok(resolved) => resolved,
        Err(_) => Err(retry_later("the list of distributions took too long")),
    }
}

fn distribution(id: &str) -> Result<Resource, InvalidationError> {
    let id = DistributionId::parse(id).map(Resource::Distribution);
    id.ok_or_else(|| retry_later("the list has no readable distribution id"))
}

/// What the names of all distributions say about the domain name. An exact name ends the search.
async fn distributions(client: &Client, alias: &Alias) -> Result<DomainSearch, InvalidationError> {
    let mut search = DomainSearch::new(alias.clone());
    let mut marker = None;
    for _ in 0..PAGES_AT_MOST {
        let request = client.list_distributions().set_marker(marker);
        let reply = sent(request.send()).await;
        let action = "cloudfront:ListDistributions";
        let reply = reply.map_err(|error| meaning(Failed::of(&error), action, region(client)))?;
        let page = reply
            .distribution_list
            .ok_or_else(|| retry_later("the reply has no list"))?;
        consider(&page, &mut search);
        marker = page.next_marker.filter(|_| page.is_truncated);
        if search.exact().is_some() || marker.is_none() {
            return Ok(search);
        }
    }
    Err(retry_later(
        "there are more distributions than are looked through",
    ))
}

fn consider(page: &DistributionList, search: &mut DomainSearch) {
    for summary in page.items() {
        search.consider(&summary.id, &summary.domain_name);
        for name in summary.aliases.as_ref().map_or(&[][..], Aliases::items) {
            search.consider(&summary.id, name);
        }
    }
}

/// The distribution tenant that has the domain name; none if there is no such tenant.
async fn tenant(
    client: &Client,
    alias: &Alias,
) -> Result<Option<DistributionTenantId>, InvalidationError> {
    let request = client
        .get_distribution_tenant_by_domain()
        .domain(alias.as_str());
    let reply = match sent(request.send()).await {
        Ok(reply) => reply,
        Err(error) => {
            let failed = Failed::of(&error);
            return match failed.fault {
                Some(Fault::NoEntity) if !failed.is_denied() => Ok(None),
                _ => Err(meaning(
                    failed,
                    "cloudfront:GetDistributionTenantByDomain",
                    region(client),
                )),
            };
        }
    };
    let id = reply.distribution_tenant.and_then(|tenant| tenant.id);
    let id = id.and_then(|id| DistributionTenantId::parse(&id));
    id.map(Some)
        .ok_or_else(|| retry_later("the reply has no readable id of a distribution tenant"))
}

fn meaning(failed: Failed, action: &str, region: &str) -> InvalidationError {
    if failed.is_denied() {
        denied(action, &failed.service_error, region)
    } else {
        InvalidationError::Retryable(failed.service_error)
    }
}
