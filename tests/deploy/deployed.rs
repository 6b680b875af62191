//! The shipped template, deployed: whole executions of an action with the deployed functions.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::emulator::{Ministack, Stack};
use invalidation_runtime::clock::SystemClock;
use invalidation_runtime::ports::Clock as _;
use invariants::{Findings, Limits, as_table, check, read_log};
use local_aws::account::{self, DISTRIBUTION};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::{Action, ActionId, ActionState, Status};
use local_aws::{Aws, Settings};
use serde_json::{Value, json};

use crate::{release, tools};

/// The schedule "runs within that minute": the longest time until the first scheduled run.
const SCHEDULED_RUN: Duration = Duration::from_secs(75);
const PARAMETERS: [(&str, &str); 5] = [
    ("DistributionArns", "E2EXAMPLE1ABCD"),
    ("CreateTopic", "true"),
    ("EventBusName", "default"),
    ("Monitoring", "full"),
    ("MaxWaitSeconds", "0"),
];

/// An account: the stack in the emulator, and the two services that the emulator lacks.
struct Account {
    aws: Aws,
    emulator: Ministack,
}

impl Account {
    async fn open(name: &str, settings: Settings) -> Self {
        let aws = account::open(Settings {
            started_at_ms: SystemClock.now().as_millis(),
            ..settings
        });
        aws.cloudfront().add_distribution(DISTRIBUTION);
        let address = aws.listen("function").await.expect("a port is free");
        let local = format!("http://{address}");
        let elsewhere = [("CODEPIPELINE", local.clone()), ("CLOUDFRONT", local)];
        let emulator = Ministack::start(tools(), name, &elsewhere).await;
        Self {
            aws,
            emulator: emulator.expect("the emulator starts"),
        }
    }

    fn completing_at_once(&self) {
        let at_once = Completion::After(Duration::ZERO);
        self.aws.cloudfront().set_completion(at_once);
    }

