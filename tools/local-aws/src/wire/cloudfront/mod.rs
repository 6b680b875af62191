//! CloudFront's REST-XML: the target and the invalidation in the path, the batch in the body, the rest in the query.

mod directory;
mod invalidations;
mod route;

use bytes::Bytes;
use http::Request;

use super::{Reply, Requested, unknown_operation};
use crate::call::Service;
use crate::cloudfront::CloudFront;
use crate::rejection::Rejection;
use directory::{distributions, tenant};
use invalidations::{created, found, list, read_batch};
use route::{Route, segments};

pub(super) const NAMESPACE: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

pub(super) fn identify(request: &Request<Bytes>) -> Option<Requested> {
    let mut segments = segments(request)?;
    let (operation, subject) = match Route::of(request) {
        Some(route) => (route.operation(), route.subject().into()),
        None => (
            format!("{} {}", request.method(), segments.next()?),
            segments.next().unwrap_or_default().into(),
        ),
    };
    Some(Requested {
        service: Service::CloudFront,
        operation,
        subject,
    })
}

pub(super) fn serve(
    cloudfront: &mut CloudFront,
    now_ms: u64,
    request: &Request<Bytes>,
) -> Result<Reply, Rejection> {
    cloudfront.admit(now_ms)?;
    let path = request.uri().path();
    let route = Route::of(request).ok_or_else(|| unknown_operation(path))?;
    cloudfront.permit(&route.operation())?;
    Ok(match route {
        Route::CreateInvalidation(resource_id) => {
            cloudfront.admit_creation(now_ms)?;
            let batch = read_batch(request.body())?;
            let invalidation = cloudfront.create_invalidation(now_ms, &resource_id, batch)?;
            created(path, invalidation, now_ms)
        }
        Route::GetInvalidation(resource_id, id) => {
            found(cloudfront.get_invalidation(&resource_id, id)?, now_ms)
        }
        Route::ListInvalidations(resource_id, page_request) => {
            let page = cloudfront.list_invalidations(&resource_id, &page_request)?;
            list(&page, page_request.marker.as_deref(), now_ms)
        }
        Route::ListDistributions(page_request) => {
            let page = cloudfront.list_distributions(&page_request)?;
            distributions(&page, page_request.marker.as_deref())
        }
        Route::GetDistributionTenantByDomain(domain) => {
            tenant(&cloudfront.tenant_by_domain(&domain)?)
        }
    })
}
