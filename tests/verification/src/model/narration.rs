//! A path to a state, as text.

use invalidation_core::decide::driver::Move;
use invalidation_core::model::execution_record::ExecutionRecord;

use super::action::Action;
use super::frozen::Frozen;
use super::run::{Run, Task};
use super::state::State;

/// One line for each action of `path`, with the state after it.
#[must_use]
pub fn narrate(path: &[(State, Option<Action>)]) -> String {
    let line = |pair: &[(State, Option<Action>)]| {
        let (action, after) = (pair[0].1, &pair[1].0);
        action.map(|action| format!("{:?}\n        {}\n", action, situation(after)))
    };
    path.windows(2).filter_map(line).collect()
}

fn situation(state: &State) -> String {
    let world = &state.world;
    let runs: Vec<String> = state.runs.iter().map(Frozen::get).map(doing).collect();
    format!(
        "at {} s; runs: [{}]; table: {}; CodePipeline: job {}, result {:?}, over: {}; notifications: {}",
        world.now.as_millis() / 1000,
        runs.join(", "),
        world.record().map_or_else(|| "empty".to_owned(), stored),
        world.codepipeline.jobs.len() - 1,
        world.codepipeline.final_result,
        world.codepipeline.is_over,
        world.published,
    )
}

fn doing(run: &Run) -> String {
    let task = match &run.task {
        Task::Open => "opens".to_owned(),
        Task::Make(driver, Move::Write) => format!("writes {}", stored(driver.record())),
        Task::Make(_, due) => format!("{due:?}"),
        Task::Wait(_, until) => format!("waits until {} s", until.as_millis() / 1000),
        Task::FailWithoutRecord => "fails its job without a record".to_owned(),
    };
    format!("{} {:?}: {task}", run.name, run.cause)
}

fn stored(record: &ExecutionRecord) -> String {
    let outcome = record.outcome.as_ref().map(|outcome| &outcome.verdict);
    let due_at = record.due_at.map(|due_at| due_at.as_millis() / 1000);
    format!(
        "({} job {} {:?}, {outcome:?}, {:?}, due {due_at:?})",
        record.write_id, record.job.number, record.job.result, record.notification_state
    )
}
