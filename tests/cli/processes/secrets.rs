//! No secret of the event reaches a log, a message or a record, at any log level.

use cfi::simulate::{Options, Script, run};
use local_aws::codepipeline::CANARY;

use super::{Logs, options};

#[tokio::test]
async fn no_secret_is_logged_even_at_trace() {
    let logs = logged_with(["RUST_LOG", "AWS_LAMBDA_LOG_LEVEL"].map(|name| (name, "trace"))).await;
    assert!(!logs.contains("settings.log_level"), "{logs}");
}

#[tokio::test]
async fn no_secret_is_logged_if_the_filter_names_libraries() {
    let filter = "trace,lambda_runtime=trace,aws_smithy_runtime=trace,aws_sdk_codepipeline=trace,hyper=trace";
    let logs = logged_with([("RUST_LOG", filter)]).await;
    let warnings = logs.matches("settings.log_level").count();
    assert!(warnings >= 1, "{logs}");
}

/// The output of both functions with these settings, which must have no secret in it.
async fn logged_with<const N: usize>(settings: [(&str, &str); N]) -> String {
    // Without a name in the parameters, GetJobDetails is also called, whose reply has its own credentials.
    let parameters = r#"{"DistributionId":"E2EXAMPLE1ABCD"}"#;
    let all = options(
        Script::Action {
            user_parameters: parameters.to_owned(),
        },
        &[],
    );
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut logs = Logs::default();
    let report = run(
        &Options {
            settings: settings.into(),
            ..all
        },
        &mut logs,
    )
    .await
    .expect("both functions run");
    assert!(report.is_ok(), "{report:#?}");
    assert!(
        report
            .calls
            .iter()
            .any(|call| call.operation == "GetJobDetails")
    );
    assert!(
        logs.0.len() >= 5,
        "a function without output tests nothing: {:?}",
        logs.0
    );
    let output = format!("{:?} {report:?}", logs.0);
    assert!(!output.contains(CANARY), "{output}");
    output
}
