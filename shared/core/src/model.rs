//! What is stored and computed with.

pub mod execution_record;
mod notification;
pub mod queue;
mod target;
pub mod time_budget;
pub mod timestamp;
