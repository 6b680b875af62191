//! The deployments of a day.

use std::time::Duration;

use fastrand::Rng;
use serde_json::json;

use super::DISTRIBUTIONS;
use local_aws::account::{ACCOUNT, REGION};

const HOUR: Duration = Duration::from_secs(60 * 60);
/// The distribution of deployments over the hours: few at night, most before and after lunch.
const HOURS: [u32; 24] = [
    1, 1, 1, 1, 1, 1, 2, 5, 9, 11, 11, 10, 8, 9, 11, 10, 8, 5, 3, 2, 1, 1, 1, 1,
];
/// The hours of the batches. One deployment in 20 belongs to a batch.
const TRAINS: [f64; 8] = [9.5, 10.0, 10.5, 11.5, 13.5, 14.0, 15.0, 16.5];
/// The period in which the deployments of a batch begin.
const TRAIN: Duration = Duration::from_secs(3 * 60);
/// One batch in this many has a single distribution, whose queue it fills.
const SINGLE: usize = 2;
/// The distributions of one deployment in five.
const BUSY: usize = 20;
/// The number of distributions of a team, which share one topic.
const TEAM: usize = 25;

/// One deployment.
#[derive(Clone, Debug)]
pub(super) struct Deploy {
    /// When it begins, after midnight.
    pub(super) begins: Duration,
    /// The number of its distribution.
    pub(super) distribution: usize,
    /// Its user parameters.
    pub(super) parameters: String,
}

/// The deployments of a day, in the order in which they begin.
pub(super) fn of(deploys: usize) -> Vec<Deploy> {
    let mut rng = Rng::with_seed(7);
    let rng = &mut rng;
    let mut plan: Vec<Deploy> = (0..deploys).map(|number| deploy(rng, number)).collect();
    plan.sort_by_key(|deploy| deploy.begins);
    plan
}

fn deploy(rng: &mut Rng, number: usize) -> Deploy {
    let (begins, distribution) = if rng.u8(0..20) == 0 {
        let train = rng.usize(..TRAINS.len());
        let begins = HOUR.mul_f64(TRAINS[train]) + TRAIN.mul_f64(rng.f64());
        let is_single = train.is_multiple_of(SINGLE);
        let distribution = if is_single {
            train
        } else {
            rng.usize(..DISTRIBUTIONS)
        };
        (begins, distribution)
    } else {
        let is_busy = rng.u8(0..5) == 0;
        let most = if is_busy { BUSY } else { DISTRIBUTIONS };
        (hour(rng) + HOUR.mul_f64(rng.f64()), rng.usize(..most))
    };
    let parameters = json!({
        "DistributionId": id(distribution),
        "SnsTopicArn": topic(team(distribution)),
        "Paths": paths(rng, number),
    });
    Deploy {
        begins,
        distribution,
        parameters: parameters.to_string(),
    }
}

/// The beginning of an hour, weighted by its load.
fn hour(rng: &mut Rng) -> Duration {
    let mut left = rng.u32(..HOURS.iter().sum::<u32>());
    let busy = HOURS.iter().position(|weight| {
        let is_it = left < *weight;
        left = left.saturating_sub(*weight);
        is_it
    });
    HOUR * u32::try_from(busy.unwrap_or_default()).unwrap_or_default()
}

/// Everything, a few files, or many: the user parameters have 1,000 characters.
fn paths(rng: &mut Rng, number: usize) -> Vec<String> {
    let files = match rng.u8(0..10) {
        0..5 => return vec!["/*".to_owned()],
        5..9 => rng.usize(1..=5),
        _ => rng.usize(10..=40),
    };
    (0..files)
        .map(|file| format!("/{number}/{file}.html"))
        .collect()
}

/// The id of a distribution.
pub(super) fn id(distribution: usize) -> String {
    format!("E1EXAMPLE{distribution:04}")
}

/// The team of a distribution.
pub(super) fn team(distribution: usize) -> usize {
    distribution / TEAM
}

/// The number of teams.
pub(super) const TEAMS: usize = DISTRIBUTIONS.div_ceil(TEAM);

/// The topic of a team.
pub(super) fn topic(team: usize) -> String {
    format!("arn:aws:sns:{REGION}:{ACCOUNT}:deploys-of-team-{team}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_its_hours_its_trains_and_its_busy_ones() {
        let plan = of(20_000);
        let within = |from: f64, to: f64| {
            let span = HOUR.mul_f64(from)..HOUR.mul_f64(to);
            plan.iter()
                .filter(|deploy| span.contains(&deploy.begins))
                .count()
        };
        assert!(within(10.0, 11.0) > 5 * within(3.0, 4.0));
        assert!(2 * within(10.0, 10.05) > 3 * within(10.1, 10.15));
        let busy = plan
            .iter()
            .filter(|deploy| deploy.distribution < BUSY)
            .count();
        assert!(busy > plan.len() / 5, "{busy}");
        let longest = plan.iter().map(|deploy| deploy.parameters.len()).max();
        assert!(longest <= Some(1_000), "{longest:?}");
        assert!(plan.iter().all(|deploy| deploy.begins < 24 * HOUR));
    }
}
