//! CodePipeline for a Lambda invoke action: jobs, their results, continuations and time-outs.
//!
//! ```text
//!   start_action ─▶ job 1 ─┬─ success, no token ──▶ Succeeded
//!                   ▲      ├─ failure ────────────▶ Failed
//!        30 s later │      ├─ 20 min of silence ──▶ TimedOut
//!                   │      └─ success with a token
//!                 job 2, 3, … ◀────┘                  (abandon, and 24 hours, end it from anywhere)
//! ```

mod action;
mod answer;
mod artifact;
mod console;
mod event;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

pub use action::{Action, ActionId, ActionState, FailureKind, Invocation, Status};
pub(super) use answer::{Failure, JobQuery, Success};
pub use console::Console;
pub use event::CANARY;

use serde_json::{Map, Value, json};

use super::Settings;
use super::names::Names;
use super::rejection::Rejection;
use action::{Run, Wait};

#[derive(Debug)]
pub(super) struct CodePipeline {
    names: Names,
    region: String,
    account_id: String,
    continues_after: Duration,
    runs: Vec<Run>,
    /// The actions that may not have ended, so that a call does not scan all actions of a day.
    live: BTreeSet<usize>,
    /// The action of each job.
    jobs: BTreeMap<String, ActionId>,
    ready: VecDeque<Invocation>,
    /// The names of the input artifacts of an action.
    artifacts: Vec<String>,
}

impl CodePipeline {
    pub(super) fn new(names: Names, settings: &Settings) -> Self {
        Self {
            names,
            region: settings.region.clone(),
            account_id: settings.account_id.clone(),
            continues_after: settings.continues_after,
            runs: Vec::new(),
            live: BTreeSet::new(),
            jobs: BTreeMap::new(),
            ready: VecDeque::new(),
            artifacts: vec!["SourceArtifact".into()],
        }
    }

    pub(super) fn put_job_success_result(
        &mut self,
        now_ms: u64,
        success: Success,
    ) -> Result<String, Rejection> {
        success.check()?;
        let continues_ms = now_ms + self.continues_after.as_millis() as u64;
        let run = self.open_run(now_ms, &success.job_id)?;
        if let Some(details) = success.execution_details {
            run.take_details(details);
        }
        let Some(token) = success.continuation_token else {
            run.state.output_variables = success.output_variables;
            run.end(now_ms, Status::Succeeded);
            return Ok("Succeeded".into());
        };
        // "Once PutJobSuccessResult is called, the job is considered complete. A new job is created in CodePipeline
        // that includes the continuation token."
        run.wait = Wait::Continuation {
            due_ms: continues_ms,
            token,
        };
        run.replied_ms = now_ms;
        Ok(run
            .state
            .percent_complete
            .map_or("continues".into(), |percent| {
                format!("continues, percent {percent}")
            }))
    }

    pub(super) fn put_job_failure_result(
        &mut self,
        now_ms: u64,
        failure: Failure,
    ) -> Result<String, Rejection> {
        let kind = failure.check()?;
        let run = self.open_run(now_ms, &failure.job_id)?;
        let details = failure.failure_details;
        if details.external_execution_id.is_some() {
            run.state.external_execution_id = details.external_execution_id;
        }
        run.end(
            now_ms,
            Status::Failed {
                kind,
                message: details.message,
            },
        );
        Ok(format!("{kind:?}"))
    }

