//! Each invariant is violated on purpose; the checker reports the violation of this invariant and names the execution.

use std::time::Duration;

use invariants::{
    Disposition, End, Fact, Finding, Findings, Invariant, JobResult, Limits, Notify, What, Wish,
    check,
};

use super::{
    DISTRIBUTION, EXECUTION, INVALIDATION, TOPIC, created, fact, good_day, published, reported,
    seen,
};

fn limits() -> Limits {
    Limits {
        is_over: true,
        skew: Duration::ZERO,
        ..Limits::default()
    }
}

fn identified(facts: &[Fact]) -> Findings {
    check(facts, &limits())
}

/// Normal operation without what `leave` selects, and with what is added.
fn changed(leave: impl Fn(&What) -> bool, add: Vec<Fact>) -> Findings {
    let mut facts = good_day();
    facts.retain(|fact| !leave(&fact.what));
    facts.extend(add);
    identified(&facts)
}

fn nothing(_: &What) -> bool {
    false
}

fn is_end(what: &What) -> bool {
    matches!(what, What::Ended(_) | What::Reported { .. })
}

#[test]
fn a_normal_run_keeps_every_invariant() {
    let findings = identified(&good_day());
    assert!(findings.are_ok());
    for verdict in &findings.verdicts {
        assert_eq!(verdict.finding(), Finding::Held, "{:?}", verdict.invariant);
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
fn nothing_unobserved_is_reported_as_kept() {
    let findings = identified(&[]);
    for invariant in Invariant::ALL {
        assert_eq!(findings.finding(invariant), Finding::NotObservable);
    }
}

/// The violation, its invariant, and a word that the sentence must contain beside the execution.
fn breaches() -> Vec<(Invariant, Findings, &'static str)> {
    let second = "I3ANOTHERABCDE";
    let other_topic = |what: &What| matches!(what, What::Given { .. } | What::Asked { .. });
    let given = |distribution: &str, topic: &str| {
        let asked = What::Asked {
            notify: Notify::Each,
            targets: vec![distribution.into()],
            wish: Wish::Completed,
            timeout_minutes: None,
        };
        let given = What::Given {
            topic: Some(topic.into()),
            deadline_ms: None,
        };
        vec![fact(0, asked), fact(0, given)]
    };
    let polls = |count: u64| {
        let look = What::Poll {
            invalidation: INVALIDATION.into(),
        };
        (0..count)
            .map(|second| fact(second, look.clone()))
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
    let told = |what: &What| matches!(what, What::Published(_) | What::Claimed { .. });
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
                |what| matches!(what, What::Seen { .. }),
                vec![fact(10, seen(false))],
            ),
            INVALIDATION,
        ),
        (
            Invariant::TrueSuccess,
            changed(
                |what| matches!(what, What::Seen { .. }),
                vec![fact(13, seen(true))],
            ),
            "1970-01-01T00:00:11Z",
        ),
        (
            Invariant::TrueSuccess,
            changed(|what| matches!(what, What::Created { .. }), Vec::new()),
            "of its own",
        ),
        (
            Invariant::OneResult,
            add(vec![fact(
                20,
                reported(JobResult::Success, Disposition::Taken),
            )]),
            "2 results",
        ),
        (
            Invariant::OneOutcome,
            add(vec![fact(
                20,
                reported(JobResult::Failure, Disposition::Taken),
            )]),
            "with failure",
        ),
        (
            Invariant::OneOutcome,
            changed(told, vec![fact(20, published(false, "failed"))]),
            "subscribers were notified with failure",
        ),
        (
            Invariant::DecidedOnce,
            add(vec![
                fact(20, reported(JobResult::Failure, Disposition::Taken)),
                fact(21, reported(JobResult::TimeOut, Disposition::Taken)),
            ]),
            "3 ways",
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
            Invariant::OnlyOurs,
            changed(other_topic, given("EOTHER", TOPIC)),
            "EOTHER",
        ),
        (
            Invariant::OnlyOurs,
            changed(other_topic, given(DISTRIBUTION, "arn:other")),
            "arn:other",
        ),
        (
            Invariant::OnlyOurs,
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
                    fact(13, reported(JobResult::Success, Disposition::Taken)),
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
                    fact(1_600, reported(JobResult::Success, Disposition::Taken)),
                    fact(1_600, What::Ended(End::Succeeded)),
                ],
            ),
            "deadline",
        ),
        (
            Invariant::Notified,
            changed(told, Vec::new()),
            "no notification was sent",
        ),
        (
            Invariant::Finalized,
            changed(
                |what| matches!(what, What::Stored { .. }),
                vec![fact(40, What::Stored { finalized: false })],
            ),
            "left to do",
        ),
    ]
}

