//! Sweeps over many records: their cost, their order, and what is left for the next one. These tests count calls;
//! they do not measure time.

use std::time::Duration;

use bench::scale::{Backlog, Shape, Sweeps, play};
use local_aws::Service;

const RECORDS: Backlog = Backlog {
    unfinished: 100,
    distributions: 10,
    finished: 0,
    shape: Shape::Even,
    is_completed: false,
};

/// The calls of the only sweep that this backlog needs.
fn only_sweep(backlog: Backlog) -> bench::scale::Sweep {
    let Sweeps { mut sweeps, .. } = play(backlog);
    assert_eq!(sweeps.len(), 1, "{sweeps:?}");
    sweeps.remove(0)
}

#[test]
fn finished_records_cost_nothing() {
    let alone = only_sweep(RECORDS);
    let finished = only_sweep(Backlog {
        finished: 2_000,
        ..RECORDS
    });
    assert_eq!(alone.calls, finished.calls);
    assert_eq!(alone.took, finished.took);
    assert_eq!((alone.end.moved, alone.end.left), (100, 0));
}

/// Two writes for each record, a query for each round, two for what is open, and at most one call to CloudFront.
#[test]
fn a_sweep_costs_the_same_for_each_record_with_more_records() {
    for unfinished in [1, 10, 100, 1_000] {
        let sweep = only_sweep(Backlog {
            unfinished,
            ..RECORDS
        });
        let rounds = unfinished / checker::RECORDS_AT_MOST + 1;
        let writes =
            sweep.calls_to(Service::DynamoDb) - sweep.calls[&(Service::DynamoDb, "Query".into())];
        assert_eq!(writes, 2 * unfinished);
        assert!(sweep.calls[&(Service::DynamoDb, "Query".into())] <= rounds + 2);
        let polls = sweep.calls_to(Service::CloudFront);
        assert!(polls <= unfinished.min(20), "{polls} for {unfinished}");
        let at_a_time = if unfinished < checker::BACKLOG {
            checker::RECORDS_AT_A_TIME
        } else {
            checker::BACKLOG_AT_A_TIME
        };
        assert_eq!(sweep.in_flight, at_a_time.min(unfinished));
    }
}

/// In backlog mode a distribution is listed immediately. The status that one record receives is not requested again
/// for another, even many seconds later, while no call is available.
#[test]
fn a_backlog_costs_one_call_for_each_distribution() {
    let sweep = only_sweep(Backlog {
        unfinished: 600,
        distributions: 60,
        ..RECORDS
    });
    assert!(sweep.took > Duration::from_secs(12), "{sweep:?}");
    // The last few are polled again, where a call is available.
    let polls = sweep.calls_to(Service::CloudFront);
    assert!((60..120).contains(&polls), "{polls}");
}

#[test]
fn a_sweep_that_runs_out_of_time_leaves_the_rest_to_the_next() {
    let played = play(Backlog {
        unfinished: 300,
        distributions: 300,
        ..RECORDS
    });
    assert!(played.is_whole());
    assert_eq!(played.sweeps.len(), 3);
    let first = &played.sweeps[0];
    assert!(
        first.end.left > 0 && first.took < Duration::from_secs(55),
        "{first:?}"
    );
    assert_eq!(first.claims + first.end.left, 300, "none is lost");
    assert!(played.sweeps.iter().all(|sweep| sweep.end.failed == 0));
}

/// The longest due records come first on every distribution: a backlog on one distribution does not delay the others
/// more than a backlog on many.
#[test]
fn a_backlog_on_one_distribution_delays_no_execution_for_long() {
    let last = |shape| {
        let played = play(Backlog {
            unfinished: 400,
            distributions: 20,
            shape,
            ..RECORDS
        });
        assert!(played.is_whole());
        played.last_poll(false).expect("there are others")
    };
    let minutes = Duration::from_secs(3 * 60);
    assert!(last(Shape::BacklogAmong) < minutes);
    assert!(last(Shape::BacklogFirst) < minutes);
    assert!(last(Shape::Even) < minutes);
}