    /// The job with the members that its event omits: "the response … includes … the pipelineContext".
    pub(super) fn get_job_details(
        &mut self,
        now_ms: u64,
        query: &JobQuery,
    ) -> Result<Value, Rejection> {
        query.check()?;
        self.settle(now_ms);
        let ActionId(number) = *self.jobs.get(&query.job_id).ok_or_else(job_not_found)?;
        let run = &self.runs[number];
        let known = json!({
            "actionTypeId": { "category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1" },
            "pipelineContext": {
            "pipelineName": run.action.pipeline,
            "stage": { "name": run.action.stage },
            "action": { "name": run.action.action, "actionExecutionId": run.state.action_execution_id },
            "pipelineArn": format!("arn:aws:codepipeline:{}:{}:{}", self.region, self.account_id, run.action.pipeline),
            "pipelineExecutionId": run.state.pipeline_execution_id,
            },
        });
        // A test may start a job whose data is not an object.
        let mut data = match run.data_of(&query.job_id) {
            Value::Object(data) => data,
            _ => Map::new(),
        };
        data.extend(known.as_object().cloned().unwrap_or_default());
        // The function name is CodePipeline's own, whatever a supplied event says.
        let configuration = data.get_mut("actionConfiguration");
        let configuration = configuration.and_then(|action| action.get_mut("configuration"));
        if let Some(configuration) = configuration.and_then(Value::as_object_mut) {
            let function = run.action.function_name.as_str();
            configuration.insert("FunctionName".into(), function.into());
        }
        Ok(
            json!({ "jobDetails": { "id": query.job_id, "accountId": self.account_id, "data": data } }),
        )
    }

    /// Processes everything that is due: continuations, and actions that have timed out.
    fn settle(&mut self, now_ms: u64) {
        let live: Vec<usize> = self.live.iter().copied().collect();
        for number in live {
            let Some(deadline_ms) = self.runs[number].deadline_ms() else {
                self.live.remove(&number);
                continue;
            };
            if let Wait::Continuation { due_ms, token } = &self.runs[number].wait
                && *due_ms <= now_ms.min(deadline_ms)
            {
                let token = token.clone();
                self.create_job(ActionId(number), Some(token));
            }
            if deadline_ms <= now_ms {
                self.runs[number].end(deadline_ms, Status::TimedOut);
            }
        }
    }

    /// When something is due next.
    fn next_due(&self) -> Option<u64> {
        let live = self.live.iter().map(|number| &self.runs[*number]);
        live.filter_map(Run::next_due).min()
    }

    /// Creates the next job of an action and queues its event for Lambda.
    fn create_job(&mut self, id: ActionId, token: Option<String>) {
        let run = &mut self.runs[id.0];
        let job_id = match event::job_id(&run.event).filter(|_| run.state.jobs.is_empty()) {
            Some(job_id) => job_id.to_owned(),
            None => self.names.uuid(
                &format!("job of action {}", id.0),
                run.state.jobs.len() as u64,
            ),
        };
        let event = if token.is_some() || run.is_generated {
            event::carry(&run.event, &job_id, token.as_deref())
        } else {
            run.event.clone()
        };
        run.state.jobs.push(job_id.clone());
        run.state.job_count += 1;
        run.tokens.insert(job_id.clone(), token);
        run.wait = Wait::JobResult {
            job_id: job_id.clone(),
        };
        self.jobs.insert(job_id.clone(), id);
        let (function_name, number) = (run.action.function_name.clone(), run.state.job_count);
        self.ready.push_back(Invocation {
            job_id,
            function_name,
            number,
            event,
        });
    }

    /// The action that waits for a result of this job.
    fn open_run(&mut self, now_ms: u64, job_id: &str) -> Result<&mut Run, Rejection> {
        self.settle(now_ms);
        let ActionId(number) = *self.jobs.get(job_id).ok_or_else(job_not_found)?;
        let run = &mut self.runs[number];
        if matches!(&run.wait, Wait::JobResult { job_id: open } if open == job_id) {
            return Ok(run);
        }
        // CodePipeline's response to a second result is not documented; of its errors only this one fits.
        let message = format!(
            "The job is no longer waiting for a result; its action is {}.",
            run.state.status
        );
        Err(Rejection::new(400, "InvalidJobStateException", message))
    }
}

fn job_not_found() -> Rejection {
    Rejection::new(
        400,
        "JobNotFoundException",
        "The job was specified in an invalid format or cannot be found.",
    )
}
