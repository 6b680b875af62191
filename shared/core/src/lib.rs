//! The rules of a CloudFront invalidation as pure code: no I/O, no clock, no randomness.
//!
//! | module | contents |
//! | --- | --- |
//! | [`input`] | what comes from outside, parsed and validated: the job event, user parameters, paths, identifiers |
//! | [`model`] | what is stored and computed with: the execution record, its targets, the queue, time |
//! | [`decide`] | each decision: the next step of an execution, and the driver that orders writes and effects |
//! | [`output`] | each text that users read |
//!
//! The dependencies of this crate prove its purity: none of them reaches the network, the clock or a log.

pub mod decide;
pub mod input;
pub mod model;
pub mod output;
