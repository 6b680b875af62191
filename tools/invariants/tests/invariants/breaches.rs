//! Each invariant is violated on purpose; the checker reports the violation of this invariant and names the execution.

use std::time::Duration;

use invariants::{
    Disposition, End, Fact, Finding, Findings, Invariant, JobResult, Limits, Notify,
    SuccessCondition, What, check,
};

use super::{
    DISTRIBUTION, EXECUTION, INVALIDATION, TOPIC, created, fact, normal_operation, published,
    reported, seen,
};

fn limits() -> Limits {
    Limits {
        is_over: true,
        skew: Duration::ZERO,
        ..Limits::default()
    }
}

fn checked(facts: &[Fact]) -> Findings {
    check(facts, &limits())
}

/// Normal operation without what `leave` selects, and with what is added.
fn changed(leave: impl Fn(&What) -> bool, add: Vec<Fact>) -> Findings {
    let mut facts = normal_operation();
    facts.retain(|fact| !leave(&fact.what));
    facts.extend(add);
    checked(&facts)
}

fn nothing(_: &What) -> bool {
    false
}

fn is_end(what: &What) -> bool {
    matches!(what, What::Ended(_) | What::Reported { .. })
}

#[test]
fn normal_operation_upholds_every_invariant() {
    let findings = checked(&normal_operation());
    assert!(findings.are_ok());
    for verdict in &findings.verdicts {
        assert_eq!(
            verdict.finding(),
            Finding::Upheld,
            "{:?}",
            verdict.invariant
        );
    }
    assert_eq!(
        (
            findings.executions,
            findings.results,
            findings.notifications
        ),
        (1, 1, 1)
    );
}

#[test]
fn unobservable_invariants_are_not_reported_as_upheld() {
    let findings = checked(&[]);
    for invariant in Invariant::ALL {
        assert_eq!(findings.finding(invariant), Finding::NotObservable);
    }
}

/// The violation, its invariant, and a word that the sentence must contain beside the execution.
fn breaches() -> Vec<(Invariant, Findings, &'static str)> {
    let second = "I3ANOTHERABCDE";
    let other_topic = |what: &What| matches!(what, What::Given { .. } | What::Parameters { .. });
    let given = |distribution: &str, topic: &str| {
        let parameters = What::Parameters {
            notify: Notify::All,
            targets: vec![distribution.into()],
            success_condition: SuccessCondition::Completed,
            timeout_minutes: None,
        };
        let given = What::Given {
            topic: Some(topic.into()),
            deadline_ms: None,
        };
        vec![fact(0, parameters), fact(0, given)]
    };
    let polls = |count: u64| {
        let poll = What::Poll {
            invalidation: INVALIDATION.into(),
        };
        (0..count)
            .map(|second| fact(second, poll.clone()))
            .collect()
    };
    let ended = |second, end| vec![fact(second, What::Ended(end))];
    let claim = What::Claimed {
        message: "m2".into(),
    };
    let leak = What::Leaked {
        place: "line 7".into(),
    };
    let add = |facts| changed(nothing, facts);
    let is_published = |what: &What| matches!(what, What::Published(_) | What::Claimed { .. });
    vec![
        (
            Invariant::OneInvalidation,
            add(vec![fact(2, created(second, "r1"))]),
            second,
        ),
        (
            Invariant::OneInvalidation,
            add(vec![fact(2, created(INVALIDATION, "r2"))]),
            "r2",
        ),
        (
            Invariant::TrueSuccess,
            changed(
                |what| matches!(what, What::StatusReceived { .. }),
                vec![fact(10, seen(false))],
            ),
            INVALIDATION,
        ),
        (
            Invariant::TrueSuccess,
            changed(
                |what| matches!(what, What::StatusReceived { .. }),
                vec![fact(13, seen(true))],
            ),
            "1970-01-01T00:00:11Z",
        ),
        (
            Invariant::TrueSuccess,
            changed(|what| matches!(what, What::Created { .. }), Vec::new()),
            "any of its invalidations",
        ),
        (
            Invariant::OneResult,
            add(vec![fact(
                20,
                reported(JobResult::Success, Disposition::Accepted),
            )]),
            "2 results",
        ),
        (
            Invariant::OneOutcome,
            add(vec![fact(
                20,
                reported(JobResult::Failure, Disposition::Accepted),
            )]),
            "with failure",
        ),
        (
            Invariant::OneOutcome,
            changed(is_published, vec![fact(20, published(false, "failed"))]),
            "subscribers were notified with failure",
        ),
        (
            Invariant::DecidedOnce,
            add(vec![
                fact(20, reported(JobResult::Failure, Disposition::Accepted)),
                fact(21, reported(JobResult::TimeOut, Disposition::Accepted)),
            ]),
            "3 different results",
        ),
        (
            Invariant::DecidedOnce,
            add(vec![
                fact(20, What::ServiceError),
                fact(21, published(true, "success now")),
            ]),
            "differ",
        ),
        (Invariant::ClaimedIsSent, add(vec![fact(13, claim)]), "m2"),
        (
            Invariant::FewNotifications,
            add(vec![fact(30, published(true, "success"))]),
            "2 notifications",
        ),
        (Invariant::NoSecret, add(vec![fact(30, leak)]), "line 7"),
        (
            Invariant::OnlyConfigured,
            changed(other_topic, given("EOTHER", TOPIC)),
            "EOTHER",
        ),
        (
            Invariant::OnlyConfigured,
            changed(other_topic, given(DISTRIBUTION, "arn:other")),
            "arn:other",
        ),
        (
            Invariant::OnlyConfigured,
            changed(|what| matches!(what, What::Received { .. }), Vec::new()),
            "never handed out",
        ),
        (
            Invariant::BoundedCalls,
            add(polls(1_001)),
            "GetInvalidation 1002 times",
        ),
        (
            Invariant::PipelineFirst,
            changed(
                is_end,
                vec![
                    fact(13, reported(JobResult::Success, Disposition::Accepted)),
                    fact(13, What::Ended(End::Succeeded)),
                ],
            ),
            "before CodePipeline",
        ),
        (
            Invariant::Reported,
            changed(is_end, ended(1_200, End::TimedOut)),
            "itself",
        ),
        (
            Invariant::Reported,
            changed(is_end, Vec::new()),
            "never ended",
        ),
        (
            Invariant::Reported,
            changed(
                is_end,
                vec![
                    fact(1_600, reported(JobResult::Success, Disposition::Accepted)),
                    fact(1_600, What::Ended(End::Succeeded)),
                ],
            ),
            "deadline",
        ),
        (
            Invariant::Notified,
            changed(is_published, Vec::new()),
            "no notification was sent",
        ),
        (
            Invariant::Finalized,
            changed(
                |what| matches!(what, What::Stored { .. }),
                vec![fact(40, What::Stored { finalized: false })],
            ),
            "work left",
        ),
    ]
}

