//! The properties that must hold for any bytes from outside, as one function for each input. It returns when they
//! hold, and panics otherwise.
//!
//! | target | the bytes are | what must hold |
//! | --- | --- | --- |
//! | [`event`](event::event) | an event of CodePipeline | a job with its id gets its result in one run, and no other content is repeated |
//! | [`parameters`](parameters::parameters) | `UserParameters` | only canonical input is accepted; a rejection quotes no value |
//! | [`token`](token::token) | a continuation token | only a token that the product would have written is recognized |
//! | [`item`](item::item) | an item of the table | it is a record on which no operation panics, or unreadable |
//! | [`reply`](reply::reply) | a service's reply | only a success counts as one |
//!
//! `cargo test --workspace --test searches -- fuzz_replay` runs a corpus and mutations of it; with the package in
//! `tests/verification/fuzz`, libFuzzer searches for more inputs, guided by coverage.

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

/// A text that the targets put where no output may repeat it. It is not a valid name, so no output shows it as one.
pub const CANARY: &str = "CANARY must not be shown";
