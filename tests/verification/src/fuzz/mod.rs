//! What must hold for any bytes that come from outside, as one function for each door: it returns when all is well, and
//! panics when something is not.
//!
//! | target | the bytes are | what must hold |
//! | --- | --- | --- |
//! | [`event`](event::event) | an event of CodePipeline | a job with its id is answered in one run, and nothing else repeated |
//! | [`parameters`](parameters::parameters) | `UserParameters` | only what is canonical is accepted; a refusal quotes no value |
//! | [`token`](token::token) | a continuation token | only what we would have written is ours |
//! | [`item`](item::item) | an item of the table | it is a record that survives everything, or unreadable |
//! | [`reply`](reply::reply) | a service's reply | nothing but a success is taken for one |
//!
//! `cargo test --test fuzz` plays a corpus and what a small mutator makes of it; the package in `tests/verification/fuzz` lets libFuzzer
//! look for more, guided by coverage.

pub mod event;
pub mod item;
pub mod parameters;
pub mod reply;
pub mod token;

mod bench;
mod strings;

/// A target: what must hold for these bytes.
pub type Target = fn(&[u8]);

/// All targets, each with the name of its corpus.
pub const TARGETS: [(&str, Target); 5] = [
    ("event", event::event),
    ("parameters", parameters::parameters),
    ("token", token::token),
    ("item", item::item),
    ("reply", reply::reply),
];

/// A word that the targets put where nobody may repeat it. It is no name, so that nothing shows it as one.
pub const CANARY: &str = "CANARY must not be said";
