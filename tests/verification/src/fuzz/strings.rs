//! The strings in a JSON value, each with its JSON pointer.

use invalidation_core::input::visible_text::is_invisible;
use serde_json::Value;

/// Calls `change` for each string value in `value`, with its JSON pointer. Field names are not included.
pub(super) fn change_each(value: &mut Value, change: &mut impl FnMut(&str, &mut String)) {
    walk(value, &mut String::new(), change);
}

fn walk(value: &mut Value, path: &mut String, change: &mut impl FnMut(&str, &mut String)) {
    let length = path.len();
    match value {
        Value::String(text) => change(path, text),
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                path.push_str(&format!("/{index}"));
                walk(item, path, change);
                path.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                path.push('/');
                path.push_str(name);
                walk(field, path, change);
                path.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether any string in `value` has an invisible character.
pub(super) fn has_control(value: &Value) -> bool {
    let mut found = false;
    change_each(&mut value.clone(), &mut |_, text| {
        found |= text.chars().any(is_invisible);
    });
    found
}
