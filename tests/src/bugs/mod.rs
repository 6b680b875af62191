//! Bugs that are planted in a copy of the product, to see that the searches find them: a search that finds nothing
//! has proven something only if it would have found these.
//!
//! Each is a mistake that somebody could make, and that others have made: a few words of the product are replaced by
//! others. The copy is built and searched by `prove`; the product itself has no switch for any of
//! them.

mod catalogue;

use std::path::Path;
use std::{fs, io};

pub use catalogue::ALL;

/// A mistake that can be planted.
#[derive(Clone, Copy, Debug)]
pub struct Bug {
    /// A name for the table.
    pub name: &'static str,
    /// What goes wrong, in a few words.
    pub told: &'static str,
    /// The file, from the root of the workspace.
    pub file: &'static str,
    /// Words that stand there exactly once.
    pub from: &'static str,
    /// What stands there with the mistake.
    pub to: &'static str,
}

impl Bug {
    /// The text of the bug's file with the mistake in it; none when its words do not stand there exactly once.
    #[must_use]
    pub fn planted_in(&self, text: &str) -> Option<String> {
        (text.matches(self.from).count() == 1).then(|| text.replace(self.from, self.to))
    }

    /// Plants the mistake in the workspace at `root`.
    ///
    /// # Errors
    /// When the file cannot be read or written, or is not what the bug expects.
    pub fn plant(&self, root: &Path) -> io::Result<()> {
        let path = root.join(self.file);
        let text = fs::read_to_string(&path)?;
        let planted = self.planted_in(&text).ok_or_else(|| {
            io::Error::other(format!("{} has no place for {}", self.file, self.name))
        })?;
        fs::write(path, planted)
    }
}
