//! The behaviour of CloudFront and of the parameters.

/// How CloudFront behaves, or what the parameters are. In each scenario CloudFront may complete the invalidation at
/// any time, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scenario {
    /// CloudFront behaves as documented.
    Good,
    /// CloudFront rejects a repeated request instead of returning the invalidation of the first.
    CallerReferenceConflict,
    /// CloudFront denies access.
    Rejected,
    /// CloudFront never accepts a request.
    Busy,
    /// CloudFront accepts the request, and then does not return its status.
    Silent,
    /// The parameters are unreadable.
    BadParameters,
}

impl Scenario {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Good,
        Self::CallerReferenceConflict,
        Self::Rejected,
        Self::Busy,
        Self::Silent,
        Self::BadParameters,
    ];
}
