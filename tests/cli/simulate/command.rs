//! `simulate` as users and scripts call it.

use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

const CFI: &str = env!("CARGO_BIN_EXE_cfi");

/// The exit code, and the standard output.
async fn simulate(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(CFI);
    let output = command.args(arguments).stdin(Stdio::null()).output().await;
    let output = output.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), text)
}

const QUICK: [&str; 2] = ["--speed", "1000000"];

#[tokio::test]
async fn scripts_read_the_event_of_the_outcome() {
    let (code, text) = simulate(&[&QUICK[..], &["--json", "--events"]].concat()).await;
    assert_eq!(code, Some(0), "{text}");
    let result: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(result["type"], "result");
    let event = &result["events"][0];
    assert_eq!(event["bus"], "default");
    assert_eq!(event["detail_type"], "CloudFront Invalidation Outcome");
    assert_eq!(event["detail"]["status"], "success");
    assert_eq!(event["detail"]["targets"][0]["resource"], "E2EXAMPLE1ABCD");

    let (_, text) = simulate(&[&QUICK[..], &["--json"]].concat()).await;
    let result: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(result["events"], Value::Array(Vec::new()));
}

/// A folder and an archive of it give the same paths.
#[tokio::test]
async fn the_paths_come_from_the_artifact() {
    let folder = std::env::temp_dir().join(format!("cfi-artifact-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("dist")).unwrap();
    std::fs::write(folder.join("dist/paths.txt"), "/a\n/b\n").unwrap();
    let archive = folder.join("site.zip");
    std::fs::write(&archive, local_aws::s3::folder(&folder).unwrap()).unwrap();
    let parameters = r#"{"DistributionId":"E2EXAMPLE1ABCD","PathsFile":"dist/paths.txt"}"#;
    for artifact in [&folder, &archive] {
        let artifact = artifact.to_str().unwrap();
        let run = [
            "--json",
            "--user-parameters",
            parameters,
            "--artifact",
            artifact,
        ];
        let (code, text) = simulate(&[&QUICK[..], &run].concat()).await;
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("/a, /b in E2EXAMPLE1ABCD"), "{text}");
    }
    let (code, _) = simulate(&["--artifact", "/nowhere"]).await;
    assert_eq!(code, Some(2));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn the_event_of_the_outcome_is_shown() {
    let (code, text) = simulate(&[&QUICK[..], &["--events"]].concat()).await;
    assert_eq!(code, Some(0), "{text}");
    for line in [
        "Event      to default",
        "[detail-type] CloudFront Invalidation Outcome",
        "│   \"status\": \"success\",",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let (_, text) = simulate(&QUICK).await;
    assert!(!text.contains("Event "), "{text}");
    let gone = [&QUICK[..], &["--events", "--fault", "bus-gone"]].concat();
    let (code, text) = simulate(&gone).await;
    assert_eq!(code, Some(0), "the action is not affected: {text}");
    assert!(text.contains("Event      none"), "{text}");
}

#[tokio::test]
async fn an_invalid_option_is_rejected() {
    for arguments in [
        &["--processes", "--speed", "5"][..],
        &["--alias", "www.example.com"],
        &["--alias", "www.example.com=nobody"],
        &["--fault", "cloudfront-unknown=2"],
    ] {
        let (code, _) = simulate(arguments).await;
        assert_eq!(code, Some(2), "{arguments:?}");
    }
}
