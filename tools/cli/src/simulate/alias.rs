//! `--alias`: the target of a domain name.

use std::str::FromStr;

use invalidation_core::input::identifiers::{Alias, DistributionId, DistributionTenantId};

use local_aws::cloudfront::ResourceId;

/// A domain name, and its distribution or distribution tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedAlias {
    /// The domain name.
    pub domain: String,
    /// Its target.
    pub resource_id: ResourceId,
}

impl OwnedAlias {
    /// A domain name of a distribution that was created for it.
    pub(super) fn made_up(domain: String, number: usize) -> Self {
        let resource_id = ResourceId::Distribution(format!("E{number}ALIASEXAMPLE"));
        Self {
            domain,
            resource_id,
        }
    }
}

impl FromStr for OwnedAlias {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (domain, id) = text
            .split_once('=')
            .ok_or("must be a domain name, \"=\", and the id of a distribution or of a tenant")?;
        Alias::try_from(domain.to_owned()).map_err(|what| format!("{domain} {what}"))?;
        let resource_id = if DistributionId::parse(id).is_some() {
            ResourceId::Distribution(id.to_owned())
        } else if DistributionTenantId::parse(id).is_some() {
            ResourceId::Tenant(id.to_owned())
        } else {
            return Err(format!(
                "{id} must be the id of a distribution, such as E2EXAMPLE1ABCD, or of a tenant, such as dt_1example"
            ));
        };
        let domain = domain.to_owned();
        Ok(Self {
            domain,
            resource_id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_read_with_its_pipeline_context() {
        let resource_id = |text: &str| text.parse::<OwnedAlias>().map(|alias| alias.resource_id);
        let distribution = ResourceId::Distribution("E2EXAMPLE1ABCD".into());
        assert_eq!(
            resource_id("www.example.com=E2EXAMPLE1ABCD"),
            Ok(distribution)
        );
        let tenant = ResourceId::Tenant("dt_1example".into());
        assert_eq!(resource_id("*.example.com=dt_1example"), Ok(tenant));
        for wrong in [
            "www.example.com",
            "www.example.com=e1",
            "a b=E2EXAMPLE1ABCD",
            "=E1",
        ] {
            assert!(resource_id(wrong).is_err(), "{wrong}");
        }
    }
}
