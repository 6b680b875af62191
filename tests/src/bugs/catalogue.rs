//! The bugs themselves.

use super::Bug;

const BEGIN: &str = "shared/src/invalidation/begin.rs";
const CHECKER: &str = "functions/checker/src/lib.rs";
const CLOUDFRONT: &str = "shared/src/aws/cloudfront.rs";
const CLOUDFRONT_ERRORS: &str = "shared/src/aws/cloudfront/meaning.rs";
const DECISIONS: &str = "shared/src/invalidation.rs";
const ANNOUNCEMENTS: &str = "shared/src/invalidation/announce.rs";
const DYNAMODB: &str = "shared/src/aws/dynamodb.rs";
const EXECUTION: &str = "shared/src/execution.rs";

/// Every bug that we know how to plant.
pub const ALL: &[Bug] = &[
    Bug {
        name: "a reference for each try",
        told: "CreateInvalidation is repeated under a new reference, as with one made from the clock",
        file: CLOUDFRONT,
        from: ".caller_reference(&target.caller_reference)",
        to: ".caller_reference(format!(\"{}-{}\", target.caller_reference, target.create_attempts))",
    },
    Bug {
        name: "unconditional writes",
        told: "a record is written whoever else has written since",
        file: DYNAMODB,
        from: "\"write_id = :replaces\"",
        to: "\"attribute_exists(id) OR write_id = :replaces\"",
    },
    Bug {
        name: "an outcome that changes",
        told: "a second decision replaces the first",
        file: DECISIONS,
        from: "    if record.outcome.is_none() {\n        record.outcome",
        to: "    {\n        record.outcome",
    },
    Bug {
        name: "answer before decide",
        told: "CodePipeline is answered before the table knows the outcome",
        file: EXECUTION,
        from: "let is_question = matches!(&step, Step::Call(_, call) if call.is_question());",
        to: "let is_question = match &step { Step::Call(_, call) => call.is_question(), other => *other == Step::Answer };",
    },
    Bug {
        name: "notify before answer",
        told: "people are told before CodePipeline is",
        file: DECISIONS,
        from: "    if record.visit.is_open() {\n        return or_rest(Step::Answer, record.visit.retry_at, now);",
        to: "    if record.visit.is_open() && owed(record).is_none() {\n        \
             return or_rest(Step::Answer, record.visit.retry_at, now);",
    },
    Bug {
        name: "no wait for the return",
        told: "people are told while CodePipeline may still come back for the outcome",
        file: DECISIONS,
        from: "let patient_until = outcome.decided_at + CODEPIPELINE_PATIENCE;",
        to: "let patient_until = outcome.decided_at + CODEPIPELINE_PATIENCE.mul_f32(0.0);",
    },
    Bug {
        name: "mark before publish",
        told: "a notice counts as sent before SNS has it",
        file: ANNOUNCEMENTS,
        from: "    *retry_at = now + announce_pause(*attempts);\n    Some(record)",
        to: "    *retry_at = now + announce_pause(*attempts);\n    \
             *record.announced_mut(channel) = Announcement::Sent { message_id: String::new() };\n    Some(record)",
    },
    Bug {
        name: "no claim",
        told: "nothing keeps two processes from publishing at the same time",
        file: ANNOUNCEMENTS,
        from: "    *retry_at = now + announce_pause(*attempts);",
        to: "    *retry_at = now.min(now + announce_pause(*attempts));",
    },
    Bug {
        name: "no outbox",
        told: "the decision is stored without the notice that it owes",
        file: ANNOUNCEMENTS,
        from: "if has_audience(record, channel) {",
        to: "if has_audience(record, channel) && now == Timestamp::from_millis(0) {",
    },
    Bug {
        name: "no rescue",
        told: "nobody takes up an event whose deliveries all failed",
        file: CHECKER,
        from: "            if !is_of_start(&invocation, settings) {",
        to: "            if is_of_start(&invocation, settings) {",
    },
    Bug {
        name: "no schedule",
        told: "a pass moves nothing",
        file: CHECKER,
        from: "let Some(record) = ports.ledger.claim(id, now).await? else {",
        to: "let Some(record) = ports.ledger.claim(id, now).await?.filter(|_| false) else {",
    },
    Bug {
        name: "the wrong job",
        told: "the first job of the execution is answered, not the open one",
        file: "shared/src/advance.rs",
        from: "ports.pipeline.answer(&record.visit.job_id, &answer)",
        to: "ports.pipeline.answer(&record.id, &answer)",
    },
    Bug {
        name: "a throttle is a failure",
        told: "CloudFront's Throttling fails the action",
        file: CLOUDFRONT_ERRORS,
        from: "        _ => CdnError::PutOff(trouble),",
        to: "        _ => CdnError::Refused(Reason::BatchRefused(trouble)),",
    },
    Bug {
        name: "a swallowed throttle",
        told: "an answer that CodePipeline did not take counts as given",
        file: "shared/src/aws/codepipeline.rs",
        from: "        _ => Err(Undelivered(trouble)),",
        to: "        _ => Ok(Delivery::Closed),",
    },
    Bug {
        name: "success too early",
        told: "whatever CloudFront says counts as Completed",
        file: CLOUDFRONT,
        from: "if text == \"Completed\" {",
        to: "if !text.is_empty() {",
    },
    Bug {
        name: "no deadline",
        told: "an invalidation that never completes is waited for",
        file: DECISIONS,
        from: "let is_late = now >= record.deadline_at;",
        to: "let is_late = now < record.created_at;",
    },
    Bug {
        name: "the lock of the dead",
        told: "a job whose visitor died is never taken over",
        file: DECISIONS,
        from: "next_at.max(record.visit.ends_at)",
        to: "next_at.max(record.visit.ends_at + CODEPIPELINE_PATIENCE)",
    },
    Bug {
        name: "one reference for all",
        told: "every execution uses the same reference",
        file: BEGIN,
        from: "0 => format!(\"codepipeline-{job_id}\"),",
        to: "0 => \"codepipeline\".to_owned(),",
    },
];
