//! Lives in which the world says anything.

use proptest::prelude::*;

use super::*;
use crate::model::execution_record::{Channel, Goal};

/// One of each kind of action.
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

/// What the world may say to a step.
fn said(record: &Record, step: &Step, choice: u8) -> Option<Observation> {
    let trouble = || Trouble::new("Throttling", "Rate exceeded");
    let observation = match (step, choice % 4) {
        (Step::Call(place, call), _) => {
            Observation::Replied(*place, reply(&record.targets[*place], call, choice))
        }
        (Step::Answer, 0) => Observation::Unanswered(trouble()),
        (Step::Answer, 1) => Observation::Answered(Delivery::Closed),
        (Step::Answer, _) if record.outcome.is_some() => Observation::Answered(Delivery::Concluded),
        (Step::Answer, _) => Observation::Answered(Delivery::Continued),
        (Step::Recall, 0) => Observation::Unannounced(Channel::Topic, trouble()),
        (Step::Recall, _) => Observation::Recalled(!record.is_success() || choice % 4 == 1),
        (Step::Announce(channel), 0 | 1) => Observation::Unannounced(*channel, trouble()),
        (Step::Announce(channel), _) => Observation::Announced {
            channel: *channel,
            message_id: "m".to_owned(),
        },
        (Step::Decide(_) | Step::Omit | Step::Drain | Step::Rest(_) | Step::Done, _) => {
            return None;
        }
    };
    Some(observation)
}

/// Whether it keeps an outcome from those who should have it.
fn is_refusal(observation: &Observation) -> bool {
    match observation {
        Observation::Unanswered(_) | Observation::Unannounced(..) => true,
        Observation::Replied(_, reply) => matches!(reply, Reply::Queue(QueueReply::NotLeft(_))),
        Observation::Answered(_)
        | Observation::Recalled(_)
        | Observation::Announced { .. }
        | Observation::Disallowed => false,
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
        (_, 0) => CloudFrontReply::PutOff(Trouble::new("Throttling", "Rate exceeded")),
        (CloudFrontCall::Create | CloudFrontCall::Probe, 1) if choice & 4 == 0 => {
            CloudFrontReply::Refused(Reason::NoSuchDistribution)
        }
        (CloudFrontCall::Resolve, 1) if choice & 4 == 0 => {
            CloudFrontReply::Refused(Reason::NoSuchAlias)
        }
        (CloudFrontCall::Resolve, _) => {
            let distribution = DistributionId::parse("E9").unwrap();
            CloudFrontReply::Resolved(Resource::Distribution(distribution))
        }
        (CloudFrontCall::Probe, _) => CloudFrontReply::Allowed,
        (CloudFrontCall::Create, 1) => CloudFrontReply::ReferenceTaken,
        (CloudFrontCall::Create, _) => CloudFrontReply::Created(id(), Status::InProgress),
        (CloudFrontCall::List, _) => CloudFrontReply::Listed(listed(u64::from(choice % 3))),
        (CloudFrontCall::Compare(id), 1) => {
            CloudFrontReply::Compared(id.clone(), found(&target.caller_reference))
        }
        (CloudFrontCall::Compare(id), _) => {
            CloudFrontReply::Compared(id.clone(), found("somebody else's"))
        }
        (CloudFrontCall::Look, 1) => CloudFrontReply::Seen(Status::Completed),
        (CloudFrontCall::Look, _) => CloudFrontReply::Seen(Status::InProgress),
    }
}

fn queue_reply(call: &QueueCall, choice: u8) -> QueueReply {
    let trouble = || Trouble::new("Throttling", "");
    match (call, choice % 4) {
        (QueueCall::Leave, 0) => QueueReply::NotLeft(trouble()),
        (_, 0) => QueueReply::NotAsked(trouble()),
        (QueueCall::Leave, _) => QueueReply::Left,
        (QueueCall::Enter | QueueCall::Turn | QueueCall::Lead, _) => turn(choice),
        (QueueCall::Follow(_), 1) => QueueReply::NotFollowed,
        (QueueCall::Follow(_), 2) => QueueReply::Followed(None),
        (QueueCall::Follow(_), _) => QueueReply::Followed(Some(Sighting {
            id: id(),
            status: Status::InProgress,
            seen_at: at(0),
        })),
    }
}

