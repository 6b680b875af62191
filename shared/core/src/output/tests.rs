mod formats;

use proptest::prelude::*;

use super::*;
use crate::decide::{
    CloudFrontReply, Observation, Policy, QueueReply, Reply, Stay, adopted, after, begun, decided,
    refused,
};
use crate::input::identifiers::{Account, DistributionId, InvalidationId, JobId, TopicArn};
use crate::input::job_event::Text;
use crate::input::user_parameters::UserParameters;
use crate::model::execution_record::{
    Delivery, Notification, Reason, Resource, Sighting, Status, Trouble,
};
use crate::model::queue::{Ticket, Turn};

const START: Timestamp = Timestamp::from_millis(1_000_000);
const POLICY: Policy = Policy {
    status_max_age: Duration::from_secs(10),
    timeout: Duration::from_secs(900),
    retention: Duration::from_secs(86_400),
    reserved_wildcards: 2,
    puts_events: false,
};
const OLD: &str = r#"{"PipelineName":"example-pipeline","DistributionId":"E2EXAMPLE1ABCD","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys"}"#;

fn at(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

fn stay() -> Stay {
    Stay {
        from: START,
        answer_by: at(25),
        leave_by: at(40),
        ends_at: at(60),
    }
}

fn job() -> JobId {
    JobId::parse("11111111-abcd-1111-abcd-111111abcdef").unwrap()
}

fn fresh(parameters: &str) -> Record {
    let parameters = UserParameters::parse(&Text::Given(parameters.to_owned())).unwrap();
    begun(job(), parameters, stay(), &POLICY)
}

fn created(record: &Record) -> Record {
    let id = InvalidationId::parse("I2J0I21PCUYOIK").unwrap();
    after(
        record,
        Observation::Replied(0, CloudFrontReply::Created(id, Status::InProgress).into()),
        at(1),
        &POLICY,
    )
}

fn notification(topic: Option<TopicArn>) -> Notification {
    Notification {
        topic,
        ..Notification::default()
    }
}

fn put_off(record: &Record) -> Record {
    after(
        record,
        Observation::Replied(
            0,
            CloudFrontReply::PutOff(Trouble::new("Throttling", "Rate exceeded")).into(),
        ),
        at(8),
        &POLICY,
    )
}

fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Continue {
            token,
            summary,
            percent_complete,
            external_execution_id,
        } => {
            format!("continue {percent_complete} % {external_execution_id:?} {token}\n{summary}")
        }
        Answer::Success {
            summary,
            external_execution_id,
            output_variables,
        } => {
            format!("success {external_execution_id:?}\n{summary}\n{output_variables:#?}")
        }
        Answer::Failure {
            kind,
            message,
            external_execution_id,
        } => {
            format!("{kind:?} {external_execution_id:?}\n{message}")
        }
    }
}

#[test]
fn what_codepipeline_shows_while_it_waits() {
    let fresh = fresh(OLD);
    let records = [put_off(&fresh), created(&fresh), put_off(&created(&fresh))];
    insta::assert_snapshot!(
        records
            .map(|record| shown(&answer(&record, at(34))))
            .join("\n\n")
    );
}

#[test]
fn what_codepipeline_shows_in_the_end() {
    let fresh = fresh(OLD);
    let created = created(&fresh);
    let batch = Trouble::new(
        "InvalidArgument",
        "Your request contains one or more invalid invalidation paths.",
    );
    let reasons = [
        Reason::BadParameters(vec!["DistributionId is missing; add it".to_owned()]),
        Reason::BadParameters(vec![
            "A is wrong".to_owned(),
            "B is not a known key (did you mean C?)".to_owned(),
        ]),
        Reason::UnreadableToken,
        Reason::UnknownExecution,
        Reason::NoTarget,
        Reason::AccessDenied {
            action: "cloudfront:CreateInvalidation".to_owned(),
            account: Account::default(),
        },
        Reason::NoSuchDistribution,
        Reason::BatchRefused(batch),
        Reason::ReferenceReused,
    ];
    let failures = reasons.map(|reason| decided(&fresh, Verdict::Failed(reason), at(2)));
    let timeouts = [put_off(&fresh), created.clone(), put_off(&created)]
        .map(|record| decided(&record, Verdict::TimedOut, at(900)));
    let success = decided(&created, Verdict::Succeeded, at(95));
    let all = [success]
        .into_iter()
        .chain(failures)
        .chain(timeouts)
        .map(|record| shown(&answer(&record, at(900))));
    let all = all.chain([
        shown(&answer_without_record()),
        shown(&answer_misconfigured(
            "the settings of this function are wrong: A is missing",
        )),
    ]);
    insta::assert_snapshot!(all.collect::<Vec<_>>().join("\n\n"));
}

