//! Each sample, read by the functions' own readers.

use checker::Trigger;
use invalidation_core::input::continuation_token::Token;
use invalidation_core::input::job_event::{JobEvent, Text};
use invalidation_core::input::paths::InvalidationPath;
use invalidation_core::input::user_parameters::UserParameters;
use serde_json::Value;

use crate::samples::{Event, Job, SAMPLES, jobs, text};

#[test]
fn each_sample_is_read_as_in_the_table() {
    for sample in SAMPLES {
        let (file, event) = (sample.file, text(sample.file));
        match &sample.event {
            Event::Job(job) => read_as(job, &JobEvent::read(&event).unwrap(), file),
            Event::Unanswerable(fault) => {
                assert_eq!(JobEvent::read(&event).err(), Some(*fault), "{file}");
            }
            Event::Schedule(source) => {
                let trigger = Trigger::read(&event);
                assert!(
                    matches!(trigger, Trigger::Schedule(Some(seen)) if seen == *source),
                    "{file}"
                );
            }
            Event::Undelivered(other) => {
                let Trigger::FailedDelivery { event: read, .. } = Trigger::read(&event) else {
                    panic!("{file} is no record of a failed delivery")
                };
                let (_, job) = jobs().find(|(name, _)| name == other).unwrap();
                read_as(job, &read, file);
            }
        }
    }
}

fn read_as(job: &Job, event: &JobEvent, file: &str) {
    assert_eq!(event.job_id.as_str(), job.id, "{file}");
    let token = match &event.continuation_token {
        Text::Absent => None,
        Text::Given(token) => Some(Token::parse(token).unwrap().to_string()),
        Text::NotAString => panic!("{file}: a token that is no string"),
    };
    assert_eq!(token.as_deref(), job.token, "{file}");
    match (
        UserParameters::parse(&event.user_parameters),
        job.parameters,
    ) {
        (Ok(read), Ok(paths)) => {
            let [target] = &read.targets[..] else {
                panic!("{file}: {read:?}");
            };
            assert_eq!(target.resource.to_string(), harness::DISTRIBUTION, "{file}");
            assert_eq!(
                read.notification_settings.topic.unwrap().as_str(),
                harness::TOPIC,
                "{file}"
            );
            assert_eq!(
                read.pipeline_name.as_deref(),
                Some("example-pipeline"),
                "{file}"
            );
            let read: Vec<&str> = target.paths.iter().map(InvalidationPath::as_str).collect();
            assert_eq!(read, paths, "{file}");
        }
        (Err(rejected), Err(faults)) => assert_eq!(rejected.faults, faults, "{file}"),
        (read, _) => panic!("{file}: {read:?}"),
    }
}

/// The failed delivery's record contains the event that its table entry names.
#[test]
fn the_failed_delivery_carries_the_first_job() {
    let json = |file: &str| serde_json::from_str::<Value>(&text(file)).unwrap();
    let record = json("checker-failed-delivery.json");
    assert_eq!(record["requestPayload"], json("start-first-job.json"));
    // "condition" and the count that Lambda reaches with its two retries.
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 3);
}

/// The source of an event is logged, and the sender chooses it.
#[test]
fn a_long_source_is_cut() {
    let event: Value = serde_json::from_str(&text("checker-schedule-scheduler.json")).unwrap();
    let mut long = event;
    long["source"] = "é".repeat(200_000).into();
    let Trigger::Schedule(Some(source)) = Trigger::read(&long.to_string()) else {
        panic!("a scheduled run");
    };
    assert_eq!(source, "é".repeat(64));
}

/// A scan of the repository for secrets finds only AWS's published examples.
#[test]
fn the_credentials_are_the_examples_of_aws() {
    for (file, _) in jobs() {
        let event: Value = serde_json::from_str(&text(file)).unwrap();
        let credentials = &event["CodePipeline.job"]["data"]["artifactCredentials"];
        assert_eq!(credentials["accessKeyId"], "AKIAIOSFODNN7EXAMPLE", "{file}");
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        assert_eq!(credentials["secretAccessKey"], secret, "{file}");
        assert!(
            credentials["sessionToken"]
                .as_str()
                .unwrap()
                .contains("EXAMPLE"),
            "{file}"
        );
    }
}