/// Whose turn it is.
fn turn(choice: u8) -> QueueReply {
    let leader = Ticket {
        execution: job(RETURN),
        place: 0,
    };
    match choice / 4 % 6 {
        0 => QueueReply::Turn(None),
        1 => QueueReply::NoQueue,
        2 => QueueReply::Turn(Some(Turn::Waiting { ahead: 3 })),
        3 => QueueReply::Turn(Some(Turn::Leading)),
        4 => QueueReply::Turn(Some(Turn::Following(leader))),
        _ => QueueReply::Turn(Some(Turn::Called)),
    }
}

/// Whether each target is what the verdict says it is.
fn is_true(record: &Record, verdict: &Verdict) -> bool {
    let mut targets = record.targets.iter();
    match verdict {
        Verdict::Succeeded => targets.all(|target| match record.goal {
            Goal::Completed => target.is_completed(),
            Goal::Created => target.invalidation.is_some(),
            Goal::Planned => target.is_allowed && target.invalidation.is_none(),
        }),
        Verdict::Excused => targets.all(|target| target.invalidation.is_some()),
        Verdict::Failed(reason) => targets.any(|target| target.refusal.as_ref() == Some(reason)),
        Verdict::TimedOut => targets.any(|target| !target.is_settled(record.goal)),
    }
}

proptest! {
    /// Whatever the world says, each life ends: decided once, told, and drained; and success is only what CloudFront said.
    #[test]
    fn every_life_ends(
        choices in prop::collection::vec(any::<u8>(), 3_000),
        returns: bool,
        action in 0..PARAMETERS.len(),
        puts_events: bool,
    ) {
        let (mut record, mut now, mut outcome) = (visit_in_queue(PARAMETERS[action]), at(0), None);
        if puts_events {
            record.event = Announcement::Undecided;
        }
        let (mut steps, mut is_refused) = (0, false);
        for choice in choices {
            let step = next(&record, now);
            prop_assert_eq!(due_at(&record, now).is_none(), step == Step::Done);
            match &step {
                Step::Done => break,
                Step::Rest(until) => {
                    prop_assert!(*until > now, "a rest that is over is no rest");
                    // What waits because it may is not overdue meanwhile.
                    prop_assert!(is_refused || *until <= overdue_at(&record), "{:?} at {:?}", record, now);
                    now = *until;
                    if returns && record.visit.answer == Some(Delivery::Continued) {
                        let number = record.visit.number + 1;
                        let id = format!("{number:08x}-abcd-2222-abcd-222222abcdef");
                        let stay = Stay { from: now, answer_by: now, leave_by: now, ends_at: now };
                        record = reopened(&record, &visitor(&id, number, stay)).unwrap();
                    }
                }
                Step::Decide(verdict) => {
                    prop_assert!(is_true(&record, verdict), "{:?} of {:?}", verdict, record.targets);
                    record = decided(&record, verdict.clone(), now);
                }
                Step::Omit => record = omitted(&record),
                Step::Drain => record = drained(&record, now, &POLICY),
                Step::Call(..) | Step::Answer | Step::Recall | Step::Announce(_) => {
                    record = before(&record, &step, now).unwrap_or(record);
                    let observation = said(&record, &step, choice).unwrap();
                    is_refused |= is_refusal(&observation);
                    record = after(&record, observation, now, &POLICY);
                }
            }
            steps += 1;
            prop_assert!(outcome.is_none() || record.outcome == outcome, "the outcome changed");
            outcome = record.outcome.clone();
        }
        prop_assert_eq!(next(&record, now), Step::Done, "not ended after {} steps", steps);
    }
}
