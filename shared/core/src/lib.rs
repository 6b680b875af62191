//! The rules of a CloudFront invalidation as pure code: no I/O, no clock, no randomness.
//!
//! | module | contents |
//! | --- | --- |
//! | [`input`] | external input, parsed and validated: the job event, user parameters, paths, identifiers |
//! | [`model`] | the data: the execution record, its targets, the queue, time |
//! | [`decide`] | each decision: the next step of an execution, and the driver that orders writes and effects |
//! | [`output`] | all texts that users read |
//!
//! The dependencies of this crate enforce this: none of them accesses the network, the clock or a log.

pub mod decide;
pub mod input;
pub mod model;
pub mod output;
