//! S3's REST protocol: GetObject.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, header};

use super::{Requested, Served, xml};
use crate::call::{Outcome, Service};
use crate::codepipeline::CodePipeline;
use crate::rejection::Rejection;
use crate::s3::{Get, Name, Part, S3};

/// Known by the service that the signature is for: `Credential=ID/20260101/us-east-1/s3/aws4_request`.
pub(super) fn identify(request: &Request<Bytes>) -> Option<Requested> {
    let signature = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    if !signature.contains("/s3/aws4_request") {
        return None;
    }
    let operation = match *request.method() {
        http::Method::GET => "GetObject",
        _ => "Unknown",
    };
    let (bucket, key) = name(request);
    Some(Requested {
        service: Service::S3,
        operation: operation.to_owned(),
        subject: format!("{bucket}/{key}"),
    })
}

/// The bucket is the first label of the host, or the first segment of the path.
fn name(request: &Request<Bytes>) -> Name {
    let host = request.uri().host().map(str::to_owned).or_else(|| {
        let host = request.headers().get(header::HOST)?;
        host.to_str().ok().map(str::to_owned)
    });
    let path = request.uri().path().trim_start_matches('/');
    match host.as_deref().and_then(|host| host.split_once(".s3.")) {
        Some((bucket, _)) => (bucket.to_owned(), path.to_owned()),
        None => {
            let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
            (bucket.to_owned(), key.to_owned())
        }
    }
}

pub(super) fn serve(
    s3: &S3,
    codepipeline: &CodePipeline,
    now_ms: u64,
    request: &Request<Bytes>,
    request_id: &str,
) -> Served {
    let header = |name: &str| {
        let value = request.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let query = request.uri().query().unwrap_or_default();
    let mut query = form_urlencoded::parse(query.as_bytes());
    let get = Get {
        name: name(request),
        range: header("range"),
        if_match: header("if-match"),
        version_id: query
            .find(|(name, _)| name == "versionId")
            .map(|(_, value)| value.into_owned()),
    };
    let signature = header("authorization").unwrap_or_default();
    let token = header("x-amz-security-token").unwrap_or_default();
    let allowed = codepipeline.allows(now_ms, &signature, &token, &get.name);
    match allowed.and_then(|()| s3.get(&get)) {
        Ok(part) => served(part, request_id),
        Err(rejection) => Served::rejected(Service::S3, rejection, request_id),
    }
}

fn served(part: Part, request_id: &str) -> Served {
    let Part {
        bytes,
        range,
        size,
        e_tag,
        version_id,
    } = part;
    let range = range.map(|range| format!("bytes {}-{}/{size}", range.start, range.end - 1));
    let detail = range
        .clone()
        .unwrap_or_else(|| format!("all of {size} bytes"));
    let mut response = Response::new(Bytes::from(bytes));
    if range.is_some() {
        *response.status_mut() = http::StatusCode::PARTIAL_CONTENT;
    }
    let length = response.body().len().to_string();
    let headers = [
        (header::CONTENT_LENGTH, Some(length)),
        (header::CONTENT_RANGE, range),
        (header::ETAG, Some(e_tag)),
        (
            HeaderName::from_static("x-amz-version-id"),
            Some(version_id),
        ),
        (
            HeaderName::from_static("x-amz-request-id"),
            Some(request_id.to_owned()),
        ),
    ];
    for (name, value) in headers {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    Served {
        outcome: Outcome::Ok,
        detail,
        response,
    }
}

/// S3's errors have no envelope.
pub(super) fn error(rejection: &Rejection, request_id: &str) -> String {
    xml::bare_error(rejection, request_id)
}
