//! The clock skew of the functions.

/// The clock skew of each invocation of a function. The clock of the local AWS is exact, and so is the deadline that
/// Lambda gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skew {
    /// No skew.
    None,
    /// This many milliseconds in each invocation of each function; a negative value is a slow clock.
    Of {
        /// In `start`.
        start_ms: i64,
        /// In `checker`.
        checker_ms: i64,
    },
    /// A different skew in each invocation.
    Random {
        /// The seed of the skews.
        seed: u64,
        /// The largest skew in milliseconds.
        most_ms: u32,
    },
}

impl Skew {
    /// The skew, in milliseconds, of the clock of the n-th invocation of `function`.
    pub(super) fn of(self, function: &str, run: u32) -> i64 {
        match self {
            Self::None => 0,
            Self::Of {
                start_ms,
                checker_ms,
            } => {
                if function == "start" {
                    start_ms
                } else {
                    checker_ms
                }
            }
            Self::Random { seed, most_ms } => {
                // An odd factor spreads the invocations over all seeds; the names differ in length, and so do their
                // draws.
                let run = u64::from(run) * 2 + (function.len() as u64 & 1);
                let seed = seed ^ run.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let most = i64::from(most_ms);
                fastrand::Rng::with_seed(seed).i64(-most..=most)
            }
        }
    }
}
