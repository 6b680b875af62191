//! Secrets of an event in the data of any service.

use super::Services;
use crate::fact::{Fact, What};
use local_aws::codepipeline::{ActionState, CANARY};

/// Each location of a secret, and the number of texts that were searched.
pub(super) fn leaks(services: &Services<'_>, at_ms: u64) -> Vec<Fact> {
    let calls = services.calls.iter().filter(|call| {
        let texts = [&call.subject, &call.detail, &call.operation];
        texts.into_iter().any(|text| text.contains(CANARY))
    });
    let mut places: Vec<String> = calls
        .map(|call| format!("{} of {}", call.operation, call.caller))
        .collect();
    // The parameters of an action belong to the pipeline's definition.
    let without_parameters = |action: &ActionState| ActionState {
        user_parameters: None,
        ..action.clone()
    };
    let actions: Vec<ActionState> = services.actions.iter().map(without_parameters).collect();
    let shown = [
        ("CodePipeline", format!("{actions:?}")),
        ("CloudFront", format!("{:?}", services.invalidations)),
        ("SNS", format!("{:?}", services.notifications)),
        ("EventBridge", format!("{:?}", services.events)),
    ];
    let shown = shown.iter().filter(|(_, text)| text.contains(CANARY));
    places.extend(shown.map(|(service, _)| format!("the data of {service}")));
    let texts = services.calls.len()
        + services.actions.len()
        + services.invalidations.len()
        + services.notifications.len()
        + services.events.len();
    let leaked = places.into_iter().map(|place| What::Leaked { place });
    let whats = leaked.chain([What::Searched { texts }]);
    whats.map(|what| Fact::unattributed(at_ms, what)).collect()
}
