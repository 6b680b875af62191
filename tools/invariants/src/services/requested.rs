//! The targets and paths of an action, read from its parameters as CodePipeline stores them, independently of the
//! product.

use serde_json::Value;

use crate::fact::{Notify, SuccessCondition, What};
use local_aws::codepipeline::ActionState;

/// The ids that the action reports as its external execution.
pub(super) fn named(action: &ActionState) -> impl Iterator<Item = &str> {
    let ids = action.external_execution_id.as_deref().unwrap_or_default();
    ids.split(',').filter(|id| !id.is_empty())
}

/// Whether an invalidation of `paths` covers everything in the parameters of the action.
pub(super) fn covers(paths: &[String], action: &ActionState) -> bool {
    let parameters = action.user_parameters.as_deref().unwrap_or_default();
    let parameters: Value = serde_json::from_str(parameters).unwrap_or_default();
    let requested = parameters["Paths"].as_array().cloned();
    let requested = requested.unwrap_or_else(|| vec![Value::from("/*")]);
    requested.iter().filter_map(Value::as_str).all(|requested| {
        paths.iter().any(|path| match path.strip_suffix('*') {
            // A wildcard may not cover its own prefix without `*`.
            Some(beginning) => {
                beginning == "/" || requested.starts_with(beginning) && requested != beginning
            }
            None => path == requested,
        })
    })
}

/// Whether a file decides which targets have paths.
fn names_file(parameters: &Value) -> bool {
    let mut targets = parameters["Targets"].as_array().into_iter().flatten();
    parameters.get("PathsFile").is_some() || targets.any(|target| target.get("PathsFile").is_some())
}

/// The targets and paths in the parameters of an action; `None` if the parameters are not usable.
pub(super) fn parameters(action: &ActionState) -> Option<What> {
    let parameters: Value = serde_json::from_str(action.user_parameters.as_deref()?).ok()?;
    let name = |target: &Value| match target {
        Value::String(id) => Some(id.clone()),
        Value::Object(keys) => {
            let names = ["DistributionId", "DistributionTenantId", "Alias"];
            let name = names.into_iter().find_map(|name| keys.get(name));
            name.and_then(Value::as_str).map(str::to_owned)
        }
        _ => None,
    };
    let given = parameters
        .get("Targets")
        .or_else(|| parameters.get("DistributionId"))?;
    let targets: Vec<String> = match given {
        Value::Array(targets) => targets.iter().filter_map(name).collect(),
        one => name(one).into_iter().collect(),
    };
    let on_timeout = parameters["OnTimeout"].as_str().unwrap_or("fail");
    let is_waiting = parameters["Wait"] != Value::Bool(false) && on_timeout == "fail";
    let success_condition = match (&parameters["DryRun"], &parameters["Wait"]) {
        (Value::Bool(true), _) => SuccessCondition::DryRun,
        _ if names_file(&parameters) => SuccessCondition::Listed { is_waiting },
        (_, Value::Bool(false)) => SuccessCondition::Created,
        _ if on_timeout != "fail" => SuccessCondition::CompletedOrDeadline,
        _ => SuccessCondition::Completed,
    };
    (!targets.is_empty()).then_some(What::Parameters {
        targets,
        success_condition,
        timeout_minutes: parameters["TimeoutMinutes"].as_u64(),
        notify: match parameters["NotifyOn"].as_str() {
            Some("failure") => Notify::Failures,
            Some("change") => Notify::Changes,
            _ => Notify::All,
        },
    })
}
