//! Several targets, and what an action may want of them.

use super::*;
use crate::model::execution_record::Goal;

fn replied(record: &Record, place: usize, reply: impl Into<Reply>, seconds: u64) -> Record {
    after(
        record,
        Observation::Replied(place, reply.into()),
        at(seconds),
        &POLICY,
    )
}

fn created_at(record: &Record, place: usize, seconds: u64) -> Record {
    let id = InvalidationId::parse(&format!("I{place}")).unwrap();
    replied(
        record,
        place,
        CloudFrontReply::Created(id, Status::InProgress),
        seconds,
    )
}

fn answered(record: &Record, seconds: u64) -> Record {
    after(
        record,
        Observation::Answered(Delivery::Concluded),
        at(seconds),
        &POLICY,
    )
}

#[test]
fn each_target_is_created_in_its_turn_under_a_reference_of_its_own() {
    let mut record = visit_with(r#""DistributionId":["E1","E2","E3"]"#);
    for place in 0..3 {
        assert_eq!(
            next(&record, at(0)),
            Step::Call(place, CloudFrontCall::Create.into())
        );
        let counted = before(
            &record,
            &Step::Call(place, CloudFrontCall::Create.into()),
            at(0),
        )
        .unwrap();
        record = created_at(&counted, place, 0);
    }
    let attempts = record.targets.iter().map(|target| target.create_attempts);
    assert_eq!(attempts.collect::<Vec<_>>(), [1, 1, 1]);
    let references = record
        .targets
        .iter()
        .map(|target| target.caller_reference.as_str());
    assert_eq!(
        references.collect::<Vec<_>>(),
        [
            format!("codepipeline-{FIRST}"),
            format!("codepipeline-{FIRST}-2"),
            format!("codepipeline-{FIRST}-3")
        ]
    );
}

#[test]
fn a_target_that_is_put_off_keeps_no_other_waiting() {
    let record = visit_with(r#""DistributionId":["E1","E2"]"#);
    let put_off = replied(
        &record,
        0,
        CloudFrontReply::PutOff(Trouble::new("Throttling", "")),
        0,
    );
    assert_eq!(
        next(&put_off, at(0)),
        Step::Call(1, CloudFrontCall::Create.into())
    );
    let one = created_at(&put_off, 1, 0);
    assert_eq!(
        next(&one, at(1)),
        Step::Rest(at(3)),
        "until the look at the second"
    );
    assert_eq!(
        next(&one, at(5)),
        Step::Call(1, CloudFrontCall::Look.into())
    );
}

/// What CloudFront said when it put us off is told until it answers again, and the pauses begin anew.
#[test]
fn trouble_is_forgotten_when_cloudfront_answers_again() {
    let record = visit_with(r#""DistributionId":"E1""#);
    let put_off = replied(
        &record,
        0,
        CloudFrontReply::PutOff(Trouble::new("Throttling", "")),
        0,
    );
    let put_off = replied(
        &put_off,
        0,
        CloudFrontReply::PutOff(Trouble::new("Throttling", "")),
        9,
    );
    let target = &put_off.targets[0];
    assert_eq!((target.delays, target.trouble.is_some()), (2, true));
    let not_asked = replied(
        &put_off,
        0,
        CloudFrontReply::PutOff(Trouble::not_asked("")),
        20,
    );
    let target = &not_asked.targets[0];
    let said = target.trouble.as_ref().map(|trouble| trouble.code.as_str());
    assert_eq!(
        (target.delays, said),
        (3, Some("Throttling")),
        "not our own word"
    );
    let created = created_at(&put_off, 0, 30);
    let target = &created.targets[0];
    assert_eq!((target.delays, &target.trouble), (0, &None));
}

/// The deploy is done: a refusal of one cache is no reason to leave the others as they are.
#[test]
fn a_refusal_is_told_once_the_others_have_come_to_their_end() {
    let record = visit_with(r#""DistributionId":["E1","E2"]"#);
    let refused = replied(
        &record,
        0,
        CloudFrontReply::Refused(Reason::NoSuchDistribution),
        0,
    );
    assert_eq!(
        next(&refused, at(0)),
        Step::Call(1, CloudFrontCall::Create.into())
    );
    let created = created_at(&refused, 1, 1);
    let done = replied(&created, 1, CloudFrontReply::Seen(Status::Completed), 20);
    let failed = Verdict::Failed(Reason::NoSuchDistribution);
    assert_eq!(next(&done, at(20)), Step::Decide(failed.clone()));
    assert_eq!(
        next(&created, at(900)),
        Step::Call(1, CloudFrontCall::Look.into())
    );
    let late = replied(&created, 1, CloudFrontReply::Seen(Status::InProgress), 900);
    assert_eq!(next(&late, at(900)), Step::Decide(failed));
}

#[test]
fn success_takes_every_target() {
    let record = visit_with(r#""DistributionId":["E1","E2"]"#);
    let record = created_at(&created_at(&record, 0, 0), 1, 0);
    let one = replied(&record, 0, CloudFrontReply::Seen(Status::Completed), 5);
    assert_eq!(
        next(&one, at(5)),
        Step::Call(1, CloudFrontCall::Look.into())
    );
    let both = replied(&one, 1, CloudFrontReply::Seen(Status::Completed), 6);
    assert_eq!(next(&both, at(6)), Step::Decide(Verdict::Succeeded));
}

/// Whatever a domain name leads to later, this execution goes on with what it led to once.
#[test]
fn a_domain_name_is_resolved_once_and_what_it_led_to_is_kept() {
    let record = visit_with(r#""Targets":[{"Alias":"WWW.example.com"}]"#);
    assert_eq!(
        next(&record, at(0)),
        Step::Call(0, CloudFrontCall::Resolve.into())
    );
    let distribution = Resource::Distribution(DistributionId::parse("E7").unwrap());
    let resolved = replied(
        &record,
        0,
        CloudFrontReply::Resolved(distribution.clone()),
        0,
    );
    assert_eq!(resolved.targets[0].resource, distribution);
    let alias = resolved.targets[0].known_as.as_ref().unwrap();
    assert_eq!(alias.as_str(), "www.example.com");
    assert_eq!(
        next(&resolved, at(0)),
        Step::Call(0, CloudFrontCall::Create.into())
    );
    let other = Resource::Distribution(DistributionId::parse("E8").unwrap());
    let again = replied(&resolved, 0, CloudFrontReply::Resolved(other), 1);
    assert_eq!(again.targets, resolved.targets);
    assert_eq!(again.cloudfront_calls, 2, "each question is counted");
}

#[test]
fn a_wish_not_to_wait_is_fulfilled_as_soon_as_cloudfront_has_taken_all() {
    let record = visit_with(r#""DistributionId":["E1","E2"],"Wait":false"#);
    let one = created_at(&record, 0, 0);
    assert_eq!(
        next(&one, at(0)),
        Step::Call(1, CloudFrontCall::Create.into())
    );
    let both = created_at(&one, 1, 0);
    assert_eq!(next(&both, at(0)), Step::Decide(Verdict::Succeeded));
    assert_eq!(next(&one, at(900)), Step::Decide(Verdict::TimedOut));
}

#[test]
fn a_dry_run_creates_nothing_and_tells_nobody_else() {
    let record = visit_with(r#""DistributionId":"E1","DryRun":true,"Wait":false"#);
    assert_eq!(record.goal, Goal::Planned);
    assert_eq!(
        next(&record, at(0)),
        Step::Call(0, CloudFrontCall::Probe.into())
    );
    let allowed = replied(&record, 0, CloudFrontReply::Allowed, 0);
    assert_eq!(next(&allowed, at(0)), Step::Decide(Verdict::Succeeded));
    let planned = decided(&allowed, Verdict::Succeeded, at(0));
    assert_eq!(planned.announcement, Announcement::Unwanted);
    let refused = replied(
        &record,
        0,
        CloudFrontReply::Refused(Reason::NoSuchDistribution),
        0,
    );
    let failed = Verdict::Failed(Reason::NoSuchDistribution);
    assert_eq!(next(&refused, at(0)), Step::Decide(failed));
}

/// What CloudFront has not even taken fails in any case: nobody would ever learn that visitors get old files for good.
#[test]
fn only_what_cloudfront_has_taken_is_excused() {
    for (wish, taken) in [
        ("fail", Verdict::TimedOut),
        ("succeed", Verdict::Excused),
        ("release", Verdict::Excused),
    ] {
        let record = visit_with(&format!(
            r#""DistributionId":["E1","E2"],"OnTimeout":"{wish}""#
        ));
        let one = created_at(&record, 0, 0);
        let one = replied(&one, 0, CloudFrontReply::Seen(Status::InProgress), 900);
        assert_eq!(
            next(&one, at(900)),
            Step::Decide(Verdict::TimedOut),
            "{wish}"
        );
        let both = created_at(&one, 1, 899);
        let both = replied(&both, 1, CloudFrontReply::Seen(Status::InProgress), 900);
        assert_eq!(next(&both, at(900)), Step::Decide(taken), "{wish}");
    }
}

fn excused(wish: &str) -> Record {
    let record = visit_with(&format!(r#""DistributionId":"E1","OnTimeout":"{wish}""#));
    let late = replied(
        &created_at(&record, 0, 0),
        0,
        CloudFrontReply::Seen(Status::InProgress),
        900,
    );
    answered(&decided(&late, Verdict::Excused, at(900)), 900)
}

#[test]
fn a_released_action_is_watched_on_and_told_of_late() {
    let released = excused("release");
    let Step::Rest(until) = next(&released, at(900)) else {
        panic!("it is watched");
    };
    assert_eq!(
        next(&released, until),
        Step::Call(0, CloudFrontCall::Look.into())
    );
    let still = replied(
        &released,
        0,
        CloudFrontReply::Seen(Status::InProgress),
        1_000,
    );
    assert_eq!(
        next(&still, at(1_000)),
        Step::Rest(at(1_100)),
        "a tenth of its age"
    );
    let done = replied(&still, 0, CloudFrontReply::Seen(Status::Completed), 1_200);
    assert_eq!(next(&done, at(1_200)), Step::Announce(Channel::Topic));
    assert_eq!(done.outcome, released.outcome, "the outcome stands");

    let day = 24 * 60 * 60;
    let nearly = replied(
        &still,
        0,
        CloudFrontReply::Seen(Status::InProgress),
        900 + day - 1,
    );
    let step = next(&nearly, at(900 + day + 600));
    assert_eq!(
        step,
        Step::Call(0, CloudFrontCall::Look.into()),
        "it is watched for a day"
    );
    let never = replied(
        &still,
        0,
        CloudFrontReply::Seen(Status::InProgress),
        900 + day,
    );
    assert_eq!(
        next(&never, at(900 + day)),
        Step::Announce(Channel::Topic),
        "nobody watches for ever"
    );
}

/// A copy of a notice says what the first one said.
#[test]
fn once_people_may_have_been_told_nothing_changes_any_more() {
    assert_eq!(
        next(&excused("succeed"), at(900)),
        Step::Announce(Channel::Topic)
    );
    let told = before(
        &excused("release"),
        &Step::Announce(Channel::Topic),
        at(2_000),
    )
    .unwrap();
    assert_eq!(
        replied(&told, 0, CloudFrontReply::Seen(Status::Completed), 2_001),
        told
    );
    assert!(!told.is_watched());
    let nobody = Record {
        announcement: Announcement::Unwanted,
        ..excused("release")
    };
    assert_eq!(
        next(&nobody, at(900)),
        Step::Drain,
        "there is nobody to be told"
    );
}
