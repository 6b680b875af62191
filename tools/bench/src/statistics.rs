//! Summaries of a list of numbers.

/// The median of some numbers, and their spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Summary {
    /// The first quartile.
    pub(super) lower_quartile: f64,
    /// The median.
    pub(super) median: f64,
    /// The third quartile.
    pub(super) upper_quartile: f64,
}

impl Summary {
    /// `None` for an empty list.
    #[must_use]
    pub(super) fn of(numbers: &[f64]) -> Option<Self> {
        let mut sorted = numbers.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            lower_quartile: quantile(&sorted, 0.25)?,
            median: quantile(&sorted, 0.5)?,
            upper_quartile: quantile(&sorted, 0.75)?,
        })
    }
}

/// The median of some numbers; `None` for an empty list.
#[must_use]
pub(super) fn median(numbers: &[f64]) -> Option<f64> {
    Summary::of(numbers).map(|summary| summary.median)
}

/// The median of the ratios of numbers from the same round. A slow machine slows both, so the ratio of neighbours is
/// steadier than the ratio of the medians.
#[must_use]
pub(super) fn paired_ratio(numbers: &[f64], others: &[f64]) -> Option<f64> {
    let pairs = numbers.iter().zip(others);
    let ratios: Vec<f64> = pairs.map(|(number, other)| number / other).collect();
    median(&ratios).filter(|ratio| ratio.is_finite())
}

/// Linear interpolation between two neighbours.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = last as f64 * share;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    let (below, above) = (sorted[below], sorted[above]);
    Some(below + (above - below) * place.fract())
}

/// The smallest of these sorted values that this share of them does not exceed: the nearest rank. Zero for an empty
/// list.
pub(super) fn nearest_rank(sorted: &[u64], share: f64) -> u64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}

pub(super) fn mean(values: &[u64]) -> f64 {
    values.iter().sum::<u64>() as f64 / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_the_numbers() {
        assert_eq!(Summary::of(&[]), None);
        let one = Summary {
            lower_quartile: 7.0,
            median: 7.0,
            upper_quartile: 7.0,
        };
        assert_eq!(Summary::of(&[7.0]), Some(one));
        let four = Summary {
            lower_quartile: 1.75,
            median: 2.5,
            upper_quartile: 3.25,
        };
        assert_eq!(Summary::of(&[4.0, 1.0, 3.0, 2.0]), Some(four));
        assert_eq!(median(&[9.0, 1.0, 1_000.0]), Some(9.0));
    }

    /// In the second round the machine was ten times as slow for both; the ratio does not change.
    #[test]
    fn a_ratio_is_that_of_neighbours() {
        let (ours, others) = ([2.0, 20.0, 2.2], [4.0, 40.0, 4.0]);
        assert_eq!(paired_ratio(&ours, &others), Some(0.5));
        assert_eq!(paired_ratio(&ours, &[]), None);
        assert_eq!(paired_ratio(&[1.0], &[0.0]), None);
    }

    #[test]
    fn a_quantile_is_the_nearest_rank() {
        let hundred: Vec<u64> = (1..=100).collect();
        let at = |share| nearest_rank(&hundred, share);
        assert_eq!(
            [at(0.0), at(0.5), at(0.95), at(0.99), at(1.0)],
            [1, 50, 95, 99, 100]
        );
        assert_eq!(nearest_rank(&[7], 0.5), 7);
        assert_eq!(nearest_rank(&[], 0.5), 0);
        assert_eq!((mean(&[1, 2]), mean(&[])), (1.5, 0.0));
    }
}
