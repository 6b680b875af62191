//! The Python packages of the emulators, installed once under `target`.

use std::env::consts::ARCH;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The packages, with their versions.
const REQUIREMENTS: &str = include_str!("../requirements.txt");
/// The package that contains AWS's Runtime Interface Emulator.
const SAM: &str = include_str!("../requirements-sam.txt");
/// Every package is exact and has its hashes, so that pip resolves nothing and accepts no other file.
const EXACT: [&str; 2] = ["--no-deps", "--require-hashes"];

/// The installed emulators.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    folder: PathBuf,
}

impl Tools {
    /// Installs them, unless they are installed.
    ///
    /// # Errors
    ///
    /// Fails if Python 3 is missing, or a package is unavailable.
    pub(crate) fn install() -> io::Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/emulator");
        let tools = Self { folder };
        let installed = tools.folder.join("installed.txt");
        let wanted = format!("{REQUIREMENTS}{SAM}");
        if std::fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
            return Ok(tools);
        }
        tools.install_packages()?;
        tools.extract_rie()?;
        std::fs::write(installed, wanted)?;
        Ok(tools)
    }

    fn install_packages(&self) -> io::Result<()> {
        if self.folder.exists() {
            std::fs::remove_dir_all(&self.folder)?;
        }
        std::fs::create_dir_all(&self.folder)?;
        let requirements = self.folder.join("requirements.txt");
        std::fs::write(&requirements, REQUIREMENTS)?;
        run(
            Path::new("python3"),
            [
                "-m".as_ref(),
                "venv".as_ref(),
                self.folder.join("venv").as_os_str(),
            ],
        )?;
        let [no_deps, hashes] = EXACT;
        self.pip(
            &["install", no_deps, hashes, "--requirement"],
            &requirements,
        )
    }

    fn extract_rie(&self) -> io::Result<()> {
        let requirements = self.folder.join("requirements-sam.txt");
        std::fs::write(&requirements, SAM)?;
        let [no_deps, hashes] = EXACT;
        let dest = format!("--dest={}", self.folder.display());
        self.pip(
            &["download", no_deps, hashes, &dest, "--requirement"],
            &requirements,
        )?;
        let extract = "import glob, sys, zipfile; folder, name = sys.argv[1:]; \
                       wheel, = glob.glob(folder + '/aws_sam_cli-*.whl'); zipfile.ZipFile(wheel).extract(name, folder)";
        let name = self.rie_in_wheel();
        run(
            &self.python(),
            [
                "-c".as_ref(),
                extract.as_ref(),
                self.folder.as_os_str(),
                name.as_ref(),
            ],
        )?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(self.rie(), std::fs::Permissions::from_mode(0o755))?;
        }
        Ok(())
    }

    fn pip(&self, arguments: &[&str], last: &Path) -> io::Result<()> {
        let fixed = ["-m", "pip", "--quiet", "--disable-pip-version-check"];
        let arguments = fixed.iter().chain(arguments).map(OsStr::new);
        run(&self.python(), arguments.chain([last.as_os_str()]))
    }

    /// Their folder, which also has space for the programs that run in them.
    #[must_use]
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The Python with the packages.
    #[must_use]
    pub(crate) fn python(&self) -> PathBuf {
        self.folder.join("venv/bin/python")
    }

    /// The emulator's command.
    #[must_use]
    pub(crate) fn ministack(&self) -> PathBuf {
        self.folder.join("venv/bin/ministack")
    }

    /// AWS's Runtime Interface Emulator for this machine.
    #[must_use]
    pub(crate) fn rie(&self) -> PathBuf {
        self.folder.join(self.rie_in_wheel())
    }

    fn rie_in_wheel(&self) -> String {
        let architecture = if ARCH == "aarch64" { "arm64" } else { ARCH };
        format!("samcli/local/rapid/aws-lambda-rie-{architecture}")
    }
}

/// Runs a program to its end, and returns its output as the error if it fails.
pub(super) fn run<A: AsRef<OsStr>>(
    program: &Path,
    arguments: impl IntoIterator<Item = A>,
) -> io::Result<()> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", program.display())))?;
    if output.status.success() {
        return Ok(());
    }
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    Err(io::Error::other(format!(
        "{} ended with {}\n{out}{err}",
        program.display(),
        output.status
    )))
}
