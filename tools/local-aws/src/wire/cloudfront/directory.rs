//! The XML documents of distributions and tenants. A distribution has all required members; only its aliases can be
//! set, and the rest is that of a new distribution.

use http::header;
use serde::Serialize;

use super::super::{Reply, xml};
use super::NAMESPACE;
use super::invalidations::timestamp;
use crate::cloudfront::{Distribution, Page, Tenant};

/// The description of a list: its length, and nothing more if it is empty.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Counted<T> {
    quantity: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<T>,
}

impl<T> Counted<T> {
    const NONE: Self = Self {
        quantity: 0,
        items: None,
    };

    fn new(quantity: usize, items: T) -> Self {
        Self {
            quantity,
            items: (quantity > 0).then_some(items),
        }
    }
}

#[derive(Serialize)]
#[serde(rename = "DistributionList", rename_all = "PascalCase")]
struct ListDocument<'a> {
    #[serde(rename = "@xmlns")]
    xmlns: &'a str,
    marker: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<&'a str>,
    max_items: usize,
    is_truncated: bool,
    /// "The number of distributions that were created by the current Amazon Web Services account."
    quantity: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Summaries<'a>>,
}

#[derive(Serialize)]
struct Summaries<'a> {
    #[serde(rename = "DistributionSummary")]
    summaries: Vec<Summary<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary<'a> {
    id: &'a str,
    #[serde(rename = "ARN")]
    arn: &'a str,
    status: &'a str,
    last_modified_time: String,
    domain_name: &'a str,
    aliases: Counted<Aliases<'a>>,
    origins: Counted<Origins>,
    default_cache_behavior: DefaultCacheBehavior,
    cache_behaviors: Counted<()>,
    custom_error_responses: Counted<()>,
    comment: &'a str,
    price_class: &'a str,
    enabled: bool,
    viewer_certificate: ViewerCertificate,
    restrictions: Restrictions,
    #[serde(rename = "WebACLId")]
    web_acl_id: &'a str,
    http_version: &'a str,
    #[serde(rename = "IsIPV6Enabled")]
    is_ipv6_enabled: bool,
    staging: bool,
    connection_mode: &'a str,
}

#[derive(Serialize)]
struct Aliases<'a> {
    #[serde(rename = "CNAME")]
    names: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Origins {
    origin: Origin,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Origin {
    id: &'static str,
    domain_name: &'static str,
}

const ORIGIN: Origin = Origin {
    id: "site",
    domain_name: "site.s3.amazonaws.com",
};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DefaultCacheBehavior {
    target_origin_id: &'static str,
    viewer_protocol_policy: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ViewerCertificate {
    cloud_front_default_certificate: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Restrictions {
    geo_restriction: GeoRestriction,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GeoRestriction {
    restriction_type: &'static str,
    quantity: usize,
}

const EVERYWHERE: GeoRestriction = GeoRestriction {
    restriction_type: "none",
    quantity: 0,
};

/// The reply to ListDistributions.
pub(super) fn distributions(page: &Page<Distribution<'_>>, marker: Option<&str>) -> Reply {
    let summaries: Vec<_> = page.items.iter().map(summary).collect();
    let detail = format!("{} of {} listed", summaries.len(), page.total);
    let body = xml::write(&ListDocument {
        xmlns: NAMESPACE,
        marker: marker.unwrap_or_default(),
        next_marker: page.next_marker(),
        max_items: page.max_items,
        is_truncated: page.more,
        quantity: page.total,
        items: (!summaries.is_empty()).then_some(Summaries { summaries }),
    });
    Reply::ok(body, detail)
}

fn summary<'a>(distribution: &'a Distribution<'_>) -> Summary<'a> {
    let Distribution {
        id,
        domain_name,
        resource,
    } = distribution;
    let names = resource.domains.as_slice();
    Summary {
        id,
        arn: &resource.arn,
        status: "Deployed",
        last_modified_time: timestamp(resource.added_ms),
        domain_name,
        aliases: Counted::new(names.len(), Aliases { names }),
        default_cache_behavior: DefaultCacheBehavior {
            target_origin_id: ORIGIN.id,
            viewer_protocol_policy: "redirect-to-https",
        },
        origins: Counted::new(1, Origins { origin: ORIGIN }),
        cache_behaviors: Counted::NONE,
        custom_error_responses: Counted::NONE,
        comment: "",
        price_class: "PriceClass_All",
        enabled: true,
        viewer_certificate: ViewerCertificate {
            // An alias needs a certificate of its own.
            cloud_front_default_certificate: names.is_empty(),
        },
        restrictions: Restrictions {
            geo_restriction: EVERYWHERE,
        },
        web_acl_id: "",
        http_version: "http2",
        is_ipv6_enabled: true,
        staging: false,
        connection_mode: "direct",
    }
}

#[derive(Serialize)]
#[serde(rename = "DistributionTenant", rename_all = "PascalCase")]
struct TenantDocument<'a> {
    #[serde(rename = "@xmlns")]
    xmlns: &'a str,
    id: &'a str,
    distribution_id: &'a str,
    name: &'a str,
    arn: &'a str,
    domains: Domains<'a>,
    created_time: String,
    last_modified_time: String,
    enabled: bool,
    status: &'a str,
}

#[derive(Serialize)]
struct Domains<'a> {
    #[serde(rename = "member")]
    members: Vec<Domain<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Domain<'a> {
    domain: &'a str,
    status: &'a str,
}

/// The reply to GetDistributionTenantByDomain: "The current version of the distribution tenant" is in a header.
pub(super) fn tenant(tenant: &Tenant<'_>) -> Reply {
    let domains = tenant.resource.domains.iter().map(|domain| Domain {
        domain,
        status: "active",
    });
    let added = timestamp(tenant.resource.added_ms);
    let body = xml::write(&TenantDocument {
        xmlns: NAMESPACE,
        id: tenant.id,
        distribution_id: &tenant.distribution_id,
        name: tenant.id,
        arn: &tenant.resource.arn,
        domains: Domains {
            members: domains.collect(),
        },
        created_time: added.clone(),
        last_modified_time: added,
        enabled: true,
        status: "Deployed",
    });
    Reply {
        header: Some((header::ETAG, tenant.e_tag.clone())),
        ..Reply::ok(body, tenant.id)
    }
}
