//! What an action invalidates: one distribution, several with the same paths, or targets of any kind with paths of their own.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::AskedTarget;
use super::reader::{Kind, Reader, named};
use crate::identifiers::{Alias, DistributionId, DistributionTenantId};
use crate::paths::Batch;
use crate::record::Resource;

const KEYS: [&str; 4] = ["Alias", "DistributionId", "DistributionTenantId", "Paths"];

/// One id, or an array of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Kind for OneOrMany {
    const KIND: &'static str = "a string, or an array of strings";
}

impl Kind for Vec<String> {
    const KIND: &'static str = "an array of strings, such as [\"/index.html\", \"/images/*\"]";
}

impl Kind for Vec<Box<RawValue>> {
    const KIND: &'static str =
        "an array of objects, such as [{\"DistributionId\": \"E…\", \"Paths\": [\"/*\"]}]";
}

/// The distributions that `DistributionId` names.
pub(super) fn distributions(reader: &mut Reader<'_>) -> Vec<Resource> {
    if !reader.has("DistributionId") && !reader.has("Targets") {
        let fault =
            "DistributionId is missing; add it with the id of the distribution to invalidate";
        reader.faults.push(fault.to_owned());
    }
    reader.take("DistributionId", several).unwrap_or_default()
}

fn several(given: OneOrMany) -> Result<Vec<Resource>, String> {
    let ids = match given {
        OneOrMany::One(id) => vec![id],
        OneOrMany::Many(ids) => ids,
    };
    if ids.is_empty() {
        return Err("is an empty array; name at least one distribution".to_owned());
    }
    let ids: Result<Vec<DistributionId>, String> = ids.into_iter().map(named).collect();
    let resources: Vec<Resource> = ids?.into_iter().map(Resource::Distribution).collect();
    if has_repetition(&resources) {
        return Err("names a distribution more than once; keep one".to_owned());
    }
    Ok(resources)
}

/// The paths that hold for every target without paths of its own.
pub(super) fn batch(reader: &mut Reader<'_>, max_paths: Option<usize>) -> Option<Batch> {
    reader.take("Paths", |texts: Vec<String>| {
        Batch::read(&texts, max_paths).map_err(|fault| fault.to_string())
    })
}

/// All targets: `distributions` with the paths of `batch`, or those that `Targets` has.
pub(super) fn targets(
    reader: &mut Reader<'_>,
    distributions: Vec<Resource>,
    batch: &Batch,
    max_paths: Option<usize>,
) -> Vec<AskedTarget> {
    let asked = reader.take("Targets", |items: Vec<Box<RawValue>>| {
        each(&items, batch, max_paths)
    });
    match asked {
        Some(_) if reader.has("DistributionId") => {
            let fault =
                "Targets and DistributionId are both given; name each distribution in Targets";
            reader.faults.push(fault.to_owned());
            Vec::new()
        }
        Some(targets) => targets,
        None => distributions
            .into_iter()
            .map(|one| asked_target(one, batch.clone()))
            .collect(),
    }
}

fn each(
    items: &[Box<RawValue>],
    batch: &Batch,
    max_paths: Option<usize>,
) -> Result<Vec<AskedTarget>, String> {
    if items.is_empty() {
        return Err("is an empty array; name at least one target".to_owned());
    }
    let read = (1..).zip(items).map(|(place, item)| {
        target(item, batch, max_paths)
            .map_err(|faults| format!("item {place} {}", faults.join(", and ")))
    });
    let targets = read.collect::<Result<Vec<AskedTarget>, String>>()?;
    let resources: Vec<Resource> = targets
        .iter()
        .map(|target| target.resource.clone())
        .collect();
    if has_repetition(&resources) {
        return Err("names a target more than once; put its paths together".to_owned());
    }
    Ok(targets)
}

fn target(
    item: &RawValue,
    batch: &Batch,
    max_paths: Option<usize>,
) -> Result<AskedTarget, Vec<String>> {
    let Some(mut reader) = Reader::within(item, &KEYS) else {
        return Err(vec![
            "must be an object, such as {\"DistributionId\": \"E…\"}".to_owned(),
        ]);
    };
    let resource = resource(&mut reader);
    let own = self::batch(&mut reader, max_paths);
    match resource {
        Some(resource) if reader.faults.is_empty() => {
            Ok(asked_target(resource, own.unwrap_or_else(|| batch.clone())))
        }
        _ => Err(reader
            .faults
            .iter()
            .map(|fault| format!("is wrong: {fault}"))
            .collect()),
    }
}

/// Whose cache it is: one of three keys says so.
fn resource(reader: &mut Reader<'_>) -> Option<Resource> {
    let names = ["DistributionId", "DistributionTenantId", "Alias"];
    if names.iter().filter(|name| reader.has(name)).count() != 1 {
        let fault = "it needs exactly one of DistributionId, DistributionTenantId and Alias";
        reader.faults.push(fault.to_owned());
        return None;
    }
    let distribution = reader.take("DistributionId", named::<DistributionId>);
    let tenant = reader.take("DistributionTenantId", named::<DistributionTenantId>);
    let alias = reader.take("Alias", |name: String| {
        named::<Alias>(name.to_ascii_lowercase())
    });
    distribution
        .map(Resource::Distribution)
        .or(tenant.map(Resource::Tenant))
        .or(alias.map(Resource::Alias))
}

fn asked_target(resource: Resource, Batch { paths, notes }: Batch) -> AskedTarget {
    AskedTarget {
        resource,
        paths,
        notes,
    }
}

fn has_repetition(resources: &[Resource]) -> bool {
    (1..resources.len()).any(|place| resources[..place].contains(&resources[place]))
}
