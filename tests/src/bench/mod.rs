//! What the product costs in time, in calls and in money, measured by itself.

pub mod process;
pub mod wait;
