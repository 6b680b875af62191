//! The questions about DynamoDB.

use local_aws::account::TABLE;
use serde_json::{Value, json};

use super::{Call, Question, Show};

fn item(id: &str, write_id: &str) -> Value {
    json!({ "id": { "S": id }, "write_id": { "S": write_id }, "due_at": { "N": "1.50" }, "due_shard": { "S": id } })
}

fn put(id: &str, write_id: &str, condition: &str) -> Call {
    let request = json!({
        "TableName": TABLE,
        "Item": item(id, write_id),
        "ConditionExpression": condition,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    ("dynamodb", "put_item", request)
}

pub(super) fn questions() -> Vec<Question> {
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
        "Key": { "id": { "S": "finalized" } },
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
            subject: "a first write over an existing item",
            calls: vec![
                put("taken", "a#1", "attribute_not_exists(id)"),
                put("taken", "b#1", "attribute_not_exists(id)"),
            ],
            show: Show::At(""),
            right: "ConditionalCheckFailedException, with the item",
            documented: "\"An optional parameter that returns the item attributes for a PutItem operation that failed a condition check.\" (API_PutItem)",
        },
        Question {
            subject: "a number, read again",
            calls: vec![
                put("number", "a#1", "attribute_not_exists(id)"),
                due("number"),
            ],
            show: Show::At("/Items/0/due_at/N"),
            right: "1.5",
            documented: "\"Leading and trailing zeroes are trimmed\" (HowItWorks.NamingRulesDataTypes)",
        },
        Question {
            subject: "an index of keys only, with an item of more attributes",
            calls: vec![put("one", "a#1", "attribute_not_exists(id)"), due("one")],
            show: Show::At("/Items/0/write_id"),
            right: "nothing",
            documented: "\"KEYS_ONLY – Each item in the index consists only of the table partition key and sort key values, plus the index key values\" (GSI)",
        },
        Question {
            subject: "a sparse index, with an item without its key",
            calls: vec![
                put("finalized", "a#1", "attribute_not_exists(id)"),
                ("dynamodb", "update_item", remove),
                due("finalized"),
            ],
            show: Show::At("/Count"),
            right: "0",
            documented: "\"DynamoDB writes a corresponding index entry only if the index sort key value is present in the item\" (bp-indexes-general-sparse-indexes)",
        },
        Question {
            subject: "a consistent read of an index",
            calls: vec![consistently],
            show: Show::At(""),
            right: "ValidationException",
            documented: "\"Strongly consistent reads are not supported on global secondary indexes. If you query a global secondary index with ConsistentRead set to true, you will receive a ValidationException\" (API_Query)",
        },
        Question {
            subject: "a claim of a deleted item",
            calls: vec![("dynamodb", "update_item", claim)],
            show: Show::At(""),
            right: "ConditionalCheckFailedException",
            documented: "a condition on an attribute that does not exist is false (Expressions.ConditionExpressions)",
        },
        Question {
            subject: "a key that is empty",
            calls: vec![("dynamodb", "put_item", nameless)],
            show: Show::At(""),
            right: "ValidationException",
            documented: "\"Attribute values of String and Binary type must have a length greater than zero if the attribute is used as a key attribute for a table or index.\" (API_PutItem)",
        },
    ]
}

/// Expressions and values that the service rejects as a whole.
pub(super) fn questions_of_expressions() -> Vec<Question> {
    let rejected = |subject, call: Call, documented| Question {
        subject,
        calls: vec![call],
        show: Show::At(""),
        right: "ValidationException",
        documented,
    };
    vec![
        rejected(
            "an update with two SET clauses",
            update("SET a = :one SET b = :one", None),
            "\"Each action keyword can appear only once.\" (Expressions.UpdateExpressions)",
        ),
        rejected(
            "a condition in doubled parentheses",
            update("SET a = :one", Some("((a = :one))")),
            "\"The expression has redundant parentheses\" (the service's message, as dynalite records it)",
        ),
        rejected(
            "a value that no expression uses",
            update("REMOVE a", None),
            "\"Value provided in ExpressionAttributeValues unused in expressions\" (the service's message, as dynalite records it)",
        ),
        rejected(
            "a reserved word as a name",
            update("SET status = :one", None),
            "\"If you define an expression that has a DynamoDB reserved word as an attribute name, you must use an expression attribute name\" (Expressions.ExpressionAttributeNames)",
        ),
        rejected(
            "an empty set",
            put_value(&json!({ "SS": [] })),
            "\"Empty sets are not allowed\" (HowItWorks.NamingRulesDataTypes)",
        ),
        rejected(
            "a set with the same element twice",
            put_value(&json!({ "SS": ["a", "a"] })),
            "\"Each value within a set must be unique\" (HowItWorks.NamingRulesDataTypes)",
        ),
        rejected(
            "a number of 39 digits",
            put_value(&json!({ "N": "1".repeat(39) })),
            "\"up to 38 digits of precision\" (HowItWorks.NamingRulesDataTypes)",
        ),
        rejected(
            "an item of 401 KB",
            put_value(&json!({ "S": "x".repeat(401 * 1_024) })),
            "\"The maximum item size in DynamoDB is 400 KB\" (ServiceQuotas)",
        ),
    ]
}

fn update(expression: &str, condition: Option<&str>) -> Call {
    let mut request = json!({
        "TableName": TABLE,
        "Key": { "id": { "S": "expressions" } },
        "UpdateExpression": expression,
        "ExpressionAttributeValues": { ":one": { "N": "1" } },
    });
    if let Some(condition) = condition {
        request["ConditionExpression"] = json!(condition);
    }
    ("dynamodb", "update_item", request)
}

fn put_value(value: &Value) -> Call {
    let item = json!({ "id": { "S": "values" }, "value": value });
    let request = json!({ "TableName": TABLE, "Item": item });
    ("dynamodb", "put_item", request)
}
