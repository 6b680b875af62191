//! Whole stories, each over the real SDK in virtual time. What they look at is what the services saw.

mod announcing;
mod bad_events;
mod checker_is_dead;
mod codepipeline_is_busy;
mod delivered_twice;
mod economy;
mod failures;
mod found_by_simulation;
mod happy_path;
mod lost_invalidation;
mod many_records;
mod old_function;
mod outages;
mod panics;
mod passes;
mod poison_beside_healthy;
mod queue;
mod schemas;
mod security;
mod several_targets;
mod slow_cloudfront;
mod sns_is_down;
mod start_is_dead;
mod wishes;
mod wrong_clocks;
