//! The changes of an update, and the errors of an invalid request.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue::{self, Bool};
use aws_sdk_dynamodb::types::ReturnValue;
use local_aws::dynamodb::Projection;

use super::{item, number, put, setup, text};

#[tokio::test(start_paused = true)]
async fn an_update_changes_what_it_names() {
    let (_aws, client) = setup(Projection::All);
    let start = item([
        ("id", text("a")),
        ("attempts", number("9")),
        ("note", text("old")),
    ]);
    let added = |name: &str, value: AttributeValue| {
        let mut changed = start.clone();
        changed.insert(name.into(), value);
        changed
    };
    let removed = item([("id", text("a")), ("attempts", number("10"))]);
    let values = [
        (":one", number("1")),
        (":x", text("x")),
        (":half", number("0.5")),
    ];
    let cases = [
        ("SET note = :x", Ok(added("note", text("x")))),
        (
            "SET attempts = attempts + :one",
            Ok(added("attempts", number("10"))),
        ),
        (
            "SET attempts = attempts - :half",
            Ok(added("attempts", number("8.5"))),
        ),
        ("SET note = if_not_exists(note, :x)", Ok(start.clone())),
        (
            "SET fresh = if_not_exists(fresh, :one) + :one",
            Ok(added("fresh", number("2"))),
        ),
        ("ADD attempts :half", Ok(added("attempts", number("9.5")))),
        ("add fresh :one", Ok(added("fresh", number("1")))),
        (
            "REMOVE note, absent SET attempts = attempts + :one",
            Ok(removed),
        ),
        ("SET id = :x", Err("part of the key")),
        ("SET note = :x REMOVE note", Err("overlap")),
        ("SET note = absent", Err("does not exist in the item")),
        ("SET note = note + :one", Err("incorrect data type")),
        ("SET due_at = :x", Err("Index Key due_at")),
        ("SET note.deep = :x", Err("not part of this AWS")),
        ("CHANGE note = :x", Err("Syntax error")),
    ];
    for (update, expected) in cases {
        assert_eq!(put(&client, start.clone()).await, "ok");
        let mut request = client
            .update_item()
            .table_name("records")
            .key("id", text("a"))
            .update_expression(update);
        for (name, value) in values.iter().filter(|(name, _)| update.contains(name)) {
            request = request.expression_attribute_values(*name, value.clone());
        }
        match (
            request.return_values(ReturnValue::AllNew).send().await,
            expected,
        ) {
            (Ok(updated), Ok(expected)) => {
                assert_eq!(updated.attributes(), Some(&expected), "{update}");
            }
            (Err(error), Err(message)) => assert!(
                error.message().unwrap().contains(message),
                "{update}: {error:?}"
            ),
            (result, _) => panic!("{update}: {result:?}"),
        }
    }
    let create = client
        .update_item()
        .table_name("records")
        .key("id", text("b"))
        .update_expression("SET note = :x");
    create
        .expression_attribute_values(":x", text("x"))
        .send()
        .await
        .unwrap();
    let delete = client
        .delete_item()
        .table_name("records")
        .key("id", text("b"))
        .condition_expression("note = :x");
    let delete = delete
        .expression_attribute_values(":x", text("x"))
        .return_values(ReturnValue::AllOld)
        .send()
        .await;
    assert_eq!(
        delete.unwrap().attributes(),
        Some(&item([("id", text("b")), ("note", text("x"))]))
    );
}

#[tokio::test(start_paused = true)]
async fn an_invalid_request_gets_an_error_message() {
    let (_aws, client) = setup(Projection::All);
    let base = || {
        client
            .put_item()
            .table_name("records")
            .item("id", text("a"))
    };
    let cases = [
        (
            "ResourceNotFoundException",
            "Requested resource not found",
            base().table_name("other"),
        ),
        (
            "ValidationException",
            "Missing the key id",
            client.put_item().table_name("records").item("x", text("a")),
        ),
        (
            "ValidationException",
            "empty string value. Key: id",
            base().item("id", text("")),
        ),
        (
            "ValidationException",
            "key id expected: S actual: N",
            base().item("id", number("1")),
        ),
        (
            "ValidationException",
            "Index Key due_at Expected: N Actual: S",
            base().item("due_at", text("1")),
        ),
        (
            "ValidationException",
            "IndexKey: due_shard",
            base().item("due_shard", text("")),
        ),
        (
            "ValidationException",
            "Item size has exceeded",
            base().item("x", text(&"x".repeat(400 * 1_024))),
        ),
        (
            "ValidationException",
            "not defined; attribute value: :v",
            base().condition_expression("a = :v"),
        ),
        (
            "ValidationException",
            "not defined; attribute name: #n",
            base().condition_expression("attribute_exists(#n)"),
        ),
        (
            "ValidationException",
            "unused in expressions: keys: {:v}",
            base()
                .condition_expression("attribute_exists(a)")
                .expression_attribute_values(":v", text("a")),
        ),
        (
            "ValidationException",
            "reserved keyword: status",
            base().condition_expression("attribute_exists(status)"),
        ),
        (
            "ValidationException",
            "Syntax error",
            base().condition_expression("attribute_exists(a) AND"),
        ),
        (
            "ValidationException",
            "operand type: BOOL",
            base()
                .condition_expression("a < :v")
                .expression_attribute_values(":v", Bool(true)),
        ),
        (
            "ValidationException",
            "cannot be converted to a numeric value",
            base().item("x", number("one")),
        ),
    ];
    for (code, message, request) in cases {
        let error = request.send().await.unwrap_err();
        assert_eq!(error.code(), Some(code), "{message}");
        assert!(
            error.message().unwrap().contains(message),
            "{message}: {:?}",
            error.message()
        );
    }
}
