//! The queues in the table: the requests, and the results for any stored item.

use harness::recorded::{CANARY, Reply, Wire, json_error};
use invalidation_core::input::identifiers::{DistributionId, JobId};
use invalidation_core::input::paths::InvalidationPath;
use invalidation_core::model::execution_record::Resource;
use invalidation_core::model::queue::{Entry, EntryId, Need, Queue};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::ports::{QueueError, Queues};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const UNTIL: Timestamp = Timestamp::from_millis(1_767_226_800_000);
const FAILED_CONDITION: &str = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";

fn resource() -> Resource {
    Resource::Distribution(DistributionId::parse("E1").unwrap())
}

fn entry_id(first: char) -> EntryId {
    let id = format!("{first}1111111-abcd-1111-abcd-111111abcdef");
    EntryId {
        execution: JobId::parse(&id).unwrap(),
        target_index: 0,
    }
}

fn need() -> Need {
    let paths = [InvalidationPath::parse("/a/*").unwrap()];
    Need::of(&paths, Some("site"), UNTIL)
}

/// A queue with a leader that has left and a waiting entry, in its stored form.
fn item() -> Value {
    let need = json!({"M": {
        "wildcards": {"N": "1"}, "files": {"N": "0"}, "paths": {"L": [{"S": "/a/*"}]}, "pipeline": {"S": "site"},
        "until": {"N": "1767226800000"},
    }});
    json!({
        "id": {"S": "queue/E1"},
        "last_number": {"N": "8"},
        "revision": {"N": "9"},
        "expires_at": {"N": "1767313200"},
        "need/11111111-abcd-1111-abcd-111111abcdef/0": need,
        "number/11111111-abcd-1111-abcd-111111abcdef/0": {"N": "7"},
        "leader_up_to/11111111-abcd-1111-abcd-111111abcdef/0": {"N": "8"},
        "left/11111111-abcd-1111-abcd-111111abcdef/0": {"N": "1767226800000"},
        "left/31111111-abcd-1111-abcd-111111abcdef/0": {"N": "1767226800000"},
        "need/21111111-abcd-1111-abcd-111111abcdef/0": need,
        "number/21111111-abcd-1111-abcd-111111abcdef/0": {"N": "8"},
    })
}

fn queue() -> Queue {
    let entry = |number, leader_up_to, has_left| Entry {
        number,
        turn: None,
        need: need(),
        leader_up_to,
        has_left,
    };
    let entries = [
        (entry_id('1'), entry(7, Some(8), true)),
        (entry_id('2'), entry(8, None, false)),
    ];
    Queue {
        entries: entries.into(),
        gone: [(entry_id('3'), UNTIL)].into(),
        revision: 9,
    }
}

fn updated(item: &Value) -> Reply {
    Reply::ok(json!({ "Attributes": item }).to_string())
}

fn failed(item: &Value) -> Reply {
    let body = json!({"__type": FAILED_CONDITION, "message": "", "Item": item});
    Reply::new(400, body.to_string())
}

async fn enter(reply: Reply) -> Result<Queue, QueueError> {
    let table = Wire::replying([reply]).dynamodb();
    table.enter(&resource(), &entry_id('2'), &need(), NOW).await
}

#[tokio::test]
async fn a_queue_entry_is_added_and_numbered_in_one_update() {
    let wire = Wire::replying([updated(&item())]);
    let entered = wire
        .dynamodb()
        .enter(&resource(), &entry_id('2'), &need(), NOW)
        .await;
    assert_eq!(entered, Ok(queue()));
    let sent = wire.only().json();
    assert_eq!(sent["Key"], json!({"id": {"S": "queue/E1"}}));
    assert_eq!(
        sent["UpdateExpression"],
        "SET #number = if_not_exists(#last, :zero) + :one, #last = if_not_exists(#last, :zero) + :one, #need = :need, \
         #revision = if_not_exists(#revision, :zero) + :one, expires_at = :expires_at"
    );
    assert_eq!(
        sent["ConditionExpression"],
        "attribute_not_exists(#need) AND attribute_not_exists(#left)"
    );
    assert_eq!(sent["ReturnValuesOnConditionCheckFailure"], "ALL_OLD");
    let need = &item()["need/21111111-abcd-1111-abcd-111111abcdef/0"];
    assert_eq!(sent["ExpressionAttributeValues"][":need"], *need);
}

/// A repeated entry keeps its position, and still gets the queue.
#[tokio::test]
async fn a_queue_entry_is_added_once() {
    assert_eq!(enter(failed(&item())).await, Ok(queue()));
}

#[tokio::test]
async fn a_missing_queue_is_empty() {
    let table = Wire::replying([Reply::ok("{}")]).dynamodb();
    assert_eq!(table.queue(&resource()).await, Ok(Queue::default()));
    let gone = json_error(400, FAILED_CONDITION, "");
    let table = Wire::replying([gone]).dynamodb();
    assert_eq!(
        table.become_leader(&resource(), &entry_id('2')).await,
        Ok(Queue::default())
    );
}

