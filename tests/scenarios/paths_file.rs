//! `PathsFile`: the paths of an action in a file of its input artifact.

use std::time::Duration;

use harness::{DISTRIBUTION, Ending, Harness, TABLE, TOPIC};
use local_aws::codepipeline::{ActionId, CANARY, FailureKind, Status};
use local_aws::s3::{Body, zip, zip_after_zeros};
use local_aws::{Call, Fault, FaultKind, Outcome, Service};
use serde_json::{Map, Value};

/// The input artifact of each action, unless a test names others.
const ARTIFACT: &str = "SourceArtifact";

fn parameters(rest: &str) -> String {
    format!(
        r#"{{"DistributionId":"{DISTRIBUTION}","SnsTopicArn":"{TOPIC}","PathsFile":"paths.txt"{rest}}}"#
    )
}

fn artifact(paths: &str) -> Vec<u8> {
    zip([
        ("index.html", &b"<html>"[..]),
        ("paths.txt", paths.as_bytes()),
    ])
}

/// A harness, and an action whose artifact has this content.
fn begun(rest: &str, body: impl Into<Body>) -> (Harness, ActionId) {
    let harness = Harness::new(&[]);
    let action = harness.begin(&parameters(rest));
    harness.aws().s3().put_artifact(&action, ARTIFACT, body);
    (harness, action)
}

async fn played(rest: &str, body: impl Into<Body>) -> Ending {
    let (harness, action) = begun(rest, body);
    harness.watch(&action).await
}

/// The message of an action that failed without an invalidation, with its kind.
fn failure(ending: &Ending) -> (FailureKind, &str) {
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert!(ending.invalidations.is_empty());
    match &ending.action.status {
        Status::Failed { kind, message } => (*kind, message),
        status => panic!("{status}: {:?}", ending.action.summary),
    }
}

/// The calls to S3, and the bytes that they returned.
fn read(ending: &Ending) -> (usize, u64) {
    let calls: Vec<_> = ending.made(Service::S3, "GetObject").collect();
    let bytes = calls.iter().filter_map(|call| {
        let range = call.detail.strip_prefix("bytes ")?.split('/').next()?;
        let (first, last) = range.split_once('-')?;
        Some(last.parse::<u64>().ok()? - first.parse::<u64>().ok()? + 1)
    });
    (calls.len(), bytes.sum())
}

fn text(item: &Map<String, Value>) -> String {
    serde_json::to_string(item).expect("an item is JSON")
}

fn many_paths() -> String {
    let path = |n: u64| {
        let hash = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        format!("/assets/images/products/{n:05}/picture-{hash:016x}.webp\n")
    };
    (0..3_000).map(path).collect()
}

/// A site of 2 GB with 3,000 files beside the list.
fn large(paths: &str) -> Body {
    let names: Vec<String> = (0..3_000)
        .map(|n| format!("site/assets/images/products/{n:05}.webp"))
        .collect();
    let mut files = vec![("paths.txt", paths.as_bytes())];
    files.extend(names.iter().map(|name| (name.as_str(), &b"x"[..])));
    zip_after_zeros(2 * 1_024 * 1_024 * 1_024, files)
}

#[tokio::test(start_paused = true)]
async fn three_thousand_paths_come_from_a_few_parts_of_a_large_artifact() {
    let paths = many_paths();
    let ending = played("", large(&paths)).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(
        ending.action.status,
        Status::Succeeded,
        "{:?}",
        ending.action
    );
    let [made] = &ending.invalidations[..] else {
        panic!("one invalidation");
    };
    let expected: Vec<&str> = paths.lines().collect();
    assert_eq!(made.paths, expected);
    let (calls, bytes) = read(&ending);
    assert!(
        calls <= 3 && bytes < 1_000_000,
        "{calls} calls, {bytes} bytes"
    );
    let largest = ending.items.iter().map(|item| text(item).len()).max();
    println!("{calls} calls, {bytes} bytes; the largest item has {largest:?} characters");
    assert!(largest < Some(80_000), "{largest:?}");
}

