//! Facts from the log of the functions, from CloudWatch Logs or an export.
//!
//! Logs are exported in many formats, so this reader is lenient: it recognises a log line of the functions wherever a
//! JSON object begins in a line. It skips and counts all other lines. No input makes it fail.

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
    /// What the log lines of the functions report.
    pub facts: Vec<Fact>,
    /// The number of lines, or of events of an export, that were read.
    pub lines: usize,
    /// The number of them that the functions wrote.
    pub function_lines: usize,
}

/// Reads the texts of a log: JSON lines as the functions write them, the same lines after a time stamp or another
/// prefix, or the JSON that `aws logs filter-log-events` prints. What one text states about a job applies to all texts.
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
        function_lines: lines.iter().filter(|line| line.is_of_function()).count(),
    }
}

#[derive(Default)]
struct Reader {
    /// The execution of each job, if any line names it.
    executions: BTreeMap<String, String>,
    facts: Vec<Fact>,
    /// The time of the last line that had one.
    at_ms: u64,
}

impl Reader {
    fn learn(&mut self, line: &Line<'_>) {
        if let (true, Some(execution), Some(job)) = (
            line.is_of_function(),
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

    /// A line without an execution ID may name a job. A job that no other line names is taken for a first job.
    fn execution_of(&self, line: &Line<'_>) -> Option<String> {
        if !line.is_of_function() {
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
