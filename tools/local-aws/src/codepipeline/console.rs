//! The console of CodePipeline, and its interface to Lambda.

use std::collections::BTreeMap;

use serde_json::Value;

use super::action::{Action, ActionId, ActionState, Invocation, Run, Status, Wait};
use super::{CodePipeline, event};
use crate::Aws;

/// Starts actions, returns their events, and shows their state.
#[derive(Clone, Debug)]
pub struct Console {
    pub(crate) aws: Aws,
}

impl Console {
    /// Gives each action that is started from now on these input artifacts.
    pub fn set_input_artifacts(&self, names: &[&str]) {
        self.aws.at_once(|state, _| {
            state.codepipeline.artifacts = names.iter().map(|name| (*name).to_owned()).collect();
        });
    }

    /// Starts an execution that has reached this action, and creates its first job.
    #[must_use = "the id is the only way to read the state of the action"]
    pub fn start_action(&self, action: Action) -> ActionId {
        self.aws.at_once(|state, now_ms| {
            let pipeline = &mut state.codepipeline;
            let secret = pipeline.names.uuid("secret", pipeline.runs.len() as u64);
            let event = event::of(
                &action,
                &pipeline.artifacts,
                &pipeline.account_id,
                &pipeline.region,
                &secret,
                now_ms,
            );
            pipeline.start(now_ms, action, event, true)
        })
    }

    /// Starts an action with exactly this first event: a sample, or a malformed event. The job's id and the
    /// configuration come from the event; if it has no id, the job gets one that is not in the event. A job that is
    /// known already is delivered once more, as Lambda may do with any event.
    pub fn start_action_with(&self, event: Value) -> ActionId {
        self.aws.at_once(|state, now_ms| {
            let pipeline = &mut state.codepipeline;
            let known =
                event::job_id(&event).and_then(|job_id| pipeline.jobs.get_key_value(job_id));
            let Some((job_id, id)) = known else {
                return pipeline.start(now_ms, event::action(&event), event, false);
            };
            let (job_id, id) = (job_id.clone(), *id);
            let run = &pipeline.runs[id.0];
            let number = 1 + run
                .state
                .jobs
                .iter()
                .position(|job| *job == job_id)
                .unwrap_or_default() as u32;
            let function_name = run.action.function_name.clone();
            pipeline.ready.push_back(Invocation {
                job_id,
                function_name,
                number,
                event,
            });
            id
        })
    }

    /// Waits for the next event that CodePipeline sends to Lambda. Each event is returned once.
    pub async fn next_invocation(&self) -> Invocation {
        let next = self.aws.until(|state, now_ms| {
            let pipeline = &mut state.codepipeline;
            pipeline.settle(now_ms);
            pipeline
                .ready
                .pop_front()
                .ok_or_else(|| pipeline.next_due())
        });
        next.await
    }

    /// The current state of the action in CodePipeline.
    #[must_use]
    pub fn action(&self, id: &ActionId) -> ActionState {
        self.aws.at_once(|state, now_ms| {
            state.codepipeline.settle(now_ms);
            state.codepipeline.runs[id.0].state.clone()
        })
    }

    /// Waits until the action has ended.
    pub async fn ended(&self, id: &ActionId) -> ActionState {
        let ended = self.aws.until(|state, now_ms| {
            let pipeline = &mut state.codepipeline;
            pipeline.settle(now_ms);
            let action = &pipeline.runs[id.0].state;
            if action.ended_ms.is_some() {
                Ok(action.clone())
            } else {
                Err(pipeline.next_due())
            }
        });
        ended.await
    }

    /// Stops the execution and abandons the action: "the action provider continues any tasks related to the action",
    /// and its results are ignored. An action that has ended is not changed.
    pub fn abandon(&self, id: &ActionId) {
        self.aws.at_once(|state, now_ms| {
            state.codepipeline.settle(now_ms);
            state.codepipeline.runs[id.0].abandon(now_ms);
        });
    }

    /// All actions, in the order in which they were started.
    #[must_use]
    pub fn actions(&self) -> Vec<ActionId> {
        self.aws
            .at_once(|state, _| (0..state.codepipeline.runs.len()).map(ActionId).collect())
    }
}

impl CodePipeline {
    /// Stops every execution, as a fault during a call does.
    pub(crate) fn abandon_all(&mut self, now_ms: u64) {
        self.settle(now_ms);
        self.runs.iter_mut().for_each(|run| run.abandon(now_ms));
    }

    fn start(&mut self, now_ms: u64, action: Action, event: Value, is_generated: bool) -> ActionId {
        let id = ActionId(self.runs.len());
        let state = ActionState {
            status: Status::InProgress,
            summary: None,
            percent_complete: None,
            external_execution_id: None,
            output_variables: BTreeMap::new(),
            job_count: 0,
            jobs: Vec::new(),
            user_parameters: action.user_parameters.clone(),
            started_ms: now_ms,
            ended_ms: None,
            pipeline_execution_id: self.names.uuid("pipeline execution", id.0 as u64),
            action_execution_id: self.names.uuid("action execution", id.0 as u64),
        };
        let (tokens, wait, replied_ms) = (BTreeMap::new(), Wait::Nothing, now_ms);
        self.runs.push(Run {
            action,
            event,
            is_generated,
            tokens,
            wait,
            replied_ms,
            state,
        });
        self.live.insert(id.0);
        self.create_job(id, None);
        id
    }
}