#[test]
fn what_people_read() {
    let many = r#"{"DistributionId":"E1","Paths":["/a","/b","/c","/d","/e/*"],"SnsTopicArn":"arn:aws-cn:sns:cn-north-1:111111111111:x"}"#;
    let succeeded = decided(&created(&fresh(OLD)), Verdict::Succeeded, at(34));
    let failed = decided(
        &fresh(many),
        Verdict::Failed(Reason::NoSuchDistribution),
        at(2),
    );
    let reason = Reason::BadParameters(vec!["DistributionId is missing; add it".to_owned()]);
    let refused = refused(
        job(),
        None,
        notification(succeeded.topic.clone()),
        reason,
        stay(),
        &POLICY,
    );
    let notices = [
        (succeeded, Some("eu-west-1")),
        (failed, Some("cn-north-1")),
        (refused, None),
    ];
    let texts = notices.map(|(record, region)| {
        let Notice {
            topic,
            subject,
            body,
            attributes,
            ..
        } = notice(&record, region).unwrap();
        format!("to {topic}\n{subject}\n{attributes:?}\n{body}")
    });
    insta::assert_snapshot!(texts.join("\n"));
}

/// One of each kind.
const NOTED: &str = r##"{"DistributionId":"E1","MaxPaths":10,"Paths":["/\u00e9","/%41","/a%2520b","/b/../c","/d//e","/https://f.example/","/g?Signature=h","/\u00fc","#tag","/i/1","/i/2"],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:x"}"##;

