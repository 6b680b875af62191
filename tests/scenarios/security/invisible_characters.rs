//! Text that reaches CodePipeline and subscribers has no invisible character, for any parameters and any replies of
//! services.

use harness::log_capture::{Function, LogCapture, capture};
use harness::{DISTRIBUTION, Harness, PARAMETERS, TOPIC};
use invalidation_core::input::visible_text::is_invisible;
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind, Service};
use proptest::prelude::*;
use serde_json::json;

use super::event;

/// Whether a text fits on one line.
fn is_plain(text: &str) -> bool {
    !text.chars().any(is_invisible)
}

/// Every text of a result.
fn reported(status: &Status, summary: Option<&str>) -> Vec<String> {
    let message = match status {
        Status::Failed { message, .. } => Some(message.clone()),
        _ => None,
    };
    message
        .into_iter()
        .chain(summary.map(str::to_owned))
        .collect()
}

fn observed(run: &LogCapture) -> Vec<String> {
    let notifications = run.notifications.iter().flat_map(|notification| {
        let lines = notification.message.lines().map(str::to_owned);
        let subject = notification.subject.clone();
        lines
            .chain(subject)
            .chain(notification.attributes.values().cloned())
    });
    reported(&run.action.status, run.action.summary.as_deref())
        .into_iter()
        .chain(notifications)
        .chain(run.action.output_variables.values().cloned())
        .collect()
}

/// A text in which control and format characters are likely.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z\u{0}-\u{1f}\u{7f}-\u{9f}]{0,12}",
        "[a-z\\p{Cf}\\p{Zl}\\p{Zp}]{0,12}",
        Just("example\r\nStatus: success\u{1b}[2J".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_parameter_adds_an_invisible_character(name in text(), path in text(), key in text(), topic in text(), which in 0..5) {
        let mut parameters = json!({"DistributionId": DISTRIBUTION, "SnsTopicArn": TOPIC});
        match which {
            0 => parameters["PipelineName"] = json!(name),
            1 => parameters["Paths"] = json!([format!("/{path}")]),
            2 => parameters[key.as_str()] = json!(name),
            3 => parameters["SnsTopicArn"] = json!(topic),
            _ => parameters["DistributionId"] = json!(name),
        }
        let event = event(&parameters.to_string());
        let run = capture(Function::Start, &event.to_string(), &event, &[]);
        prop_assert_eq!(run.results().count(), 1);
        for words in observed(&run) {
            prop_assert!(is_plain(&words), "{words:?} from {parameters}");
        }
    }
}

/// CloudFront's error message is shown to the author of the pipeline, on one line.
#[tokio::test(start_paused = true)]
async fn no_reply_adds_an_invisible_character() {
    // XML has no other control characters than these.
    let message = "bad\r\npath\t\u{7f}\u{85}\nStatus: success\u{2028}\u{202e}";
    for code in ["InvalidArgument", "AccessDenied", "Bad\nCode"] {
        let harness = Harness::new(&[("TIMEOUT_MINUTES", "1")]);
        let fault = FaultKind::reject(400, code, message);
        harness.aws().inject(Fault {
            service: Some(Service::CloudFront),
            ..Fault::always(fault)
        });
        let ending = harness.play(PARAMETERS).await;
        let results = reported(&ending.action.status, ending.action.summary.as_deref());
        assert!(!results.is_empty(), "{code}");
        let lines = ending
            .notifications
            .iter()
            .flat_map(|notification| notification.message.lines());
        for words in results.iter().map(String::as_str).chain(lines) {
            assert!(is_plain(words), "{code}: {words:?}");
            assert!(!words.starts_with("Status: success"), "{code}: {words:?}");
        }
    }
}
