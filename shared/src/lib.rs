//! What `start` and `checker` share: the life of a CloudFront invalidation, told once.
//!
//! A pipeline's deploy is live only when CloudFront says that its caches have let go of the old files. One execution of
//! the action is one [`record`]; [`invalidation`] looks at it and at the clock and names the one next step; [`advance`]
//! takes that step through a [port](ports) and writes down what came of it, until nothing is left to do. Both functions
//! run that same loop: `start` because CodePipeline brought a job ([`visit`]), the checker because a minute has passed.
//!
//! Read in this order:
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`event`], [`parameters`], [`paths`], [`token`], [`identifiers`], [`function`] | what comes from outside, read; pure |
//! | [`variables`] | variables that nothing has replaced yet; pure |
//! | [`identity`] | whether a job is one that this function may answer; pure |
//! | [`record`] | what is stored of an execution; pure |
//! | [`invalidation`] | every decision; pure |
//! | [`queue`] | who has an invalidation of a distribution in progress, and who waits; pure |
//! | [`execution`] | the order of writes and effects around those decisions; pure |
//! | [`message`] | every word that people read; pure |
//! | [`ports`] | what we need from the world, in our words |
//! | [`visit`], [`advance`] | the work itself, over the ports |
//! | [`aws`] | the ports as AWS provides them: the only place that knows the SDK |
//! | [`config`], [`telemetry`], [`clock`] | settings, logs, and the time |
//! | [`time_budget`] | how long each call and each piece of work may take; pure |
//! | [`timestamp`], [`json_object`] | the two small tools that the pure modules stand on |

pub mod advance;
pub mod aws;
pub mod clock;
pub mod config;
pub mod event;
pub mod execution;
pub mod function;
pub mod identifiers;
pub mod identity;
pub mod invalidation;
pub mod json_object;
pub mod message;
pub mod parameters;
pub mod paths;
pub mod ports;
pub mod queue;
pub mod record;
pub mod telemetry;
pub mod time_budget;
pub mod timestamp;
pub mod token;
pub mod variables;
pub mod visit;
