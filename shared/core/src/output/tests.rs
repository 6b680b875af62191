mod formats;

use proptest::prelude::*;

use super::*;
use crate::decide::{
    CloudFrontReply, InvocationBudget, Observation, Policy, QueueReply, Reply, adopted, after,
    begun, decided, rejected,
};
use crate::input::identifiers::{Account, Alias, DistributionId, InvalidationId, JobId, TopicArn};
use crate::input::job_event::Text;
use crate::input::user_parameters::UserParameters;
use crate::model::execution_record::{
    Delivery, NotificationSettings, Reason, Resource, ServiceError, Status, StatusSnapshot,
};
use crate::model::queue::{Admission, EntryId};

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

fn budget() -> InvocationBudget {
    InvocationBudget {
        from: START,
        wait_until: at(25),
        work_until: at(40),
        ends_at: at(60),
    }
}

fn job() -> JobId {
    JobId::parse("11111111-abcd-1111-abcd-111111abcdef").unwrap()
}

fn fresh(parameters: &str) -> ExecutionRecord {
    let parameters = UserParameters::parse(&Text::Given(parameters.to_owned())).unwrap();
    begun(job(), parameters, budget(), &POLICY)
}

fn created(record: &ExecutionRecord) -> ExecutionRecord {
    let id = InvalidationId::parse("I2J0I21PCUYOIK").unwrap();
    after(
        record,
        Observation::Replied(0, CloudFrontReply::Created(id, Status::InProgress).into()),
        at(1),
        &POLICY,
    )
}

fn notification_settings(topic: Option<TopicArn>) -> NotificationSettings {
    NotificationSettings {
        topic,
        ..NotificationSettings::default()
    }
}

fn retry_later(record: &ExecutionRecord) -> ExecutionRecord {
    after(
        record,
        Observation::Replied(
            0,
            CloudFrontReply::Retryable(ServiceError::new("Throttling", "Rate exceeded")).into(),
        ),
        at(8),
        &POLICY,
    )
}

