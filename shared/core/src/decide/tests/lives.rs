//! Executions with arbitrary replies of the services.

use proptest::prelude::*;

use super::*;
use crate::model::execution_record::{Channel, Goal};

/// Parameters of each kind of action.
const PARAMETERS: [&str; 9] = [
    r#""DistributionId":"E1""#,
    r#""DistributionId":["E1","E2","E3"]"#,
    r#""DistributionId":["E1","E2"],"OnTimeout":"succeed""#,
    r#""DistributionId":["E1","E2"],"OnTimeout":"release""#,
    r#""DistributionId":["E1","E2"],"Wait":false"#,
    r#""Targets":[{"Alias":"a.example"},{"DistributionTenantId":"dt_1"}]"#,
    r#""Targets":[{"Alias":"a.example"},{"DistributionId":"E1"}],"DryRun":true"#,
    r#""DistributionId":"E1","NotifyOn":"failure""#,
    r#""DistributionId":["E1","E2"],"OnTimeout":"release","NotifyOn":"change""#,
];

/// A possible result of a step.
fn observe(record: &ExecutionRecord, step: &Step, choice: u8) -> Option<Observation> {
    let service_error = || ServiceError::new("Throttling", "Rate exceeded");
    let observation = match (step, choice % 4) {
        (Step::Call(target_index, call), _) => Observation::Replied(
            *target_index,
            reply(&record.targets[*target_index], call, choice),
        ),
        (Step::Report, 0) => Observation::NotReported(service_error()),
        (Step::Report, 1) => Observation::Reported(Delivery::Closed),
        (Step::Report, _) if record.outcome.is_some() => Observation::Reported(Delivery::Concluded),
        (Step::Report, _) => Observation::Reported(Delivery::Continued),
        (Step::CheckForChange, 0) => Observation::NotPublished(Channel::Topic, service_error()),
        (Step::CheckForChange, _) => {
            Observation::ChangeChecked(!record.is_success() || choice % 4 == 1)
        }
        (Step::Publish(channel), 0 | 1) => Observation::NotPublished(*channel, service_error()),
        (Step::Publish(channel), _) => Observation::Published {
            channel: *channel,
            message_id: "m".to_owned(),
        },
        (Step::Decide(_) | Step::Skip | Step::Finalize | Step::Wait(_) | Step::Done, _) => {
            return None;
        }
    };
    Some(observation)
}

/// Whether the observation delays the delivery of an outcome.
fn is_rejection(observation: &Observation) -> bool {
    match observation {
        Observation::NotReported(_) | Observation::NotPublished(..) => true,
        Observation::Replied(_, reply) => matches!(reply, Reply::Queue(QueueReply::NotLeft(_))),
        Observation::Reported(_)
        | Observation::ChangeChecked(_)
        | Observation::Published { .. }
        | Observation::Disallowed
        | Observation::DisallowedTarget(..) => false,
    }
}

fn reply(target: &Target, call: &Call, choice: u8) -> Reply {
    match call {
        Call::CloudFront(call) => cloudfront_reply(target, call, choice).into(),
        Call::Queue(call) => queue_reply(call, choice).into(),
    }
}

fn cloudfront_reply(target: &Target, call: &CloudFrontCall, choice: u8) -> CloudFrontReply {
    let found = |caller_reference: &str| Found {
        status: Status::InProgress,
        caller_reference: caller_reference.to_owned(),
        paths: vec!["/*".to_owned()],
    };
    match (call, choice % 4) {
        (_, 0) => CloudFrontReply::Retryable(ServiceError::new("Throttling", "Rate exceeded")),
        (CloudFrontCall::Create | CloudFrontCall::Probe, 1) if choice & 4 == 0 => {
            CloudFrontReply::Rejected(Reason::NoSuchDistribution)
        }
        (CloudFrontCall::Resolve, 1) if choice & 4 == 0 => {
            CloudFrontReply::Rejected(Reason::NoSuchAlias(None))
        }
        (CloudFrontCall::Resolve, _) => {
            let distribution = DistributionId::parse("E9").unwrap();
            CloudFrontReply::Resolved(Resource::Distribution(distribution))
        }
        (CloudFrontCall::Probe, _) => CloudFrontReply::Allowed,
        (CloudFrontCall::Create, 1) => CloudFrontReply::CallerReferenceConflict,
        (CloudFrontCall::Create, _) => CloudFrontReply::Created(id(), Status::InProgress),
        (CloudFrontCall::List, _) => CloudFrontReply::Listed(listed(u64::from(choice % 3))),
        (CloudFrontCall::Compare(id), 1) => {
            CloudFrontReply::Compared(id.clone(), found(&target.caller_reference))
        }
        (CloudFrontCall::Compare(id), _) => {
            CloudFrontReply::Compared(id.clone(), found("another reference"))
        }
        (CloudFrontCall::Poll, 1) => CloudFrontReply::Polled(Status::Completed),
        (CloudFrontCall::Poll, _) => CloudFrontReply::Polled(Status::InProgress),
    }
}

