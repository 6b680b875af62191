//! The measured programs, with their environments.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use invalidation_runtime::settings;

use super::Options;
use super::certificates::Certificates;
use super::measure::{Subject, Transport};
use super::python::Python;
use super::work_folder::WorkFolder;
use cfi::simulate::Binaries;
use local_aws::Aws;
use local_aws::account::{REGION, TABLE, TOPIC};
use local_aws::lambda::Program;

/// All subjects.
pub(super) struct Subjects {
    binaries: Binaries,
    nothing: PathBuf,
    prototype: PathBuf,
    certificates: Certificates,
    old: Option<Old>,
    python: Option<Python>,
    folder: WorkFolder,
}

/// The Python function, with its bootstrap.
struct Old {
    handler: PathBuf,
    bootstrap: PathBuf,
}

impl Subjects {
    pub(super) fn new(options: &Options) -> io::Result<Self> {
        let folder = WorkFolder::new()?;
        let python = Python::find();
        let old = match &options.peer {
            Some(peer) => Some(Old::new(peer, python.as_ref(), &folder)?),
            None => None,
        };
        Ok(Self {
            binaries: options.binaries.clone(),
            nothing: options.nothing.clone(),
            prototype: options.prototype.clone(),
            certificates: Certificates::new(folder.path())?,
            old,
            python,
            folder,
        })
    }

    /// The empty function behaves the same over any transport; it takes part so that the ratios compare neighbours.
    pub(super) fn all(&self) -> Vec<(Subject, Transport)> {
        let ours = [
            Subject::Nothing,
            Subject::Prototype,
            Subject::Start,
            Subject::Checker,
        ];
        let subjects = ours
            .into_iter()
            .chain(self.old.as_ref().map(|_| Subject::Old));
        subjects
            .flat_map(|subject| [(subject, Transport::Plain), (subject, Transport::Tls)])
            .collect()
    }

    /// Megabytes of the package; `None` without Python.
    pub(super) fn package(&self, subject: Subject) -> io::Result<Option<f64>> {
        let Some(python) = &self.python else {
            return Ok(None);
        };
        let size = match (subject, &self.old) {
            (Subject::Old, Some(old)) => python.zipped(&[&old.handler], &["boto3"]),
            _ => python.zipped(&[self.path(subject)], &[]),
        };
        size.map(Some)
    }

    /// The program, with a transport into `aws` of its own.
    pub(super) async fn program(
        &self,
        subject: Subject,
        transport: Transport,
        aws: &Aws,
    ) -> io::Result<Program> {
        let name = match subject {
            Subject::Nothing => "nothing",
            Subject::Prototype => "prototype",
            Subject::Start => "start",
            Subject::Checker => "checker",
            Subject::Old => "old",
        };
        let mut settings = settings();
        settings.extend(self.door(name, transport, aws).await?);
        if let (Subject::Old, Some(old)) = (subject, &self.old) {
            settings.extend(old.settings());
        }
        Ok(Program {
            name: name.into(),
            path: self.path(subject).into(),
            region: REGION.into(),
            memory_mb: 128,
            settings,
        })
    }

    async fn door(
        &self,
        name: &str,
        transport: Transport,
        aws: &Aws,
    ) -> io::Result<Vec<(String, String)>> {
        const ENDPOINT: &str = "AWS_ENDPOINT_URL";
        Ok(match transport {
            Transport::Plain => {
                let address = aws.listen(name).await?;
                vec![(ENDPOINT.into(), format!("http://{address}"))]
            }
            Transport::Tls => {
                let Certificates { acceptor, bundle } = &self.certificates;
                let address = aws.listen_with_tls(name, acceptor.clone()).await?;
                let bundle = bundle.display().to_string();
                vec![
                    (ENDPOINT.into(), format!("https://{address}")),
                    ("SSL_CERT_FILE".into(), bundle.clone()),
                    ("AWS_CA_BUNDLE".into(), bundle),
                ]
            }
        })
    }

    fn path(&self, subject: Subject) -> &Path {
        match (subject, &self.old) {
            (Subject::Nothing, _) => &self.nothing,
            (Subject::Prototype, _) => &self.prototype,
            (Subject::Start, _) => &self.binaries.start,
            (Subject::Checker, _) => &self.binaries.checker,
            (Subject::Old, Some(old)) => &old.bootstrap,
            (Subject::Old, None) => self.folder.path(),
        }
    }
}

impl Old {
    fn new(peer: &Path, python: Option<&Python>, folder: &WorkFolder) -> io::Result<Self> {
        let handler = peer.join("handler.py");
        let missing = |what: &str| {
            io::Error::other(format!(
                "the Python function cannot be run: {what} is missing"
            ))
        };
        if !handler.is_file() {
            return Err(missing(&handler.display().to_string()));
        }
        let python = python.ok_or_else(|| missing("python3"))?;
        if !python.has("boto3") {
            return Err(missing("boto3"));
        }
        Ok(Self {
            bootstrap: python.bootstrap(folder)?,
            handler: handler.canonicalize()?,
        })
    }

    /// Each process compiles it again, as in Lambda, where its folder is read-only.
    fn settings(&self) -> [(String, String); 2] {
        let folder = self.handler.parent().unwrap_or(&self.handler);
        [
            ("LAMBDA_TASK_ROOT".into(), folder.display().to_string()),
            ("PYTHONDONTWRITEBYTECODE".into(), "1".into()),
        ]
    }
}

/// Without a wait, because a wait for CloudFront would measure CloudFront; and with the lowest maximum age of a stored
/// status, because here the continuation job follows after milliseconds.
fn settings() -> BTreeMap<String, String> {
    let settings = [
        (settings::TABLE_NAME, TABLE),
        (settings::DEFAULT_TOPIC_ARN, TOPIC),
        (settings::MAX_WAIT_SECONDS, "0"),
        (settings::STATUS_MAX_AGE_SECONDS, "0.1"),
    ];
    settings
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}
