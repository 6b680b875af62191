//! Each promise, broken on purpose: the checker says so, of this promise, and names the execution.

use std::time::Duration;

use invariants::{
    Answer, End, Fact, Fate, Finding, Findings, Limits, Notify, Promise, What, Wish, check,
};

use super::{
    DISTRIBUTION, EXECUTION, INVALIDATION, TOPIC, answered, created, fact, good_day, published,
    seen,
};

fn limits() -> Limits {
    Limits {
        is_over: true,
        skew: Duration::ZERO,
        ..Limits::default()
    }
}

fn judged(facts: &[Fact]) -> Findings {
    check(facts, &limits())
}

/// The good day without what `leave` picks, and with what is added.
fn changed(leave: impl Fn(&What) -> bool, add: Vec<Fact>) -> Findings {
    let mut facts = good_day();
    facts.retain(|fact| !leave(&fact.what));
    facts.extend(add);
    judged(&facts)
}

fn nothing(_: &What) -> bool {
    false
}

fn is_end(what: &What) -> bool {
    matches!(what, What::Ended(_) | What::Answered { .. })
}

#[test]
fn a_good_day_holds_every_promise() {
    let findings = judged(&good_day());
    assert!(findings.are_well());
    for verdict in &findings.verdicts {
        assert_eq!(verdict.finding(), Finding::Held, "{:?}", verdict.promise);
    }
    assert_eq!(
        (findings.executions, findings.answers, findings.notices),
        (1, 1, 1)
    );
}

#[test]
fn nothing_is_called_held_of_which_nothing_is_seen() {
    let findings = judged(&[]);
    for promise in Promise::ALL {
        assert_eq!(findings.finding(promise), Finding::NotObservable);
    }
}

/// What is wrong, with which promise, and a word that the sentence must have beside the execution.
fn breaches() -> Vec<(Promise, Findings, &'static str)> {
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
    let looks = |count: u64| {
        let look = What::Look {
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
            Promise::OneInvalidation,
            add(vec![fact(2, created(second, "r1"))]),
            second,
        ),
        (
            Promise::OneInvalidation,
            add(vec![fact(2, created(INVALIDATION, "r2"))]),
            "r2",
        ),
        (
            Promise::TrueSuccess,
            changed(
                |what| matches!(what, What::Seen { .. }),
                vec![fact(10, seen(false))],
            ),
            INVALIDATION,
        ),
        (
            Promise::TrueSuccess,
            changed(
                |what| matches!(what, What::Seen { .. }),
                vec![fact(13, seen(true))],
            ),
            "1970-01-01T00:00:11Z",
        ),
        (
            Promise::TrueSuccess,
            changed(|what| matches!(what, What::Created { .. }), Vec::new()),
            "of its own",
        ),
        (
            Promise::OneResult,
            add(vec![fact(20, answered(Answer::Success, Fate::Taken))]),
            "2 results",
        ),
        (
            Promise::OneStory,
            add(vec![fact(20, answered(Answer::Failure, Fate::Taken))]),
            "with failure",
        ),
        (
            Promise::OneStory,
            changed(told, vec![fact(20, published(false, "failed"))]),
            "people were told with failure",
        ),
        (
            Promise::DecidedOnce,
            add(vec![
                fact(20, answered(Answer::Failure, Fate::Taken)),
                fact(21, answered(Answer::TimeOut, Fate::Taken)),
            ]),
            "3 ways",
        ),
        (
            Promise::DecidedOnce,
            add(vec![
                fact(20, What::Trouble),
                fact(21, published(true, "success now")),
            ]),
            "differ",
        ),
        (Promise::ClaimedIsSent, add(vec![fact(13, claim)]), "m2"),
        (
            Promise::FewNotices,
            add(vec![fact(30, published(true, "success"))]),
            "2 notices",
        ),
        (Promise::NoSecret, add(vec![fact(30, leak)]), "line 7"),
        (
            Promise::OnlyOurs,
            changed(other_topic, given("EOTHER", TOPIC)),
            "EOTHER",
        ),
        (
            Promise::OnlyOurs,
            changed(other_topic, given(DISTRIBUTION, "arn:other")),
            "arn:other",
        ),
        (
            Promise::OnlyOurs,
            changed(|what| matches!(what, What::Visited { .. }), Vec::new()),
            "nobody came",
        ),
        (
            Promise::BoundedCalls,
            add(looks(1_001)),
            "GetInvalidation 1002 times",
        ),
        (
            Promise::PipelineFirst,
            changed(
                is_end,
                vec![
                    fact(13, answered(Answer::Success, Fate::Taken)),
                    fact(13, What::Ended(End::Succeeded)),
                ],
            ),
            "before CodePipeline",
        ),
        (
            Promise::Answered,
            changed(is_end, ended(1_200, End::TimedOut)),
            "itself",
        ),
        (
            Promise::Answered,
            changed(is_end, Vec::new()),
            "never ended",
        ),
        (
            Promise::Answered,
            changed(
                is_end,
                vec![
                    fact(1_600, answered(Answer::Success, Fate::Taken)),
                    fact(1_600, What::Ended(End::Succeeded)),
                ],
            ),
            "deadline",
        ),
        (Promise::Told, changed(told, Vec::new()), "nobody was told"),
        (
            Promise::Drained,
            changed(
                |what| matches!(what, What::Stored { .. }),
                vec![fact(40, What::Stored { drained: false })],
            ),
            "left to do",
        ),
    ]
}

