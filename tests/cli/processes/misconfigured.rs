//! A function whose settings are wrong still answers.

use cfi::simulate::view::Unseen;
use cfi::simulate::{Options, run};
use local_aws::codepipeline::{FailureKind, Status};

use super::{deploy, options};

#[tokio::test]
async fn wrong_settings_fail_the_job_at_once_and_say_what_is_wrong() {
    let settings = [("HOLD_SECONDS".to_owned(), "soon".to_owned())];
    let ours = Options {
        settings: settings.into(),
        ..options(deploy(), &[])
    };
    let report = run(&ours, &mut Unseen).await.expect("a port is free");
    let action = report.action.as_ref().expect("an action was played");
    let Status::Failed { kind, message } = &action.status else {
        panic!("{report:#?}")
    };
    assert_eq!(*kind, FailureKind::ConfigurationError);
    assert!(
        message.contains("HOLD_SECONDS must be a number from 0 to 600"),
        "{message}"
    );
    assert_eq!(action.visits, 1, "and it is not waited for");
}
