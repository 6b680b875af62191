//! The configurations that are explored.

use invalidation_core::model::time_budget::MAX_WAIT;

use super::bug::Bug;
use super::configuration::{Configuration, Loss, Order};
use super::scenario::Scenario;

const SOUND: Configuration = Configuration::SOUND;
const GOOD: Configuration = Configuration {
    timelines: &[Scenario::Good],
    ..SOUND
};
const ONE_FAULT: Configuration = Configuration {
    name: "one fault",
    faults: 1,
    ..GOOD
};
const TWO_FAULTS: Configuration = Configuration {
    name: "two faults",
    faults: 2,
    ..GOOD
};
const THREE_FAULTS: Configuration = Configuration {
    name: "three faults",
    faults: 3,
    ..GOOD
};

/// The configurations that every test run explores: more than a million states.
pub const SMALL: &[Configuration] = &[
    SOUND,
    Configuration {
        name: "a copy of an event, a reference conflict",
        timelines: &[Scenario::CallerReferenceConflict],
        copies: 1,
        ..SOUND
    },
    ONE_FAULT,
    Configuration {
        name: "one fault, rejected",
        timelines: &[Scenario::Rejected, Scenario::BadParameters],
        ..ONE_FAULT
    },
    Configuration {
        name: "the default wait",
        max_wait: MAX_WAIT,
        ..GOOD
    },
    Configuration {
        name: "one fault, a bus for events",
        has_bus: true,
        workers: 1,
        ..ONE_FAULT
    },
    Configuration {
        name: "stopped at any moment",
        may_stop: true,
        ..GOOD
    },
    Configuration {
        name: "a clock that is behind",
        lagging: 1,
        ..GOOD
    },
    Configuration {
        name: "two forged continuations, one run at a time",
        forgeries: 2,
        workers: 1,
        ..GOOD
    },
    Configuration {
        name: "one fault, no start",
        has_start: false,
        ..ONE_FAULT
    },
    Configuration {
        name: "one fault, no checker",
        has_sweeps: false,
        has_failed_delivery: false,
        loss: Loss::Notification,
        ..ONE_FAULT
    },
    Configuration {
        name: "three faults, no checker, one run at a time",
        workers: 1,
        has_sweeps: false,
        has_failed_delivery: false,
        loss: Loss::JobResult,
        ..THREE_FAULTS
    },
    Configuration {
        name: "one fault, no second delivery, no failed delivery",
        attempts: 1,
        has_failed_delivery: false,
        loss: Loss::JobResult,
        ..ONE_FAULT
    },
];

const LARGE: [Configuration; 15] = [
    Configuration {
        name: "one forged continuation",
        forgeries: 1,
        ..GOOD
    },
    Configuration {
        name: "two forged continuations",
        forgeries: 2,
        ..GOOD
    },
    Configuration {
        name: "one fault, one forged continuation",
        forgeries: 1,
        ..ONE_FAULT
    },
    Configuration {
        name: "one fault, a copy, a clock behind",
        copies: 1,
        lagging: 1,
        ..ONE_FAULT
    },
    Configuration {
        name: "two faults, every scenario",
        timelines: Scenario::ALL,
        ..TWO_FAULTS
    },
    Configuration {
        name: "two faults, two jobs at once",
        prompt_jobs: 2,
        ..TWO_FAULTS
    },
    Configuration {
        name: "one fault, three runs at a time",
        workers: 3,
        ..ONE_FAULT
    },
    Configuration {
        name: "one fault, a copy, stopped",
        copies: 1,
        may_stop: true,
        ..ONE_FAULT
    },
    Configuration {
        name: "three faults, one run at a time",
        workers: 1,
        ..THREE_FAULTS
    },
    Configuration {
        name: "a copy, stopped, a clock behind",
        copies: 1,
        may_stop: true,
        lagging: 1,
        ..SOUND
    },
    Configuration {
        name: "one fault, a copy, the default wait",
        copies: 1,
        max_wait: MAX_WAIT,
        ..ONE_FAULT
    },
    Configuration {
        name: "one fault, stopped, a clock behind",
        may_stop: true,
        lagging: 1,
        ..ONE_FAULT
    },
    Configuration {
        name: "three faults, no checker",
        has_sweeps: false,
        has_failed_delivery: false,
        loss: Loss::JobResult,
        ..THREE_FAULTS
    },
    Configuration {
        name: "two faults, no checker",
        has_sweeps: false,
        has_failed_delivery: false,
        loss: Loss::Notification,
        ..TWO_FAULTS
    },
    Configuration {
        name: "one fault, a bus, two runs at a time",
        has_bus: true,
        ..ONE_FAULT
    },
];

/// The configurations that take minutes and gigabytes. Whole levels of their states do not fit in memory, so they are
/// explored depth first; the path to a violation is then long. The largest come first, so that no core waits long for
/// another. Three faults with everything deployed, and a copy, a stop, a slow clock and a fault at once have more
/// than a hundred million states, too many for an hour.
#[must_use]
pub fn large() -> Vec<Configuration> {
    let in_depth = |one| Configuration {
        order: Order::Depth,
        ..one
    };
    LARGE.map(in_depth).to_vec()
}

/// One for each [`Bug`], as small as possible. Faults that [violate no invariant](Bug::breaks) lose the notification.
#[must_use]
pub fn seeded() -> Vec<Configuration> {
    let with = |bug, name, configuration: &Configuration| Configuration {
        name,
        bug: Some(bug),
        loss: Loss::Notification,
        ..configuration.clone()
    };
    vec![
        with(
            Bug::TimedReference,
            "a reference from the clock",
            &ONE_FAULT,
        ),
        with(Bug::PresumedCompletion, "completed because created", &GOOD),
        with(Bug::UnconditionalWrite, "writes without a condition", &GOOD),
        with(Bug::ResultBeforeDecision, "reported before decided", &GOOD),
        with(
            Bug::NotificationBeforeResult,
            "subscribers notified first",
            &GOOD,
        ),
        with(Bug::NoOutbox, "an outcome without its notification", &GOOD),
        with(Bug::MarkBeforePublish, "marked before published", &GOOD),
        with(Bug::NoClaim, "published without a claim", &GOOD),
    ]
}
