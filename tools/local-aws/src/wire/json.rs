//! AWS JSON: the operation in a header, everything else in the body.

use bytes::Bytes;
use http::Request;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::dynamodb::NO_NUMBER;
use crate::rejection::Rejection;

/// The two halves of `X-Amz-Target`: `DynamoDB_20120810` and `PutItem`.
pub(super) fn target(request: &Request<Bytes>) -> Option<(&str, &str)> {
    request
        .headers()
        .get("x-amz-target")?
        .to_str()
        .ok()?
        .split_once('.')
}

/// The body as a request. JSON of another shape is a `SerializationException`; only the texts of DynamoDB's numbers are
/// validated as values: "The parameter cannot be converted to a numeric value" is a `ValidationException`.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    serde_json::from_slice(body).map_err(|error| {
        let text = error.to_string();
        let code = if text.starts_with(NO_NUMBER) {
            "ValidationException"
        } else {
            "SerializationException"
        };
        Rejection::new(400, code, text)
    })
}

/// The value at `pointer`, if it is a string.
pub(super) fn text(body: &[u8], pointer: &str) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body.pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .into()
}

pub(super) fn error(namespace: &str, rejection: &Rejection) -> String {
    let mut body =
        json!({ "__type": format!("{namespace}{}", rejection.code), "message": rejection.message });
    if let Some((name, value)) = &rejection.member {
        body[name] = value.clone();
    }
    body.to_string()
}
