//! Links to the AWS console.

use super::pipeline_name;
use crate::model::execution_record::{ExecutionRecord, Resource, Target};

/// The page of the invalidation of a target, or the list of invalidations if there is none. `region` is the region of
/// the pipeline; it determines the partition.
pub(super) fn cloudfront(target: &Target, region: Option<&str>) -> String {
    let domain = console_domain(region.unwrap_or_default());
    let console = format!("https://{domain}/cloudfront/v4/home#");
    match (&target.resource, &target.invalidation) {
        (Resource::Distribution(id), Some(snapshot)) => {
            format!(
                "{console}/distributions/{id}/invalidations/details/{}",
                snapshot.id
            )
        }
        (Resource::Distribution(id), None) => format!("{console}/distributions/{id}/invalidations"),
        (Resource::Tenant(id), _) => format!("{console}/distribution-tenants/{id}"),
        (Resource::Alias(_), _) => format!("{console}/distributions"),
    }
}

/// The page of the pipeline of the record; none if its name or its region is not known.
pub(super) fn pipeline(record: &ExecutionRecord, region: Option<&str>) -> Option<String> {
    let (name, region) = record.pipeline_name().zip(region)?;
    let domain = console_domain(region);
    pipeline_name::is_of_codepipeline(name).then(|| {
        format!(
            "https://{region}.{domain}/codesuite/codepipeline/pipelines/{name}/view?region={region}"
        )
    })
}

fn console_domain(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "console.amazonaws.cn",
        _ if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    }
}
