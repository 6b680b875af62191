//! Tests of the invariant checker: each invariant is violated once on purpose, and normal operation satisfies all of
//! them.

mod breaches;
mod hostile;
mod logs;
mod printed;

use invariants::{Disposition, End, Fact, JobResult, Notification, Notify, SuccessCondition, What};

/// The execution of these tests.
const EXECUTION: &str = "11111111-abcd-1111-abcd-111111abcdef";
const INVALIDATION: &str = "I2J0I21PCUYOIK";
const DISTRIBUTION: &str = "E2EXAMPLE1ABCD";
const TOPIC: &str = "arn:aws:sns:us-east-1:111111111111:deploys";

fn fact(second: u64, what: What) -> Fact {
    Fact {
        at_ms: second * 1_000,
        execution: Some(EXECUTION.into()),
        what,
    }
}

fn reported(job_result: JobResult, disposition: Disposition) -> What {
    What::Reported {
        job: EXECUTION.into(),
        job_result: Some(job_result),
        disposition,
    }
}

fn published(success: bool, says: &str) -> What {
    What::Published(Notification {
        topic: Some(TOPIC.into()),
        success: Some(success),
        says: says.into(),
        message: Some("m1".into()),
    })
}

fn created(invalidation: &str, reference: &str) -> What {
    What::Created {
        distribution: Some(DISTRIBUTION.into()),
        reference: Some(reference.into()),
        invalidation: invalidation.into(),
    }
}

fn seen(completed: bool) -> What {
    What::StatusReceived {
        invalidation: INVALIDATION.into(),
        completed,
    }
}

/// Normal operation as the services record it, with all facts.
fn normal_operation() -> Vec<Fact> {
    let unattributed = |what| Fact {
        execution: None,
        ..fact(40, what)
    };
    vec![
        fact(0, What::Began),
        fact(
            0,
            What::Parameters {
                notify: Notify::All,
                targets: vec![DISTRIBUTION.into()],
                success_condition: SuccessCondition::Completed,
                timeout_minutes: None,
            },
        ),
        fact(
            0,
            What::Given {
                topic: Some(TOPIC.into()),
                deadline_ms: None,
            },
        ),
        fact(
            0,
            What::Received {
                job: EXECUTION.into(),
            },
        ),
        fact(
            1,
            What::Create {
                distribution: DISTRIBUTION.into(),
            },
        ),
        fact(1, created(INVALIDATION, "r1")),
        fact(
            10,
            What::Poll {
                invalidation: INVALIDATION.into(),
            },
        ),
        fact(10, seen(true)),
        fact(11, reported(JobResult::Success, Disposition::Accepted)),
        fact(11, What::Ended(End::Succeeded)),
        fact(
            12,
            What::Publish {
                topic: Some(TOPIC.into()),
            },
        ),
        fact(12, published(true, "success")),
        fact(
            12,
            What::Claimed {
                message: "m1".into(),
            },
        ),
        fact(40, What::Stored { finalized: true }),
        unattributed(What::Inbox),
        unattributed(What::Searched { texts: 20 }),
    ]
}
