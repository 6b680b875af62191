//! A folder of this run's own.

use std::io;
use std::path::{Path, PathBuf};

/// It is removed when it is dropped.
pub(super) struct WorkFolder(PathBuf);

impl WorkFolder {
    pub(super) fn new() -> io::Result<Self> {
        let name = format!("bench-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn executable(&self, name: &str, script: &str) -> io::Result<PathBuf> {
        let path = self.0.join(name);
        std::fs::write(&path, script)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
        }
        Ok(path)
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // What is left lies in the system's folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