/// An entry that never left is removed by the next one.
#[tokio::test]
async fn an_expired_entry_is_removed() {
    let wire = Wire::replying([updated(&item()), Reply::ok("{}")]);
    let late = Timestamp::from_millis(UNTIL.as_millis() + 1);
    wire.dynamodb()
        .enter(&resource(), &entry_id('2'), &need(), late)
        .await
        .unwrap();
    let sent = wire.sent()[1].json();
    let removed = sent["ExpressionAttributeNames"].as_object().unwrap();
    assert_eq!(removed.len(), 15, "five attributes of three entries");
    assert!(
        sent["UpdateExpression"]
            .as_str()
            .unwrap()
            .starts_with("REMOVE #a0, #a1")
    );
}

/// Another process changed the order first: the entry keeps its place, and gets the queue.
#[tokio::test]
async fn a_turn_is_taken_only_in_the_order_that_was_read() {
    let mut item = item();
    item["turn/21111111-abcd-1111-abcd-111111abcdef/0"] = json!({"N": "3"});
    let mut expected = queue();
    expected.entries.get_mut(&entry_id('2')).unwrap().turn = Some(3);
    for reply in [updated(&item), failed(&item)] {
        let wire = Wire::replying([reply]);
        let taken = wire
            .dynamodb()
            .take_turn(&resource(), &entry_id('2'), 3, 9)
            .await;
        assert_eq!(taken, Ok(expected.clone()));
        let sent = wire.only().json();
        assert_eq!(
            (&sent["UpdateExpression"], &sent["ConditionExpression"]),
            (
                &json!("SET #turn = :turn, #revision = #revision + :one"),
                &json!(
                    "#revision = :revision AND attribute_exists(#need) AND attribute_not_exists(#turn)"
                )
            )
        );
        assert_eq!(
            sent["ExpressionAttributeValues"][":revision"],
            json!({"N": "9"})
        );
    }
}

#[tokio::test]
async fn a_leader_is_not_removed_when_it_leaves() {
    let wire = Wire::replying([json_error(400, FAILED_CONDITION, ""), Reply::ok("{}")]);
    let left = wire
        .dynamodb()
        .leave(&resource(), &entry_id('1'), UNTIL)
        .await;
    assert_eq!(left, Ok(()));
    let [first, second] = [0, 1].map(|target_index| wire.sent()[target_index].json());
    assert_eq!(
        (&first["UpdateExpression"], &first["ConditionExpression"]),
        (
            &json!(
                "SET #left = :until, #revision = if_not_exists(#revision, :zero) + :one REMOVE #need, #number, #turn"
            ),
            &json!("attribute_exists(#need) AND attribute_not_exists(#leads)")
        )
    );
    assert_eq!(
        second["UpdateExpression"],
        "SET #left = :until, #revision = if_not_exists(#revision, :zero) + :one"
    );
    let twice = [(); 2].map(|()| json_error(400, FAILED_CONDITION, ""));
    let table = Wire::replying(twice).dynamodb();
    assert_eq!(
        table.leave(&resource(), &entry_id('4'), UNTIL).await,
        Ok(()),
        "it is not there"
    );
}

/// One unreadable entry does not delay any other.
#[tokio::test]
async fn an_unreadable_entry_is_ignored() {
    for (key, value) in [
        (
            "need/21111111-abcd-1111-abcd-111111abcdef/0",
            json!({"S": CANARY}),
        ),
        (
            "need/21111111-abcd-1111-abcd-111111abcdef/0",
            json!({"M": {"wildcards": {"N": "-1"}}}),
        ),
        (
            "number/21111111-abcd-1111-abcd-111111abcdef/0",
            json!({"S": CANARY}),
        ),
    ] {
        let mut item = item();
        item[key] = value;
        let read = enter(updated(&item)).await.unwrap();
        let entry_ids: Vec<&EntryId> = read.entries.keys().collect();
        assert_eq!(entry_ids, [&entry_id('1')], "{key}");
    }
    let mut foreign = item();
    foreign["need/not an entry"] = json!({"S": "x"});
    foreign["more"] = json!({"N": "1"});
    assert_eq!(enter(updated(&foreign)).await, Ok(queue()));
    let mut future = item();
    future["more"] = json!({"FUTURE": CANARY});
    let unreadable = enter(updated(&future)).await.unwrap_err();
    assert!(
        matches!(&unreadable, QueueError::NoQueue(_)) && !unreadable.to_string().contains(CANARY)
    );
}

/// A transient error is retried; without the permission, or with an item that has grown too large, there is no queue.
#[tokio::test(start_paused = true)]
async fn each_rejection_has_a_meaning() {
    for code in ["ValidationException", "AccessDeniedException"] {
        let rejected = enter(json_error(400, code, "")).await;
        assert!(matches!(rejected, Err(QueueError::NoQueue(_))), "{code}");
    }
    for (status, code) in [
        (400, "ProvisionedThroughputExceededException"),
        (400, "ResourceNotFoundException"),
        (500, "InternalServerError"),
    ] {
        let rejected = enter(json_error(status, code, "")).await;
        assert!(matches!(rejected, Err(QueueError::Retryable(_))), "{code}");
    }
    assert!(matches!(
        enter(Reply::Silence).await,
        Err(QueueError::Retryable(_))
    ));
}
