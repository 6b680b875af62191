//! A temporary folder.

use std::io;
use std::path::{Path, PathBuf};

/// It is deleted when it is dropped.
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
        // If the deletion fails, the folder is in the system's temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