#[test]
fn what_is_said_of_the_paths() {
    let noted = created(&fresh(NOTED));
    let root = fresh(r#"{"DistributionId":"E1","Paths":["/"]}"#);
    let many: Vec<String> = (0..8).map(|n| format!(r#""/{n}//""#)).collect();
    let many = fresh(&format!(
        r#"{{"DistributionId":"E1","Paths":[{}]}}"#,
        many.join(",")
    ));
    let done = decided(&noted, Verdict::Succeeded, at(34));
    let told = [&noted, &root, &many, &done].map(|record| shown(&answer(record, at(34))));
    let body = notice(&done, None).unwrap().body;
    insta::assert_snapshot!(format!("{}\n\n{body}", told.join("\n\n")));
}

const SEVERAL: &str = r#""Targets":[{"DistributionId":"E1"},{"Alias":"www.example.com","Paths":["/a","/b"]},{"DistributionTenantId":"dt_1"}],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:x","PipelineName":"p""#;

fn replied(record: &Record, place: usize, reply: impl Into<Reply>, seconds: u64) -> Record {
    after(
        record,
        Observation::Replied(place, reply.into()),
        at(seconds),
        &POLICY,
    )
}

fn taken(record: &Record, place: usize) -> Record {
    let id = InvalidationId::parse(&format!("I{place}")).unwrap();
    replied(
        record,
        place,
        CloudFrontReply::Created(id, Status::InProgress),
        2,
    )
}

fn completed(record: &Record, place: usize, seconds: u64) -> Record {
    replied(
        &taken(record, place),
        place,
        CloudFrontReply::Seen(Status::Completed),
        seconds,
    )
}

fn told(record: &Record) -> String {
    let body = notice(record, Some("us-east-1")).map(|notice| notice.body);
    format!(
        "{}\n\n{}",
        shown(&answer(record, at(900))),
        body.unwrap_or_default()
    )
}

/// Each target's fate is told: while it lasts, and in the end.
#[test]
fn what_is_told_of_several_targets() {
    let fresh = fresh(&format!("{{{SEVERAL}}}"));
    let distribution = DistributionId::parse("E2").unwrap();
    let resolved = replied(
        &fresh,
        1,
        CloudFrontReply::Resolved(Resource::Distribution(distribution)),
        1,
    );
    let some = put_off(&completed(&taken(&resolved, 1), 2, 20));
    let all = completed(&completed(&some, 0, 30), 1, 31);
    let refused = replied(
        &completed(&some, 1, 30),
        0,
        CloudFrontReply::Refused(Reason::NoSuchDistribution),
        31,
    );
    let (succeeded, failed) = (
        Verdict::Succeeded,
        Verdict::Failed(Reason::NoSuchDistribution),
    );
    let records = [
        fresh,
        some.clone(),
        decided(&all, succeeded, at(31)),
        decided(&refused, failed, at(31)),
        decided(&some, Verdict::TimedOut, at(900)),
    ];
    insta::assert_snapshot!(records.map(|record| told(&record)).join("\n"));
}

/// What an action may want beside the usual, and what is told of it.
#[test]
fn what_is_told_of_a_wish() {
    let wish = |wish: &str| fresh(&OLD.replace('}', &format!(",{wish}}}")));
    let excused = |record: &Record| decided(&taken(record, 0), Verdict::Excused, at(900));
    let released = excused(&wish(r#""OnTimeout":"release""#));
    let watched = replied(
        &released,
        0,
        CloudFrontReply::Seen(Status::Completed),
        2_500,
    );
    let plan = replied(
        &wish(r#""DryRun":true,"Paths":["/a/*","/b"]"#),
        0,
        CloudFrontReply::Allowed,
        1,
    );
    let records = [
        decided(
            &taken(&wish(r#""Wait":false"#), 0),
            Verdict::Succeeded,
            at(3),
        ),
        excused(&wish(r#""OnTimeout":"succeed""#)),
        released,
        watched,
        decided(&plan, Verdict::Succeeded, at(1)),
    ];
    insta::assert_snapshot!(records.map(|record| told(&record)).join("\n"));
}

/// Where it stands in the queue, and that another one's invalidation was enough.
#[test]
fn what_is_told_of_the_queue() {
    let leader = Ticket {
        execution: job(),
        place: 0,
    };
    let turned = |turn: Turn| replied(&fresh(OLD), 0, QueueReply::Turn(Some(turn)), 1);
    let (waiting, following) = (
        turned(Turn::Waiting { ahead: 14 }),
        turned(Turn::Following(leader)),
    );
    let sighting = Sighting {
        id: InvalidationId::parse("I9").unwrap(),
        status: Status::Completed,
        seen_at: at(30),
    };
    let followed = replied(&following, 0, QueueReply::Followed(Some(sighting)), 31);
    let records = [
        decided(&followed, Verdict::Succeeded, at(31)),
        decided(&waiting, Verdict::TimedOut, at(900)),
        waiting,
        following,
    ];
    insta::assert_snapshot!(
        records
            .map(|record| shown(&answer(&record, at(34))))
            .join("\n\n")
    );
}

/// One of each kind, on each kind of target.
#[test]
fn what_is_told_of_a_refusal() {
    let refusal = |target: &str, reason: Reason| {
        let fresh = fresh(&format!(r#"{{"Targets":[{{{target}}}]}}"#));
        let refused = replied(&fresh, 0, CloudFrontReply::Refused(reason.clone()), 1);
        shown(&answer(
            &decided(&refused, Verdict::Failed(reason), at(2)),
            at(2),
        ))
    };
    let denied = |action: &str| Reason::AccessDenied {
        action: action.to_owned(),
        account: Account::in_region("us-gov-west-1"),
    };
    let named = Reason::AccessDenied {
        action: "cloudfront:GetInvalidation".to_owned(),
        account: Account::named_in("User: arn:aws-cn:sts::111111111111:assumed-role/start")
            .unwrap(),
    };
    let (alias, tenant) = (
        r#""Alias":"www.example.com""#,
        r#""DistributionTenantId":"dt_1""#,
    );
    let all = [
        refusal(alias, Reason::NoSuchAlias),
        refusal(alias, denied("cloudfront:ListDistributions")),
        refusal(tenant, Reason::NoSuchDistributionTenant),
        refusal(
            tenant,
            denied("cloudfront:CreateInvalidationForDistributionTenant"),
        ),
        refusal(r#""DistributionId":"E1""#, named),
    ];
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn a_refused_tag_may_be_one_that_the_distribution_does_not_know() {
    let refusal = |paths: &str| {
        let fresh = fresh(&format!(r#"{{"DistributionId":"E1","Paths":[{paths}]}}"#));
        let reason = Reason::BatchRefused(Trouble::new("InvalidArgument", ""));
        shown(&answer(
            &decided(&fresh, Verdict::Failed(reason), at(2)),
            at(2),
        ))
    };
    assert!(refusal(r##""/a","#b""##).contains("CacheTagConfig"));
    assert!(!refusal(r#""/a""#).contains("CacheTagConfig"));
}

#[test]
fn a_note_names_a_few_items_and_counts_the_others() {
    let named = |count: u32| {
        let remark = crate::input::paths::Remark::Dots;
        let items = (1..=count).collect();
        let text = path_notes::text(&crate::input::paths::Note::Items { remark, items });
        text.split(" of Paths").next().unwrap().to_owned()
    };
    assert_eq!(named(1), "item 1");
    assert_eq!(named(2), "items 1 and 2");
    assert_eq!(named(5), "items 1, 2, 3, 4 and 5");
    assert_eq!(named(6), "items 1, 2, 3, 4, 5 and 1 more");
}

#[test]
fn a_note_names_its_target_where_targets_differ() {
    let same = fresh(r#"{"DistributionId":["E1","E2"],"Paths":["/d//e"]}"#);
    let [line] = &path_notes::lines(&same).collect::<Vec<_>>()[..] else {
        panic!("one line for both");
    };
    assert!(line.starts_with("item 1 of Paths"), "{line}");
    let other =
        fresh(r#"{"Targets":[{"DistributionId":"E1","Paths":["/d//e"]},{"DistributionId":"E2"}]}"#);
    let [line] = &path_notes::lines(&other).collect::<Vec<_>>()[..] else {
        panic!("one line for one of them");
    };
    assert!(line.starts_with("E1: item 1 of Paths"), "{line}");
}

/// However long the paths are, the notes are not what is cut off.
#[test]
fn the_notes_of_a_long_summary_are_kept() {
    let long = format!(r#""/d//{}""#, "\u{65e5}".repeat(400));
    let mut noted = fresh(&format!(r#"{{"DistributionId":"E1","Paths":[{long}]}}"#));
    let summary = |record: &Record| match answer(record, at(34)) {
        Answer::Continue { summary, .. } => summary,
        other => panic!("{other:?}"),
    };
    let told = summary(&noted);
    assert_eq!(told.chars().count(), SUMMARY_AT_MOST);
    assert!(told.ends_with("... Note: item 1 of Paths was URL-encoded, as CloudFront wants non-ASCII and unsafe characters to be. \
        Note: item 1 of Paths has \"//\", which is another path than with \"/\", and seldom meant."), "{told}");
    let notes = &mut noted.targets.first_mut().unwrap().notes;
    *notes = vec![notes.clone(); 40].concat();
    let told = summary(&noted);
    assert_eq!(told.chars().count(), SUMMARY_AT_MOST);
    assert_eq!(
        told.find("... Note: "),
        Some(SUMMARY_AT_MOST - NOTES_AT_MOST - 3)
    );
}

#[test]
fn what_completed_in_time_is_not_called_late() {
    let fresh = fresh(r#"{"DistributionId":["E1","E2"],"OnTimeout":"succeed"}"#);
    let taken = taken(&completed(&fresh, 0, 900), 1);
    let late = success::overdue(&decided(&taken, Verdict::Excused, at(900)));
    assert!(
        late.contains("invalidation I1") && !late.contains("I0"),
        "{late}"
    );
}

#[test]
fn what_completes_at_once_is_called_completed_though_nobody_waits() {
    let fresh = fresh(r#"{"DistributionId":"E1","Wait":false}"#);
    let status = |record: &Record| {
        let record = decided(record, Verdict::Succeeded, at(3));
        success::output_variables(&record, &Verdict::Succeeded)["Status"].clone()
    };
    assert_eq!(status(&taken(&fresh, 0)), "InProgress");
    assert_eq!(status(&completed(&fresh, 0, 3)), "Completed");
}

/// We never write a record without a target; who damages one is told something all the same.
#[test]
fn an_execution_without_a_target_is_told_of() {
    let bare = Record {
        targets: Vec::new(),
        ..fresh(OLD)
    };
    let told = |verdict| shown(&answer(&decided(&bare, verdict, at(900)), at(900)));
    let late = told(Verdict::TimedOut);
    assert!(
        late.contains("Nothing came of this execution within"),
        "{late}"
    );
    let refused = told(Verdict::Failed(Reason::NoSuchAlias));
    assert!(refused.contains("names no distribution"), "{refused}");
}

/// The Python function before us wrote exactly this; scripts and mail filters out there match it.
#[test]
fn a_notice_begins_as_the_old_functions_did() {
    for (verdict, status) in [
        (Verdict::Succeeded, "success"),
        (Verdict::TimedOut, "failed"),
    ] {
        let body = notice(&decided(&created(&fresh(OLD)), verdict, at(34)), None)
            .unwrap()
            .body;
        let old = format!(
            "PipelineName: example-pipeline\nJobId: 11111111-abcd-1111-abcd-111111abcdef\nStatus: {status}\n"
        );
        assert!(body.starts_with(&old), "{body}");
    }
}

/// What CodePipeline has not heard from us, people should not take for its word.
#[test]
fn a_notice_says_when_codepipeline_did_not_come_back() {
    let mut record = decided(&created(&fresh(OLD)), Verdict::Succeeded, at(34));
    let says_so = |record: &Record| {
        let body = notice(record, None).unwrap().body;
        body.contains("CodePipeline: did not come back to hear this")
    };
    assert!(!says_so(&record));
    record.visit.answer = Some(Delivery::Continued);
    assert!(says_so(&record));
    record.visit.answer = Some(Delivery::Undeliverable);
    let body = notice(&record, None).unwrap().body;
    assert!(
        body.contains("CodePipeline: could not be reached"),
        "{body}"
    );
}

#[test]
fn links_lead_to_the_console_of_the_partition() {
    let body = |pipeline: &str, region| {
        let mut record = decided(&created(&fresh(OLD)), Verdict::Succeeded, at(34));
        record.pipeline = Some(pipeline.to_owned());
        notice(&record, Some(region)).unwrap().body
    };
    for (region, domain) in [
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
        ("cn-north-1", "console.amazonaws.cn"),
        ("eu-west-1", "console.aws.amazon.com"),
    ] {
        let link = format!("https://{region}.{domain}/codesuite/codepipeline/pipelines/site/view");
        assert!(body("site", region).contains(&link), "{region}");
    }
    for no_name in ["", "a b", "a/b"] {
        assert!(
            !body(no_name, "eu-west-1").contains("codesuite"),
            "{no_name}"
        );
    }
}

/// What a refused job tells of itself still names its pipeline.
#[test]
fn a_refusal_names_the_pipeline() {
    let topic = fresh(OLD).topic;
    let pipeline = Some("site".to_owned());
    let refused = refused(
        job(),
        pipeline,
        notification(topic),
        Reason::UnreadableToken,
        stay(),
        &POLICY,
    );
    let body = notice(&refused, None).unwrap().body;
    assert!(body.starts_with("PipelineName: site\n"), "{body}");
}

#[test]
fn what_is_too_long_is_cut_to_the_limit() {
    assert_eq!(fitted("abcdefgh".to_owned(), 8), "abcdefgh");
    assert_eq!(fitted("abcdefghi".to_owned(), 8), "abcde...");
    for (most, kept) in [(4, "a..."), (3, "..."), (2, ".."), (1, "."), (0, "")] {
        assert_eq!(fitted("abcdefghi".to_owned(), most), kept);
    }
}

#[test]
fn without_a_topic_or_an_outcome_there_is_no_notice() {
    let fresh = fresh(r#"{"DistributionId":"E1"}"#);
    assert_eq!(
        notice(&decided(&fresh, Verdict::TimedOut, at(900)), None),
        None
    );
    assert_eq!(notice(&self::fresh(OLD), None), None);
}

#[test]
fn the_percentage_never_goes_back_and_never_reaches_the_end() {
    let record = created(&fresh(OLD));
    let seen: Vec<u8> = (0..90_000)
        .step_by(7)
        .map(|seconds| percent_complete(&record, at(seconds)))
        .collect();
    assert!(seen.is_sorted() && seen.iter().all(|percent| (5..=95).contains(percent)));
    assert_eq!(percent_complete(&fresh(OLD), at(60)), 0);
}

/// A string of the kind that a service, a user or a broken substitution may hand us.
fn text(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..most).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn every_message_keeps_its_services_limits(
        pipeline in text(400),
        faults in prop::collection::vec(text(300), 1..60),
        code in text(100),
        said in text(2_000),
        path in "/[a-z]{1,200}",
        choice in 0..5_u8,
    ) {
        let parameters = format!(r#"{{"DistributionId":"E1","Paths":["{path}","{path}1","{path}2"],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:x"}}"#);
        let trouble = Trouble::new(&code, &said);
        let fresh = Record { pipeline: Some(pipeline), ..fresh(&parameters) };
        let record = match choice {
            0 => created(&fresh),
            1 => after(&fresh, Observation::Replied(0, CloudFrontReply::PutOff(trouble).into()), at(8), &POLICY),
            2 => decided(&created(&fresh), Verdict::Succeeded, at(34)),
            3 => decided(&fresh, Verdict::Failed(Reason::BadParameters(faults)), at(2)),
            _ => decided(&fresh, Verdict::Failed(Reason::BatchRefused(trouble)), at(2)),
        };
        match answer(&record, at(40)) {
            Answer::Continue { token, summary, percent_complete, .. } => {
                prop_assert!((1..=2_048).contains(&token.len()));
                prop_assert!((1..=SUMMARY_AT_MOST).contains(&summary.chars().count()));
                prop_assert!(percent_complete < 100);
            }
            Answer::Success { summary, output_variables, .. } => {
                prop_assert!((1..=SUMMARY_AT_MOST).contains(&summary.chars().count()));
                prop_assert!(output_variables.values().all(|value| !value.is_empty()));
            }
            Answer::Failure { message, .. } => prop_assert!((1..=FAILURE_MESSAGE_AT_MOST).contains(&message.chars().count())),
        }
        if let Some(notice) = notice(&record, Some("us-east-1")) {
            prop_assert!((1..=SUBJECT_AT_MOST).contains(&notice.subject.len()));
            prop_assert!(notice.subject.chars().all(|c| c == ' ' || c.is_ascii_graphic()));
            prop_assert!(notice.body.len() <= 262_144);
            prop_assert!(notice.attributes.values().all(|value| *value != Attribute::Text(String::new())));
        }
    }
}

#[test]
fn an_adopted_execution_speaks_of_its_invalidation() {
    let parameters = UserParameters::parse(&Text::Given(OLD.to_owned())).unwrap();
    let record = adopted(
        job(),
        parameters,
        InvalidationId::parse("IOLD").unwrap(),
        stay(),
        &POLICY,
    );
    let Answer::Continue {
        external_execution_id,
        ..
    } = answer(&record, at(3))
    else {
        panic!("not decided yet")
    };
    assert_eq!(external_execution_id.as_deref(), Some("IOLD"));
}
