//! The same requests to the local AWS and to the emulator, by AWS's SDK for Python. The local AWS must reply as AWS
//! documents. Where the emulator differs, the page `conformance.md` shows the difference beside AWS's sentence.

mod cloudfront;
mod dynamodb;
mod eventbridge;
mod sns;

use std::fmt::Write as _;

use crate::emulator::{Client, Ministack, Rejected};
use local_aws::Settings;
use local_aws::account::{self, DISTRIBUTION, TABLE};
use serde_json::{Value, json};

use crate::tools;

/// How a reply is shortened to a word.
#[derive(Clone, Copy)]
enum Show {
    /// The value at this JSON pointer in the last reply.
    At(&'static str),
    /// Whether the value at this JSON pointer is the same in the first and in the last reply.
    Same(&'static str),
}

/// A call: the service, the operation by its name in Python, and the request.
type Call = (&'static str, &'static str, Value);

struct Question {
    subject: &'static str,
    calls: Vec<Call>,
    show: Show,
    /// The documented reply, in the form of [`job_result`].
    right: &'static str,
    /// AWS's sentence.
    documented: &'static str,
}

fn questions(distribution: &str) -> Vec<Question> {
    let mut all = dynamodb::questions();
    all.extend(dynamodb::questions_of_expressions());
    all.extend(cloudfront::questions(distribution));
    all.extend(sns::questions());
    all.extend(eventbridge::questions());
    all
}

/// The error code, or the selected value of the reply.
fn job_result(show: Show, replies: &[Result<Value, Rejected>]) -> String {
    let at = |reply: &Result<Value, Rejected>, place: &str| match reply {
        Ok(reply) => reply.pointer(place).cloned(),
        Err(_) => None,
    };
    let (first, last) = (replies.first(), replies.last());
    match (show, last) {
        (_, None) => "no request was sent".to_owned(),
        (_, Some(Err(rejected))) if rejected.item.is_some() => {
            format!("{}, with the item", rejected.code)
        }
        (_, Some(Err(rejected))) => rejected.code.clone(),
        (Show::At(""), Some(Ok(_))) => "accepted".to_owned(),
        (Show::At(place), Some(reply)) => match at(reply, place) {
            None => "nothing".to_owned(),
            Some(Value::String(text)) => text,
            Some(value) => value.to_string(),
        },
        (Show::Same(place), Some(last)) => {
            let is_same = first.is_some_and(|first| at(first, place) == at(last, place));
            if is_same { "the same" } else { "another" }.to_owned()
        }
    }
}

async fn ask(client: &Client, questions: &[Question]) -> Vec<String> {
    let mut results = Vec::new();
    for question in questions {
        let mut replies = Vec::new();
        for (service, operation, request) in &question.calls {
            replies.push(client.call(service, operation, request.clone()).await);
        }
        results.push(job_result(question.show, &replies));
    }
    results
}

async fn of_local_aws() -> Vec<String> {
    let aws = account::open(Settings::default());
    aws.cloudfront().add_distribution(DISTRIBUTION);
    let address = aws.listen("python").await.expect("a port is free");
    let client = Client::new(tools(), &format!("http://{address}")).expect("Python starts");
    ask(&client, &questions(DISTRIBUTION)).await
}

async fn of_emulators() -> Vec<String> {
    let emulator = Ministack::start(tools(), "conformance", &[])
        .await
        .expect("the emulator starts");
    let client = &emulator.client;
    let table = json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "id", "AttributeType": "S" },
            { "AttributeName": "due_shard", "AttributeType": "S" },
            { "AttributeName": "due_at", "AttributeType": "N" },
        ],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "unfinished",
            "KeySchema": [
                { "AttributeName": "due_shard", "KeyType": "HASH" },
                { "AttributeName": "due_at", "KeyType": "RANGE" },
            ],
            "Projection": { "ProjectionType": "KEYS_ONLY" },
        }],
    });
    client
        .call("dynamodb", "create_table", table)
        .await
        .expect("a table");
    client
        .call("sns", "create_topic", json!({ "Name": "deploys" }))
        .await
        .expect("a topic");
    let origin = json!({ "Id": "site", "DomainName": "example.com", "CustomOriginConfig": {
        "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only",
    } });
    let config = json!({
        "CallerReference": "conformance",
        "Comment": "",
        "Enabled": true,
        "Origins": { "Quantity": 1, "Items": [origin] },
        "DefaultCacheBehavior": { "TargetOriginId": "site", "ViewerProtocolPolicy": "redirect-to-https" },
    });
    let distribution = json!({ "DistributionConfig": config });
    let created = client
        .call("cloudfront", "create_distribution", distribution)
        .await;
    let created = created.unwrap_or_else(|rejected| panic!("{rejected}"));
    let id = created["Distribution"]["Id"]
        .as_str()
        .expect("a distribution has an id");
    ask(client, &questions(id)).await
}

fn page(questions: &[Question], local: &[String], emulator: &[String]) -> String {
    let mut page = "# Where the emulator differs from AWS\n\n\
        The test `conformance` sends the same requests to the local AWS and to `ministack`, by AWS's SDK for\n\
        Python. The local AWS must reply as documented; differences of the emulator are in bold.\n\n\
        | request | local AWS | emulator | documentation |\n| --- | --- | --- | --- |\n"
        .to_owned();
    for (question, (local, emulator)) in questions.iter().zip(local.iter().zip(emulator)) {
        let emulator = if emulator == local {
            "the same".to_owned()
        } else {
            format!("**{emulator}**")
        };
        let Question {
            subject,
            documented,
            ..
        } = question;
        writeln!(page, "| {subject} | {local} | {emulator} | {documented} |")
            .expect("writing to a string cannot fail");
    }
    page += "\nNo known emulator has CodePipeline's jobs, or the duration of an invalidation. For these, AWS's documentation is\n\
        the only reference.\n";
    page
}

#[tokio::test]
async fn local_aws_replies_as_documented_and_the_differences_of_the_emulators_are_on_the_page() {
    let questions = questions(DISTRIBUTION);
    let (local, emulator) = (of_local_aws().await, of_emulators().await);
    let page = page(&questions, &local, &emulator);
    println!("{page}");
    for (question, local) in questions.iter().zip(&local) {
        assert_eq!(
            local, question.right,
            "{}: {}",
            question.subject, question.documented
        );
    }
    assert_eq!(
        page,
        include_str!("../conformance.md"),
        "the page is out of date"
    );
}
