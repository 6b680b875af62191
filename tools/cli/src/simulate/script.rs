//! The script of a run: its event determines the function and the way in which AWS would send it.

use std::collections::BTreeSet;

use serde_json::Value;

/// The script of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Script {
    /// CodePipeline runs an action with these user parameters, and sends `start` an event.
    Action {
        /// The text of the action's `UserParameters`.
        user_parameters: String,
    },
    /// CodePipeline runs an action and sends `start` this event.
    Event(Value),
    /// The same, but every delivery to `start` failed, and Lambda sends `checker` this failure record instead.
    FailedDelivery(Value),
    /// `checker` receives this event as from the schedule. There is no action.
    Trigger(Value),
    /// `start` receives an event that belongs to no job, so no result is expected.
    Stray(Value),
}

impl Script {
    /// The script that begins with this event.
    pub fn of_event(event: Value) -> Self {
        if has_job(&event) {
            Self::Event(event)
        } else if has_job(&event["requestPayload"]) {
            Self::FailedDelivery(event)
        } else if event.get("source").is_some() || event.get("requestPayload").is_some() {
            Self::Trigger(event)
        } else {
            Self::Stray(event)
        }
    }

    /// The action's user parameters, if there is an action that has them.
    pub fn user_parameters(&self) -> Option<&str> {
        let event = match self {
            Self::Action { user_parameters } => return Some(user_parameters),
            Self::Event(event) => event,
            Self::FailedDelivery(record) => &record["requestPayload"],
            Self::Trigger(_) | Self::Stray(_) => return None,
        };
        event
            .pointer("/CodePipeline.job/data/actionConfiguration/configuration/UserParameters")?
            .as_str()
    }

    /// Every string in the user parameters that may name a distribution or a topic.
    pub(super) fn parameter_texts(&self) -> BTreeSet<String> {
        let mut texts = BTreeSet::new();
        collect_texts(&self.parameters(), &mut texts);
        texts
    }

    /// Every domain name in the user parameters.
    pub(super) fn aliases(&self) -> BTreeSet<String> {
        let mut aliases = BTreeSet::new();
        collect_aliases(&self.parameters(), &mut aliases);
        aliases
    }

    /// The user parameters, null if they cannot be read.
    fn parameters(&self) -> Value {
        let parameters = self
            .user_parameters()
            .and_then(|text| serde_json::from_str(text).ok());
        parameters.unwrap_or(Value::Null)
    }
}

fn collect_aliases(value: &Value, aliases: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|one| collect_aliases(one, aliases)),
        Value::Object(fields) => {
            if let Some(alias) = fields.get("Alias").and_then(Value::as_str) {
                aliases.insert(alias.to_owned());
            }
            fields
                .values()
                .for_each(|one| collect_aliases(one, aliases));
        }
        _ => {}
    }
}

fn has_job(event: &Value) -> bool {
    event
        .pointer("/CodePipeline.job/id")
        .is_some_and(Value::is_string)
}

fn collect_texts(value: &Value, texts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => drop(texts.insert(text.clone())),
        Value::Array(values) => values.iter().for_each(|value| collect_texts(value, texts)),
        Value::Object(fields) => fields
            .values()
            .for_each(|value| collect_texts(value, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_decides_whom_it_wakes() {
        let job = json!({ "CodePipeline.job": { "id": "11111111-abcd-1111-abcd-111111abcdef" } });
        let record = json!({ "version": "1.0", "requestPayload": job });
        let scheduled_run = json!({ "source": "aws.events", "detail": {} });
        let broken = json!({ "CodePipeline.job": {} });

        assert_eq!(Script::of_event(job.clone()), Script::Event(job));
        assert_eq!(
            Script::of_event(record.clone()),
            Script::FailedDelivery(record)
        );
        assert_eq!(
            Script::of_event(scheduled_run.clone()),
            Script::Trigger(scheduled_run)
        );
        assert_eq!(Script::of_event(broken.clone()), Script::Stray(broken));
    }

    #[test]
    fn parameters_are_searched_however_deep_they_are() {
        let parameters =
            r#"{"Targets":[{"DistributionId":"E1"}],"SnsTopicArn":"arn","TimeoutMinutes":5}"#;
        let script = Script::Action {
            user_parameters: parameters.into(),
        };
        assert_eq!(
            script.parameter_texts(),
            BTreeSet::from(["E1".into(), "arn".into()])
        );
        assert_eq!(script.aliases(), BTreeSet::new());
        let user_parameters = r#"{"Targets":[{"Alias":"a.example.com"},{"DistributionId":"E1"}]}"#;
        let script = Script::Action {
            user_parameters: user_parameters.into(),
        };
        assert_eq!(script.aliases(), BTreeSet::from(["a.example.com".into()]));
    }
}
