//! Valid requests that the service rejects: each rule by a request that violates only it, beside one that satisfies
//! it.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder as Put;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue::{self, Bs, L, M, Ns, Null, Ss};
use local_aws::dynamodb::Projection;

use super::{Item, item, number, setup, text};

/// The service's reply: `ok`, or its message.
async fn reply_to(put: Put) -> String {
    match put.send().await {
        Ok(_) => "ok".into(),
        Err(error) => {
            assert_eq!(error.code(), Some("ValidationException"), "{error:?}");
            error.message().unwrap_or_default().to_owned()
        }
    }
}

fn base(client: &Client) -> Put {
    let put = client.put_item().table_name("records");
    put.item("id", text("a"))
}

/// A value within this many lists.
fn nested(levels: usize) -> AttributeValue {
    (0..levels).fold(text("x"), |inner, _| L(vec![inner]))
}

#[tokio::test(start_paused = true)]
async fn a_value_matches_its_type() {
    let (_aws, client) = setup(Projection::All);
    let set = |members: &[&str]| members.iter().map(ToString::to_string).collect();
    let bytes = |members: &[&str]| Bs(members.iter().map(|text| Blob::new(*text)).collect());
    let invalid = "One or more parameter values were invalid: ";
    let cases = [
        (Ss(set(&["a", "b"])), ""),
        (Ss(set(&[])), "An string set  may not be empty"),
        (
            Ss(set(&["a", "a"])),
            "Input collection [a, a] contains duplicates.",
        ),
        (Ns(set(&["1", "2"])), ""),
        (Ns(set(&[])), "An number set  may not be empty"),
        // Two notations of one number.
        (
            Ns(set(&["1", "1.0"])),
            "Input collection [1, 1] contains duplicates.",
        ),
        (bytes(&["a", "b"]), ""),
        (bytes(&[]), "Binary sets should not be empty"),
        (
            bytes(&["a", "a"]),
            "Input collection [YQ==, YQ==] contains duplicates.",
        ),
        (Null(true), ""),
        (
            Null(false),
            "Null attribute value types must have the value of true",
        ),
        (L(Vec::new()), ""),
        (M(Item::new()), ""),
        (text(""), ""),
        (nested(32), ""),
    ];
    for (value, words) in cases {
        let words = if words.is_empty() {
            "ok".to_owned()
        } else {
            format!("{invalid}{words}")
        };
        // A rule applies at each depth, and to the values of an expression.
        let deep = M(item([("l", L(vec![value.clone()]))]));
        let is_deepest = value == nested(32);
        assert_eq!(
            reply_to(base(&client).item("x", value.clone())).await,
            words
        );
        if !is_deepest {
            assert_eq!(reply_to(base(&client).item("x", deep)).await, words);
        }
        let compared = base(&client)
            .condition_expression("attribute_not_exists(x) OR x <> :v OR x = :v")
            .expression_attribute_values(":v", value.clone());
        let text = reply_to(compared).await;
        assert!(text.contains(&words), "{value:?}: {text}");
    }
    let too_deep = base(&client).item("x", nested(33));
    assert_eq!(
        reply_to(too_deep).await,
        "Nesting Levels have exceeded supported limits"
    );
    let nameless = base(&client).item("", text("x"));
    assert!(reply_to(nameless).await.contains("Attribute names"));
}

#[tokio::test(start_paused = true)]
async fn an_expression_is_neither_empty_nor_too_long_nor_in_double_parentheses() {
    let (_aws, client) = setup(Projection::All);
    let long = |bytes: usize| {
        let end = "attribute_not_exists(x)";
        format!("{}{end}", " ".repeat(bytes - end.len()))
    };
    for (condition, words) in [
        (
            "",
            "Invalid ConditionExpression: The expression can not be empty;",
        ),
        (
            " ",
            "Invalid ConditionExpression: The expression can not be empty;",
        ),
        (&long(4_096), "ok"),
        (
            &long(4_097),
            "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4097",
        ),
        ("(attribute_not_exists(x))", "ok"),
        (
            "((attribute_not_exists(x)))",
            "Invalid ConditionExpression: The expression has redundant parentheses;",
        ),
        (
            "attribute_exists(id) OR ( (attribute_not_exists(x) ) )",
            "Invalid ConditionExpression: The expression has redundant parentheses;",
        ),
        (
            "((attribute_not_exists(x)) OR (attribute_not_exists(y)))",
            "ok",
        ),
        (
            "(attribute_not_exists(x) AND (attribute_not_exists(y) OR attribute_exists(x)))",
            "ok",
        ),
    ] {
        let put = base(&client).condition_expression(condition);
        assert_eq!(reply_to(put).await, words, "{condition}");
    }
}

