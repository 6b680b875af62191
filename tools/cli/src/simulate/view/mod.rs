//! What a watcher of a run sees, and three ways to show it.

mod json;
mod line;
mod summary;
mod terminal;

use std::time::Duration;

use local_aws::Call;
use local_aws::account::Delivered;
use local_aws::codepipeline::ActionState;
use local_aws::lambda::{Attempt, LogLine};

pub use json::JsonLines;
pub use terminal::Terminal;

/// Somebody who watches a run.
pub trait View {
    /// Takes note of a moment, `at` so much of AWS's time after the run began.
    fn show(&mut self, at: Duration, moment: Moment<'_>);
}

/// One thing that happened, or, for [`Moment::Progress`], how things stand.
#[derive(Clone, Copy, Debug)]
pub enum Moment<'a> {
    /// A function was handed an event.
    Delivered(&'a Delivered),
    /// A service saw a call.
    Call(&'a Call),
    /// An attempt of a function at an event ended.
    Attempt(&'a Attempt),
    /// A function wrote a line.
    Log(&'a LogLine),
    /// What CodePipeline shows of the action now; several times a second.
    Progress(&'a ActionState),
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unseen;

impl View for Unseen {
    fn show(&mut self, _at: Duration, _moment: Moment<'_>) {}
}
