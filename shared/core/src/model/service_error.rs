//! The error of a service.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::input::visible_text::is_invisible;

/// A service error: its code and its message, reduced to printable text.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ServiceError {
    /// The kind of the error. Only the code that made the call uses it; it is not stored.
    #[serde(skip)]
    pub kind: ServiceErrorKind,
    /// The error code of the service, such as `Throttling`, or a code of these functions, such as `NoReply`.
    pub code: String,
    /// The service's message; may be empty.
    pub message: String,
}

/// The kind of a service's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ServiceErrorKind {
    /// The call was throttled.
    Throttled,
    /// IAM does not allow the call.
    Denied,
    /// There was no readable reply.
    NoReply,
    /// The call was not made, because of the rate limit.
    NotCalled,
    /// Any other error.
    #[default]
    Other,
}

impl ServiceError {
    /// An error of the kind `Other`, with a code and a message that are safe to store and show: invisible characters
    /// become spaces, and at most 64 and 512 characters are kept.
    #[must_use]
    pub fn new(code: &str, message: &str) -> Self {
        let fit = |text: &str, most| {
            text.chars()
                .take(most)
                .map(|c| if is_invisible(c) { ' ' } else { c })
                .collect()
        };
        Self {
            kind: ServiceErrorKind::Other,
            code: fit(code, 64),
            message: fit(message, 512),
        }
    }

    /// The same error, of this kind.
    #[must_use]
    pub fn of(self, kind: ServiceErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// A call without a readable reply, for which services have no code.
    #[must_use]
    pub fn no_reply(message: &str) -> Self {
        Self::new("NoReply", message).of(ServiceErrorKind::NoReply)
    }

    /// A call that was not made, because of the rate limit.
    #[must_use]
    pub fn not_called(message: &str) -> Self {
        Self::new("NotCalled", message).of(ServiceErrorKind::NotCalled)
    }
}

/// Shows what is stored. A [`Reason`](super::execution_record::Reason) is logged in this form.
impl fmt::Debug for ServiceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ServiceError")
            .field("code", &self.code)
            .field("message", &self.message)
            .finish()
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message.as_str() {
            "" => formatter.write_str(&self.code),
            message => write!(formatter, "{}: {message}", self.code),
        }
    }
}
