//! The command line: `simulate` (the default), `plan`, `lint`, `explain`, `verify`, `completions` and `man`.

pub mod command_line;
mod dry_check;
pub mod explain;
mod input_text;
pub mod lint;
pub mod manual;
pub mod plan;
pub mod simulate;
pub mod verify;