#[test]
fn each_violation_is_detected_and_reported() {
    let breaches = breaches();
    for (invariant, findings, word) in &breaches {
        assert_eq!(
            findings.finding(*invariant),
            Finding::Violated,
            "{invariant:?} {word}"
        );
        let mut of_invariant = findings.breaches().filter(|(of, _)| of == invariant);
        let (_, breach) = of_invariant.next().unwrap();
        assert!(breach.sentence.contains(word), "{}", breach.sentence);
        assert_eq!(breach.execution.as_deref(), Some(EXECUTION));
    }
    for invariant in Invariant::ALL {
        assert!(
            breaches.iter().any(|(broken, ..)| *broken == invariant),
            "no case violates {invariant:?}"
        );
    }
}

/// Effects that belong to no execution.
#[test]
fn an_effect_without_an_execution_is_a_violation() {
    let unattributed = |what| Fact {
        execution: None,
        ..fact(20, what)
    };
    for what in [
        reported(JobResult::Success, Disposition::Accepted),
        created("I3ANOTHERABCDE", "1552281907.5"),
        published(true, "success"),
    ] {
        let findings = changed(nothing, vec![unattributed(what.clone())]);
        assert_eq!(
            findings.finding(Invariant::OnlyConfigured),
            Finding::Violated,
            "{what:?}"
        );
    }
    let publish = What::Publish {
        topic: Some(TOPIC.into()),
    };
    let many = vec![unattributed(publish); 61];
    let findings = changed(nothing, many);
    assert_eq!(findings.finding(Invariant::BoundedCalls), Finding::Violated);
}

/// More than one notification is accepted only after a fault.
#[test]
fn a_second_notification_needs_a_service_error() {
    let copy = fact(30, published(true, "success"));
    let findings = changed(nothing, vec![fact(12, What::ServiceError), copy.clone()]);
    assert_eq!(
        findings.finding(Invariant::FewNotifications),
        Finding::Upheld
    );
    let findings = changed(
        nothing,
        vec![fact(12, What::ServiceError), copy.clone(), copy],
    );
    assert_eq!(
        findings.finding(Invariant::FewNotifications),
        Finding::Violated
    );
}

/// A result that CodePipeline did not accept needs no notification, and neither does a job without a record.
#[test]
fn an_unreported_outcome_contradicts_nothing() {
    for disposition in [Disposition::NoLongerAccepted, Disposition::Unconfirmed] {
        let findings = changed(
            nothing,
            vec![fact(20, reported(JobResult::Failure, disposition))],
        );
        assert!(findings.are_ok(), "{disposition:?}");
    }
    let is_published = |what: &What| matches!(what, What::Published(_) | What::Claimed { .. });
    let findings = changed(is_published, vec![fact(11, What::Unrecorded)]);
    assert_eq!(
        findings.finding(Invariant::Notified),
        Finding::NotObservable
    );
}

/// A log may end in the middle of an execution; an unfinished execution is not a violation.
#[test]
fn an_unfinished_execution_violates_nothing() {
    let mut facts = normal_operation();
    facts.retain(|fact| fact.at_ms < 10_000);
    let findings = check(&facts, &Limits::default());
    assert!(findings.are_ok());
    assert_eq!(
        findings.finding(Invariant::Reported),
        Finding::NotObservable
    );

    facts.push(fact(1_201, What::ServiceError));
    let findings = check(&facts, &Limits::default());
    assert_eq!(findings.finding(Invariant::Reported), Finding::Violated);
}
