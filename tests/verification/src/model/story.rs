//! What CloudFront and the pipeline's author do.

/// How CloudFront behaves, or what the pipeline's author asked. In each of them CloudFront may complete the invalidation
/// at any moment, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scenario {
    /// CloudFront does as its documentation says.
    Good,
    /// CloudFront refuses a repeated request instead of telling the invalidation of the first.
    CallerReferenceConflict,
    /// CloudFront does not allow it.
    Rejected,
    /// CloudFront takes no request, ever.
    Busy,
    /// CloudFront takes the request, and then does not tell how it stands.
    Silent,
    /// The author's parameters cannot be read.
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
