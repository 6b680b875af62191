//! No secret of the event reaches a log, a message or a record, whatever level of logging is asked for.

use tests::aws::codepipeline::CANARY;
use tests::sandbox::{Options, Script, run};

use super::{Logs, options};

#[tokio::test]
async fn nothing_secret_is_said_even_at_trace() {
    // Without a name in the parameters, GetJobDetails is called, too, whose reply has credentials of its own.
    let parameters = r#"{"DistributionId":"E2EXAMPLE1ABCD"}"#;
    let ours = options(
        Script::Action {
            user_parameters: parameters.to_owned(),
        },
        &[],
    );
    let levels =
        ["RUST_LOG", "AWS_LAMBDA_LOG_LEVEL"].map(|name| (name.to_owned(), "trace".to_owned()));
    let mut logs = Logs::default();
    let report = run(
        &Options {
            settings: levels.into(),
            ..ours
        },
        &mut logs,
    )
    .await
    .unwrap();
    assert!(report.is_well(), "{report:#?}");
    assert!(
        report
            .calls
            .iter()
            .any(|call| call.operation == "GetJobDetails")
    );
    assert!(
        logs.0.len() >= 5,
        "a silent function proves nothing: {:?}",
        logs.0
    );
    let said = format!("{:?} {report:?}", logs.0);
    assert!(!said.contains(CANARY), "{said}");
}
