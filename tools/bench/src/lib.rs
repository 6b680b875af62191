//! Measurements of the product's cost in time, calls and money; one module for each.

pub mod day;
pub mod goal;
mod markdown;
mod memory;
mod price;
pub mod process;
pub mod rivals;
pub mod scale;
mod statistics;
pub mod wait;

/// The output of one measurement, and whether all checks passed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Tables in Markdown.
    pub text: String,
    /// Whether all checks passed.
    pub holds: bool,
}
