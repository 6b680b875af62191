//! The CloudFront operation of a request, from its method, its path and its query.

use bytes::Bytes;
use http::{Method, Request};

use crate::cloudfront::{PageRequest, ResourceId};

/// An operation and its subject.
pub(super) enum Route<'r> {
    CreateInvalidation(ResourceId),
    GetInvalidation(ResourceId, &'r str),
    ListInvalidations(ResourceId, PageRequest),
    ListDistributions(PageRequest),
    GetDistributionTenantByDomain(String),
}

impl<'r> Route<'r> {
    pub(super) fn of(request: &'r Request<Bytes>) -> Option<Self> {
        let segments: Vec<_> = segments(request)?.collect();
        Some(match (request.method(), segments.as_slice()) {
            (&Method::POST, [kind, id, "invalidation"]) => {
                Self::CreateInvalidation(resource_id(kind, id)?)
            }
            (&Method::GET, [kind, id, "invalidation", invalidation]) => {
                Self::GetInvalidation(resource_id(kind, id)?, invalidation)
            }
            (&Method::GET, [kind, id, "invalidation"]) => {
                Self::ListInvalidations(resource_id(kind, id)?, page(request))
            }
            (&Method::GET, ["distribution"]) => Self::ListDistributions(page(request)),
            (&Method::GET, ["distribution-tenant"]) => {
                Self::GetDistributionTenantByDomain(parameter(request, "domain")?)
            }
            _ => return None,
        })
    }

    /// The AWS name of the operation, which is also that of its permission; the operations of tenants have names of
    /// their own.
    pub(super) fn operation(&self) -> String {
        let (operation, resource_id) = match self {
            Self::CreateInvalidation(resource_id) => ("CreateInvalidation", resource_id),
            Self::GetInvalidation(resource_id, _) => ("GetInvalidation", resource_id),
            Self::ListInvalidations(resource_id, _) => ("ListInvalidations", resource_id),
            Self::ListDistributions(_) => return "ListDistributions".into(),
            Self::GetDistributionTenantByDomain(_) => {
                return "GetDistributionTenantByDomain".into();
            }
        };
        match resource_id {
            ResourceId::Distribution(_) => operation.into(),
            ResourceId::Tenant(_) => format!("{operation}ForDistributionTenant"),
        }
    }

    /// The subject in the journal.
    pub(super) fn subject(&self) -> &str {
        match self {
            Self::CreateInvalidation(resource_id) | Self::ListInvalidations(resource_id, _) => {
                resource_id.id()
            }
            Self::GetInvalidation(_, invalidation) => invalidation,
            Self::ListDistributions(page_request) => {
                page_request.marker.as_deref().unwrap_or("all")
            }
            Self::GetDistributionTenantByDomain(domain) => domain,
        }
    }
}

/// `/2020-05-31/distribution/E1/invalidation/I1`, split after the version.
pub(super) fn segments(request: &Request<Bytes>) -> Option<impl Iterator<Item = &str>> {
    let path = request.uri().path().strip_prefix("/2020-05-31/")?;
    Some(path.split('/'))
}

fn resource_id(kind: &str, id: &str) -> Option<ResourceId> {
    match kind {
        "distribution" => Some(ResourceId::Distribution(id.into())),
        "distribution-tenant" => Some(ResourceId::Tenant(id.into())),
        _ => None,
    }
}

fn page(request: &Request<Bytes>) -> PageRequest {
    PageRequest {
        marker: parameter(request, "Marker"),
        max_items: parameter(request, "MaxItems"),
    }
}

fn parameter(request: &Request<Bytes>, name: &str) -> Option<String> {
    let query = request.uri().query().unwrap_or_default();
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    parameters.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}