    async fn deploy(&self, name: &str, parameters: &[(&str, &str)]) -> Stack<'_> {
        let stack = Stack::create(&self.emulator, release(), name, parameters).await;
        println!("{name}: deployed without {}", stack.left_out.join(", "));
        stack
    }

    async fn call(&self, service: &str, operation: &str, parameters: Value) -> Value {
        let called = self.emulator.client.call(service, operation, parameters);
        called
            .await
            .unwrap_or_else(|rejected| panic!("{operation}: {rejected}"))
    }

    /// A queue that gets each notification.
    async fn subscribe(&self, topic: &str) -> String {
        let queue = self
            .call("sqs", "create_queue", json!({ "QueueName": "subscribers" }))
            .await;
        let url = queue["QueueUrl"]
            .as_str()
            .expect("a queue has an address")
            .to_owned();
        let attributes = json!({ "QueueUrl": url, "AttributeNames": ["QueueArn"] });
        let attributes = self.call("sqs", "get_queue_attributes", attributes).await;
        let arn = &attributes["Attributes"]["QueueArn"];
        let subscription = json!({ "TopicArn": topic, "Protocol": "sqs", "Endpoint": arn });
        self.call("sns", "subscribe", subscription).await;
        url
    }

    /// A queue that gets each outcome from the account's default event bus.
    async fn listen_to_events(&self) -> String {
        let queue = json!({ "QueueName": "consumers" });
        let queue = self.call("sqs", "create_queue", queue).await;
        let url = queue["QueueUrl"].as_str().expect("a queue has an address");
        let arn = "arn:aws:sqs:us-east-1:111111111111:consumers";
        let pattern = json!({ "source": ["cloudfront-invalidation-action"] });
        let rule = json!({ "Name": "outcomes", "EventPattern": pattern.to_string() });
        self.call("events", "put_rule", rule).await;
        let targets = json!({ "Rule": "outcomes", "Targets": [{ "Id": "queue", "Arn": arn }] });
        self.call("events", "put_targets", targets).await;
        url.to_owned()
    }

    async fn received(&self, queue: &str) -> Vec<Value> {
        let ask = json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10 });
        let received = self.call("sqs", "receive_message", ask).await;
        let messages = received["Messages"].as_array().cloned().unwrap_or_default();
        let body = |message: &Value| serde_json::from_str(message["Body"].as_str()?).ok();
        messages.iter().filter_map(body).collect()
    }

    /// Starts an action of a pipeline, which invokes the stack's `start`.
    fn start_action(&self, stack: &Stack<'_>) -> ActionId {
        let parameters = format!(r#"{{"DistributionId":"{DISTRIBUTION}"}}"#);
        self.aws.codepipeline().start_action(Action {
            function_name: stack.output("StartFunctionName").to_owned(),
            ..account::action(&parameters)
        })
    }

    /// Acts as CodePipeline, which invokes the functions that its actions name. Never ends.
    async fn invoke(&self) {
        loop {
            let invocation = self.aws.codepipeline().next_invocation().await;
            let event = json!({
                "FunctionName": invocation.function_name,
                "InvocationType": "Event",
                "Payload": invocation.event.to_string(),
            });
            self.call("lambda", "invoke", event).await;
        }
    }

    async fn ended(&self, id: &ActionId) -> ActionState {
        let codepipeline = self.aws.codepipeline();
        tokio::select! {
            action = codepipeline.ended(id) => action,
            () = self.invoke() => unreachable!("CodePipeline never ends"),
            () = tokio::time::sleep(3 * SCHEDULED_RUN) => {
                let log = self.emulator.folder().join("ministack.log");
                panic!("the action does not end; see {}", log.display())
            }
        }
    }

    /// The one record, once it has no work left. The queue of its distribution is a separate item.
    async fn finalized(&self, stack: &Stack<'_>) -> Value {
        let table = json!({ "TableName": stack.output("TableName") });
        let finalized = async {
            loop {
                let items = self.call("dynamodb", "scan", table.clone()).await;
                let items = items["Items"].as_array().cloned().unwrap_or_default();
                let is_record = |item: &&Value| !item["write_id"].is_null();
                let records: Vec<&Value> = items.iter().filter(is_record).collect();
                if let [record] = records[..]
                    && record["due_at"].is_null()
                {
                    return record.clone();
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        tokio::time::timeout(2 * SCHEDULED_RUN, finalized)
            .await
            .expect("the record is finalized")
    }

    /// The log of the functions, checked; printed with the calls to CodePipeline and CloudFront.
    async fn identified(&self, stack: &Stack<'_>) -> (Findings, String) {
        let mut log = String::new();
        for group in ["StartLogGroup", "CheckerLogGroup"] {
            log += &self.emulator.log(&stack.physical_id(group).await).await;
        }
        let began_ms = self.aws.calls().first().map_or(0, |call| call.at_ms);
        for call in self.aws.calls() {
            let (at, operation, outcome) = (call.at_ms - began_ms, &call.operation, &call.outcome);
            println!(
                "{:>9.3} s  {operation:<20} {outcome:?} {}",
                at as f64 / 1_000.0,
                call.detail
            );
        }
        println!("{log}");
        let findings = check(
            &read_log(std::slice::from_ref(&log)).facts,
            &Limits::default(),
        );
        println!("{}", as_table(&findings));
        (findings, log)
    }
}

/// From the pipeline to the notification: a continuation is reported, the schedule's own run finds the invalidation
/// completed, and the continuation job reports the stored outcome. The stack is updated in between.
#[tokio::test]
async fn an_action_succeeds_in_the_deployed_stack_while_it_is_updated() {
    let account = Account::open(
        "deploy",
        Settings {
            completes_after: Duration::from_secs(40),
            // After the first scheduled run.
            continues_after: SCHEDULED_RUN + Duration::from_secs(10),
            ..Settings::default()
        },
    )
    .await;
    let mut stack = account.deploy("site", &PARAMETERS).await;
    let queue = account.subscribe(stack.output("TopicArn")).await;
    let consumers = account.listen_to_events().await;
    let action = account.start_action(&stack);
    let has_begun = async {
        while account.aws.codepipeline().action(&action).summary.is_none() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        () = has_begun => {}
        () = account.invoke() => {}
    }
    let changed = [&PARAMETERS[..4], &[("MaxWaitSeconds", "5")]].concat();
    stack.update(&changed).await;

    let action = account.ended(&action).await;
    assert_eq!((&action.status, action.job_count), (&Status::Succeeded, 2));
    let record = account.finalized(&stack).await;
    assert!(record["expires_at"]["N"].is_string(), "{record}");
    let notifications = account.received(&queue).await;
    assert_eq!(notifications.len(), 1, "{notifications:?}");
    let observed = notifications[0]["Message"].as_str().unwrap();
    assert!(observed.contains("Status: success"), "{observed}");
    let events = account.received(&consumers).await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["detail"]["outcome"], "succeeded");
    let (findings, log) = account.identified(&stack).await;
    assert!(findings.are_ok(), "{}", as_table(&findings));
    let by_checker = log
        .lines()
        .filter(|line| line.contains(r#""target":"checker""#));
    assert!(
        by_checker.count() > 0,
        "the schedule never invoked the checker"
    );
    assert_eq!(account.aws.cloudfront().invalidations().len(), 1);
}

/// Each delivery to `start` fails, because it does not find its table; Lambda sends the event to the checker, which
/// reports the result.
#[tokio::test]
async fn a_job_whose_deliveries_all_fail_is_processed_by_the_checker() {
    let account = Account::open("failed-delivery", Settings::default()).await;
    account.completing_at_once();
    let stack = account.deploy("site", &PARAMETERS).await;
    let queue = account.subscribe(stack.output("TopicArn")).await;
    let start = stack.output("StartFunctionName");
    let broken =
        json!({ "FunctionName": start, "Environment": { "Variables": { "TABLE_NAME": "gone" } } });
    account
        .call("lambda", "update_function_configuration", broken)
        .await;
    let action = account.start_action(&stack);
    let action = account.ended(&action).await;
    assert_eq!((&action.status, action.job_count), (&Status::Succeeded, 1));
    account.finalized(&stack).await;
    assert_eq!(account.received(&queue).await.len(), 1);
    let (findings, log) = account.identified(&stack).await;
    assert!(findings.are_ok(), "{}", as_table(&findings));
    let failures = log
        .lines()
        .filter(|line| line.contains(r#""event":"invocation.failed""#));
    assert_eq!(failures.count(), 3, "one for each delivery");
    assert!(
        log.contains(r#""event":"delivery.failed""#),
        "no failed delivery was processed"
    );
    assert!(
        log.contains(r#""FailedDeliveries":1"#),
        "the metric was not written"
    );
}

/// The service of a resource, and the first key of its description.
fn kind(resource: &str) -> String {
    resource.split('"').take(2).collect()
}

/// No resource has a fixed name that would conflict with a second stack, and nothing remains when a stack is deleted.
#[tokio::test]
async fn two_stacks_coexist_and_a_deleted_one_leaves_no_resource() {
    let account = Account::open("twice", Settings::default()).await;
    account.completing_at_once();
    let first = account.deploy("first", &PARAMETERS).await;
    let second = account.deploy("second", &PARAMETERS).await;
    assert_ne!(first.output("TableName"), second.output("TableName"));
    let table = second.output("TableName").to_owned();
    let kinds: BTreeSet<String> = second
        .resources()
        .await
        .iter()
        .map(|one| kind(one))
        .collect();
    assert_eq!(kinds.len(), 8, "{kinds:?}");
    assert_eq!(second.delete().await, Vec::<String>::new());
    let tables = account.call("dynamodb", "list_tables", json!({})).await;
    assert!(!tables.to_string().contains(&table), "{tables}");
    let action = account.start_action(&first);
    assert_eq!(account.ended(&action).await.status, Status::Succeeded);
}