fn queue_reply(call: &QueueCall, choice: u8) -> QueueReply {
    let service_error = || ServiceError::new("Throttling", "");
    match (call, choice % 4) {
        (QueueCall::Leave, 0) => QueueReply::NotLeft(service_error()),
        (_, 0) => QueueReply::QueueRetryable(service_error()),
        (QueueCall::Leave, _) => QueueReply::Left,
        (QueueCall::Enter | QueueCall::Admission | QueueCall::BecomeLeader, _) => admission(choice),
        (QueueCall::CheckLeader(_), 1) => QueueReply::NoLeader,
        (QueueCall::CheckLeader(_), 2) => QueueReply::LeaderState(None),
        (QueueCall::CheckLeader(_), _) => QueueReply::LeaderState(Some(StatusSnapshot {
            id: id(),
            status: Status::InProgress,
            checked_at: at(0),
        })),
    }
}

/// A possible admission.
fn admission(choice: u8) -> QueueReply {
    let leader = EntryId {
        execution: job(RETURN),
        target_index: 0,
    };
    match choice / 4 % 6 {
        0 => QueueReply::Admission(None),
        1 => QueueReply::NoQueue,
        2 => QueueReply::Admission(Some(Admission::Waiting { ahead: 3 })),
        3 => QueueReply::Admission(Some(Admission::Leader)),
        4 => QueueReply::Admission(Some(Admission::Follower(leader))),
        _ => QueueReply::Admission(Some(Admission::Admitted)),
    }
}

/// Whether the verdict corresponds to the state of the targets.
fn is_true(record: &ExecutionRecord, verdict: &Verdict) -> bool {
    let mut targets = record.targets.iter();
    match verdict {
        Verdict::Succeeded => targets.all(|target| match record.goal {
            Goal::Completed => target.is_completed(),
            Goal::Created => target.invalidation.is_some(),
            Goal::Planned => target.is_allowed && target.invalidation.is_none(),
        }),
        Verdict::SucceededWithWarning => targets.all(|target| target.invalidation.is_some()),
        Verdict::Failed(reason) => targets.any(|target| target.rejection.as_ref() == Some(reason)),
        Verdict::TimedOut => targets.any(|target| !target.is_settled(record.goal)),
    }
}

proptest! {
    /// With any replies, each execution is decided once, reported and finalized. It succeeds only if CloudFront
    /// reported so.
    #[test]
    fn every_execution_ends(
        choices in prop::collection::vec(any::<u8>(), 3_000),
        returns: bool,
        action in 0..PARAMETERS.len(),
        puts_events: bool,
    ) {
        let (mut record, mut now, mut outcome) = (job_in_queue(PARAMETERS[action]), at(0), None);
        if puts_events {
            record.event_state = PublishState::Undecided;
        }
        let (mut steps, mut is_rejected) = (0, false);
        for choice in choices {
            let step = next(&record, now);
            prop_assert_eq!(due_at(&record, now).is_none(), step == Step::Done);
            match &step {
                Step::Done => break,
                Step::Wait(until) => {
                    prop_assert!(*until > now, "the end of a wait is in the future");
                    // An execution without an error is not overdue while it waits.
                    prop_assert!(is_rejected || *until <= overdue_at(&record), "{:?} at {:?}", record, now);
                    now = *until;
                    if returns && record.job.result == Some(Delivery::Continued) {
                        let number = record.job.number + 1;
                        let id = format!("{number:08x}-abcd-2222-abcd-222222abcdef");
                        let budget = InvocationBudget { from: now, wait_until: now, work_until: now, ends_at: now };
                        record = reopened(&record, &incoming_job(&id, number, budget)).unwrap();
                    }
                }
                Step::Decide(verdict) => {
                    prop_assert!(is_true(&record, verdict), "{:?} of {:?}", verdict, record.targets);
                    record = decided(&record, verdict.clone(), now);
                }
                Step::Skip => record = skipped(&record),
                Step::Finalize => record = finalized(&record, now, &POLICY),
                Step::Call(..) | Step::Report | Step::CheckForChange | Step::Publish(_) => {
                    record = before(&record, &step, now).unwrap_or(record);
                    let observation = observe(&record, &step, choice).unwrap();
                    is_rejected |= is_rejection(&observation);
                    record = after(&record, observation, now, &POLICY);
                }
            }
            steps += 1;
            prop_assert!(outcome.is_none() || record.outcome == outcome, "the outcome changed");
            outcome = record.outcome.clone();
        }
        prop_assert_eq!(next(&record, now), Step::Done, "not finalized after {} steps", steps);
    }
}
