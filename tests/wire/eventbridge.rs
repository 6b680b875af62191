use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_eventbridge::types::builders::PutEventsRequestEntryBuilder as Entry;

use crate::{aws, seen, without_retries};

fn entry() -> Entry {
    PutEventsRequestEntry::builder()
        .source("example")
        .detail_type("Something Happened")
        .detail(r#"{"what":"ä"}"#)
}

#[tokio::test(start_paused = true)]
async fn a_bus_shows_what_it_accepted() {
    let aws = aws();
    aws.eventbridge().add_bus("deploys");
    let client = Client::new(&without_retries(&aws));
    let arn = "arn:aws:events:us-east-1:111122223333:event-bus/deploys";
    let time = DateTime::from_millis(1_767_225_600_500);
    let entries = [entry().event_bus_name(arn).time(time), entry()];
    let entries = entries.map(Entry::build).to_vec();
    let request = client.put_events().set_entries(Some(entries));
    let reply = request.send().await.unwrap();
    let events = aws.eventbridge().events();
    let ids: Vec<_> = reply
        .entries()
        .iter()
        .map(|entry| entry.event_id().unwrap())
        .collect();
    let shown: Vec<_> = events.iter().map(|put| put.event_id.as_str()).collect();
    assert_eq!(ids, shown);
    assert_eq!(
        (events[0].bus.as_str(), events[1].bus.as_str()),
        ("deploys", "default")
    );
    assert_eq!(events[0].time_ms, Some(1_767_225_600_500));
    assert_eq!(events[0].detail["what"], "ä");
    assert_eq!(
        (events[0].source.as_str(), events[0].caller.as_str()),
        ("example", "test")
    );
}

/// A call succeeds although none of its entries is accepted.
#[tokio::test(start_paused = true)]
async fn each_entry_is_rejected_by_itself() {
    let aws = aws();
    let client = Client::new(&without_retries(&aws));
    for (entry, code) in [
        (entry().source(""), "InvalidArgument"),
        (
            entry().detail_type("").source("aws.example"),
            "InvalidArgument",
        ),
        (entry().detail(""), "InvalidArgument"),
        (
            entry().source("aws.example"),
            "NotAuthorizedForSourceException",
        ),
        (entry().detail_type(""), "InvalidArgument"),
        (entry().detail("[]"), "MalformedDetail"),
    ] {
        let reply = client
            .put_events()
            .entries(entry.build())
            .send()
            .await
            .unwrap();
        assert_eq!(reply.failed_entry_count(), 1);
        assert_eq!(reply.entries()[0].error_code(), Some(code));
    }
    aws.eventbridge().reject_entries(Some("InternalFailure"));
    let reply = client
        .put_events()
        .entries(entry().build())
        .send()
        .await
        .unwrap();
    assert_eq!(reply.entries()[0].error_code(), Some("InternalFailure"));
    assert!(aws.eventbridge().events().is_empty());
}

/// The service accepts an entry for a bus that does not exist, and drops it: recorded in LocalStack's
/// `test_put_events_nonexistent_event_bus` (<https://github.com/localstack/localstack/pull/8264>). Only
/// DescribeEventBus shows it.
#[tokio::test(start_paused = true)]
async fn an_entry_for_a_deleted_bus_is_accepted_and_dropped() {
    let aws = aws();
    aws.eventbridge().add_bus("deploys");
    let client = Client::new(&without_retries(&aws));
    let describe = |name: &str| client.describe_event_bus().name(name).send();
    let arn = "arn:aws:events:us-east-1:111122223333:event-bus/deploys";
    for name in ["deploys", arn, "default"] {
        assert_eq!(seen(&describe(name).await), "ok", "{name}");
    }
    let unnamed = client.describe_event_bus().send().await.unwrap();
    assert_eq!(unnamed.name(), Some("default"));

    aws.eventbridge().delete_bus("deploys");
    for name in ["deploys", arn] {
        let error = describe(name).await.unwrap_err().into_service_error();
        assert!(error.is_resource_not_found_exception(), "{error:?}");
        let entry = entry().event_bus_name(name).build();
        let reply = client.put_events().entries(entry).send().await.unwrap();
        assert_eq!(reply.failed_entry_count(), 0);
        assert!(reply.entries()[0].event_id().is_some(), "{reply:?}");
    }
    assert!(aws.eventbridge().events().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_call_has_one_to_ten_entries_of_256_kib() {
    let aws = aws();
    let client = Client::new(&without_retries(&aws));
    let put = |entries: Vec<Entry>| {
        let entries = entries.into_iter().map(Entry::build).collect();
        client.put_events().set_entries(Some(entries)).send()
    };
    let long = format!(r#"{{"long":"{}"}}"#, "x".repeat(262_144));
    assert_eq!(seen(&put(vec![entry(); 10]).await), "ok");
    for entries in [vec![], vec![entry(); 11], vec![entry().detail(long)]] {
        assert_eq!(seen(&put(entries).await), "400 ValidationException");
    }
}
