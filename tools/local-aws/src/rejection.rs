//! A rejection by a service, before a protocol formats it.

use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rejection {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    /// A further member of a JSON error, such as the `Item` of a failed condition.
    pub(super) member: Option<(&'static str, Value)>,
}

impl Rejection {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            member: None,
        }
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationException", message)
    }
}
