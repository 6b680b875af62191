//! The paths of the real `start` and `checker`.

use std::env::consts::EXE_SUFFIX;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The executables of the two functions, as for a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    /// The function that CodePipeline invokes.
    pub start: PathBuf,
    /// The function that the schedule invokes.
    pub checker: PathBuf,
}

impl Binaries {
    /// Builds them under `cargo run`; otherwise takes those in the folder of this executable.
    ///
    /// # Errors
    ///
    /// When the build failed, or a binary is missing; the message names it.
    pub fn find() -> io::Result<Self> {
        match variable("CARGO") {
            Some(cargo) if cfg!(debug_assertions) => {
                Self::build(&cargo, &["--bins", "--workspace"])
            }
            Some(cargo) => Self::build(&cargo, &["--bins", "--workspace", "--release"]),
            None => Self::beside(&std::env::current_exe()?),
        }
    }

    /// Builds them as for a deployment: optimised, and without the features of the tests.
    ///
    /// # Errors
    ///
    /// When this process does not run under cargo, or the build fails.
    pub fn release() -> io::Result<Self> {
        let cargo = variable("CARGO").ok_or_else(|| io::Error::other("only cargo can build"))?;
        Self::build(
            &cargo,
            &[
                "--bins",
                "--release",
                "--package",
                "start",
                "--package",
                "checker",
            ],
        )
    }

    /// Takes them from a folder with built executables.
    ///
    /// # Errors
    ///
    /// When one of them is missing.
    pub fn within(folder: &Path) -> io::Result<Self> {
        Self::beside(&folder.join("of the folder"))
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

    /// Selects the same packages as `cargo run`, so that no dependency is built twice with different features.
    fn build(cargo: &str, selection: &[&str]) -> io::Result<Self> {
        let [start, checker] = build(cargo, selection, ["start", "checker"])?;
        Ok(Self { start, checker })
    }
}

/// Builds two optimised programs of the tests.
///
/// # Errors
///
/// When this process does not run under cargo, or the build fails.
pub fn build_programs(names: [&str; 2]) -> io::Result<[PathBuf; 2]> {
    let cargo = variable("CARGO").ok_or_else(|| io::Error::other("only cargo can build"))?;
    let selection = [
        "--workspace",
        "--release",
        "--bin",
        names[0],
        "--bin",
        names[1],
    ];
    build(&cargo, &selection, names)
}

fn build(cargo: &str, selection: &[&str], names: [&str; 2]) -> io::Result<[PathBuf; 2]> {
    let mut command = Command::new(cargo);
    command
        .args(["build", "--message-format=json-render-diagnostics"])
        .args(selection)
        .arg("--manifest-path")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(
            "the functions could not be built; see the output of cargo above",
        ));
    }
    built(&String::from_utf8_lossy(&output.stdout), names)
}

/// Cargo reports each executable in a message of its own, one JSON object per line, even if it was fresh.
fn built(messages: &str, names: [&str; 2]) -> io::Result<[PathBuf; 2]> {
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
    Ok([executable(names[0])?, executable(names[1])?])
}

fn missing(name: &str, why: &str) -> io::Error {
    let hint =
        "start the program with `cargo run`, or build everything with `cargo build --workspace`";
    io::Error::new(
        io::ErrorKind::NotFound,
        format!("the function `{name}` is missing: {why}; {hint}"),
    )
}

/// A variable of this process's environment; the functions get a clean one.
#[expect(
    clippy::disallowed_methods,
    reason = "this is not a Lambda function: the variables come from cargo and the user's shell"
)]
pub fn variable(name: &str) -> Option<String> {
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
        let names = ["start", "checker"];
        let expected = ["t/debug/start", "t/debug/checker"].map(PathBuf::from);
        assert_eq!(built(messages, names).unwrap(), expected);

        let error = built("", names).unwrap_err().to_string();
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
