//! What one action may use of a stack that several pipelines share.
//!
//! IAM decides what the functions may use. These are narrower limits, for each pipeline and each action.

use super::target_step::{Call, CloudFrontCall, QueueCall};
use crate::input::allowed_pipelines::AllowedPipelines;
use crate::input::user_parameters::UserParameters;
use crate::model::execution_record::{PipelineContext, Reason, Resource, Target};

/// The limits of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundaries {
    /// Which pipelines may invalidate what; `None` if each may invalidate every target of the stack.
    pub allowed_pipelines: Option<AllowedPipelines>,
    /// The maximum number of targets.
    pub targets_at_most: usize,
    /// The maximum number of paths and cache tags, of all targets together.
    pub paths_at_most: usize,
}

impl Boundaries {
    /// Why an action of this pipeline may not have these parameters; one sentence without its full stop for each reason.
    /// The pipeline is the one that CodePipeline returned, never a parameter.
    #[must_use]
    pub fn faults(
        &self,
        parameters: &UserParameters,
        context: Option<&PipelineContext>,
    ) -> Vec<String> {
        let targets = parameters.targets.len();
        let paths: usize = parameters
            .targets
            .iter()
            .map(|target| target.paths.len())
            .sum();
        let resources = parameters.targets.iter().map(|target| &target.resource);
        let too_many = (targets > self.targets_at_most).then(|| {
            format!(
                "the action has {targets} targets, more than the {} that the setting MAX_TARGETS_PER_ACTION allows; use \
                 several actions, or raise the setting",
                self.targets_at_most
            )
        });
        let too_long = (paths > self.paths_at_most).then(|| {
            format!(
                "the action has {paths} paths in all targets together, more than the {} that the setting \
                 MAX_PATHS_PER_ACTION allows; use wildcards or MaxPaths, or raise the setting",
                self.paths_at_most
            )
        });
        let not_allowed = context.and_then(|context| self.not_allowed(context, resources));
        [too_many, too_long, not_allowed]
            .into_iter()
            .flatten()
            .collect()
    }

    fn not_allowed<'r>(
        &self,
        context: &PipelineContext,
        resources: impl Iterator<Item = &'r Resource>,
    ) -> Option<String> {
        let denied: Vec<String> = resources
            .filter(|resource| !self.allows(context, resource))
            .map(ToString::to_string)
            .collect();
        (!denied.is_empty()).then(|| {
            format!(
                "the setting ALLOWED_PIPELINES does not allow pipeline {} to invalidate {}; remove the target, or add it to \
                 the setting",
                context.pipeline,
                denied.join(", ")
            )
        })
    }

    fn allows(&self, context: &PipelineContext, resource: &Resource) -> bool {
        let allowed = self.allowed_pipelines.as_ref();
        allowed.is_none_or(|allowed| allowed.allows(&context.pipeline, resource))
    }

    /// Whether an action without a pipeline context must be rejected, because nothing else says what it may use.
    #[must_use]
    pub const fn needs_context(&self, context: Option<&PipelineContext>) -> bool {
        self.allowed_pipelines.is_some() && context.is_none()
    }

    /// Why this call may not be made for a target; `None` if it may. It is asked again before each call that leads to an
    /// invalidation, because an alias is resolved only after the job has begun, and the setting may have changed.
    #[must_use]
    pub fn rejection(
        &self,
        call: &Call,
        target: &Target,
        context: Option<&PipelineContext>,
    ) -> Option<Reason> {
        let leads_to_invalidation = matches!(
            call,
            Call::CloudFront(CloudFrontCall::Probe | CloudFrontCall::Create)
                | Call::Queue(QueueCall::Enter | QueueCall::BecomeLeader)
        );
        match context {
            _ if !leads_to_invalidation || self.allowed_pipelines.is_none() => None,
            None => Some(Reason::UnknownPipeline),
            Some(context) => {
                (!self.allows(context, &target.resource)).then_some(Reason::PipelineNotAllowed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::tests::first_job;
    use crate::input::identifiers::{Alias, DistributionId};
    use crate::input::job_event::Text;

    const PARAMETERS: &str =
        r#"{"Targets":[{"DistributionId":"E1","Paths":["/a","/b"]},{"Alias":"www.example.com"}]}"#;

    fn boundaries(rules: Option<&str>, targets_at_most: usize, paths_at_most: usize) -> Boundaries {
        Boundaries {
            allowed_pipelines: rules.map(|rules| AllowedPipelines::parse(rules).unwrap()),
            targets_at_most,
            paths_at_most,
        }
    }

    fn context(pipeline: &str) -> PipelineContext {
        PipelineContext {
            pipeline: pipeline.to_owned(),
            pipeline_execution_id: "1".to_owned(),
            stage: "Deploy".to_owned(),
            action: "Invalidate".to_owned(),
        }
    }

    #[test]
    fn an_action_may_reach_each_limit_and_every_excess_is_named() {
        let parameters = UserParameters::parse(&Text::Given(PARAMETERS.to_owned())).unwrap();
        let faults = |boundaries: Boundaries, pipeline: &str| {
            boundaries.faults(&parameters, Some(&context(pipeline)))
        };
        let rules = Some(r#"{"site": ["E1"]}"#);
        assert_eq!(faults(boundaries(rules, 2, 3), "site"), [""; 0]);
        assert_eq!(faults(boundaries(None, 2, 3), "other"), [""; 0]);
        insta::assert_snapshot!(faults(boundaries(rules, 1, 2), "other").join("\n"), @r"
        the action has 2 targets, more than the 1 that the setting MAX_TARGETS_PER_ACTION allows; use several actions, or raise the setting
        the action has 3 paths in all targets together, more than the 2 that the setting MAX_PATHS_PER_ACTION allows; use wildcards or MaxPaths, or raise the setting
        the setting ALLOWED_PIPELINES does not allow pipeline other to invalidate E1, www.example.com; remove the target, or add it to the setting
        ");
    }

    #[test]
    fn a_call_that_leads_to_an_invalidation_is_checked_again() {
        let boundaries = boundaries(Some(r#"{"site": ["E2"]}"#), 9, 9);
        let mut target = first_job().targets.remove(0);
        let calls = [
            CloudFrontCall::Probe.into(),
            CloudFrontCall::Create.into(),
            QueueCall::Enter.into(),
            QueueCall::BecomeLeader.into(),
        ];
        for (id, context, expected) in [
            (
                "E1",
                Some(context("site")),
                Some(Reason::PipelineNotAllowed),
            ),
            ("E2", Some(context("site")), None),
            (
                "E2",
                Some(context("other")),
                Some(Reason::PipelineNotAllowed),
            ),
            ("E2", None, Some(Reason::UnknownPipeline)),
        ] {
            target.resource = Resource::Distribution(DistributionId::parse(id).unwrap());
            for call in &calls {
                assert_eq!(
                    boundaries.rejection(call, &target, context.as_ref()),
                    expected
                );
            }
        }
        target.resource = Resource::Alias(Alias::parse("www.example.com").unwrap());
        for call in [
            CloudFrontCall::Resolve.into(),
            CloudFrontCall::Poll.into(),
            QueueCall::Leave.into(),
        ] {
            assert_eq!(boundaries.rejection(&call, &target, None), None);
        }
    }
}