#[tokio::test(start_paused = true)]
async fn placeholders_require_an_expression() {
    let (_aws, client) = setup(Projection::All);
    let names = "ExpressionAttributeNames";
    let values = "ExpressionAttributeValues";
    let exists = || base(&client).condition_expression("attribute_not_exists(#n)");
    let is = || base(&client).condition_expression("attribute_not_exists(x) OR x = :v");
    let long = |mark: char, length: usize| format!("{mark}{}", "x".repeat(length - 1));
    let cases = [
        (
            exists().expression_attribute_names("#n", "x"),
            "ok".to_owned(),
        ),
        (
            is().expression_attribute_values(":v", number("1")),
            "ok".to_owned(),
        ),
        (
            base(&client).expression_attribute_names("#n", "x"),
            format!(
                "{names} can only be specified when using expressions: ConditionExpression is null"
            ),
        ),
        (
            base(&client).expression_attribute_values(":v", text("x")),
            format!(
                "{values} can only be specified when using expressions: ConditionExpression is null"
            ),
        ),
        (
            is().set_expression_attribute_names(Some(HashMap::new())),
            format!("{names} must not be empty"),
        ),
        (
            is().set_expression_attribute_values(Some(HashMap::new())),
            format!("{values} must not be empty"),
        ),
        (
            exists().expression_attribute_names("n", "x"),
            format!("{names} contains invalid key: Syntax error; key: \"n\""),
        ),
        (
            exists().expression_attribute_names("#", "x"),
            format!("{names} contains invalid key: Syntax error; key: \"#\""),
        ),
        (
            is().expression_attribute_values("v", text("x")),
            format!("{values} contains invalid key: Syntax error; key: \"v\""),
        ),
        (
            is().expression_attribute_values(":a b", text("x")),
            format!("{values} contains invalid key: Syntax error; key: \":a b\""),
        ),
        (
            exists().expression_attribute_names(long('#', 256), "x"),
            format!(
                "{names} contains invalid key: Syntax error; key: \"{}\"",
                long('#', 256)
            ),
        ),
        (
            exists()
                .expression_attribute_names("#n", "x")
                .expression_attribute_names("#m", "y"),
            format!("Value provided in {names} unused in expressions: keys: {{#m}}"),
        ),
    ];
    for (put, words) in cases {
        assert_eq!(reply_to(put).await, words);
    }
}

/// "Each action keyword can appear only once."
#[tokio::test(start_paused = true)]
async fn each_section_of_an_update_occurs_once() {
    let (_aws, client) = setup(Projection::All);
    for (update, section) in [
        ("SET a = :v SET b = :v", "SET"),
        ("REMOVE a SET c = :v REMOVE b", "REMOVE"),
        ("ADD a :v add b :v", "ADD"),
        ("set a = :v SET b = :v", "SET"),
    ] {
        let request = client.update_item().table_name("records");
        let request = request.key("id", text("a")).update_expression(update);
        let error = request
            .expression_attribute_values(":v", number("1"))
            .send()
            .await
            .unwrap_err();
        assert_eq!(
            error.message(),
            Some(&*format!(
                "Invalid UpdateExpression: The \"{section}\" section can only be used once in an update expression;"
            )),
            "{update}"
        );
    }
    let unused = client
        .update_item()
        .table_name("records")
        .key("id", text("a"))
        .expression_attribute_values(":v", number("1"));
    let words = "ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null";
    assert_eq!(unused.send().await.unwrap_err().message(), Some(words));
}
