//! Whether CodePipeline knows an execution, according to its reply to a result.

use crate::model::execution_record::{Delivery, ExecutionRecord};

/// The delivery of the result of the open job. The record stores whether the reply proves that CodePipeline knows the
/// execution.
///
/// CodePipeline may not find a job although the execution is genuine: CodePipeline has deleted the job, or an event had
/// a forged job id and a genuine token. Therefore a job that is not found ends no execution that CodePipeline is known
/// to know: the first job counts as closed, and a later job as continued, because the genuine job may still arrive.
pub(super) fn learned(record: &mut ExecutionRecord, delivery: Delivery) -> Delivery {
    match delivery {
        Delivery::Unknown if !record.is_evident() => Delivery::Unknown,
        Delivery::Unknown if record.job.number > 0 => Delivery::Continued,
        Delivery::Unknown => Delivery::Closed,
        Delivery::Continued | Delivery::Concluded | Delivery::Closed => {
            record.is_known = record.pipeline_context.is_none();
            delivery
        }
        Delivery::Undeliverable => delivery,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::tests::first_job;
    use crate::model::execution_record::PipelineContext;

    /// A record with a job of this number; `is_known` is whether CodePipeline is known to know the execution.
    fn record(number: u32, is_known: bool) -> ExecutionRecord {
        let mut record = first_job();
        record.job.number = number;
        record.is_known = is_known;
        record
    }

    #[test]
    fn a_job_that_is_not_found_ends_only_an_unverified_execution() {
        for (number, is_known, expected) in [
            (0, false, Delivery::Unknown),
            (3, false, Delivery::Unknown),
            (0, true, Delivery::Closed),
            (3, true, Delivery::Continued),
        ] {
            let mut record = record(number, is_known);
            let learned = learned(&mut record, Delivery::Unknown);
            assert_eq!(learned, expected, "job {number}, {is_known}");
            assert_eq!(record.is_known, is_known, "job {number}");
        }
    }

    #[test]
    fn each_reply_about_a_job_verifies_the_execution() {
        for (delivery, is_proof) in [
            (Delivery::Continued, true),
            (Delivery::Concluded, true),
            (Delivery::Closed, true),
            (Delivery::Undeliverable, false),
            (Delivery::Unknown, false),
        ] {
            let mut record = record(0, false);
            learned(&mut record, delivery);
            assert_eq!(record.is_evident(), is_proof, "{delivery:?}");
        }
    }

    /// `is_known` is not stored in addition to a pipeline context, so that the item does not grow.
    #[test]
    fn a_pipeline_context_is_sufficient_proof() {
        let mut record = record(0, false);
        record.pipeline_context = Some(PipelineContext {
            pipeline: "site".to_owned(),
            pipeline_execution_id: "1".to_owned(),
            stage: "Deploy".to_owned(),
            action: "Invalidate".to_owned(),
        });
        assert_eq!(
            learned(&mut record, Delivery::Concluded),
            Delivery::Concluded
        );
        assert!(record.is_evident() && !record.is_known);
    }
}
