//! The distributions and tenants, with their domain names.

use super::page::{Listed, Page, PageRequest};
use super::{CloudFront, Resource, ResourceId, no_such_tenant};
use crate::rejection::Rejection;

/// A distribution, as the list shows it.
pub(crate) struct Distribution<'a> {
    pub(crate) id: &'a str,
    pub(crate) domain_name: String,
    pub(crate) resource: &'a Resource,
}

/// A tenant, as it is found by one of its domains.
pub(crate) struct Tenant<'a> {
    pub(crate) id: &'a str,
    pub(crate) e_tag: String,
    pub(crate) distribution_id: String,
    pub(crate) resource: &'a Resource,
}

impl Listed for Distribution<'_> {
    fn id(&self) -> &str {
        self.id
    }
}

impl CloudFront {
    /// The distribution or tenant; it is created if it does not exist.
    pub(super) fn add(
        &mut self,
        resource_id: ResourceId,
        account_id: &str,
        now_ms: u64,
    ) -> &mut Resource {
        let arn = resource_id.arn(account_id);
        self.resources
            .entry(resource_id)
            .or_insert_with(|| Resource {
                arn,
                added_ms: now_ms,
                domains: Vec::new(),
                invalidations: Vec::new(),
            })
    }

    /// The order is not documented; here it is that of the ids.
    pub(crate) fn list_distributions(
        &self,
        page_request: &PageRequest,
    ) -> Result<Page<Distribution<'_>>, Rejection> {
        let distributions = self.resources.iter().filter_map(|(resource_id, resource)| {
            let ResourceId::Distribution(id) = resource_id else {
                return None;
            };
            Some(Distribution {
                id,
                domain_name: self.domain_name(id),
                resource,
            })
        });
        Page::of(distributions.collect(), page_request)
    }

    /// "Gets information about a distribution tenant by the associated domain." The domain is compared exactly: it is
    /// not documented whether another spelling or a wildcard finds it.
    pub(crate) fn tenant_by_domain(&self, domain: &str) -> Result<Tenant<'_>, Rejection> {
        let found = self
            .resources
            .iter()
            .find_map(|(resource_id, resource)| match resource_id {
                ResourceId::Tenant(id) if resource.domains.iter().any(|known| known == domain) => {
                    Some((id, resource))
                }
                _ => None,
            });
        let (id, resource) = found.ok_or_else(no_such_tenant)?;
        Ok(Tenant {
            id,
            e_tag: self.id(&format!("version of {id}")),
            // All tenants belong to one multi-tenant distribution. It is in no list, because it has no aliases and no
            // invalidations.
            distribution_id: self.id("multi-tenant distribution"),
            resource,
        })
    }

    /// `d111111abcdef8.cloudfront.net`
    fn domain_name(&self, id: &str) -> String {
        let letters = self.names.letters(&format!("domain of {id}"), 0, 13);
        format!("d{}.cloudfront.net", letters.to_lowercase())
    }

    /// `E` and 13 letters or digits.
    fn id(&self, of: &str) -> String {
        format!("E{}", self.names.letters(of, 0, 13))
    }
}
