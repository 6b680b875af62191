//! The data types: the execution record, its targets, the queue, and time.

pub mod execution_record;
mod notification;
pub mod packed_paths;
pub mod queue;
mod service_error;
mod target;
pub mod time_budget;
pub mod timestamp;
