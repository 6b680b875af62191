//! The input artifacts of actions, and who may read them.

use serde_json::Value;

use super::{ActionId, CodePipeline};
use crate::rejection::Rejection;

impl CodePipeline {
    /// The bucket and the key of an input artifact.
    pub(crate) fn artifact(&self, action: &ActionId, name: &str) -> Option<(String, String)> {
        let data = self.runs[action.0]
            .event
            .pointer("/CodePipeline.job/data")?;
        let mut inputs = data.get("inputArtifacts")?.as_array()?.iter();
        location(inputs.find(|input| input["name"] == name)?)
    }

    /// Whether a request that is signed so, with this session token, may read an object: its credentials must be those of a job,
    /// the object an input artifact of that job, and both valid.
    pub(crate) fn allows(
        &self,
        now_ms: u64,
        signature: &str,
        token: &str,
        object: &(String, String),
    ) -> Result<(), Rejection> {
        let mut jobs = self.runs.iter().filter_map(|run| {
            let credentials = "/CodePipeline.job/data/artifactCredentials";
            Some((run, run.event.pointer(credentials)?))
        });
        let text = |credentials: &Value, name: &str| {
            credentials[name].as_str().unwrap_or_default().to_owned()
        };
        let signer = jobs.find(|(_, credentials)| {
            let id = text(credentials, "accessKeyId");
            signature.contains(&format!("Credential={id}/"))
                && text(credentials, "sessionToken") == token
        });
        let Some((run, credentials)) = signer else {
            return Err(Rejection::new(403, "AccessDenied", "Access Denied"));
        };
        let expires_ms = credentials["expirationTime"].as_u64();
        if run.is_generated && expires_ms.is_some_and(|at_ms| at_ms < now_ms) {
            let message = "The provided token has expired.";
            return Err(Rejection::new(400, "ExpiredToken", message));
        }
        let data = run.event.pointer("/CodePipeline.job/data/inputArtifacts");
        let mut inputs = data.and_then(Value::as_array).into_iter().flatten();
        if inputs.any(|input| location(input).as_ref() == Some(object)) {
            Ok(())
        } else {
            Err(Rejection::new(403, "AccessDenied", "Access Denied"))
        }
    }
}

fn location(input: &Value) -> Option<(String, String)> {
    let location = input.pointer("/location/s3Location")?;
    let text = |name: &str| Some(location.get(name)?.as_str()?.to_owned());
    Some((text("bucketName")?, text("objectKey")?))
}
