//! Which outcomes are published on which channel, and when.

use super::*;
use crate::model::execution_record::{Channel, NotificationFormat, NotificationSettings, NotifyOn};

/// An outcome that CodePipeline has accepted.
fn accepted(parameters: &str, verdict: Verdict, event: PublishState) -> ExecutionRecord {
    let mut record = job_in_queue(&format!(r#""DistributionId":"E1"{parameters}"#));
    record.event_state = event;
    let mut record = decided(&record, verdict, at(5));
    record.job.result = Some(Delivery::Concluded);
    record
}

/// The settings also apply to an execution that is rejected at intake.
#[test]
fn a_record_stores_the_notification_settings() {
    let begun =
        job_in_queue(r#""DistributionId":"E1","NotificationFormat":"json","NotifyOn":"failure""#);
    let notification_settings = NotificationSettings {
        topic: begun.topic.clone(),
        format: NotificationFormat::Json,
        notify_on: NotifyOn::Failure,
    };
    let reason = Reason::Internal;
    let rejected = rejected(
        job(FIRST),
        None,
        notification_settings,
        reason,
        budget(0),
        &POLICY,
    );
    for record in [begun, rejected] {
        assert!(record.topic.is_some());
        assert_eq!(record.notification_format, NotificationFormat::Json);
        assert_eq!(record.notify_on, NotifyOn::Failure);
    }
}

/// An error that a retry may end is not counted, and the first two attempts are not either.
#[test]
fn a_permanent_rejection_is_counted_from_the_third_attempt() {
    let mut record = accepted("", Verdict::Succeeded, PublishState::Undecided);
    for channel in Channel::ALL {
        for (code, attempts, is_counted) in [
            ("NotFound", 2, false),
            ("NotFound", 3, true),
            ("KMSAccessDenied", 19, true),
            ("ResourceNotFoundException", 4, true),
            ("KMSThrottling", 19, false),
            ("InternalError", 19, false),
            ("NoReply", 19, false),
        ] {
            *record.publish_state_mut(channel) = PublishState::Pending {
                attempts,
                retry_at: at(5),
            };
            let service_error = ServiceError::new(code, "");
            let counted = is_rejected(&record, channel, &service_error);
            assert_eq!(counted, is_counted, "{code} {attempts}");
        }
        *record.publish_state_mut(channel) = PublishState::Abandoned;
        let service_error = ServiceError::new("AuthorizationError", "");
        assert!(is_rejected(&record, channel, &service_error));
    }
}

#[test]
fn subscribers_get_the_outcomes_that_notify_on_selects() {
    let failed = || Verdict::Failed(Reason::Internal);
    for (parameters, verdict, step) in [
        ("", Verdict::Succeeded, Step::Publish(Channel::Topic)),
        (
            r#","NotifyOn":"always""#,
            failed(),
            Step::Publish(Channel::Topic),
        ),
        (
            r#","NotifyOn":"failure""#,
            failed(),
            Step::Publish(Channel::Topic),
        ),
        (
            r#","NotifyOn":"failure""#,
            Verdict::TimedOut,
            Step::Publish(Channel::Topic),
        ),
        (
            r#","NotifyOn":"failure""#,
            Verdict::SucceededWithWarning,
            Step::Publish(Channel::Topic),
        ),
        (r#","NotifyOn":"failure""#, Verdict::Succeeded, Step::Skip),
        (
            r#","NotifyOn":"change""#,
            Verdict::Succeeded,
            Step::CheckForChange,
        ),
        (r#","NotifyOn":"change""#, failed(), Step::CheckForChange),
    ] {
        let record = accepted(parameters, verdict, PublishState::NotWanted);
        assert_eq!(next(&record, at(5)), step, "{parameters}");
    }
}

#[test]
fn an_unwanted_notification_is_no_longer_pending() {
    let record = accepted(
        r#","NotifyOn":"failure""#,
        Verdict::Succeeded,
        PublishState::NotWanted,
    );
    assert_eq!(next(&skipped(&record), at(5)), Step::Finalize);
}

/// The check counts as an attempt, so that a table that never replies does not delay the publication for ever.
#[test]
fn only_a_change_is_published_and_at_once() {
    let record = accepted(
        r#","NotifyOn":"change""#,
        Verdict::Succeeded,
        PublishState::NotWanted,
    );
    let checking = before(&record, &Step::CheckForChange, at(5)).unwrap();
    assert_eq!(next(&checking, at(5)), Step::Wait(at(20)));
    let change_checked = |is_change| {
        after(
            &checking,
            Observation::ChangeChecked(is_change),
            at(6),
            &POLICY,
        )
    };
    assert_eq!(
        next(&change_checked(true), at(6)),
        Step::Publish(Channel::Topic)
    );
    assert_eq!(next(&change_checked(false), at(6)), Step::Finalize);
    let retry_later =
        Observation::NotPublished(Channel::Topic, ServiceError::new("Throttling", ""));
    assert_eq!(
        next(&after(&checking, retry_later, at(6), &POLICY), at(20)),
        Step::CheckForChange
    );
}

/// `NotifyOn` does not filter events; the topic is first.
#[test]
fn every_outcome_is_put_on_the_bus() {
    for parameters in ["", r#","NotifyOn":"failure""#] {
        let record = accepted(parameters, Verdict::Succeeded, PublishState::Undecided);
        assert_ne!(
            next(&record, at(5)),
            Step::Publish(Channel::Bus),
            "{parameters}"
        );
        let skipped = skipped(&record);
        assert_eq!(next(&skipped, at(5)), Step::Publish(Channel::Bus));
        let claimed = before(&skipped, &Step::Publish(Channel::Bus), at(5)).unwrap();
        assert_eq!(next(&claimed, at(5)), Step::Wait(at(20)));
        let published = Observation::Published {
            channel: Channel::Bus,
            message_id: "e".to_owned(),
        };
        assert_eq!(
            next(&after(&claimed, published, at(6), &POLICY), at(6)),
            Step::Finalize
        );
    }
    let plan = accepted(
        r#","DryRun":true"#,
        Verdict::Succeeded,
        PublishState::Undecided,
    );
    assert_eq!(
        next(&plan, at(5)),
        Step::Finalize,
        "a dry run is not published"
    );
}

/// Each channel has its own attempts: an error of one channel does not affect the other.
#[test]
fn the_channels_do_not_wait_for_each_other() {
    let record = accepted("", Verdict::Succeeded, PublishState::Undecided);
    let tried = before(&record, &Step::Publish(Channel::Topic), at(5)).unwrap();
    let rejected = Observation::NotPublished(Channel::Topic, ServiceError::new("NotFound", ""));
    let rejected = after(&tried, rejected, at(6), &POLICY);
    assert_eq!(next(&rejected, at(6)), Step::Publish(Channel::Bus));
    let mut given_up = rejected.clone();
    given_up.notification_state = PublishState::Pending {
        attempts: PUBLISH_ATTEMPTS_AT_MOST,
        retry_at: at(6),
    };
    let rejected = Observation::NotPublished(Channel::Topic, ServiceError::new("NotFound", ""));
    let given_up = after(&given_up, rejected, at(6), &POLICY);
    assert_eq!(given_up.notification_state, PublishState::Abandoned);
    assert_eq!(given_up.event_state, rejected_event(&record));
}

fn rejected_event(record: &ExecutionRecord) -> PublishState {
    record.event_state.clone()
}

/// While a detached action is polled, nothing is published on any channel.
#[test]
fn nothing_is_published_before_a_detached_execution_has_ended() {
    let mut record = created(
        &job_in_queue(r#""DistributionId":"E1","OnTimeout":"release""#),
        1,
    );
    record.event_state = PublishState::Undecided;
    let mut record = decided(&record, Verdict::SucceededWithWarning, at(900));
    record.job.result = Some(Delivery::Concluded);
    assert!(record.is_watched());
    for channel in Channel::ALL {
        let tried = before(&record, &Step::Publish(channel), at(900)).unwrap();
        assert!(!tried.is_watched(), "{channel:?}");
    }
    record.notification_state = PublishState::NotWanted;
    assert!(record.is_watched(), "one pending channel is sufficient");
    record.event_state = PublishState::NotWanted;
    assert!(!record.is_watched());
}
