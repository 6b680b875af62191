//! DynamoDB's AWS JSON 1.0.

use serde::Deserialize;
use serde_json::{Map, Value, json as object};

use super::{Reply, Requested, json, unknown_operation};
use crate::call::Service;
use crate::dynamodb::{DynamoDb, Item, Query, Select, Written};
use crate::rejection::Rejection;

pub(super) const TARGET: &str = "DynamoDB_20120810";

/// The place of the item's key in a request.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct About {
    table_name: String,
    #[serde(alias = "Item")]
    key: Option<Item>,
    index_name: Option<String>,
}

pub(super) fn identify(dynamodb: &DynamoDb, operation: &str, body: &[u8]) -> Requested {
    let subject = serde_json::from_slice(body).ok().map(|about: About| {
        let key = about
            .key
            .and_then(|key| dynamodb.key_text(&about.table_name, &key));
        key.or(about.index_name).unwrap_or(about.table_name)
    });
    Requested {
        service: Service::DynamoDb,
        operation: operation.into(),
        subject: subject.unwrap_or_default(),
    }
}

pub(super) fn serve(
    dynamodb: &mut DynamoDb,
    now_ms: u64,
    operation: &str,
    body: &[u8],
) -> Result<Reply, Rejection> {
    match operation {
        "GetItem" => Ok(got(dynamodb.get_item(&json::read(body)?)?)),
        "PutItem" => {
            let put = dynamodb.put_item(now_ms, json::read(body)?)?;
            Ok(written(put, ["created", "replaced"]))
        }
        "UpdateItem" => {
            let update = dynamodb.update_item(now_ms, json::read(body)?)?;
            Ok(written(update, ["created", "updated"]))
        }
        "DeleteItem" => {
            let delete = dynamodb.delete_item(now_ms, json::read(body)?)?;
            Ok(written(delete, ["was not there", "deleted"]))
        }
        "Query" => query(dynamodb, now_ms, &json::read(body)?),
        _ => Err(unknown_operation(operation)),
    }
}

fn got(item: Option<Item>) -> Reply {
    let detail = if item.is_some() { "found" } else { "not found" };
    Reply::ok(body("Item", item), detail)
}

fn written(written: Written, [fresh, known]: [&str; 2]) -> Reply {
    let detail = if written.replaced { known } else { fresh };
    Reply::ok(body("Attributes", written.attributes), detail)
}

fn query(dynamodb: &mut DynamoDb, now_ms: u64, query: &Query) -> Result<Reply, Rejection> {
    let page = dynamodb.query(now_ms, query)?;
    let count = page.items.len();
    let mut body = match query.select {
        Select::AllProjectedAttributes => {
            object!({ "Items": page.items, "Count": count, "ScannedCount": count })
        }
        Select::Count => object!({ "Count": count, "ScannedCount": count }),
    };
    if let Some(key) = page.last_evaluated_key {
        body["LastEvaluatedKey"] = object!(key);
    }
    Ok(Reply::ok(body.to_string(), format!("{count} items")))
}

fn body(name: &str, item: Option<Item>) -> String {
    let members: Map<String, Value> = item
        .map(|item| (name.to_owned(), object!(item)))
        .into_iter()
        .collect();
    Value::Object(members).to_string()
}
