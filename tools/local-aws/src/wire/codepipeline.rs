//! CodePipeline's AWS JSON 1.1.

use super::{Reply, Requested, json, unknown_operation};
use crate::call::Service;
use crate::codepipeline::CodePipeline;
use crate::rejection::Rejection;

pub(super) const TARGET: &str = "CodePipeline_20150709";

pub(super) fn identify(operation: &str, body: &[u8]) -> Requested {
    Requested {
        service: Service::CodePipeline,
        operation: operation.into(),
        subject: json::text(body, "/jobId"),
    }
}

pub(super) fn serve(
    codepipeline: &mut CodePipeline,
    now_ms: u64,
    operation: &str,
    body: &[u8],
) -> Result<Reply, Rejection> {
    // "If the action is successful, the service sends back an HTTP 200 response with an empty HTTP body."
    let done = |detail| Reply::ok(String::new(), detail);
    match operation {
        "PutJobSuccessResult" => codepipeline
            .put_job_success_result(now_ms, json::read(body)?)
            .map(done),
        "PutJobFailureResult" => codepipeline
            .put_job_failure_result(now_ms, json::read(body)?)
            .map(done),
        "GetJobDetails" => {
            let details = codepipeline.get_job_details(now_ms, &json::read(body)?)?;
            Ok(Reply::ok(details.to_string(), "details"))
        }
        _ => Err(unknown_operation(operation)),
    }
}
