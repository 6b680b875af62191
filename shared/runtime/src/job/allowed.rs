//! The parameters that the settings allow: the pipelines, targets and topics of the stack, and its limits.

use super::paths_file::Unread;
use crate::settings::Settings;
use invalidation_core::input::job_event::JobEvent;
use invalidation_core::input::user_parameters::{Rejected, UserParameters};
use invalidation_core::model::execution_record::{PipelineContext, Reason};

/// The error that the author of the pipeline reads if the topic is not on the list, and if there is no topic on it.
const NOT_LISTED: &str = "SnsTopicArn names a topic that this function may not publish to; use one that its setting \
                          ALLOWED_TOPIC_ARNS names, or leave the key out";
const NO_LISTED: &str = "SnsTopicArn names a topic, but this function may publish to none, because its setting \
                         ALLOWED_TOPIC_ARNS is none; leave the key out, or add the topic to the stack parameter TopicArns";

/// The parameters, if they are valid and the settings allow them.
pub(super) fn read(
    event: &JobEvent,
    context: Option<&PipelineContext>,
    settings: &Settings,
) -> Result<UserParameters, Rejected> {
    let parameters = UserParameters::parse(&event.user_parameters)?;
    let mut faults = settings.boundaries.faults(&parameters, context);
    let topic = parameters.notification_settings.topic.as_ref();
    if topic.is_some_and(|topic| !settings.allows(topic)) {
        let is_empty = settings.allowed_topics.as_ref().is_some_and(Vec::is_empty);
        faults.push(if is_empty { NO_LISTED } else { NOT_LISTED }.to_owned());
    }
    if faults.is_empty() {
        return Ok(parameters);
    }
    Err(Rejected {
        faults,
        pipeline_name: parameters.pipeline_name,
        notification_settings: parameters.notification_settings,
    })
}

/// The parameters with the content of their files, if the settings allow what the files name.
pub(super) fn within(
    parameters: UserParameters,
    context: Option<&PipelineContext>,
    settings: &Settings,
) -> Result<UserParameters, Unread> {
    let faults = settings.boundaries.faults(&parameters, context);
    if faults.is_empty() {
        Ok(parameters)
    } else {
        Err(Unread::Rejected(Reason::BadParameters(faults)))
    }
}
