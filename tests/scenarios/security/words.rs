//! What reaches CodePipeline and people has no control character in it, whatever the parameters and the services say.

use harness::log_capture::{Function, Overheard, overhear};
use harness::{DISTRIBUTION, PARAMETERS, Stage, TOPIC};
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind, Service};
use proptest::prelude::*;
use serde_json::json;

use super::event;

/// Whether a text may stand in a line of its own.
fn is_plain(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// Every word of an answer.
fn answered(status: &Status, summary: Option<&str>) -> Vec<String> {
    let message = match status {
        Status::Failed { message, .. } => Some(message.clone()),
        _ => None,
    };
    message
        .into_iter()
        .chain(summary.map(str::to_owned))
        .collect()
}

fn told(run: &Overheard) -> Vec<String> {
    let notices = run.notices.iter().flat_map(|notice| {
        let lines = notice.message.lines().map(str::to_owned);
        let subject = notice.subject.clone();
        lines
            .chain(subject)
            .chain(notice.attributes.values().cloned())
    });
    answered(&run.action.status, run.action.summary.as_deref())
        .into_iter()
        .chain(notices)
        .chain(run.action.output_variables.values().cloned())
        .collect()
}

/// A text in which control characters are likely.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z\u{0}-\u{1f}\u{7f}-\u{9f}]{0,12}",
        Just("example\r\nStatus: success\u{1b}[2J".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_parameter_can(name in text(), path in text(), key in text(), topic in text(), which in 0..5) {
        let mut parameters = json!({"DistributionId": DISTRIBUTION, "SnsTopicArn": TOPIC});
        match which {
            0 => parameters["PipelineName"] = json!(name),
            1 => parameters["Paths"] = json!([format!("/{path}")]),
            2 => parameters[key.as_str()] = json!(name),
            3 => parameters["SnsTopicArn"] = json!(topic),
            _ => parameters["DistributionId"] = json!(name),
        }
        let event = event(&parameters.to_string());
        let run = overhear(Function::Start, &event.to_string(), &event, &[]);
        prop_assert_eq!(run.answers().count(), 1);
        for words in told(&run) {
            prop_assert!(is_plain(&words), "{words:?} from {parameters}");
        }
    }
}

/// What CloudFront says when it refuses is shown to the pipeline's author, on one line.
#[tokio::test(start_paused = true)]
async fn no_service_can() {
    // XML has no other control characters than these.
    let said = "bad\r\npath\t\u{7f}\u{85}\nStatus: success";
    for code in ["InvalidArgument", "AccessDenied", "Bad\nCode"] {
        let stage = Stage::new(&[("TIMEOUT_MINUTES", "1")]);
        let fault = FaultKind::refuse(400, code, said);
        stage.aws().inject(Fault {
            service: Some(Service::CloudFront),
            ..Fault::always(fault)
        });
        let ending = stage.play(PARAMETERS).await;
        let answers = answered(&ending.action.status, ending.action.summary.as_deref());
        assert!(!answers.is_empty(), "{code}");
        let lines = ending
            .notices
            .iter()
            .flat_map(|notice| notice.message.lines());
        for words in answers.iter().map(String::as_str).chain(lines) {
            assert!(is_plain(words), "{code}: {words:?}");
            assert!(!words.starts_with("Status: success"), "{code}: {words:?}");
        }
    }
}
