//! The deployments: when each begins, and how long CloudFront takes for it. They depend on a seed and not on the
//! design, so every design has the same deployments.

use std::f64::consts::TAU;
use std::time::Duration;

use fastrand::Rng;

/// The number of deployments of one account.
const DEPLOYS_OF_A_BATCH: usize = 100;
/// The approximate time between two deployments of an account: large enough that they do not overlap, because
/// CloudFront's duration applies to every invalidation that is created from then on.
const PACE: Duration = Duration::from_secs(120);
/// The range in which a deployment begins: a whole minute, so that each second between two scheduled runs is equally
/// likely.
const SCATTER_MS: u64 = 60_000;

/// Half of the invalidations have completed by then, apart from the few slow ones.
const MEDIAN_SECONDS: f64 = 10.0;
/// "End-to-end completion … under 25 seconds at P95".
const P95_SECONDS: f64 = 25.0;
/// The P95 of the normal distribution.
const P95_OF_NORMAL: f64 = 1.644_853_627;
/// The number of slow invalidations, in addition to AWS's sentence.
const SLOW: f64 = 0.02;
/// How long those take, in milliseconds.
const SLOW_MS: std::ops::RangeInclusive<u64> = 60_000..=900_000;

/// Deployments that share an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) seed: u64,
    pub(super) deploys: Vec<Deploy>,
}

/// One deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deploy {
    /// When the action begins, from the beginning of the batch.
    pub(super) begins: Duration,
    /// From CreateInvalidation to `Completed`.
    pub(super) completes_after: Duration,
}

/// This many deployments, in batches.
pub(super) fn batches(deploys: usize) -> Vec<Batch> {
    let firsts = (0..deploys).step_by(DEPLOYS_OF_A_BATCH);
    let sizes = firsts.map(|first| DEPLOYS_OF_A_BATCH.min(deploys - first));
    (1..)
        .zip(sizes)
        .map(|(seed, size)| batch(seed, size))
        .collect()
}

fn batch(seed: u64, size: usize) -> Batch {
    let mut rng = Rng::with_seed(seed);
    let deploy = |number: u32| Deploy {
        begins: PACE * number + Duration::from_millis(rng.u64(..SCATTER_MS)),
        completes_after: completes_after(&mut rng),
    };
    let deploys = (0..).map(deploy).take(size).collect();
    Batch { seed, deploys }
}

fn completes_after(rng: &mut Rng) -> Duration {
    if rng.f64() < SLOW {
        return Duration::from_millis(rng.u64(SLOW_MS));
    }
    let spread = (P95_SECONDS / MEDIAN_SECONDS).ln() / P95_OF_NORMAL;
    let seconds = MEDIAN_SECONDS * (spread * normal(rng)).exp();
    Duration::from_millis((seconds * 1_000.0) as u64)
}

/// The Box-Muller transform from two uniform draws to a normal one.
fn normal(rng: &mut Rng) -> f64 {
    // One minus the draw is never zero.
    let radius = (-2.0 * (1.0 - rng.f64()).ln()).sqrt();
    radius * (TAU * rng.f64()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::nearest_rank;

    #[test]
    fn cloudfront_takes_as_long_as_aws_says() {
        let mut rng = Rng::with_seed(1);
        let throws = (0..100_000).map(|_| completes_after(&mut rng).as_millis() as u64);
        let mut ms: Vec<u64> = throws.collect();
        ms.sort_unstable();
        let (median, p99) = (nearest_rank(&ms, 0.5), nearest_rank(&ms, 0.99));
        assert!((9_800..=10_500).contains(&median), "{median}");
        let ordinary: Vec<u64> = ms.iter().copied().filter(|ms| *ms < 60_000).collect();
        let p95 = nearest_rank(&ordinary, 0.95);
        assert!((24_300..=25_700).contains(&p95), "{p95}");
        assert!((300_000..=650_000).contains(&p99), "{p99}");
        assert!(ms.last().is_some_and(|ms| *ms <= 900_000));
    }

    #[test]
    fn a_number_of_deploys_is_the_same_each_time() {
        let sizes = |deploys| -> Vec<usize> {
            batches(deploys)
                .iter()
                .map(|batch| batch.deploys.len())
                .collect()
        };
        assert_eq!(sizes(250), [100, 100, 50]);
        assert_eq!(sizes(0), [0; 0]);
        assert_eq!(batches(250), batches(250));
        assert_ne!(batches(200)[0].deploys, batches(200)[1].deploys);
    }
}
