//! What a service may reply, in its own format.

use serde_json::json;

/// What comes back to a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A response; the body's format is the service's own.
    Http { status: u16, body: String },
    /// The connection breaks before a response.
    Lost,
    /// Nothing ever comes.
    Silence,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self::Http {
            status,
            body: body.into(),
        }
    }

    pub(crate) fn ok(body: impl Into<String>) -> Self {
        Self::new(200, body)
    }
}

/// The namespace of CloudFront's XML.
pub(crate) const CLOUDFRONT: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";
/// The namespace of SNS's XML.
pub(crate) const SNS: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// An error of CloudFront or SNS: both wrap it in `<ErrorResponse>`.
pub(crate) fn xml_error(namespace: &str, status: u16, code: &str, message: &str) -> Reply {
    Reply::new(
        status,
        format!(
            "<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"{namespace}\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>{message}</Message></Error><RequestId>410c2a4b</RequestId></ErrorResponse>"
        ),
    )
}

/// An error of DynamoDB or CodePipeline. IAM's own refusals come from a layer above, which spells `Message` with a
/// capital; `code` may have a namespace, `com.amazonaws.dynamodb.v20120810#…`.
pub(crate) fn json_error(status: u16, code: &str, message: &str) -> Reply {
    let key = if code.ends_with("AccessDeniedException") {
        "Message"
    } else {
        "message"
    };
    Reply::new(status, json!({ "__type": code, key: message }).to_string())
}

/// A word in each [`unreadable`] body: no error may repeat what it could not read, for anything may stand there.
pub(crate) const CANARY: &str = "CANARY";

/// Replies that are none, and what a proxy, a load balancer or a half-closed connection may send in place of one.
pub(crate) fn unreadable() -> Vec<Reply> {
    let page = format!("<html><body>{CANARY} Bad Gateway</body>");
    let broken = format!("{{\"{CANARY}\": \"half a");
    vec![
        Reply::Lost,
        Reply::new(500, ""),
        Reply::new(503, page.as_str()),
        Reply::new(400, ""),
        Reply::new(400, broken.as_str()),
        Reply::new(403, page.as_str()),
        Reply::new(404, page.as_str()),
        Reply::ok(page),
        Reply::ok(broken),
    ]
}
