//! The ids of writes.

/// A source of write ids that no other writer uses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Writer {
    name: String,
    writes: u32,
}

impl Writer {
    /// A writer. No other invocation of any function may have the same `name`.
    #[must_use]
    pub const fn new(name: String) -> Self {
        Self { name, writes: 0 }
    }

    pub(super) fn next_id(&mut self) -> String {
        self.writes = self.writes.saturating_add(1);
        format!("{}#{}", self.name, self.writes)
    }
}
