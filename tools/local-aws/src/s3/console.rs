//! The console of S3.

use super::Body;
use crate::Aws;
use crate::codepipeline::ActionId;

/// Stores and deletes objects.
#[derive(Clone, Debug)]
pub struct Console {
    pub(crate) aws: Aws,
}

impl Console {
    /// Stores this as each input artifact that is not stored otherwise.
    pub fn put_each_artifact(&self, body: impl Into<Body>) {
        let body = body.into();
        self.aws.at_once(|state, _| state.s3.any = Some(body));
    }

    /// Stores a new version of the input artifact of this action.
    ///
    /// # Panics
    /// When the action has no input artifact of this name.
    pub fn put_artifact(&self, action: &ActionId, artifact: &str, body: impl Into<Body>) {
        let body = body.into();
        self.aws.at_once(|state, _| {
            let name = state.codepipeline.artifact(action, artifact);
            state
                .s3
                .put(name.expect("the action has this artifact"), Some(body));
        });
    }

    /// Deletes the input artifact of this action.
    ///
    /// # Panics
    /// When the action has no input artifact of this name.
    pub fn delete_artifact(&self, action: &ActionId, artifact: &str) {
        self.aws.at_once(|state, _| {
            let name = state.codepipeline.artifact(action, artifact);
            state
                .s3
                .put(name.expect("the action has this artifact"), None);
        });
    }

    /// Rejects each read from now on, because the KMS key of the bucket does not allow it.
    pub fn deny_key(&self) {
        self.aws.at_once(|state, _| state.s3.denied_by_key = true);
    }
}
