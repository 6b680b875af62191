//! The same questions to the AWS that fits in memory and to the emulator, by AWS's own SDK for Python: ours must answer as
//! AWS says, and where the emulator does not, the page `conformance.md` shows the difference beside AWS's sentence.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tests::account::{self, DISTRIBUTION, TABLE, TOPIC};
use tests::aws::Settings;
use tests::emulator::{Client, Ministack, Refused};

use crate::tools;

/// How an answer becomes a word.
#[derive(Clone, Copy)]
enum Show {
    /// The value at this place in the last reply.
    At(&'static str),
    /// Whether the value at this place is the same in the first and in the last reply.
    Same(&'static str),
}

struct Question {
    asks: &'static str,
    calls: Vec<(&'static str, &'static str, Value)>,
    show: Show,
    /// What AWS answers, in the form of [`answer`].
    right: &'static str,
    /// AWS's sentence.
    says: &'static str,
}

fn item(id: &str, write_id: &str) -> Value {
    json!({ "id": { "S": id }, "write_id": { "S": write_id }, "due_at": { "N": "1.50" }, "due_shard": { "S": id } })
}

fn put(id: &str, write_id: &str, condition: &str) -> (&'static str, &'static str, Value) {
    let request = json!({
        "TableName": TABLE,
        "Item": item(id, write_id),
        "ConditionExpression": condition,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    ("dynamodb", "put_item", request)
}

fn invalidate(
    distribution: &str,
    reference: &str,
    paths: &[&str],
) -> (&'static str, &'static str, Value) {
    let request = json!({
        "DistributionId": distribution,
        "InvalidationBatch": {
            "CallerReference": reference,
            "Paths": { "Quantity": paths.len(), "Items": paths },
        },
    });
    ("cloudfront", "create_invalidation", request)
}

fn publish(topic: &str, subject: &str, attribute: &str) -> (&'static str, &'static str, Value) {
    let attributes = json!({ "status": { "DataType": "String", "StringValue": attribute } });
    let request = json!({ "TopicArn": topic, "Subject": subject, "Message": "m", "MessageAttributes": attributes });
    ("sns", "publish", request)
}

fn questions(distribution: &str) -> Vec<Question> {
    let mut all = of_dynamodb();
    all.extend(of_cloudfront(distribution));
    all.extend(of_sns());
    all
}

fn of_dynamodb() -> Vec<Question> {
    let due = |shard: &str| {
        let request = json!({
            "TableName": TABLE,
            "IndexName": "unfinished",
            "KeyConditionExpression": "due_shard = :shard AND due_at <= :now",
            "ExpressionAttributeValues": { ":shard": { "S": shard }, ":now": { "N": "2" } },
        });
        ("dynamodb", "query", request)
    };
    let claim = json!({
        "TableName": TABLE,
        "Key": { "id": { "S": "nobody" } },
        "UpdateExpression": "SET due_at = :later",
        "ConditionExpression": "due_at <= :now",
        "ExpressionAttributeValues": { ":later": { "N": "9" }, ":now": { "N": "2" } },
        "ReturnValues": "ALL_NEW",
    });
    let remove = json!({
        "TableName": TABLE,
        "Key": { "id": { "S": "drained" } },
        "UpdateExpression": "REMOVE due_shard",
    });
    let consistently = {
        let (service, operation, mut request) = due("one");
        request["ConsistentRead"] = json!(true);
        (service, operation, request)
    };
    let nameless = json!({ "TableName": TABLE, "Item": { "id": { "S": "" } } });
    vec![
        Question {
            asks: "a first write, where there is an item already",
            calls: vec![
                put("taken", "a#1", "attribute_not_exists(id)"),
                put("taken", "b#1", "attribute_not_exists(id)"),
            ],
            show: Show::At(""),
            right: "ConditionalCheckFailedException, with the item",
            says: "\"An optional parameter that returns the item attributes for a PutItem operation that failed a condition check.\" (API_PutItem)",
        },
        Question {
            asks: "a number, read again",
            calls: vec![
                put("number", "a#1", "attribute_not_exists(id)"),
                due("number"),
            ],
            show: Show::At("/Items/0/due_at/N"),
            right: "1.5",
            says: "\"Leading and trailing zeroes are trimmed\" (HowItWorks.NamingRulesDataTypes)",
        },
        Question {
            asks: "an index of keys only, asked for an item with more",
            calls: vec![put("one", "a#1", "attribute_not_exists(id)"), due("one")],
            show: Show::At("/Items/0/write_id"),
            right: "nothing",
            says: "\"KEYS_ONLY – Each item in the index consists only of the table partition key and sort key values, plus the index key values\" (GSI)",
        },
        Question {
            asks: "a sparse index, asked for an item without its key",
            calls: vec![
                put("drained", "a#1", "attribute_not_exists(id)"),
                ("dynamodb", "update_item", remove),
                due("drained"),
            ],
            show: Show::At("/Count"),
            right: "0",
            says: "\"DynamoDB writes a corresponding index entry only if the index sort key value is present in the item\" (bp-indexes-general-sparse-indexes)",
        },
        Question {
            asks: "a consistent read of an index",
            calls: vec![consistently],
            show: Show::At(""),
            right: "ValidationException",
            says: "\"Strongly consistent reads are not supported on global secondary indexes. If you query a global secondary index with ConsistentRead set to true, you will receive a ValidationException\" (API_Query)",
        },
        Question {
            asks: "a claim of an item that is gone",
            calls: vec![("dynamodb", "update_item", claim)],
            show: Show::At(""),
            right: "ConditionalCheckFailedException",
            says: "a condition on an attribute that does not exist is false (Expressions.ConditionExpressions)",
        },
        Question {
            asks: "a key that is empty",
            calls: vec![("dynamodb", "put_item", nameless)],
            show: Show::At(""),
            right: "ValidationException",
            says: "\"Attribute values of String and Binary type must have a length greater than zero if the attribute is used as a key attribute for a table or index.\" (API_PutItem)",
        },
    ]
}

fn of_cloudfront(distribution: &str) -> Vec<Question> {
    let wildcards: Vec<String> = (0..16).map(|number| format!("/{number}/*")).collect();
    let wildcards: Vec<&str> = wildcards.iter().map(String::as_str).collect();
    let unknown = json!({ "DistributionId": distribution, "Id": "IGONE" });
    vec![
        Question {
            asks: "the same batch again, under the same reference",
            calls: vec![
                invalidate(distribution, "again", &["/a"]),
                invalidate(distribution, "again", &["/a"]),
            ],
            show: Show::Same("/Invalidation/Id"),
            right: "the same",
            says: "the earlier invalidation is returned, if the content of each path is the same (API_InvalidationBatch)",
        },
        Question {
            asks: "another batch under the same reference",
            calls: vec![
                invalidate(distribution, "reused", &["/a"]),
                invalidate(distribution, "reused", &["/b"]),
            ],
            show: Show::At(""),
            right: "InvalidArgument",
            says: "documented is InvalidationBatchAlreadyExists (API_InvalidationBatch), and seen was \"Your request contains a caller reference that was used for a previous invalidation batch for the same distribution.\" (aws/aws-cdk#3878); the product understands both",
        },
        Question {
            asks: "a new invalidation's status",
            calls: vec![invalidate(distribution, "status", &["/a"])],
            show: Show::At("/Invalidation/Status"),
            right: "InProgress",
            says: "\"When the invalidation batch is finished, the status is Completed\": not at once (API_Invalidation)",
        },
        Question {
            asks: "a distribution that does not exist",
            calls: vec![invalidate("EGONE", "gone", &["/a"])],
            show: Show::At(""),
            right: "NoSuchDistribution",
            says: "\"NoSuchDistribution: The specified distribution does not exist\" (API_CreateInvalidation)",
        },
        Question {
            asks: "an invalidation that does not exist",
            calls: vec![("cloudfront", "get_invalidation", unknown)],
            show: Show::At(""),
            right: "NoSuchInvalidation",
            says: "\"NoSuchInvalidation: The specified invalidation does not exist\" (API_GetInvalidation)",
        },
        Question {
            asks: "a path without its first slash",
            calls: vec![invalidate(distribution, "slash", &["a"])],
            show: Show::At(""),
            right: "InvalidArgument",
            says: "\"Your request contains one or more invalid invalidation paths.\" (seen in rust-lang/promote-release#94)",
        },
        Question {
            asks: "sixteen wildcards at a time",
            calls: vec![invalidate(distribution, "wildcards", &wildcards)],
            show: Show::At(""),
            right: "TooManyInvalidationsInProgress",
            says: "\"If you're using the * wildcard, you can have requests for up to 15 invalidation paths in progress at one time.\" (InvalidationLimits)",
        },
    ]
}

fn of_sns() -> Vec<Question> {
    vec![
        Question {
            asks: "a topic that does not exist",
            calls: vec![publish("arn:aws:sns:us-east-1:111111111111:gone", "s", "a")],
            show: Show::At(""),
            right: "NotFound",
            says: "\"NotFound: Indicates that the requested resource does not exist\" (API_Publish)",
        },
        Question {
            asks: "a subject of 101 characters",
            calls: vec![publish(TOPIC, &"s".repeat(101), "a")],
            show: Show::At(""),
            right: "InvalidParameter",
            says: "\"less than 100 characters long\" (API_Publish), and seen was that 100 are taken (getmoto/moto#1503); the product sends 99 at most",
        },
        Question {
            asks: "a subject with a new line",
            calls: vec![publish(TOPIC, "a\nb", "a")],
            show: Show::At(""),
            right: "InvalidParameter",
            says: "\"Subjects must be UTF-8 text with no line breaks or control characters\" (API_Publish)",
        },
        Question {
            asks: "an attribute without a value",
            calls: vec![publish(TOPIC, "s", "")],
            show: Show::At(""),
            right: "ParameterValueInvalid",
            says: "an attribute's name, type and value must not be empty (sns-message-attributes)",
        },
    ]
}

/// The error code, or what is to be shown of the reply.
fn answer(show: Show, replies: &[Result<Value, Refused>]) -> String {
    let at = |reply: &Result<Value, Refused>, place: &str| match reply {
        Ok(reply) => reply.pointer(place).cloned(),
        Err(_) => None,
    };
    let (first, last) = (replies.first(), replies.last());
    match (show, last) {
        (_, None) => "nothing was asked".to_owned(),
        (_, Some(Err(refused))) if refused.item.is_some() => {
            format!("{}, with the item", refused.code)
        }
        (_, Some(Err(refused))) => refused.code.clone(),
        (Show::At(""), Some(Ok(_))) => "taken".to_owned(),
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
    let mut answers = Vec::new();
    for question in questions {
        let mut replies = Vec::new();
        for (service, operation, request) in &question.calls {
            replies.push(client.call(service, operation, request.clone()).await);
        }
        answers.push(answer(question.show, &replies));
    }
    answers
}

async fn ours() -> Vec<String> {
    let aws = account::open(Settings::default());
    aws.cloudfront().add_distribution(DISTRIBUTION);
    let address = aws.listen("python").await.expect("a port is free");
    let client = Client::new(tools(), &format!("http://{address}")).expect("Python starts");
    ask(&client, &questions(DISTRIBUTION)).await
}

async fn the_emulators() -> Vec<String> {
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
    let created = created.unwrap_or_else(|refused| panic!("{refused}"));
    let id = created["Distribution"]["Id"]
        .as_str()
        .expect("a distribution has an id");
    ask(client, &questions(id)).await
}

fn page(questions: &[Question], ours: &[String], theirs: &[String]) -> String {
    let mut page = "# Where the emulator differs from AWS\n\n\
        The test `conformance` asks both the AWS that fits in memory and `ministack` the same questions, by AWS's SDK for\n\
        Python. Ours answers as AWS says; what the emulator answers otherwise stands in bold.\n\n\
        | question | ours | emulator | AWS says |\n| --- | --- | --- | --- |\n"
        .to_owned();
    for (question, (ours, theirs)) in questions.iter().zip(ours.iter().zip(theirs)) {
        let theirs = if theirs == ours {
            "the same".to_owned()
        } else {
            format!("**{theirs}**")
        };
        let Question { asks, says, .. } = question;
        writeln!(page, "| {asks} | {ours} | {theirs} | {says} |").expect("a string takes all");
    }
    page += "\nCodePipeline's jobs, and the time that an invalidation takes, no emulator that we know has. There AWS's\n\
        documentation is the only authority.\n";
    page
}

#[tokio::test]
async fn ours_answers_as_aws_says_and_the_emulators_differences_are_on_the_page() {
    let questions = questions(DISTRIBUTION);
    let (ours, theirs) = (ours().await, the_emulators().await);
    let page = page(&questions, &ours, &theirs);
    println!("{page}");
    for (question, ours) in questions.iter().zip(&ours) {
        assert_eq!(ours, question.right, "{}: {}", question.asks, question.says);
    }
    assert_eq!(
        page,
        include_str!("conformance.md"),
        "the page is out of date"
    );
}
