//! What the product costs in time, in calls and in money, measured by itself: one place for each question.

pub mod day;
pub mod goal;
mod markdown;
mod memory;
mod price;
pub mod process;
pub mod scale;
mod statistics;
pub mod wait;

/// What one measurement printed, and whether everything held.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Tables in Markdown.
    pub text: String,
    /// Whether nothing was seen that must not be.
    pub holds: bool,
}
