//! CloudFront's REST-XML: the owner and the invalidation in the path, the batch in the body.

mod documents;

use bytes::Bytes;
use http::{Method, Request};

use super::{Answer, Ask, unknown_operation};
use crate::aws::call::Service;
use crate::aws::cloudfront::{CloudFront, Owner};
use crate::aws::refusal::Refusal;
use documents::{list, one, read_batch};

pub(super) const NAMESPACE: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

/// `/2020-05-31/distribution/E1/invalidation/I1`, taken apart.
struct Route<'r> {
    operation: &'static str,
    owner: Owner,
    invalidation: Option<&'r str>,
}

pub(super) fn recognise(request: &Request<Bytes>) -> Option<Ask> {
    let (kind, id, invalidation) = segments(request)?;
    let Some(route) = route(request) else {
        let operation = format!("{} {kind}", request.method());
        return Some(Ask {
            service: Service::CloudFront,
            operation,
            subject: id.into(),
        });
    };
    let tenant = if kind == "distribution-tenant" {
        "ForDistributionTenant"
    } else {
        ""
    };
    let operation = format!("{}{tenant}", route.operation);
    Some(Ask {
        service: Service::CloudFront,
        operation,
        subject: invalidation.unwrap_or(id).into(),
    })
}

pub(super) fn serve(
    cloudfront: &mut CloudFront,
    now_ms: u64,
    request: &Request<Bytes>,
) -> Result<Answer, Refusal> {
    let Route {
        operation,
        owner,
        invalidation,
    } = route(request).ok_or_else(|| unknown_operation(request.uri().path()))?;
    cloudfront.permit(operation)?;
    match (operation, invalidation) {
        ("GetInvalidation", Some(id)) => {
            Ok(one(200, cloudfront.get_invalidation(&owner, id)?, now_ms))
        }
        ("CreateInvalidation", _) => {
            let created =
                cloudfront.create_invalidation(now_ms, &owner, read_batch(request.body())?)?;
            let location = format!(
                "https://cloudfront.amazonaws.com{}/{}",
                request.uri().path(),
                created.id
            );
            let answer = one(201, created, now_ms);
            let detail = format!("{} {}", created.id, answer.detail);
            Ok(Answer {
                location: Some(location),
                detail,
                ..answer
            })
        }
        _ => {
            let query = request.uri().query().unwrap_or_default();
            let marker = parameter(query, "Marker");
            let page = cloudfront.list_invalidations(
                &owner,
                marker.as_deref(),
                parameter(query, "MaxItems").as_deref(),
            )?;
            Ok(list(&page, marker, now_ms))
        }
    }
}

fn segments(request: &Request<Bytes>) -> Option<(&str, &str, Option<&str>)> {
    let mut segments = request
        .uri()
        .path()
        .strip_prefix("/2020-05-31/")?
        .split('/');
    let (kind, id) = (segments.next()?, segments.next().unwrap_or_default());
    Some((kind, id, segments.nth(1)))
}

fn route(request: &Request<Bytes>) -> Option<Route<'_>> {
    let (kind, id, invalidation) = segments(request)?;
    let owner = match kind {
        "distribution" => Owner::Distribution(id.into()),
        "distribution-tenant" => Owner::Tenant(id.into()),
        _ => return None,
    };
    let collection = request.uri().path().split('/').nth(4)?;
    let operation = match (request.method(), collection, invalidation) {
        (&Method::POST, "invalidation", None) => "CreateInvalidation",
        (&Method::GET, "invalidation", Some(_)) => "GetInvalidation",
        (&Method::GET, "invalidation", None) => "ListInvalidations",
        _ => return None,
    };
    Some(Route {
        operation,
        owner,
        invalidation,
    })
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    parameters.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}
