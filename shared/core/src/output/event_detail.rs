//! The outcome as a JSON document for programs: the body of a `json` notification and the `detail` of an event. Its
//! schema is `docs/outcome.schema.json`. An incompatible change of the schema changes [`VERSION`].

use std::borrow::Cow;

use serde::Serialize;

use super::report::{self, Report};
use super::{link, path_notes};
use crate::input::identifiers::Alias;
use crate::model::execution_record::{ExecutionRecord, Resource, Status, Target, Verdict};
use crate::model::timestamp::Timestamp;

/// The version of the document.
const VERSION: &str = "1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'r> {
    version: &'static str,
    notification_id: &'r str,
    status: &'static str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline_execution_id: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'r str>,
    job_id: &'r str,
    started_at: String,
    decided_at: String,
    duration_seconds: u64,
    targets: Vec<TargetDocument<'r>>,
    target_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'r str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    next_steps: &'r [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_pipeline: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline_url: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TargetDocument<'r> {
    kind: &'static str,
    resource: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain_name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invalidation_id: Option<&'r str>,
    invalidation_status: &'static str,
    paths: Vec<Cow<'r, str>>,
    path_count: usize,
    url: String,
}

/// The document of `record`.
pub(super) fn json(record: &ExecutionRecord, report: &Report, region: Option<&str>) -> String {
    let (targets, _) = report::shown(record);
    let pipeline_context = record.pipeline_context.as_ref();
    let outcome = record.outcome.as_ref();
    let document = Document {
        version: VERSION,
        notification_id: record.id.as_str(),
        status: report.status,
        outcome: outcome.map_or("undecided", |outcome| word(&outcome.verdict)),
        pipeline: record.pipeline_name(),
        display_name: record.display_name(),
        pipeline_execution_id: pipeline_context
            .map(|pipeline_context| pipeline_context.pipeline_execution_id.as_str()),
        stage: pipeline_context.map(|pipeline_context| pipeline_context.stage.as_str()),
        action: pipeline_context.map(|pipeline_context| pipeline_context.action.as_str()),
        job_id: record.job.job_id.as_str(),
        started_at: record.created_at.to_rfc3339(),
        decided_at: outcome
            .map_or(record.created_at, |outcome| outcome.decided_at)
            .to_rfc3339(),
        duration_seconds: report.duration.as_secs(),
        targets: targets
            .iter()
            .map(|target| of_target(target, record, region))
            .collect(),
        target_count: record.targets.len(),
        reason: report.what.as_deref(),
        next_steps: &report.next[..report.next.len().min(report::TARGETS_SHOWN)],
        warning: report.warning.as_deref(),
        code_pipeline: report.undelivered,
        notes: path_notes::lines(record).collect(),
        pipeline_url: link::pipeline(record, region),
    };
    serde_json::to_string(&document)
        .expect("strings and numbers under constant names serialize to JSON")
}

fn of_target<'r>(
    target: &'r Target,
    record: &ExecutionRecord,
    region: Option<&str>,
) -> TargetDocument<'r> {
    let snapshot = target.invalidation.as_ref();
    TargetDocument {
        kind: match target.resource {
            Resource::Distribution(_) => "distribution",
            Resource::Tenant(_) => "distributionTenant",
            Resource::Alias(_) => "domainName",
        },
        resource: target.resource.to_string(),
        domain_name: target.known_as.as_ref().map(Alias::as_str),
        invalidation_id: snapshot.map(|snapshot| snapshot.id.as_str()),
        invalidation_status: match snapshot.map(|snapshot| snapshot.status) {
            None => "NotCreated",
            Some(Status::InProgress) => "InProgress",
            Some(Status::Completed) => "Completed",
        },
        paths: report::paths(target, record),
        path_count: target.paths.len(),
        url: link::cloudfront(target, region),
    }
}

/// The verdict as one word.
const fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Succeeded => "succeeded",
        Verdict::Failed(_) => "failed",
        Verdict::TimedOut => "timedOut",
        Verdict::SucceededWithWarning => "succeededWithWarning",
    }
}

/// The outcome as an EventBridge event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeEvent {
    /// When the outcome was decided.
    pub time: Timestamp,
    /// The document, as a JSON object.
    pub detail: String,
}

/// The `source` of the events.
pub const EVENT_SOURCE: &str = "cloudfront-invalidation-action";
/// The `detail-type` of the events.
pub const EVENT_DETAIL_TYPE: &str = "CloudFront Invalidation Outcome";

/// The event of the outcome of `record`; none before the outcome is decided.
#[must_use]
pub fn event(record: &ExecutionRecord, region: Option<&str>) -> Option<OutcomeEvent> {
    let report = report::of(record)?;
    Some(OutcomeEvent {
        time: record.outcome.as_ref()?.decided_at,
        detail: json(record, &report, region),
    })
}
