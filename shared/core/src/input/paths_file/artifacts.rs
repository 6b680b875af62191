//! The input artifacts of a job, and the temporary credentials that may read them.
//!
//! "artifactCredentials … temporary credentials for the S3 bucket used to store artifacts for the pipeline"
//! (<https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_JobData.html>). Nothing here implements `Debug`, and
//! nothing can be serialized, so that the credentials cannot be logged or stored.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::PathsFile;
use crate::input::json_object::Entries;

/// What a job may read.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Artifacts {
    /// The input artifacts of the action, in its order.
    pub inputs: Vec<InputArtifact>,
    /// The credentials; `None` if they are incomplete.
    pub credentials: Option<Credentials>,
}

/// An artifact in S3.
#[derive(Clone, PartialEq, Eq)]
pub struct InputArtifact {
    /// Its name in the pipeline.
    pub name: String,
    /// Where it is; `None` if it is not in S3.
    pub location: Option<Location>,
}

/// An object in S3.
#[derive(Clone, PartialEq, Eq)]
pub struct Location {
    /// The bucket.
    pub bucket: String,
    /// The key of the object.
    pub key: String,
}

/// Temporary credentials of a job. They are kept in memory only.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
    /// The session token.
    pub session_token: String,
}

/// Why no artifact can be read. The text completes "PathsFile …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoArtifact {
    /// The action has no input artifact.
    #[error(
        "requires an input artifact, and the action has none; add the artifact that contains the file to its InputArtifacts"
    )]
    NoInput,
    /// The file has no artifact name, and there are several artifacts.
    #[error(
        "does not say which of the {0} input artifacts contains the file; write \"ArtifactName::file\""
    )]
    Ambiguous(usize),
    /// No input artifact has this name.
    #[error(
        "names an artifact that is not among the InputArtifacts of the action; add it, or correct the name before \"::\""
    )]
    Unknown,
    /// The artifact has no location in S3.
    #[error("names an artifact without an object in S3; run the action that writes it again")]
    NoLocation,
    /// The job has no credentials.
    #[error(
        "cannot be read: the job has no credentials for its artifacts; CodePipeline sends them with each job, so check what invoked the function"
    )]
    NoCredentials,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct S3Location {
    bucket_name: String,
    object_key: String,
}

impl Artifacts {
    /// Reads them from the `data` of a job event. What is incomplete is left out.
    pub(crate) fn of_event(data: &Entries<'_>) -> Self {
        let inputs = data.get("inputArtifacts").map(serde_json::from_str);
        let inputs: Vec<Box<RawValue>> = inputs.and_then(Result::ok).unwrap_or_default();
        let credentials = data.object("artifactCredentials");
        let text = |key| serde_json::from_str::<String>(credentials.get(key)?).ok();
        let credentials = || {
            Some(Credentials {
                access_key_id: text("accessKeyId")?,
                secret_access_key: text("secretAccessKey")?,
                session_token: text("sessionToken")?,
            })
        };
        Self {
            inputs: inputs.iter().filter_map(|input| artifact(input)).collect(),
            credentials: credentials(),
        }
    }

    /// The object that contains the file, and the credentials for it.
    ///
    /// # Errors
    /// See [`NoArtifact`].
    pub fn object(&self, file: &PathsFile) -> Result<(&Location, &Credentials), NoArtifact> {
        let artifact = match (&file.artifact, self.inputs.as_slice()) {
            (_, []) => return Err(NoArtifact::NoInput),
            (Some(name), inputs) => inputs.iter().find(|input| input.name == *name),
            (None, [only]) => Some(only),
            (None, several) => return Err(NoArtifact::Ambiguous(several.len())),
        };
        let artifact = artifact.ok_or(NoArtifact::Unknown)?;
        let location = artifact.location.as_ref().ok_or(NoArtifact::NoLocation)?;
        let credentials = self.credentials.as_ref().ok_or(NoArtifact::NoCredentials)?;
        Ok((location, credentials))
    }
}

fn artifact(input: &RawValue) -> Option<InputArtifact> {
    let input = Entries::read(input.get()).ok()?;
    let location = input.object("location").get("s3Location");
    let location = location.and_then(|json| serde_json::from_str::<S3Location>(json).ok());
    Some(InputArtifact {
        name: serde_json::from_str(input.get("name")?).ok()?,
        location: location.map(|location| Location {
            bucket: location.bucket_name,
            key: location.object_key,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifacts(data: &str) -> Artifacts {
        Artifacts::of_event(&Entries::read(data).unwrap())
    }

    const CREDENTIALS: &str = r#""artifactCredentials":{"accessKeyId":"a","secretAccessKey":"b","sessionToken":"c","expirationTime":1}"#;
    const ONE: &str = r#"{"name":"One","revision":null,"location":{"type":"S3","s3Location":{"bucketName":"b","objectKey":"k"}}}"#;

    fn fault(data: &str, file: &str) -> Option<NoArtifact> {
        let file = PathsFile::parse(file).unwrap();
        artifacts(data).object(&file).err()
    }

    #[test]
    fn the_artifact_is_the_only_one_or_the_named_one() {
        let one = format!(r#"{{"inputArtifacts":[{ONE}],{CREDENTIALS}}}"#);
        assert_eq!(fault(&one, "f"), None);
        assert_eq!(fault(&one, "One::f"), None);
        assert_eq!(fault(&one, "Two::f"), Some(NoArtifact::Unknown));
        let two = format!(r#"{{"inputArtifacts":[{ONE},{{"name":"Two"}}],{CREDENTIALS}}}"#);
        assert_eq!(fault(&two, "f"), Some(NoArtifact::Ambiguous(2)));
        assert_eq!(fault(&two, "One::f"), None);
        assert_eq!(fault(&two, "Two::f"), Some(NoArtifact::NoLocation));
        assert_eq!(
            fault(r#"{"inputArtifacts":[]}"#, "f"),
            Some(NoArtifact::NoInput)
        );
        let bare = format!(r#"{{"inputArtifacts":[{ONE}]}}"#);
        assert_eq!(fault(&bare, "f"), Some(NoArtifact::NoCredentials));
    }

    #[test]
    fn what_is_incomplete_is_left_out() {
        for data in [
            "{}",
            r#"{"inputArtifacts":7,"artifactCredentials":[]}"#,
            r#"{"inputArtifacts":[7,{"name":7}],"artifactCredentials":{"accessKeyId":"a"}}"#,
        ] {
            let read = artifacts(data);
            assert!(
                read.inputs.is_empty() && read.credentials.is_none(),
                "{data}"
            );
        }
    }
}
