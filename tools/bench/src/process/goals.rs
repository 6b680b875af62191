//! The limits of the functions compared with the Python function and with the prototype.

use super::measure::{Measure, Samples, Subject, Transport};
use super::table::shown_ratio;
use crate::goal::Goal;
use crate::statistics::paired_ratio;

/// The largest share of the Python function's numbers.
const OF_THE_OLD_FUNCTION: [(Measure, f64); 6] = [
    (Measure::ColdWall, 1.0 / 15.0),
    (Measure::ColdCpu, 1.0 / 25.0),
    (Measure::Memory, 1.0 / 5.0),
    (Measure::Package, 1.0 / 5.0),
    (Measure::FirstCpu, 1.0 / 3.0),
    (Measure::ReturnCpu, 1.0 / 3.0),
];
/// The largest multiple of the prototype's numbers.
const OF_THE_PROTOTYPE: f64 = 1.3;
/// The numbers that do not depend on how much more than the prototype the functions do for a job.
const ALIKE: [Measure; 4] = [
    Measure::ColdWall,
    Measure::ColdCpu,
    Measure::Memory,
    Measure::Package,
];

/// The goals of `start` over plain HTTP; a goal compared with an unmeasured subject is omitted.
#[must_use]
pub fn goals(samples: &Samples) -> Vec<Goal> {
    let old = OF_THE_OLD_FUNCTION.map(|(measure, most)| (measure, Subject::Old, most));
    let prototype = ALIKE.map(|measure| (measure, Subject::Prototype, OF_THE_PROTOTYPE));
    let all = old.into_iter().chain(prototype);
    all.filter_map(|(measure, other, most)| goal(samples, measure, other, most))
        .collect()
}

fn goal(samples: &Samples, measure: Measure, other: Subject, most: f64) -> Option<Goal> {
    let of = |subject| samples.of(Transport::Plain, measure, subject);
    let ratio = paired_ratio(of(Subject::Start), of(other))?;
    Some(Goal {
        asked: format!(
            "{}: at most {} of the {}",
            measure.name(),
            shown_ratio(most),
            other.name()
        ),
        measured: shown_ratio(ratio),
        is_met: ratio <= most,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goal::table;

    #[test]
    fn a_goal_is_met_or_missed() {
        let mut samples = Samples::default();
        let mut add = |measure, subject, number| {
            samples.add(Transport::Plain, measure, subject, number);
        };
        add(Measure::ColdWall, Subject::Start, 20.0);
        add(Measure::ColdWall, Subject::Old, 310.0);
        add(Measure::ColdWall, Subject::Prototype, 10.0);
        add(Measure::ColdCpu, Subject::Start, 10.0);
        insta::assert_snapshot!(table(&goals(&samples)), @r"
        | goal | measured | |
        | --- | --- | --- |
        | cold start, wall (ms): at most 1/15.0 of the Python function | 1/15.5 | met |
        | cold start, wall (ms): at most 1.3 of the prototype | 2.0 | missed |
        ");
    }
}
