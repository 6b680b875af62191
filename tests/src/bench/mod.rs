//! What the product costs in time, in calls and in money, measured by itself: one place for each question.

pub mod day;
pub mod goal;
pub mod process;
pub mod scale;
pub mod wait;