#[test]
fn each_breach_is_caught_and_told() {
    let breaches = breaches();
    for (promise, findings, word) in &breaches {
        assert_eq!(
            findings.finding(*promise),
            Finding::Broken,
            "{promise:?} {word}"
        );
        let mut told = findings.breaches().filter(|(of, _)| of == promise);
        let (_, breach) = told.next().unwrap();
        assert!(breach.sentence.contains(word), "{}", breach.sentence);
        assert_eq!(breach.execution.as_deref(), Some(EXECUTION));
    }
    for promise in Promise::ALL {
        assert!(
            breaches.iter().any(|(broken, ..)| *broken == promise),
            "nothing breaks {promise:?}"
        );
    }
}

/// Effects that belong to no execution at all.
#[test]
fn what_belongs_to_nobody_is_not_ours() {
    let stranger = |what| Fact {
        execution: None,
        ..fact(20, what)
    };
    for what in [
        answered(Answer::Success, Fate::Taken),
        created("I3ANOTHERABCDE", "1552281907.5"),
        published(true, "success"),
    ] {
        let findings = changed(nothing, vec![stranger(what.clone())]);
        assert_eq!(
            findings.finding(Promise::OnlyOurs),
            Finding::Broken,
            "{what:?}"
        );
    }
    let publish = What::Publish {
        topic: Some(TOPIC.into()),
    };
    let many = vec![stranger(publish); 61];
    let findings = changed(nothing, many);
    assert_eq!(findings.finding(Promise::BoundedCalls), Finding::Broken);
}

/// More than one notice is admitted where there was trouble, and only there.
#[test]
fn a_second_notice_needs_a_trouble() {
    let copy = fact(30, published(true, "success"));
    let findings = changed(nothing, vec![fact(12, What::Trouble), copy.clone()]);
    assert_eq!(findings.finding(Promise::FewNotices), Finding::Held);
    let findings = changed(nothing, vec![fact(12, What::Trouble), copy.clone(), copy]);
    assert_eq!(findings.finding(Promise::FewNotices), Finding::Broken);
}

/// An answer that CodePipeline did not take was told to nobody, and a job without a record is nobody's to tell.
#[test]
fn what_nobody_was_told_contradicts_nothing() {
    for fate in [Fate::Unwanted, Fate::Lost] {
        let findings = changed(nothing, vec![fact(20, answered(Answer::Failure, fate))]);
        assert!(findings.are_well(), "{fate:?}");
    }
    let told = |what: &What| matches!(what, What::Published(_) | What::Claimed { .. });
    let findings = changed(told, vec![fact(11, What::Unrecorded)]);
    assert_eq!(findings.finding(Promise::Told), Finding::NotObservable);
}

/// A log may end in the middle of things; what is not over yet is not broken.
#[test]
fn what_is_not_over_is_not_broken() {
    let mut facts = good_day();
    facts.retain(|fact| fact.at_ms < 10_000);
    let findings = check(&facts, &Limits::default());
    assert!(findings.are_well());
    assert_eq!(findings.finding(Promise::Answered), Finding::NotObservable);

    facts.push(fact(1_201, What::Trouble));
    let findings = check(&facts, &Limits::default());
    assert_eq!(findings.finding(Promise::Answered), Finding::Broken);
}
