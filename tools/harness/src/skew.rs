//! How wrong the clocks are that the functions see.

/// How wrong the clock of each run of a function is. AWS's own clock is right, and so is the deadline that Lambda gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skew {
    /// Not at all.
    None,
    /// By so many milliseconds in each run of the one function and of the other; below zero it is slow.
    Of {
        /// In `start`.
        start_ms: i64,
        /// In `checker`.
        checker_ms: i64,
    },
    /// By another amount in each run.
    Random {
        /// Where the amounts come from.
        seed: u64,
        /// The most milliseconds by which a clock is fast or slow.
        most_ms: u32,
    },
}

impl Skew {
    /// By how many milliseconds the clock of the n-th run of `function` is fast.
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
                // An odd factor spreads the runs over all seeds; the names' lengths differ, and so do their draws.
                let run = u64::from(run) * 2 + (function.len() as u64 & 1);
                let seed = seed ^ run.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let most = i64::from(most_ms);
                fastrand::Rng::with_seed(seed).i64(-most..=most)
            }
        }
    }
}
