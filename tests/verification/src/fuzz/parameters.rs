//! `UserParameters`.

use std::collections::BTreeSet;

use invalidation_core::input::identifiers::TopicArn;
use invalidation_core::input::job_event::Text;
use invalidation_core::input::paths::{
    InvalidationPath, PATH_CHARACTERS_AT_MOST, TAG_CHARACTERS_AT_MOST, WILDCARDS_AT_MOST,
};
use invalidation_core::input::user_parameters::{
    AskedTarget, CHARACTERS_AT_MOST, PIPELINE_NAME_CHARACTERS_AT_MOST, Rejected, TIMEOUT_MINUTES,
    UserParameters,
};
use invalidation_core::input::visible_text::is_invisible;
use serde_json::{Map, Value, json};

use invalidation_core::model::execution_record::Resource;

use super::{CANARY, strings};

const KEYS: [&str; 12] = [
    "DistributionId",
    "DryRun",
    "MaxPaths",
    "NotificationFormat",
    "NotifyOn",
    "OnTimeout",
    "Paths",
    "PipelineName",
    "SnsTopicArn",
    "Targets",
    "TimeoutMinutes",
    "Wait",
];

/// Any bytes. Accepted input is a JSON object of known keys, each given once, and every value is within its bounds.
/// The rejection of any other input quotes no value.
///
/// # Panics
///
/// Panics if that does not hold.
pub fn parameters(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    match parse(&text) {
        Ok(accepted) => {
            assert_bounds(&accepted);
            assert_canonical(&text, &accepted);
            assert_no_key_can_be_added(&text);
        }
        Err(Rejected { faults, .. }) => assert_reported(&faults),
    }
    assert_no_value_is_quoted(&text);
}

fn parse(text: &str) -> Result<UserParameters, Rejected> {
    UserParameters::parse(&Text::Given(text.to_owned()))
}

fn assert_bounds(accepted: &UserParameters) {
    let resources: BTreeSet<&Resource> = accepted
        .targets
        .iter()
        .map(|target| &target.resource)
        .collect();
    assert!(!resources.is_empty() && resources.len() == accepted.targets.len());
    accepted.targets.iter().for_each(assert_paths);
    if let Some(name) = &accepted.pipeline_name {
        assert!((1..=PIPELINE_NAME_CHARACTERS_AT_MOST).contains(&name.chars().count()));
        assert!(!name.chars().any(is_invisible), "{name:?}");
    }
    if let Some(timeout) = accepted.timeout {
        assert!(TIMEOUT_MINUTES.contains(&(timeout.as_secs() / 60)));
    }
}

fn assert_paths(target: &AskedTarget) {
    let paths: BTreeSet<&str> = target.paths.iter().map(InvalidationPath::as_str).collect();
    assert!(!paths.is_empty() && paths.len() == target.paths.len());
    for path in &paths {
        assert!(path.bytes().all(|byte| byte.is_ascii_graphic()), "{path:?}");
        match path.strip_prefix('#') {
            Some(tag) => assert!(
                (1..=TAG_CHARACTERS_AT_MOST).contains(&tag.len()),
                "{path:?}"
            ),
            None => {
                assert!(path.starts_with('/'), "{path:?}");
                assert!(path.len() <= PATH_CHARACTERS_AT_MOST, "{path:?}");
                assert!(!path.contains(['#', '[', ']', '~', '"', '\'']), "{path:?}");
            }
        }
    }
    let wildcards = paths.iter().filter(|path| path.contains('*')).count();
    assert!(wildcards <= WILDCARDS_AT_MOST);
}

/// An independent parser reads the same values from the text, and the printed form is accepted as the same
/// parameters.
fn assert_canonical(text: &str, accepted: &UserParameters) {
    assert!(text.chars().count() <= CHARACTERS_AT_MOST);
    let value: Value = serde_json::from_str(text).expect("what is accepted is JSON");
    let given = value.as_object().expect("what is accepted is an object");
    assert!(given.keys().all(|key| KEYS.contains(&key.as_str())));
    let string = |key: &str| given.get(key).and_then(Value::as_str);
    assert_eq!(names(given), shown(accepted));
    assert_eq!(string("PipelineName"), accepted.pipeline_name.as_deref());
    let topic = accepted.notification_settings.topic.as_ref();
    assert_eq!(string("SnsTopicArn"), topic.map(TopicArn::as_str));
    let printed = value.to_string();
    if printed.chars().count() <= CHARACTERS_AT_MOST {
        assert_eq!(parse(&printed).as_ref(), Ok(accepted));
    }
}

/// The names of the targets in the text.
fn names(given: &Map<String, Value>) -> Vec<String> {
    let text = |value: &Value| value.as_str().expect("a name is a string").to_lowercase();
    match (given.get("DistributionId"), given.get("Targets")) {
        (Some(Value::Array(ids)), None) => ids.iter().map(text).collect(),
        (Some(id), None) => vec![text(id)],
        (None, Some(Value::Array(targets))) => {
            let name = |target: &Value| {
                let keys = ["DistributionId", "DistributionTenantId", "Alias"];
                let name = keys.into_iter().find_map(|key| target.get(key));
                text(name.expect("a target has a name"))
            };
            targets.iter().map(name).collect()
        }
        _ => panic!("what is accepted names its targets in one way"),
    }
}

fn shown(accepted: &UserParameters) -> Vec<String> {
    let name = |target: &AskedTarget| target.resource.to_string().to_lowercase();
    accepted.targets.iter().map(name).collect()
}

/// A pipeline variable that closes its quotes can only add what is rejected: a duplicate key or an unknown key.
fn assert_no_key_can_be_added(text: &str) {
    let rest = text
        .trim_start()
        .strip_prefix('{')
        .expect("what is accepted is an object");
    for added in [
        json!({"DistributionId": "E2INJECTED"}),
        json!({"Injected": 1}),
    ] {
        let added = added.to_string();
        let injected = format!("{},{rest}", added.trim_end_matches('}'));
        let rejected = parse(&injected);
        assert!(rejected.is_err(), "{injected} was accepted");
    }
}

fn assert_reported(faults: &[String]) {
    assert!(!faults.is_empty());
    for fault in faults {
        assert!(!fault.chars().any(char::is_control), "{fault:?}");
    }
}

/// The same text with the canary in every value, in every key and after its end: no error message repeats it.
fn assert_no_value_is_quoted(text: &str) {
    let mut variants = vec![format!("{text}{CANARY}"), format!("{CANARY}{text}")];
    if let Ok(mut value) = serde_json::from_str::<Value>(text) {
        if let Some(fields) = value.as_object() {
            let renamed = fields
                .iter()
                .map(|(key, field)| (format!("{key}{CANARY}"), field.clone()));
            variants.push(Value::Object(renamed.collect()).to_string());
        }
        strings::change_each(&mut value, &mut |_, text| text.push_str(CANARY));
        variants.push(value.to_string());
    }
    for variant in variants {
        if let Err(Rejected { faults, .. }) = parse(&variant) {
            assert!(!faults.concat().contains(CANARY), "{faults:?}");
        }
    }
}
