//! A table of records, with an index of the due ones.

mod conditions;
mod index;
mod rejected;
mod writes;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::{self, N, S};
use local_aws::Aws;
use local_aws::dynamodb::{Index, Key, Projection, Table};

use crate::{aws, seen, without_retries};

type Item = HashMap<String, AttributeValue>;

fn setup(projection: Projection) -> (Aws, Client) {
    let aws = aws();
    let index = Index {
        name: "unfinished".into(),
        hash_key: Key::text("due_shard"),
        range_key: Some(Key::number("due_at")),
        projection,
    };
    aws.dynamodb().create_table(Table {
        name: "records".into(),
        hash_key: Key::text("id"),
        indexes: vec![index],
    });
    let client = Client::new(&without_retries(&aws));
    (aws, client)
}

fn text(value: &str) -> AttributeValue {
    S(value.into())
}

fn number(value: &str) -> AttributeValue {
    N(value.into())
}

fn item<const N: usize>(members: [(&str, AttributeValue); N]) -> Item {
    members
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect()
}

/// A record that is due at some time, or has no work left.
fn record(id: &str, due_at: Option<&str>) -> Item {
    let mut record = item([("id", text(id)), ("note", text("kept"))]);
    if let Some(due_at) = due_at {
        record.extend(item([("due_shard", text("0")), ("due_at", number(due_at))]));
    }
    record
}

async fn put(client: &Client, item: Item) -> String {
    seen(
        &client
            .put_item()
            .table_name("records")
            .set_item(Some(item))
            .send()
            .await,
    )
}
