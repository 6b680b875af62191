//! The conversion between bytes and the types of a service.
//!
//! | service | protocol | known by |
//! | --- | --- | --- |
//! | CloudFront | REST-XML, 2020-05-31 | the path `/2020-05-31/…` |
//! | CodePipeline | AWS JSON 1.1 | `X-Amz-Target: CodePipeline_20150709.…` |
//! | DynamoDB | AWS JSON 1.0 | `X-Amz-Target: DynamoDB_20120810.…` |
//! | S3 | REST-XML | the service of the signature |
//! | SNS | query, with XML replies | a form with `Action` |
//! | EventBridge | AWS JSON 1.1 | `X-Amz-Target: AWSEvents.…` |
//!
//! The host is not used, so one port serves all services.

mod cloudfront;
mod codepipeline;
mod dynamodb;
mod eventbridge;
mod json;
mod s3;
mod sns;
mod xml;

use bytes::Bytes;
use http::{HeaderName, Request, Response, header};

use super::call::{Outcome, Service};
use super::front::{Arrival, State};
use super::rejection::Rejection;

/// The operation of a request, if its bytes identify it.
pub(super) struct Requested {
    pub(super) service: Service,
    pub(super) operation: String,
    pub(super) subject: String,
}

/// A service's reply, before it has the headers that all replies have; `detail` is for the journal.
struct Reply {
    status: u16,
    body: String,
    /// The headers of the reply.
    header: Option<(HeaderName, String)>,
    detail: String,
}

impl Reply {
    fn ok(body: String, detail: impl Into<String>) -> Self {
        Self {
            status: 200,
            body,
            header: None,
            detail: detail.into(),
        }
    }
}

/// The result of a call.
pub(super) struct Served {
    pub(super) outcome: Outcome,
    pub(super) detail: String,
    pub(super) response: Response<Bytes>,
}

impl Served {
    /// The request did not reach the service.
    pub(super) fn unseen() -> Self {
        Self {
            outcome: Outcome::Hung,
            detail: "never arrived".into(),
            response: Response::default(),
        }
    }

    /// The service rejected the call.
    pub(super) fn rejected(service: Service, rejection: Rejection, request_id: &str) -> Self {
        let response = reject(service, &rejection, request_id);
        let Rejection {
            status,
            code,
            message,
            ..
        } = rejection;
        Self {
            outcome: Outcome::Rejected { status, code },
            detail: message,
            response,
        }
    }
}

pub(super) fn identify(state: &State, request: &Request<Bytes>) -> Option<Requested> {
    if let Some((target, operation)) = json::target(request) {
        return match target {
            codepipeline::TARGET => Some(codepipeline::identify(operation, request.body())),
            dynamodb::TARGET => Some(dynamodb::identify(
                &state.dynamodb,
                operation,
                request.body(),
            )),
            eventbridge::TARGET => Some(eventbridge::identify(operation, request.body())),
            _ => None,
        };
    }
    cloudfront::identify(request)
        .or_else(|| s3::identify(request))
        .or_else(|| sns::identify(request.body()))
}

pub(super) fn serve(state: &mut State, requested: &Requested, arrival: &Arrival<'_>) -> Served {
    let Arrival {
        now_ms,
        caller,
        request,
        request_id,
    } = arrival;
    let (operation, body) = (requested.operation.as_str(), request.body());
    if requested.service == Service::S3 {
        let State {
            s3, codepipeline, ..
        } = state;
        return s3::serve(s3, codepipeline, *now_ms, request, request_id);
    }
    let job_result = signed(requested.service, request).and_then(|()| match requested.service {
        Service::CloudFront => cloudfront::serve(&mut state.cloudfront, *now_ms, request),
        Service::CodePipeline => {
            codepipeline::serve(&mut state.codepipeline, *now_ms, operation, body)
        }
        Service::DynamoDb => dynamodb::serve(&mut state.dynamodb, *now_ms, operation, body),
        Service::Sns => sns::serve(&mut state.sns, *now_ms, caller, body, request_id),
        Service::EventBridge => {
            let eventbridge = &mut state.eventbridge;
            eventbridge::serve(eventbridge, *now_ms, caller, operation, body)
        }
        Service::S3 => unreachable!("its replies are bytes"),
    });
    match job_result {
        Ok(Reply {
            status,
            body,
            header,
            detail,
        }) => {
            let response = reply(requested.service, status, body, header, request_id);
            Served {
                outcome: Outcome::Ok,
                detail,
                response,
            }
        }
        Err(rejection) => Served::rejected(requested.service, rejection, request_id),
    }
}

/// A rejection in the format that the service's clients expect.
fn reject(service: Service, rejection: &Rejection, request_id: &str) -> Response<Bytes> {
    let body = match service {
        Service::CloudFront => xml::error(cloudfront::NAMESPACE, rejection, request_id),
        Service::CodePipeline | Service::EventBridge => json::error("", rejection),
        Service::DynamoDb => json::error("com.amazonaws.dynamodb.v20120810#", rejection),
        Service::S3 => s3::error(rejection, request_id),
        Service::Sns => xml::error(sns::NAMESPACE, rejection, request_id),
    };
    reply(service, rejection.status, body, None, request_id)
}

/// The same reply with an unreadable body.
pub(super) fn invalid(response: &Response<Bytes>) -> Response<Bytes> {
    let mut garbled = Response::new(Bytes::from_static(b"<html>{\"half\": a page"));
    garbled.headers_mut().clone_from(response.headers());
    garbled
}

/// The reply to a request that belongs to none of the services.
pub(super) fn unknown_service(request: &Request<Bytes>) -> Response<Bytes> {
    let text = format!(
        "no service of the local AWS implements {} {}",
        request.method(),
        request.uri().path()
    );
    let mut response = Response::new(Bytes::from(text));
    *response.status_mut() = http::StatusCode::NOT_FOUND;
    response
}

/// "Request must contain either a valid (registered) AWS access key ID or X.509 certificate." The signature itself is
/// not checked; only a client that does not sign at all is rejected.
fn signed(service: Service, request: &Request<Bytes>) -> Result<(), Rejection> {
    let signature = request.headers().get(header::AUTHORIZATION);
    if signature.is_some_and(|value| value.as_bytes().starts_with(b"AWS4-HMAC-SHA256 ")) {
        return Ok(());
    }
    let (status, code) = match service {
        Service::CloudFront | Service::S3 | Service::Sns => (403, "MissingAuthenticationToken"),
        Service::CodePipeline | Service::DynamoDb | Service::EventBridge => {
            (400, "MissingAuthenticationTokenException")
        }
    };
    Err(Rejection::new(
        status,
        code,
        "Request is missing Authentication Token",
    ))
}

fn reply(
    service: Service,
    status: u16,
    body: String,
    header: Option<(HeaderName, String)>,
    request_id: &str,
) -> Response<Bytes> {
    let content_type = match service {
        Service::CloudFront | Service::S3 | Service::Sns => "text/xml",
        Service::CodePipeline | Service::EventBridge => "application/x-amz-json-1.1",
        Service::DynamoDb => "application/x-amz-json-1.0",
    };
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, content_type)
        .header("x-amzn-requestid", request_id);
    if let Some((name, value)) = header {
        response = response.header(name, value);
    }
    response
        .body(Bytes::from(body))
        .expect("a status below 1000 and plain headers make a response")
}

/// An operation that this local AWS does not implement.
fn unknown_operation(operation: &str) -> Rejection {
    Rejection::new(
        400,
        "UnknownOperationException",
        format!("{operation} is not part of this AWS"),
    )
}
