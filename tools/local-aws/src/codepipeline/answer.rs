//! The results that a function can report, with every constraint of the service's model.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::action::FailureKind;
use crate::rejection::Rejection;

// A missing required member is treated as empty: in both cases AWS responds with a ValidationException.

/// "All output variables of one action: 122880 bytes combined."
const OUTPUT_VARIABLES_BYTES: usize = 122_880;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobQuery {
    #[serde(default)]
    pub(super) job_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Success {
    #[serde(default)]
    pub(super) job_id: String,
    pub(super) continuation_token: Option<String>,
    pub(super) execution_details: Option<ExecutionDetails>,
    current_revision: Option<Revision>,
    #[serde(default)]
    pub(super) output_variables: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExecutionDetails {
    pub(super) summary: Option<String>,
    pub(super) external_execution_id: Option<String>,
    pub(super) percent_complete: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Revision {
    revision: Option<String>,
    change_identifier: Option<String>,
    revision_summary: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    #[serde(default)]
    pub(super) job_id: String,
    #[serde(default)]
    pub(super) failure_details: FailureDetails,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct FailureDetails {
    #[serde(rename = "type")]
    kind: String,
    pub(super) message: String,
    pub(super) external_execution_id: Option<String>,
}

impl JobQuery {
    pub(super) fn check(&self) -> Result<(), Rejection> {
        check_job_id(&self.job_id)
    }
}

impl Success {
    pub(super) fn check(&self) -> Result<(), Rejection> {
        check_job_id(&self.job_id)?;
        length(
            "continuationToken",
            self.continuation_token.as_deref(),
            2_048,
        )?;
        if let Some(details) = &self.execution_details {
            details.check()?;
        }
        if let Some(revision) = &self.current_revision {
            revision.check()?;
        }
        self.check_output_variables()
    }

    fn check_output_variables(&self) -> Result<(), Rejection> {
        let variables = &self.output_variables;
        if !variables
            .keys()
            .all(|key| !key.is_empty() && key.bytes().all(is_variable_character))
        {
            return Err(unsatisfied(
                "outputVariables",
                r"Map keys must satisfy constraint: [A-Za-z0-9@\-_]+",
            ));
        }
        // "These key-value pairs can be specified only when there is no continuation token on the request."
        if !variables.is_empty() && self.continuation_token.is_some() {
            return Err(Rejection::validation(
                "Output variables cannot be specified together with a continuation token",
            ));
        }
        let bytes: usize = variables
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum();
        if bytes > OUTPUT_VARIABLES_BYTES {
            let message = "Exceeded the total size limit for all variables in the action.";
            return Err(Rejection::new(
                400,
                "OutputVariablesSizeExceededException",
                message,
            ));
        }
        Ok(())
    }
}

impl ExecutionDetails {
    fn check(&self) -> Result<(), Rejection> {
        length("executionDetails.summary", self.summary.as_deref(), 2_048)?;
        length(
            "executionDetails.externalExecutionId",
            self.external_execution_id.as_deref(),
            1_500,
        )?;
        match self.percent_complete {
            Some(percent) if !(0..=100).contains(&percent) => Err(unsatisfied(
                "executionDetails.percentComplete",
                "Member must have value between 0 and 100",
            )),
            _ => Ok(()),
        }
    }
}

impl Revision {
    fn check(&self) -> Result<(), Rejection> {
        if self.revision.is_none() || self.change_identifier.is_none() {
            return Err(unsatisfied("currentRevision", "Member must not be null"));
        }
        length("currentRevision.revision", self.revision.as_deref(), 1_500)?;
        length(
            "currentRevision.changeIdentifier",
            self.change_identifier.as_deref(),
            100,
        )?;
        length(
            "currentRevision.revisionSummary",
            self.revision_summary.as_deref(),
            2_048,
        )
    }
}

impl Failure {
    /// The class of the failure, if CodePipeline accepts the result.
    pub(super) fn check(&self) -> Result<FailureKind, Rejection> {
        let details = &self.failure_details;
        check_job_id(&self.job_id)?;
        length("failureDetails.message", Some(&details.message), 5_000)?;
        length(
            "failureDetails.externalExecutionId",
            details.external_execution_id.as_deref(),
            1_500,
        )?;
        FailureKind::named(&details.kind)
            .ok_or_else(|| unsatisfied("failureDetails.type", "Member must satisfy enum value set"))
    }
}

/// `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`
fn check_job_id(job_id: &str) -> Result<(), Rejection> {
    let groups = job_id.split('-').map(str::len);
    let digits = job_id
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    if digits && groups.eq([8, 4, 4, 4, 12]) {
        return Ok(());
    }
    let pattern = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    Err(unsatisfied(
        "jobId",
        &format!("Member must satisfy regular expression pattern: {pattern}"),
    ))
}

/// At least one character: an empty string does not omit a member.
fn length(member: &str, value: Option<&str>, longest: usize) -> Result<(), Rejection> {
    match value.map(|value| value.chars().count()) {
        Some(0) => Err(unsatisfied(
            member,
            "Member must have length greater than or equal to 1",
        )),
        Some(count) if count > longest => Err(unsatisfied(
            member,
            &format!("Member must have length less than or equal to {longest}"),
        )),
        _ => Ok(()),
    }
}

fn is_variable_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'-' | b'_')
}

fn unsatisfied(member: &str, constraint: &str) -> Rejection {
    Rejection::validation(format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: {constraint}"
    ))
}