#[tokio::test(start_paused = true)]
async fn the_file_of_a_named_artifact_is_read() {
    let harness = Harness::new(&[]);
    harness
        .aws()
        .codepipeline()
        .set_input_artifacts(&["Source", "Build"]);
    let named =
        |file: &str| format!(r#"{{"DistributionId":"{DISTRIBUTION}","PathsFile":"{file}"}}"#);
    let action = harness.begin(&named("Build::dist/paths.json"));
    let archive = zip([("./dist/paths.json", &br#"["/a", "/b c"]"#[..])]);
    harness.aws().s3().put_artifact(&action, "Build", archive);
    let ending = harness.watch(&action).await;
    assert_eq!(
        ending.action.status,
        Status::Succeeded,
        "{:?}",
        ending.action
    );
    assert_eq!(ending.invalidations[0].paths, ["/a", "/b%20c"]);
    let ending = harness.play(&named("paths.json")).await;
    let Status::Failed { kind, message } = &ending.action.status else {
        panic!("{:?}", ending.action);
    };
    assert_eq!(*kind, FailureKind::ConfigurationError);
    assert!(
        message.contains("which of the 2 input artifacts"),
        "{message}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_succeeds_without_an_invalidation() {
    for (rest, paths) in [
        ("", None),
        (r#","Wait":false"#, None),
        (r#","WhenEmpty":"all""#, Some("/*")),
    ] {
        let ending = played(rest, artifact("# nothing changed\n\n")).await;
        assert_eq!(ending.broken_invariants(), [""; 0], "{rest}");
        assert_eq!(ending.action.status, Status::Succeeded, "{rest}");
        let made: Vec<&str> = ending
            .invalidations
            .iter()
            .map(|one| one.paths[0].as_str())
            .collect();
        assert_eq!(made, Vec::from_iter(paths), "{rest}");
        let is_told = ending.action.summary.clone().unwrap_or_default();
        assert_eq!(
            is_told.contains("the list of paths is empty"),
            paths.is_none(),
            "{is_told}"
        );
        assert_eq!(ending.notifications.len(), 1);
        assert!(
            !ending.notifications[0].message.contains("Warning"),
            "{rest}"
        );
    }
    let ending = played(r#","WhenEmpty":"fail""#, artifact("")).await;
    let (kind, message) = failure(&ending);
    assert_eq!(kind, FailureKind::ConfigurationError);
    assert!(
        message.starts_with("PathsFile contains no path"),
        "{message}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_target_with_an_empty_list_does_not_hold_up_the_others() {
    let harness = Harness::new(&[]);
    let action = harness.begin(&format!(
        r#"{{"SnsTopicArn":"{TOPIC}","Targets":[{{"Alias":"nobody.example.com","PathsFile":"none.txt"}},{{"DistributionId":"{DISTRIBUTION}","Paths":["/a"]}}]}}"#
    ));
    harness
        .aws()
        .s3()
        .put_artifact(&action, ARTIFACT, zip([("none.txt", &b""[..])]));
    let ending = harness.watch(&action).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(
        ending.action.status,
        Status::Succeeded,
        "{:?}",
        ending.action
    );
    assert_eq!(ending.invalidations.len(), 1);
}

/// The writer of the artifact chooses only among the targets that the pipeline may invalidate.
#[tokio::test(start_paused = true)]
async fn the_settings_limit_what_a_file_names() {
    let targets = r#"{"Targets":[{"DistributionId":"E3EXAMPLE2BCDE"}]}"#;
    let allowed = format!(r#"{{"*":["{DISTRIBUTION}"]}}"#);
    for (setting, value, user_parameters, file, succeeds, expected) in [
        (
            "ALLOWED_PIPELINES",
            allowed.as_str(),
            format!(r#"{{"SnsTopicArn":"{TOPIC}","PathsFile":"paths.txt"}}"#),
            targets,
            false,
            "does not allow pipeline",
        ),
        (
            "MAX_PATHS_PER_ACTION",
            "2",
            parameters(""),
            "/a\n/b\n/c\n",
            false,
            "MAX_PATHS_PER_ACTION",
        ),
        (
            "MAX_PATHS_PER_ACTION",
            "3",
            parameters(""),
            "/a\n/b\n/c\n",
            true,
            "",
        ),
    ] {
        let harness = Harness::new(&[(setting, value)]);
        let action = harness.begin(&user_parameters);
        let body = artifact(file);
        harness.aws().s3().put_artifact(&action, ARTIFACT, body);
        let ending = harness.watch(&action).await;
        if succeeds {
            assert_eq!(ending.action.status, Status::Succeeded, "{setting}");
            continue;
        }
        let (kind, message) = failure(&ending);
        assert_eq!(kind, FailureKind::ConfigurationError, "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

/// Each failure names what to change.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_fails_with_a_remedy() {
    let faults: String = (0..40).map(|n| format!("secret{n}\n")).collect();
    let other = zip([("other.txt", &b""[..])]);
    let tar_gz = [vec![0x1F, 0x8B], vec![7; 300_000]].concat();
    for (body, expected) in [
        (
            artifact(&faults),
            "40 errors: PathsFile line 1 must begin with",
        ),
        (other, "not among the 1 files of the artifact"),
        (tar_gz, "is a tar.gz archive"),
        (Vec::new(), "is not a zip archive"),
    ] {
        let ending = played("", body).await;
        let (kind, message) = failure(&ending);
        assert_eq!(kind, FailureKind::ConfigurationError);
        assert!(
            message.contains(expected) && !message.contains("secret"),
            "{message}"
        );
        assert!(message.contains("Nothing was invalidated"), "{message}");
        let count = message.matches("must begin with").count();
        assert!(
            count == 0 || (count == 10 && message.contains("; and 30 more")),
            "{message}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_s3_rejects_fails_with_a_remedy() {
    let denied = FaultKind::reject(403, "AccessDenied", "Access Denied");
    let expired = FaultKind::reject(400, "ExpiredToken", "The provided token has expired.");
    let moved = FaultKind::reject(301, "PermanentRedirect", "Use another endpoint");
    for (fault, kind, expected) in [
        (
            Some(denied),
            FailureKind::PermissionError,
            "Allow s3:GetObject",
        ),
        (
            Some(expired),
            FailureKind::PermissionError,
            "new credentials",
        ),
        (
            Some(moved),
            FailureKind::ConfigurationError,
            "another region",
        ),
        (
            None,
            FailureKind::PermissionError,
            "Allow kms:Decrypt on the key",
        ),
    ] {
        let (harness, action) = begun("", artifact("/a\n"));
        match fault {
            Some(fault) => harness
                .aws()
                .inject(Fault::once(Service::S3, "GetObject", fault)),
            None => harness.aws().s3().deny_key(),
        }
        let ending = harness.watch(&action).await;
        let (reported, message) = failure(&ending);
        assert_eq!(reported, kind, "{message}");
        assert!(message.contains(expected), "{message}");
        assert_eq!(read(&ending).0, 1, "{message}");
    }
    let harness = Harness::new(&[]);
    let ending = harness.play(&parameters("")).await;
    let (_, message) = failure(&ending);
    assert!(
        message.contains("no longer exists in S3 (NoSuchKey)"),
        "{message}"
    );
}

/// A short outage is bridged by the invocation, a longer one by Lambda's retries; one of an hour fails the action.
#[tokio::test(start_paused = true)]
async fn an_outage_of_s3_is_retried() {
    for (minutes, fault, succeeds) in [
        (0.2, FaultKind::Unavailable, true),
        (0.2, FaultKind::LoseReply, true),
        (2.5, FaultKind::Throttle, true),
        (60.0, FaultKind::Unavailable, false),
        (60.0, FaultKind::Hang, false),
        (60.0, FaultKind::Malformed, false),
    ] {
        let (harness, action) = begun("", artifact("/a\n"));
        let from = harness.aws().now_ms();
        let until = from + Duration::from_secs_f64(60.0 * minutes).as_millis() as u64;
        harness
            .aws()
            .inject(Fault::outage(Service::S3, from..until, fault.clone()));
        let ending = harness.watch(&action).await;
        assert_eq!(ending.broken_invariants(), [""; 0], "{fault:?}");
        if succeeds {
            assert_eq!(ending.action.status, Status::Succeeded, "{fault:?}");
            assert_eq!(ending.invalidations.len(), 1);
        } else {
            let (kind, message) = failure(&ending);
            assert_eq!(kind, FailureKind::SystemUnavailable, "{message}");
            assert!(message.contains("Retry the stage later"), "{message}");
        }
    }
}

/// However the first job is interrupted, one batch is created under one reference, even if the artifact is deleted as soon as the
/// batch is stored.
#[tokio::test(start_paused = true)]
async fn one_batch_is_fixed_whatever_interrupts_the_first_job() {
    let calls = played("", artifact("/a\n/b\n")).await.calls.len();
    for kind in [FaultKind::KillBefore, FaultKind::KillAfter] {
        for first in 1..=calls {
            let (harness, action) = begun("", artifact("/a\n/b\n"));
            let fault = Fault {
                first: u32::try_from(first).unwrap(),
                count: 1,
                ..Fault::always(kind.clone())
            };
            harness.aws().inject(fault);
            let ending = deleted_once_stored(harness, &action).await;
            assert_eq!(
                ending.invalidations[0].paths,
                ["/a", "/b"],
                "{kind:?} {first}"
            );
        }
    }
    let (harness, action) = begun("", large(&many_paths()));
    let ending = deleted_once_stored(harness, &action).await;
    assert_eq!(ending.invalidations[0].paths.len(), 3_000);
}

/// Delivers each event twice, and deletes the artifact as soon as a record is stored.
async fn deleted_once_stored(harness: Harness, action: &ActionId) -> Ending {
    let harness = harness.delivering_again_after(Duration::from_millis(300));
    let deleting = async {
        while harness.aws().dynamodb().items(TABLE).is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        harness.aws().s3().delete_artifact(action, ARTIFACT);
    };
    let (ending, ()) = tokio::join!(harness.watch(action), deleting);
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(ending.invalidations.len(), 1);
    ending
}

/// The credentials are in no record, message or result.
#[tokio::test(start_paused = true)]
async fn the_credentials_are_in_no_output() {
    let ending = played("", artifact("/a\n")).await;
    assert_eq!(ending.action.status, Status::Succeeded);
    let output = format!("{ending:?}");
    assert!(!output.contains(CANARY), "{output}");
}

/// The role of the function reads nothing from S3: each call has the credentials of the job.
#[tokio::test(start_paused = true)]
async fn the_function_has_no_access_of_its_own() {
    let ending = played("", artifact("/a\n")).await;
    let is_allowed = |call: &Call| call.outcome == Outcome::Ok;
    assert!(ending.made(Service::S3, "GetObject").all(is_allowed));
}