#[test]
fn each_violation_is_detected_and_reported() {
    let breaches = breaches();
    for (invariant, findings, word) in &breaches {
        assert_eq!(
            findings.finding(*invariant),
            Finding::Broken,
            "{invariant:?} {word}"
        );
        let mut told = findings.breaches().filter(|(of, _)| of == invariant);
        let (_, breach) = told.next().unwrap();
        assert!(breach.sentence.contains(word), "{}", breach.sentence);
        assert_eq!(breach.execution.as_deref(), Some(EXECUTION));
    }
    for invariant in Invariant::ALL {
        assert!(
            breaches.iter().any(|(broken, ..)| *broken == invariant),
            "nothing breaks {invariant:?}"
        );
    }
}

/// Effects that belong to no execution.
#[test]
fn an_event_without_an_execution_is_not_ours() {
    let stranger = |what| Fact {
        execution: None,
        ..fact(20, what)
    };
    for what in [
        reported(JobResult::Success, Disposition::Taken),
        created("I3ANOTHERABCDE", "1552281907.5"),
        published(true, "success"),
    ] {
        let findings = changed(nothing, vec![stranger(what.clone())]);
        assert_eq!(
            findings.finding(Invariant::OnlyOurs),
            Finding::Broken,
            "{what:?}"
        );
    }
    let publish = What::Publish {
        topic: Some(TOPIC.into()),
    };
    let many = vec![stranger(publish); 61];
    let findings = changed(nothing, many);
    assert_eq!(findings.finding(Invariant::BoundedCalls), Finding::Broken);
}

/// More than one notification is accepted only after a fault.
#[test]
fn a_second_notification_needs_a_service_error() {
    let copy = fact(30, published(true, "success"));
    let findings = changed(nothing, vec![fact(12, What::ServiceError), copy.clone()]);
    assert_eq!(findings.finding(Invariant::FewNotifications), Finding::Held);
    let findings = changed(
        nothing,
        vec![fact(12, What::ServiceError), copy.clone(), copy],
    );
    assert_eq!(
        findings.finding(Invariant::FewNotifications),
        Finding::Broken
    );
}

/// A result that CodePipeline did not accept needs no notification, and neither does a job without a record.
#[test]
fn an_unreported_outcome_contradicts_nothing() {
    for disposition in [Disposition::NotWanted, Disposition::Lost] {
        let findings = changed(
            nothing,
            vec![fact(20, reported(JobResult::Failure, disposition))],
        );
        assert!(findings.are_ok(), "{disposition:?}");
    }
    let told = |what: &What| matches!(what, What::Published(_) | What::Claimed { .. });
    let findings = changed(told, vec![fact(11, What::Unrecorded)]);
    assert_eq!(
        findings.finding(Invariant::Notified),
        Finding::NotObservable
    );
}

/// A log may end in the middle of an execution; an unfinished execution is not a violation.
#[test]
fn what_is_not_over_is_not_broken() {
    let mut facts = good_day();
    facts.retain(|fact| fact.at_ms < 10_000);
    let findings = check(&facts, &Limits::default());
    assert!(findings.are_ok());
    assert_eq!(
        findings.finding(Invariant::Reported),
        Finding::NotObservable
    );

    facts.push(fact(1_201, What::ServiceError));
    let findings = check(&facts, &Limits::default());
    assert_eq!(findings.finding(Invariant::Reported), Finding::Broken);
}
