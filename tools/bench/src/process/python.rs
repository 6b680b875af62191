//! The uses of Python: to run the Python function, and to create a zip as packagers do.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::work_folder::WorkFolder;

/// The interpreter itself, not a script that looks for one.
pub(super) struct Python(PathBuf);

impl Python {
    /// `None` without Python 3.
    pub(super) fn find() -> Option<Self> {
        let told = told(
            Path::new("python3"),
            ["-c", "import sys; print(sys.executable)"],
        );
        told.ok().map(|path| Self(path.into()))
    }

    pub(super) fn has(&self, module: &str) -> bool {
        told(&self.0, ["-c", &format!("import {module}")]).is_ok()
    }

    /// Megabytes of a package with these files and the files of these distributions.
    pub(super) fn zipped(&self, files: &[&Path], distributions: &[&str]) -> io::Result<f64> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/process/package.py");
        let with = distributions
            .iter()
            .flat_map(|name| ["--distribution", name])
            .map(OsStr::new);
        let files = files.iter().map(|file| file.as_os_str());
        let printed = told(
            &self.0,
            [OsStr::new(script)].into_iter().chain(with).chain(files),
        )?;
        let bytes: f64 = printed.parse().map_err(io::Error::other)?;
        Ok(bytes / (1_024.0 * 1_024.0))
    }

    /// An executable that runs the bootstrap with this interpreter.
    pub(super) fn bootstrap(&self, folder: &WorkFolder) -> io::Result<PathBuf> {
        let script = format!("#!{}\n{}", self.0.display(), include_str!("bootstrap.py"));
        folder.executable("bootstrap.py", &script)
    }
}

fn told<A: AsRef<OsStr>>(
    program: &Path,
    arguments: impl IntoIterator<Item = A>,
) -> io::Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
