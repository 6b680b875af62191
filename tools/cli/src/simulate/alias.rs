//! `--alias`: the target of a domain name.

use std::str::FromStr;

use invalidation_core::input::identifiers::{Alias, DistributionId, DistributionTenantId};

use local_aws::cloudfront::PipelineContext;

/// A domain name, and its distribution or distribution tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedAlias {
    /// The domain name.
    pub domain: String,
    /// Its target.
    pub pipeline_context: PipelineContext,
}

impl OwnedAlias {
    /// A domain name of a distribution that was created for it.
    pub(super) fn made_up(domain: String, number: usize) -> Self {
        let pipeline_context = PipelineContext::Distribution(format!("E{number}ALIASEXAMPLE"));
        Self {
            domain,
            pipeline_context,
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
        let pipeline_context = if DistributionId::parse(id).is_some() {
            PipelineContext::Distribution(id.to_owned())
        } else if DistributionTenantId::parse(id).is_some() {
            PipelineContext::Tenant(id.to_owned())
        } else {
            return Err(format!(
                "{id} must be the id of a distribution, such as E2EXAMPLE1ABCD, or of a tenant, such as dt_1example"
            ));
        };
        let domain = domain.to_owned();
        Ok(Self {
            domain,
            pipeline_context,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_read_with_its_pipeline_context() {
        let pipeline_context = |text: &str| {
            text.parse::<OwnedAlias>()
                .map(|alias| alias.pipeline_context)
        };
        let distribution = PipelineContext::Distribution("E2EXAMPLE1ABCD".into());
        assert_eq!(
            pipeline_context("www.example.com=E2EXAMPLE1ABCD"),
            Ok(distribution)
        );
        let tenant = PipelineContext::Tenant("dt_1example".into());
        assert_eq!(pipeline_context("*.example.com=dt_1example"), Ok(tenant));
        for wrong in [
            "www.example.com",
            "www.example.com=e1",
            "a b=E2EXAMPLE1ABCD",
            "=E1",
        ] {
            assert!(pipeline_context(wrong).is_err(), "{wrong}");
        }
    }
}
