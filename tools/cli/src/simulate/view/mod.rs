//! The moments of a run, and three ways to display them.

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

/// A display of a run.
pub trait View {
    /// Displays a moment, `at` this much AWS time after the run began.
    fn show(&mut self, at: Duration, moment: Moment<'_>);
}

/// An event or, for [`Moment::Progress`], the current state.
#[derive(Clone, Copy, Debug)]
pub enum Moment<'a> {
    /// A function received an event.
    Delivered(&'a Delivered),
    /// A service received a call.
    Call(&'a Call),
    /// An attempt of a function to handle an event ended.
    Attempt(&'a Attempt),
    /// A function wrote a line.
    Log(&'a LogLine),
    /// The state of the action in CodePipeline; several times a second.
    Progress(&'a ActionState),
}

/// Displays nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unseen;

impl View for Unseen {
    fn show(&mut self, _at: Duration, _moment: Moment<'_>) {}
}
