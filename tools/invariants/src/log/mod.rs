//! Facts from the log of the functions, as it lies in CloudWatch or as somebody exported it.
//!
//! Whoever holds a log may have got it in many ways, so this reader is lenient: a line of ours is recognised wherever a
//! JSON object begins in a line, and whatever is not ours is stepped over and counted. No input makes it fail.

mod entry;
mod envelope;
mod line;
mod secret;

use std::collections::BTreeMap;

use super::fact::Fact;
use envelope::Enveloped;
use line::Line;

pub use entry::{Entry, read_entries};
pub use secret::secret_in;

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// What our lines say.
    pub facts: Vec<Fact>,
    /// How many lines, or events of an export, were read.
    pub lines: usize,
    /// How many of them our functions wrote.
    pub ours: usize,
}

/// Reads the texts of a log: JSON lines as the functions write them, the same behind a time stamp or another prefix, or
/// the JSON that `aws logs filter-log-events` prints. What one text tells of a job holds for all of them.
#[must_use]
pub fn read_log(texts: &[impl AsRef<str>]) -> Log {
    let texts = texts.iter().map(AsRef::as_ref);
    let messages: Vec<Enveloped> = texts.clone().flat_map(envelope::messages).collect();
    let lines = messages.iter().map(|one| Line::read(&one.message));
    let lines: Vec<Line<'_>> = lines.collect();
    let mut reader = Reader::default();
    for line in &lines {
        reader.learn(line);
    }
    for line in &lines {
        reader.read(line);
    }
    let mut facts = reader.facts;
    facts.extend(texts.flat_map(|text| secret::search(text, reader.at_ms)));
    Log {
        facts,
        lines: lines.len(),
        ours: lines.iter().filter(|line| line.is_ours()).count(),
    }
}

#[derive(Default)]
struct Reader {
    /// The execution of each job, as far as any line tells it.
    executions: BTreeMap<String, String>,
    facts: Vec<Fact>,
    /// The time of the last line that had one.
    at_ms: u64,
}

impl Reader {
    fn learn(&mut self, line: &Line<'_>) {
        if let (true, Some(execution), Some(job)) = (
            line.is_ours(),
            line.text("execution_id"),
            line.text("job_id"),
        ) {
            self.executions.insert(job.to_owned(), execution.to_owned());
        }
    }

    fn read(&mut self, line: &Line<'_>) {
        self.at_ms = line.at_ms().unwrap_or(self.at_ms);
        let execution = self.execution_of(line);
        let facts = line.facts().into_iter().map(|what| Fact {
            at_ms: self.at_ms,
            execution: execution.clone(),
            what,
        });
        self.facts.extend(facts);
    }

    /// A line without the execution's id may name a job. One that no other line knows is taken for a first one.
    fn execution_of(&self, line: &Line<'_>) -> Option<String> {
        if !line.is_ours() {
            return None;
        }
        if let Some(execution) = line.text("execution_id") {
            return Some(execution.to_owned());
        }
        let job = line.text("job_id")?;
        let known = self.executions.get(job).cloned();
        known.or_else(|| Some(job.to_owned()))
    }
}
