//! Where the real `start` and `checker` are.

use std::env::consts::EXE_SUFFIX;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The executables of the two functions, as they would be deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    /// What CodePipeline invokes.
    pub start: PathBuf,
    /// What the schedule wakes.
    pub checker: PathBuf,
}

impl Binaries {
    /// Builds them if cargo runs us, and otherwise takes those beside our own executable.
    ///
    /// # Errors
    ///
    /// Says in words for people what is missing: the build failed, or a binary is not where it should be.
    pub fn find() -> io::Result<Self> {
        match variable("CARGO") {
            Some(cargo) if cfg!(debug_assertions) => Self::build(&cargo, &["--workspace"]),
            Some(cargo) => Self::build(&cargo, &["--workspace", "--release"]),
            None => Self::beside(&std::env::current_exe()?),
        }
    }

    /// Builds them as they are deployed: optimised, and with nothing of the tests' in their dependencies.
    ///
    /// # Errors
    ///
    /// When cargo does not run us, or cannot build them.
    pub fn release() -> io::Result<Self> {
        let cargo = variable("CARGO").ok_or_else(|| io::Error::other("only cargo can build"))?;
        Self::build(
            &cargo,
            &["--release", "--package", "start", "--package", "checker"],
        )
    }

    fn beside(executable: &Path) -> io::Result<Self> {
        let at = |name: &str| {
            let path = executable.with_file_name(format!("{name}{EXE_SUFFIX}"));
            if path.is_file() {
                Ok(path)
            } else {
                Err(missing(name, &format!("{} does not exist", path.display())))
            }
        };
        Ok(Self {
            start: at("start")?,
            checker: at("checker")?,
        })
    }

    /// Selects what `cargo run` did, so that no dependency is built a second time with other features.
    fn build(cargo: &str, selection: &[&str]) -> io::Result<Self> {
        let mut command = Command::new(cargo);
        command
            .args([
                "build",
                "--bins",
                "--message-format=json-render-diagnostics",
            ])
            .args(selection)
            .arg("--manifest-path")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        let output = command
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(io::Error::other(
                "the functions could not be built; cargo says why above",
            ));
        }
        Self::built(&String::from_utf8_lossy(&output.stdout))
    }

    /// Cargo reports each executable in a message of its own, one JSON object a line, also if it was fresh.
    fn built(messages: &str) -> io::Result<Self> {
        let messages: Vec<Value> = messages
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let executable = |name: &str| {
            let of_it = messages
                .iter()
                .filter(|message| message["target"]["name"] == name);
            let mut executables = of_it.filter_map(|message| message["executable"].as_str());
            executables
                .next()
                .map(PathBuf::from)
                .ok_or_else(|| missing(name, "cargo built no such executable"))
        };
        Ok(Self {
            start: executable("start")?,
            checker: executable("checker")?,
        })
    }
}

fn missing(name: &str, why: &str) -> io::Error {
    let hint =
        "run the sandbox with `cargo run`, or build everything with `cargo build --workspace`";
    io::Error::new(
        io::ErrorKind::NotFound,
        format!("the function `{name}` is missing: {why}; {hint}"),
    )
}

/// A variable of the sandbox's own environment; the functions get a clean one.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox is no Lambda function: cargo and the user's shell speak here"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_taken_from_the_messages_of_cargo() {
        let messages = r#"
            {"reason":"compiler-artifact","target":{"name":"start","kind":["lib"]},"executable":null}
            {"reason":"compiler-artifact","target":{"name":"start","kind":["bin"]},"executable":"t/debug/start"}
            {"reason":"compiler-artifact","target":{"name":"checker","kind":["bin"]},"executable":"t/debug/checker"}
            {"reason":"build-finished","success":true}"#;
        let expected = Binaries {
            start: "t/debug/start".into(),
            checker: "t/debug/checker".into(),
        };
        assert_eq!(Binaries::built(messages).unwrap(), expected);

        let error = Binaries::built("").unwrap_err().to_string();
        assert!(
            error.starts_with("the function `start` is missing: cargo built no such executable"),
            "{error}"
        );
    }

    #[test]
    fn a_function_that_is_not_beside_the_sandbox_is_named() {
        let error = Binaries::beside(Path::new("nowhere/sandbox"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("`start` is missing: nowhere/start does not exist"),
            "{error}"
        );
    }
}