fn shown(job_result: &JobResult) -> String {
    match job_result {
        JobResult::Continue {
            token,
            summary,
            external_execution_id,
        } => {
            format!("continue {external_execution_id:?} {token}\n{summary}")
        }
        JobResult::Success {
            summary,
            external_execution_id,
            output_variables,
        } => {
            format!("success {external_execution_id:?}\n{summary}\n{output_variables:#?}")
        }
        JobResult::Failure {
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
    let records = [
        retry_later(&fresh),
        created(&fresh),
        retry_later(&created(&fresh)),
    ];
    insta::assert_snapshot!(
        records
            .map(|record| shown(&job_result(&record, at(34))))
            .join("\n\n")
    );
}

#[test]
fn what_codepipeline_shows_in_the_end() {
    let fresh = fresh(OLD);
    let created = created(&fresh);
    let batch = ServiceError::new(
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
        Reason::BatchRejected(batch),
        Reason::CallerReferenceConflict,
    ];
    let failures = reasons.map(|reason| decided(&fresh, Verdict::Failed(reason), at(2)));
    let timeouts = [retry_later(&fresh), created.clone(), retry_later(&created)]
        .map(|record| decided(&record, Verdict::TimedOut, at(900)));
    let success = decided(&created, Verdict::Succeeded, at(95));
    let all = [success]
        .into_iter()
        .chain(failures)
        .chain(timeouts)
        .map(|record| shown(&job_result(&record, at(900))));
    let all = all.chain([
        shown(&result_without_record()),
        shown(&result_misconfigured(
            "the settings of this function are wrong: A is missing",
        )),
    ]);
    insta::assert_snapshot!(all.collect::<Vec<_>>().join("\n\n"));
}

#[test]
fn texts_of_a_notification() {
    let many = r#"{"DistributionId":"E1","Paths":["/a","/b","/c","/d","/e/*"],"SnsTopicArn":"arn:aws-cn:sns:cn-north-1:111111111111:x"}"#;
    let succeeded = decided(&created(&fresh(OLD)), Verdict::Succeeded, at(34));
    let failed = decided(
        &fresh(many),
        Verdict::Failed(Reason::NoSuchDistribution),
        at(2),
    );
    let reason = Reason::BadParameters(vec!["DistributionId is missing; add it".to_owned()]);
    let rejected = rejected(
        job(),
        None,
        notification_settings(succeeded.topic.clone()),
        reason,
        budget(),
        &POLICY,
    );
    let notifications = [
        (succeeded, Some("eu-west-1")),
        (failed, Some("cn-north-1")),
        (rejected, None),
    ];
    let texts = notifications.map(|(record, region)| {
        let Notification {
            topic,
            subject,
            body,
            attributes,
            ..
        } = notification(&record, region).unwrap();
        format!("to {topic}\n{subject}\n{attributes:?}\n{body}")
    });
    insta::assert_snapshot!(texts.join("\n"));
}

/// One item for each remark.
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
    let results = [&noted, &root, &many, &done].map(|record| shown(&job_result(record, at(34))));
    let body = notification(&done, None).unwrap().body;
    insta::assert_snapshot!(format!("{}\n\n{body}", results.join("\n\n")));
}

const SEVERAL: &str = r#""Targets":[{"DistributionId":"E1"},{"Alias":"www.example.com","Paths":["/a","/b"]},{"DistributionTenantId":"dt_1"}],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:x","PipelineName":"p""#;

fn replied(
    record: &ExecutionRecord,
    target_index: usize,
    reply: impl Into<Reply>,
    seconds: u64,
) -> ExecutionRecord {
    after(
        record,
        Observation::Replied(target_index, reply.into()),
        at(seconds),
        &POLICY,
    )
}

fn taken(record: &ExecutionRecord, target_index: usize) -> ExecutionRecord {
    let id = InvalidationId::parse(&format!("I{target_index}")).unwrap();
    replied(
        record,
        target_index,
        CloudFrontReply::Created(id, Status::InProgress),
        2,
    )
}

fn completed(record: &ExecutionRecord, target_index: usize, seconds: u64) -> ExecutionRecord {
    replied(
        &taken(record, target_index),
        target_index,
        CloudFrontReply::Polled(Status::Completed),
        seconds,
    )
}

fn described(record: &ExecutionRecord) -> String {
    let body = notification(record, Some("us-east-1")).map(|notification| notification.body);
    format!(
        "{}\n\n{}",
        shown(&job_result(record, at(900))),
        body.unwrap_or_default()
    )
}

/// The result of each target, before and after the outcome.
#[test]
fn texts_of_several_targets() {
    let fresh = fresh(&format!("{{{SEVERAL}}}"));
    let distribution = DistributionId::parse("E2").unwrap();
    let resolved = replied(
        &fresh,
        1,
        CloudFrontReply::Resolved(Resource::Distribution(distribution)),
        1,
    );
    let some = retry_later(&completed(&taken(&resolved, 1), 2, 20));
    let all = completed(&completed(&some, 0, 30), 1, 31);
    let rejected = replied(
        &completed(&some, 1, 30),
        0,
        CloudFrontReply::Rejected(Reason::NoSuchDistribution),
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
        decided(&rejected, failed, at(31)),
        decided(&some, Verdict::TimedOut, at(900)),
    ];
    insta::assert_snapshot!(records.map(|record| described(&record)).join("\n"));
}

/// The texts for `Wait`, `OnTimeout` and `DryRun`.
#[test]
fn texts_of_on_timeout_and_wait() {
    let wish = |wish: &str| fresh(&OLD.replace('}', &format!(",{wish}}}")));
    let succeeded_with_warning = |record: &ExecutionRecord| {
        decided(&taken(record, 0), Verdict::SucceededWithWarning, at(900))
    };
    let released = succeeded_with_warning(&wish(r#""OnTimeout":"release""#));
    let watched = replied(
        &released,
        0,
        CloudFrontReply::Polled(Status::Completed),
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
        succeeded_with_warning(&wish(r#""OnTimeout":"succeed""#)),
        released,
        watched,
        decided(&plan, Verdict::Succeeded, at(1)),
    ];
    insta::assert_snapshot!(records.map(|record| described(&record)).join("\n"));
}

/// The position in the queue, and the invalidation of a leader.
#[test]
fn texts_of_the_queue() {
    let leader = EntryId {
        execution: job(),
        target_index: 0,
    };
    let with_admission =
        |admission: Admission| replied(&fresh(OLD), 0, QueueReply::Admission(Some(admission)), 1);
    let (waiting, following) = (
        with_admission(Admission::Waiting { ahead: 14 }),
        with_admission(Admission::Follower(leader)),
    );
    let snapshot = StatusSnapshot {
        id: InvalidationId::parse("I9").unwrap(),
        status: Status::Completed,
        checked_at: at(30),
    };
    let leader_state = replied(&following, 0, QueueReply::LeaderState(Some(snapshot)), 31);
    let records = [
        decided(&leader_state, Verdict::Succeeded, at(31)),
        decided(&waiting, Verdict::TimedOut, at(900)),
        waiting,
        following,
    ];
    insta::assert_snapshot!(
        records
            .map(|record| shown(&job_result(&record, at(34))))
            .join("\n\n")
    );
}

/// Each reason, on each kind of resource.
#[test]
fn texts_of_a_rejection() {
    let rejection = |target: &str, reason: Reason| {
        let fresh = fresh(&format!(r#"{{"Targets":[{{{target}}}]}}"#));
        let rejected = replied(&fresh, 0, CloudFrontReply::Rejected(reason.clone()), 1);
        shown(&job_result(
            &decided(&rejected, Verdict::Failed(reason), at(2)),
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
        rejection(alias, Reason::NoSuchAlias(None)),
        rejection(alias, Reason::NoSuchAlias(Alias::parse("example.com"))),
        rejection(alias, denied("cloudfront:ListDistributions")),
        rejection(tenant, Reason::NoSuchDistributionTenant),
        rejection(
            tenant,
            denied("cloudfront:CreateInvalidationForDistributionTenant"),
        ),
        rejection(r#""DistributionId":"E1""#, named),
        rejection(alias, Reason::PipelineNotAllowed),
        rejection(alias, Reason::UnknownPipeline),
    ];
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn a_rejected_tag_may_be_unknown_to_the_distribution() {
    let rejection = |paths: &str| {
        let fresh = fresh(&format!(r#"{{"DistributionId":"E1","Paths":[{paths}]}}"#));
        let reason = Reason::BatchRejected(ServiceError::new("InvalidArgument", ""));
        shown(&job_result(
            &decided(&fresh, Verdict::Failed(reason), at(2)),
            at(2),
        ))
    };
    assert!(rejection(r##""/a","#b""##).contains("CacheTagConfig"));
    assert!(!rejection(r#""/a""#).contains("CacheTagConfig"));
}

#[test]
fn a_note_names_a_few_items_and_counts_the_others() {
    let named = |count: u32| {
        let remark = crate::input::paths::Remark::Dots;
        let items = (1..=count).collect();
        let text = path_notes::text(&crate::input::paths::Note::Items {
            remark,
            items,
            more: 0,
            list: crate::input::paths::ListKind::Paths,
        });
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

/// Long paths do not truncate the notes.
#[test]
fn the_notes_of_a_long_summary_are_kept() {
    let long = format!(r#""/d//{}""#, "\u{65e5}".repeat(400));
    let mut noted = fresh(&format!(r#"{{"DistributionId":"E1","Paths":[{long}]}}"#));
    let summary = |record: &ExecutionRecord| match job_result(record, at(34)) {
        JobResult::Continue { summary, .. } => summary,
        other => panic!("{other:?}"),
    };
    let text = summary(&noted);
    assert_eq!(text.chars().count(), SUMMARY_AT_MOST);
    assert!(text.ends_with("... Note: item 1 of Paths was URL-encoded, as CloudFront requires for non-ASCII and unsafe characters. \
        Note: item 1 of Paths contains \"//\", which is a different path from \"/\" and usually a mistake."), "{text}");
    let notes = &mut noted.targets.first_mut().unwrap().notes;
    *notes = vec![notes.clone(); 40].concat();
    let text = summary(&noted);
    assert_eq!(text.chars().count(), SUMMARY_AT_MOST);
    assert_eq!(
        text.find("... Note: "),
        Some(SUMMARY_AT_MOST - NOTES_AT_MOST - 3)
    );
}

#[test]
fn a_completion_in_time_is_not_reported_as_late() {
    let fresh = fresh(r#"{"DistributionId":["E1","E2"],"OnTimeout":"succeed"}"#);
    let taken = taken(&completed(&fresh, 0, 900), 1);
    let late = success::overdue(&decided(&taken, Verdict::SucceededWithWarning, at(900)));
    assert!(
        late.contains("invalidation I1") && !late.contains("I0"),
        "{late}"
    );
}

#[test]
fn an_immediate_completion_is_reported_without_wait() {
    let fresh = fresh(r#"{"DistributionId":"E1","Wait":false}"#);
    let status = |record: &ExecutionRecord| {
        let record = decided(record, Verdict::Succeeded, at(3));
        success::output_variables(&record, &Verdict::Succeeded)["Status"].clone()
    };
    assert_eq!(status(&taken(&fresh, 0)), "InProgress");
    assert_eq!(status(&completed(&fresh, 0, 3)), "Completed");
}

/// No execution writes a record without a target, but a damaged record must also have a text.
#[test]
fn an_execution_without_a_target_is_published() {
    let bare = ExecutionRecord {
        targets: Vec::new(),
        ..fresh(OLD)
    };
    let result = |verdict| shown(&job_result(&decided(&bare, verdict, at(900)), at(900)));
    let late = result(Verdict::TimedOut);
    assert!(
        late.contains("The execution did not finish within"),
        "{late}"
    );
    let rejected = result(Verdict::Failed(Reason::NoSuchAlias(None)));
    assert!(rejected.contains("contains no distribution"), "{rejected}");
}

/// The Python function wrote exactly these lines, and existing scripts and mail filters match them.
#[test]
fn a_notification_begins_as_that_of_the_python_function() {
    for (verdict, status) in [
        (Verdict::Succeeded, "success"),
        (Verdict::TimedOut, "failed"),
    ] {
        let body = notification(&decided(&created(&fresh(OLD)), verdict, at(34)), None)
            .unwrap()
            .body;
        let old = format!(
            "PipelineName: example-pipeline\nJobId: 11111111-abcd-1111-abcd-111111abcdef\nStatus: {status}\n"
        );
        assert!(body.starts_with(&old), "{body}");
    }
}

/// The notification states that CodePipeline did not accept the result.
#[test]
fn a_notification_says_when_no_continuation_job_came() {
    let mut record = decided(&created(&fresh(OLD)), Verdict::Succeeded, at(34));
    let says_so = |record: &ExecutionRecord| {
        let body = notification(record, None).unwrap().body;
        body.contains("CodePipeline: the result could not be delivered")
    };
    assert!(!says_so(&record));
    record.job.result = Some(Delivery::Continued);
    assert!(says_so(&record));
    record.job.result = Some(Delivery::Undeliverable);
    let body = notification(&record, None).unwrap().body;
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
        notification(&record, Some(region)).unwrap().body
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

/// The notification of a rejected job contains the name of its pipeline.
#[test]
fn a_rejection_names_the_pipeline() {
    let topic = fresh(OLD).topic;
    let pipeline = Some("site".to_owned());
    let rejected = rejected(
        job(),
        pipeline,
        notification_settings(topic),
        Reason::UnreadableToken,
        budget(),
        &POLICY,
    );
    let body = notification(&rejected, None).unwrap().body;
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
fn without_a_topic_or_an_outcome_there_is_no_notification() {
    let fresh = fresh(r#"{"DistributionId":"E1"}"#);
    assert_eq!(
        notification(&decided(&fresh, Verdict::TimedOut, at(900)), None),
        None
    );
    assert_eq!(notification(&self::fresh(OLD), None), None);
}

/// A string as a service, a user or a failed substitution may provide it.
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
        let service_error = ServiceError::new(&code, &said);
        let fresh = ExecutionRecord { pipeline: Some(pipeline), ..fresh(&parameters) };
        let record = match choice {
            0 => created(&fresh),
            1 => after(&fresh, Observation::Replied(0, CloudFrontReply::Retryable(service_error).into()), at(8), &POLICY),
            2 => decided(&created(&fresh), Verdict::Succeeded, at(34)),
            3 => decided(&fresh, Verdict::Failed(Reason::BadParameters(faults)), at(2)),
            _ => decided(&fresh, Verdict::Failed(Reason::BatchRejected(service_error)), at(2)),
        };
        match job_result(&record, at(40)) {
            JobResult::Continue { token, summary, .. } => {
                prop_assert!((1..=2_048).contains(&token.len()));
                prop_assert!((1..=SUMMARY_AT_MOST).contains(&summary.chars().count()));
            }
            JobResult::Success { summary, output_variables, .. } => {
                prop_assert!((1..=SUMMARY_AT_MOST).contains(&summary.chars().count()));
                prop_assert!(output_variables.values().all(|value| !value.is_empty()));
            }
            JobResult::Failure { message, .. } => prop_assert!((1..=FAILURE_MESSAGE_AT_MOST).contains(&message.chars().count())),
        }
        if let Some(notification) = notification(&record, Some("us-east-1")) {
            prop_assert!((1..=SUBJECT_AT_MOST).contains(&notification.subject.len()));
            prop_assert!(notification.subject.chars().all(|c| c == ' ' || c.is_ascii_graphic()));
            prop_assert!(notification.body.len() <= 262_144);
            prop_assert!(notification.attributes.values().all(|value| *value != Attribute::Text(String::new())));
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
        budget(),
        &POLICY,
    );
    let JobResult::Continue {
        external_execution_id,
        ..
    } = job_result(&record, at(3))
    else {
        panic!("not decided yet")
    };
    assert_eq!(external_execution_id.as_deref(), Some("IOLD"));
}
