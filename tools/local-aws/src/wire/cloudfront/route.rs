//! The CloudFront operation of a request, from its method, its path and its query.

use bytes::Bytes;
use http::{Method, Request};

use crate::cloudfront::{PageRequest, PipelineContext};

/// An operation and its subject.
pub(super) enum Route<'r> {
    CreateInvalidation(PipelineContext),
    GetInvalidation(PipelineContext, &'r str),
    ListInvalidations(PipelineContext, PageRequest),
    ListDistributions(PageRequest),
    GetDistributionTenantByDomain(String),
}

impl<'r> Route<'r> {
    pub(super) fn of(request: &'r Request<Bytes>) -> Option<Self> {
        let segments: Vec<_> = segments(request)?.collect();
        Some(match (request.method(), segments.as_slice()) {
            (&Method::POST, [kind, id, "invalidation"]) => {
                Self::CreateInvalidation(pipeline_context(kind, id)?)
            }
            (&Method::GET, [kind, id, "invalidation", invalidation]) => {
                Self::GetInvalidation(pipeline_context(kind, id)?, invalidation)
            }
            (&Method::GET, [kind, id, "invalidation"]) => {
                Self::ListInvalidations(pipeline_context(kind, id)?, page(request))
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
        let (operation, pipeline_context) = match self {
            Self::CreateInvalidation(pipeline_context) => ("CreateInvalidation", pipeline_context),
            Self::GetInvalidation(pipeline_context, _) => ("GetInvalidation", pipeline_context),
            Self::ListInvalidations(pipeline_context, _) => ("ListInvalidations", pipeline_context),
            Self::ListDistributions(_) => return "ListDistributions".into(),
            Self::GetDistributionTenantByDomain(_) => {
                return "GetDistributionTenantByDomain".into();
            }
        };
        match pipeline_context {
            PipelineContext::Distribution(_) => operation.into(),
            PipelineContext::Tenant(_) => format!("{operation}ForDistributionTenant"),
        }
    }

    /// The subject in the journal.
    pub(super) fn subject(&self) -> &str {
        match self {
            Self::CreateInvalidation(pipeline_context)
            | Self::ListInvalidations(pipeline_context, _) => pipeline_context.id(),
            Self::GetInvalidation(_, invalidation) => invalidation,
            Self::ListDistributions(asked) => asked.marker.as_deref().unwrap_or("all"),
            Self::GetDistributionTenantByDomain(domain) => domain,
        }
    }
}

/// `/2020-05-31/distribution/E1/invalidation/I1`, split after the version.
pub(super) fn segments(request: &Request<Bytes>) -> Option<impl Iterator<Item = &str>> {
    let path = request.uri().path().strip_prefix("/2020-05-31/")?;
    Some(path.split('/'))
}

fn pipeline_context(kind: &str, id: &str) -> Option<PipelineContext> {
    match kind {
        "distribution" => Some(PipelineContext::Distribution(id.into())),
        "distribution-tenant" => Some(PipelineContext::Tenant(id.into())),
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
