//! The notification as a custom notification of Amazon Q Developer in chat applications, which Slack and Microsoft
//! Teams show (<https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html>).

use serde_json::json;

use super::report::{self, Report};
use super::{fitted, link, name, path_notes, pipeline_name, result_text};
use crate::model::execution_record::ExecutionRecord;

/// The maximum length of the description: the limit of one Slack section, less a reserve for escaped characters.
const DESCRIPTION_AT_MOST: usize = 2_500;
/// The maximum number of next steps.
const STEPS_AT_MOST: usize = 6;

/// The maximum number of links to invalidations.
const LINKS_AT_MOST: usize = 3;

/// The custom notification of `record`. All notifications of one pipeline execution are one thread.
pub(super) fn json(record: &ExecutionRecord, report: &Report, region: Option<&str>) -> String {
    let pipeline_context = record.pipeline_context.as_ref();
    let thread = pipeline_context.map_or(record.id.as_str(), |pipeline_context| {
        &pipeline_context.pipeline_execution_id
    });
    let (targets, _) = report::shown(record);
    let resources: Vec<String> = targets
        .iter()
        .map(|target| target.resource.to_string())
        .collect();
    json!({
        "version": "1.0",
        "source": "custom",
        "id": record.id.as_str(),
        "content": {
            "textType": "client-markdown",
            "title": title(record, report),
            "description": description(record, report),
            "nextSteps": next_steps(record, report, region),
            "keywords": ["CloudFront", report.status],
        },
        "metadata": {
            "threadId": thread,
            "summary": escaped(&summary(record, report)),
            "eventType": "CloudFrontInvalidation",
            "relatedResources": resources,
            "additionalContext": { "status": report.status, "notificationId": record.id.as_str() },
        },
    })
    .to_string()
}

fn title(record: &ExecutionRecord, report: &Report) -> String {
    let pipeline = named(record).map_or_else(|| "A pipeline".to_owned(), |name| escaped(&name));
    match report.status {
        "success" => format!("✅ {pipeline}: CloudFront invalidation succeeded"),
        "warning" => format!("⚠️ {pipeline}: CloudFront invalidation not completed in time"),
        _ => format!("❌ {pipeline}: CloudFront invalidation failed"),
    }
}

fn summary(record: &ExecutionRecord, report: &Report) -> String {
    let pipeline = named(record).unwrap_or_else(|| "pipeline".to_owned());
    format!("[{}] {pipeline}: CloudFront invalidation", report.status)
}

fn named(record: &ExecutionRecord) -> Option<String> {
    record.pipeline_name().map(pipeline_name::in_markdown)
}

/// The display name, if any, then the paragraphs of the outcome.
fn description(record: &ExecutionRecord, report: &Report) -> String {
    let name = record.display_name().map(pipeline_name::in_markdown);
    let name = name.map(|name| format!("Display name: {name}\n\n"));
    let name = escaped(&name.unwrap_or_default());
    let left = DESCRIPTION_AT_MOST.saturating_sub(name.chars().count());
    name + &markdown(&fitted(paragraphs(record, report), left))
}

/// The outcome, the delivery to CodePipeline, and the notes about the paths, one paragraph each.
fn paragraphs(record: &ExecutionRecord, report: &Report) -> String {
    let outcome = match (&report.what, &report.warning) {
        (Some(what), _) => what.clone(),
        (None, Some(warning)) => format!("Warning: {warning}"),
        (None, None) => result_text(record),
    };
    [outcome]
        .into_iter()
        .chain(
            report
                .undelivered
                .map(|undelivered| format!("CodePipeline: {undelivered}")),
        )
        .chain(path_notes::lines(record).map(|line| format!("Note: {line}")))
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// The remediation steps and the links to the console.
fn next_steps(record: &ExecutionRecord, report: &Report, region: Option<&str>) -> Vec<String> {
    let pipeline = link::pipeline(record, region).map(|url| format!("Pipeline: {url}"));
    let invalidations = record.targets.iter().take(LINKS_AT_MOST).map(|target| {
        let place = match record.targets.len() {
            1 => String::new(),
            _ => escaped(&format!(" in {}", name(target))),
        };
        format!("Invalidation{place}: {}", link::cloudfront(target, region))
    });
    let steps = report.next.iter().take(STEPS_AT_MOST);
    steps
        .map(|step| markdown(step))
        .chain(pipeline)
        .chain(invalidations)
        .collect()
}

/// The text without accidental markup. Teams renders two asterisks in a path as emphasis, so paths and tags are code
/// spans.
fn markdown(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let path = word.trim_end_matches([',', '.', ';', ':']);
        let is_path = path.starts_with(['/', '#']) && !path.contains('\n');
        if is_path {
            code_span(path) + &word[path.len()..]
        } else {
            word.to_owned()
        }
    });
    escaped(&words.collect::<Vec<_>>().join(" "))
}

/// The text without markup, except for the characters that [`escaped`] replaces.
pub(super) fn code_span(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

/// Slack treats `<!channel>` as a mention of all members. It requires these three characters to be escaped
/// (<https://docs.slack.dev/messaging/formatting-message-text/#escaping>), and Markdown supports the same escapes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_not_interpreted_as_markup() {
        for (text, shown) in [
            ("of /a/*, /b/* in E1.", "of `/a/*`, `/b/*` in E1."),
            ("of #a`b in E1", "of `#a'b` in E1"),
            ("<!channel> & co", "&lt;!channel&gt; &amp; co"),
            ("see https://x.example/a", "see https://x.example/a"),
            ("a / b", "a `/` b"),
        ] {
            assert_eq!(markdown(text), shown);
        }
    }
}
