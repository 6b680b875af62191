//! The table of samples: how each one is read, and how its action ends.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use invalidation_core::input::job_event::UnreadableEvent;
use local_aws::codepipeline::FailureKind;

/// A sample file and its expected result.
pub(crate) struct Sample {
    /// Its name in `events/`.
    pub(crate) file: &'static str,
    /// How it is read.
    pub(crate) event: Event,
}

/// How a sample is read.
pub(crate) enum Event {
    /// A job whose result `start` can report.
    Job(Job),
    /// A job without a readable id.
    Unanswerable(UnreadableEvent),
    /// A trigger of a sweep, from this source.
    Schedule(&'static str),
    /// Lambda's record of a job of another sample, whose deliveries to `start` all failed.
    Undelivered(&'static str),
}

/// A job, and how its action ends in an otherwise unused account.
pub(crate) struct Job {
    /// The job's id.
    pub(crate) id: &'static str,
    /// The continuation token in its written form; none on a first job.
    pub(crate) token: Option<&'static str>,
    /// The paths in the parameters, or the errors in them.
    pub(crate) parameters: Result<&'static [&'static str], &'static [&'static str]>,
    /// The end of the action.
    pub(crate) end: End,
}

/// The end of an action.
pub(crate) enum End {
    /// CloudFront completed an invalidation of the paths.
    Succeeded,
    /// Nothing was invalidated, and the message contains this text.
    Failed(FailureKind, &'static str),
}

const EVERYTHING: &[&str] = &["/*"];

/// All samples.
pub(crate) const SAMPLES: &[Sample] = &[
    Sample {
        file: "start-first-job.json",
        event: Event::Job(Job {
            id: "11111111-abcd-1111-abcd-111111abcdef",
            token: None,
            parameters: Ok(EVERYTHING),
            end: End::Succeeded,
        }),
    },
    Sample {
        file: "start-first-job-with-paths.json",
        event: Event::Job(Job {
            id: "22222222-abcd-2222-abcd-222222abcdef",
            token: None,
            parameters: Ok(&["/index.html", "/images/*", "/caf%C3%A9/menu.html"]),
            end: End::Succeeded,
        }),
    },
    Sample {
        file: "start-paths-file.json",
        event: Event::Job(Job {
            id: "88888888-abcd-8888-abcd-888888abcdef",
            token: None,
            parameters: Ok(&[]),
            end: End::Failed(FailureKind::ConfigurationError, "no longer exists in S3"),
        }),
    },
    Sample {
        file: "start-continuation-job.json",
        event: Event::Job(Job {
            id: "33333333-abcd-3333-abcd-333333abcdef",
            token: Some("1.11111111-abcd-1111-abcd-111111abcdef.1"),
            parameters: Ok(EVERYTHING),
            end: End::Succeeded,
        }),
    },
    Sample {
        file: "start-python-token.json",
        event: Event::Job(Job {
            id: "44444444-abcd-4444-abcd-444444abcdef",
            token: Some(r#"{"InvalidationId":"I2J0I21PCUYOIK"}"#),
            parameters: Ok(EVERYTHING),
            end: End::Failed(
                FailureKind::JobFailed,
                "The last error was NoSuchInvalidation",
            ),
        }),
    },
    Sample {
        file: "start-bad-parameters.json",
        event: Event::Job(Job {
            id: "55555555-abcd-5555-abcd-555555abcdef",
            token: None,
            parameters: Err(&[
                "DistributonId is not a known key (did you mean DistributionId?)",
                "DistributionId is missing; specify the id of the distribution to invalidate",
                concat!(
                    r#"Paths is invalid at item 1: it must begin with "/", such as "/index.html" or "/*"; and at item 2: "#,
                    r#"it contains a "*" that is not its last character; CloudFront treats such a "*" literally and would "#,
                    "match no file"
                ),
                "TimeoutMinutes must be from 1 to 1380",
            ]),
            end: End::Failed(
                FailureKind::ConfigurationError,
                "4 errors in UserParameters: (1) DistributonId",
            ),
        }),
    },
    Sample {
        file: "start-without-parameters.json",
        event: Event::Job(Job {
            id: "66666666-abcd-6666-abcd-666666abcdef",
            token: None,
            parameters: Err(&[
                r#"the parameters are missing; specify at least {"DistributionId": "E…"}"#,
            ]),
            end: End::Failed(
                FailureKind::ConfigurationError,
                "the parameters are missing",
            ),
        }),
    },
    Sample {
        file: "start-without-job-id.json",
        event: Event::Unanswerable(UnreadableEvent::NoJobId),
    },
    Sample {
        file: "checker-schedule-rule.json",
        event: Event::Schedule("aws.events"),
    },
    Sample {
        file: "checker-schedule-scheduler.json",
        event: Event::Schedule("aws.scheduler"),
    },
    Sample {
        file: "checker-failed-delivery.json",
        event: Event::Undelivered("start-first-job.json"),
    },
];

/// The samples that are jobs, each with its file name.
pub(crate) fn jobs() -> impl Iterator<Item = (&'static str, &'static Job)> {
    SAMPLES.iter().filter_map(|sample| match &sample.event {
        Event::Job(job) => Some((sample.file, job)),
        _ => None,
    })
}

/// The text of a sample.
pub(crate) fn text(file: &str) -> String {
    let path = folder().join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The folder of the samples.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

#[test]
fn the_folder_the_table_and_the_readme_name_the_same_files() {
    let entries = std::fs::read_dir(folder()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let in_folder: BTreeSet<String> = names.filter(|name| name != "README.md").collect();
    let in_table: BTreeSet<String> = SAMPLES
        .iter()
        .map(|sample| sample.file.to_owned())
        .collect();
    assert_eq!(
        in_folder, in_table,
        "the folder, and the table of this test"
    );

    let readme = text("README.md");
    let rows = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let in_readme: Vec<String> = rows.map(|(file, _)| file.to_owned()).collect();
    let listed: Vec<&str> = SAMPLES.iter().map(|sample| sample.file).collect();
    assert_eq!(
        in_readme, listed,
        "the README, and the table of this test, in order"
    );
    assert!(readme.contains("cargo run -- events/FILE"));
}
