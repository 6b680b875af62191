//! The replies of a service, in its own format.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

/// The reply to a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A response; the body's format is the service's own.
    Http {
        /// The HTTP status, 100 to 999.
        status: u16,
        /// The body, in whatever format.
        body: Bytes,
    },
    /// A part of an object of S3.
    Part {
        /// The value of `Content-Range`, if it has one.
        range: Option<&'static str>,
        /// The value of `Content-Length`.
        length: u64,
        /// The body.
        body: Bytes,
    },
    /// The same, after a delay.
    Slow {
        /// The delay.
        after: Duration,
        /// The HTTP status, 100 to 999.
        status: u16,
        /// The body, in whatever format.
        body: Bytes,
    },
    /// The connection breaks before a response.
    Lost,
    /// No reply.
    Silence,
}

impl Reply {
    /// A response with this status and body.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self::Http {
            status,
            body: body.into(),
        }
    }

    /// The same response, delayed. A part or a missing reply has no delay.
    #[must_use]
    pub fn after(self, after: Duration) -> Self {
        match self {
            Self::Http { status, body } | Self::Slow { status, body, .. } => Self::Slow {
                after,
                status,
                body,
            },
            other @ (Self::Part { .. } | Self::Lost | Self::Silence) => other,
        }
    }

    /// A response of status 200.
    pub fn ok(body: impl Into<Bytes>) -> Self {
        Self::new(200, body)
    }
}

/// The namespace of CloudFront's XML.
pub const CLOUDFRONT: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";
/// The namespace of SNS's XML.
pub const SNS: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// An error of S3, which does not wrap it.
#[must_use]
pub fn s3_error(status: u16, code: &str, message: &str) -> Reply {
    let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    Reply::new(status, body)
}

/// An error of CloudFront or SNS: both wrap it in `<ErrorResponse>`.
#[must_use]
pub fn xml_error(namespace: &str, status: u16, code: &str, message: &str) -> Reply {
    Reply::new(
        status,
        format!(
            "<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"{namespace}\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>{message}</Message></Error><RequestId>410c2a4b</RequestId></ErrorResponse>"
        ),
    )
}

/// An error of DynamoDB or CodePipeline. IAM's own rejections come from another layer, which spells `Message` with a
/// capital; `code` may have a namespace, `com.amazonaws.dynamodb.v20120810#…`.
#[must_use]
pub fn json_error(status: u16, code: &str, message: &str) -> Reply {
    let key = if code.ends_with("AccessDeniedException") {
        "Message"
    } else {
        "message"
    };
    Reply::new(status, json!({ "__type": code, key: message }).to_string())
}

/// A word in each [`unreadable`] body. No error may repeat a body that it could not parse, because the body may contain
/// anything.
pub const CANARY: &str = "CANARY";

/// Malformed replies, and replies that a proxy, a load balancer or a half-closed connection may send instead.
#[must_use]
pub fn unreadable() -> Vec<Reply> {
    let page = Bytes::from(format!("<html><body>{CANARY} Bad Gateway</body>"));
    let broken = Bytes::from(format!("{{\"{CANARY}\": \"half a"));
    vec![
        Reply::Lost,
        Reply::new(500, ""),
        Reply::new(503, page.clone()),
        Reply::new(400, ""),
        Reply::new(400, broken.clone()),
        Reply::new(403, page.clone()),
        Reply::new(404, page.clone()),
        Reply::ok(page),
        Reply::ok(broken),
    ]
}
