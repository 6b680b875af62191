//! Who is told of which outcome, and when.

use super::*;
use crate::model::execution_record::{Channel, Notification, NotificationFormat, NotifyOn};

/// An outcome that CodePipeline has heard.
fn heard(parameters: &str, verdict: Verdict, event: Announcement) -> Record {
    let mut record = visit_in_queue(&format!(r#""DistributionId":"E1"{parameters}"#));
    record.event = event;
    let mut record = decided(&record, verdict, at(5));
    record.visit.answer = Some(Delivery::Concluded);
    record
}

/// Who is refused at the door is told in the form that was asked for, too.
#[test]
fn a_record_knows_whom_to_tell_of_what_and_how() {
    let begun =
        visit_in_queue(r#""DistributionId":"E1","NotificationFormat":"json","NotifyOn":"failure""#);
    let notification = Notification {
        topic: begun.topic.clone(),
        format: NotificationFormat::Json,
        notify_on: NotifyOn::Failure,
    };
    let reason = Reason::Internal;
    let refused = refused(job(FIRST), None, notification, reason, stay(0), &POLICY);
    for record in [begun, refused] {
        assert!(record.topic.is_some());
        assert_eq!(record.notification_format, NotificationFormat::Json);
        assert_eq!(record.notify_on, NotifyOn::Failure);
    }
}

#[test]
fn people_are_told_of_what_they_want_to_hear() {
    let failed = || Verdict::Failed(Reason::Internal);
    for (parameters, verdict, step) in [
        ("", Verdict::Succeeded, Step::Announce(Channel::Topic)),
        (
            r#","NotifyOn":"always""#,
            failed(),
            Step::Announce(Channel::Topic),
        ),
        (
            r#","NotifyOn":"failure""#,
            failed(),
            Step::Announce(Channel::Topic),
        ),
        (
            r#","NotifyOn":"failure""#,
            Verdict::TimedOut,
            Step::Announce(Channel::Topic),
        ),
        (
            r#","NotifyOn":"failure""#,
            Verdict::Excused,
            Step::Announce(Channel::Topic),
        ),
        (r#","NotifyOn":"failure""#, Verdict::Succeeded, Step::Omit),
        (r#","NotifyOn":"change""#, Verdict::Succeeded, Step::Recall),
        (r#","NotifyOn":"change""#, failed(), Step::Recall),
    ] {
        let record = heard(parameters, verdict, Announcement::Unwanted);
        assert_eq!(next(&record, at(5)), step, "{parameters}");
    }
}

#[test]
fn what_nobody_wants_is_owed_no_more() {
    let record = heard(
        r#","NotifyOn":"failure""#,
        Verdict::Succeeded,
        Announcement::Unwanted,
    );
    assert_eq!(next(&omitted(&record), at(5)), Step::Drain);
}

/// A question has a try of its own, so that a table that never answers keeps nobody for ever.
#[test]
fn a_change_is_told_at_once_and_anything_else_is_not_told() {
    let record = heard(
        r#","NotifyOn":"change""#,
        Verdict::Succeeded,
        Announcement::Unwanted,
    );
    let asked = before(&record, &Step::Recall, at(5)).unwrap();
    assert_eq!(next(&asked, at(5)), Step::Rest(at(20)));
    let recalled = |is_change| after(&asked, Observation::Recalled(is_change), at(6), &POLICY);
    assert_eq!(next(&recalled(true), at(6)), Step::Announce(Channel::Topic));
    assert_eq!(next(&recalled(false), at(6)), Step::Drain);
    let put_off = Observation::Unannounced(Channel::Topic, Trouble::new("Throttling", ""));
    assert_eq!(
        next(&after(&asked, put_off, at(6), &POLICY), at(20)),
        Step::Recall
    );
}

/// Programs choose for themselves what they want to hear; people come first.
#[test]
fn a_bus_hears_of_every_outcome() {
    for parameters in ["", r#","NotifyOn":"failure""#] {
        let record = heard(parameters, Verdict::Succeeded, Announcement::Undecided);
        assert_ne!(
            next(&record, at(5)),
            Step::Announce(Channel::Bus),
            "{parameters}"
        );
        let told = omitted(&record);
        assert_eq!(next(&told, at(5)), Step::Announce(Channel::Bus));
        let claimed = before(&told, &Step::Announce(Channel::Bus), at(5)).unwrap();
        assert_eq!(next(&claimed, at(5)), Step::Rest(at(20)));
        let announced = Observation::Announced {
            channel: Channel::Bus,
            message_id: "e".to_owned(),
        };
        assert_eq!(
            next(&after(&claimed, announced, at(6), &POLICY), at(6)),
            Step::Drain
        );
    }
    let plan = heard(
        r#","DryRun":true"#,
        Verdict::Succeeded,
        Announcement::Undecided,
    );
    assert_eq!(
        next(&plan, at(5)),
        Step::Drain,
        "a plan is nobody else's business"
    );
}

/// Each channel has tries of its own: trouble on one keeps nothing from the other.
#[test]
fn the_channels_do_not_wait_for_each_other() {
    let record = heard("", Verdict::Succeeded, Announcement::Undecided);
    let tried = before(&record, &Step::Announce(Channel::Topic), at(5)).unwrap();
    let refused = Observation::Unannounced(Channel::Topic, Trouble::new("NotFound", ""));
    let refused = after(&tried, refused, at(6), &POLICY);
    assert_eq!(next(&refused, at(6)), Step::Announce(Channel::Bus));
    let mut given_up = refused.clone();
    given_up.announcement = Announcement::Owed {
        attempts: ANNOUNCE_ATTEMPTS_AT_MOST,
        retry_at: at(6),
    };
    let refused = Observation::Unannounced(Channel::Topic, Trouble::new("NotFound", ""));
    let given_up = after(&given_up, refused, at(6), &POLICY);
    assert_eq!(given_up.announcement, Announcement::GivenUp);
    assert_eq!(given_up.event, refused_event(&record));
}

fn refused_event(record: &Record) -> Announcement {
    record.event.clone()
}

/// While an action that was released is watched on, nobody is told on any channel.
#[test]
fn nobody_is_told_before_what_was_released_has_ended() {
    let mut record = created(
        &visit_in_queue(r#""DistributionId":"E1","OnTimeout":"release""#),
        1,
    );
    record.event = Announcement::Undecided;
    let mut record = decided(&record, Verdict::Excused, at(900));
    record.visit.answer = Some(Delivery::Concluded);
    assert!(record.is_watched());
    for channel in Channel::ALL {
        let tried = before(&record, &Step::Announce(channel), at(900)).unwrap();
        assert!(!tried.is_watched(), "{channel:?}");
    }
    record.announcement = Announcement::Unwanted;
    assert!(record.is_watched(), "a bus is enough of an audience");
    record.event = Announcement::Unwanted;
    assert!(!record.is_watched());
}
