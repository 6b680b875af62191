//! The targets of an action: one distribution, several distributions with the same paths, or `Targets` of any kind with
//! separate paths.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::reader::{Kind, Reader, named, without_variable};
use super::{AskedTarget, ListRules};
use crate::input::identifiers::{Alias, DistributionId, DistributionTenantId};
use crate::input::paths::{Batch, BatchFault};
use crate::input::paths_file::PathsFile;
use crate::model::execution_record::Resource;

/// The keys of one target.
pub(super) const KEYS: [&str; 5] = [
    "Alias",
    "DistributionId",
    "DistributionTenantId",
    "Paths",
    "PathsFile",
];
/// The keys of one target in a file.
const KEYS_IN_FILE: [&str; 4] = ["Alias", "DistributionId", "DistributionTenantId", "Paths"];
/// The keys of a file.
pub(super) const FILE_KEYS: [&str; 1] = ["Targets"];

/// The maximum number of targets in a file. The parameters hold fewer than 200 by their length.
const TARGETS_IN_FILE_AT_MOST: usize = 100;

/// Where the paths of a target come from.
#[derive(Clone)]
pub(super) enum Source {
    /// The parameters.
    Batch(Batch),
    /// A file, which is read later.
    File(PathsFile),
}

impl Default for Source {
    fn default() -> Self {
        Self::Batch(Batch::everything())
    }
}

impl Source {
    pub(super) const fn file(&self) -> Option<&PathsFile> {
        match self {
            Self::Batch(_) => None,
            Self::File(file) => Some(file),
        }
    }
}

/// One id, or an array of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<Item>),
}

/// An item of an array of strings.
#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Text(String),
    Other(IgnoredAny),
}

impl Kind for OneOrMany {
    const KIND: &'static str = "a string, or an array of strings";
}

impl Kind for Vec<Item> {
    const KIND: &'static str = "an array of strings, such as [\"/index.html\", \"/images/*\"]";
}

impl Kind for Vec<Box<RawValue>> {
    const KIND: &'static str =
        "an array of objects, such as [{\"DistributionId\": \"E…\", \"Paths\": [\"/*\"]}]";
}

/// The keys that name a resource: a target has exactly one of them.
const NAMES: [&str; 3] = ["DistributionId", "DistributionTenantId", "Alias"];

/// The resources that the parameters name outside of `Targets`.
pub(super) fn named_resources(reader: &mut Reader<'_>) -> Vec<Resource> {
    // A file may contain the targets.
    let mut all = NAMES.iter().chain(&["Targets", "PathsFile"]);
    if !all.any(|key| reader.has(key)) {
        let fault = "DistributionId is missing; specify the id of the distribution to invalidate";
        reader.faults.push(fault.to_owned());
    }
    if reader.count(&NAMES) > 1 {
        let fault = "DistributionId, DistributionTenantId and Alias are mutually exclusive; specify each of them in Targets";
        reader.faults.push(fault.to_owned());
    }
    let distributions = reader.take("DistributionId", several);
    let other = tenant(reader).or_else(|| alias(reader));
    distributions.unwrap_or_else(|| other.into_iter().collect())
}

fn tenant(reader: &mut Reader<'_>) -> Option<Resource> {
    let id = reader.take("DistributionTenantId", named::<DistributionTenantId>);
    id.map(Resource::Tenant)
}

fn alias(reader: &mut Reader<'_>) -> Option<Resource> {
    let name = reader.take("Alias", |name: String| {
        named::<Alias>(name.to_ascii_lowercase())
    });
    name.map(Resource::Alias)
}

fn several(given: OneOrMany) -> Result<Vec<Resource>, String> {
    let items = match given {
        OneOrMany::One(id) => return Ok(vec![Resource::Distribution(distribution(id)?)]),
        OneOrMany::Many(items) => items,
    };
    if items.is_empty() {
        return Err("is an empty array; specify at least one distribution".to_owned());
    }
    let read = items.into_iter().map(|item| match item {
        Item::Text(id) => without_variable(&id.clone(), || distribution(id)),
        Item::Other(_) => Err("must be a string".to_owned()),
    });
    let ids =
        all(read.map(|id| id.map(Resource::Distribution))).map_err(|faults| joined(&faults))?;
    without_repetition(ids, "a distribution", "remove the duplicate")
}

fn distribution(id: String) -> Result<DistributionId, String> {
    if id.is_empty() {
        return Err("is empty; specify a distribution id, such as E2EXAMPLE1ABCD".to_owned());
    }
    let lower = id.to_ascii_lowercase();
    let hint = if DistributionTenantId::parse(&id).is_some() {
        "; specify a distribution tenant as {\"DistributionTenantId\": \"dt_…\"}"
    } else if id.contains(":distribution/") {
        "; specify only the part of the ARN after \"distribution/\""
    } else if Alias::parse(&lower).is_some() {
        "; specify a distribution by its domain name as {\"Alias\": \"www.example.com\"}"
    } else {
        ""
    };
    named(id).map_err(|fault: String| fault + hint)
}

/// All values, or the error of each invalid item with its number.
fn all<V>(items: impl Iterator<Item = Result<V, String>>) -> Result<Vec<V>, Vec<String>> {
    let (mut read, mut faults) = (Vec::new(), Vec::new());
    for (place, item) in (1..).zip(items) {
        match item {
            Ok(value) => read.push(value),
            Err(fault) => faults.push(format!("item {place} {fault}")),
        }
    }
    if faults.is_empty() {
        Ok(read)
    } else {
        Err(faults)
    }
}

/// The errors of an array as one error of its key.
fn joined(faults: &[String]) -> String {
    faults.join("; ")
}

/// The default source of paths of the targets.
pub(super) fn source(reader: &mut Reader<'_>, rules: ListRules) -> Option<Source> {
    let batch = reader.take("Paths", |items: Vec<Item>| batch(items, rules));
    let file = reader.take("PathsFile", |text: String| PathsFile::parse(&text));
    match (batch, file) {
        (Some(_), Some(_)) => {
            let fault = "Paths and PathsFile are mutually exclusive; remove one of them";
            reader.faults.push(fault.to_owned());
            None
        }
        (batch, file) => batch.map(Source::Batch).or(file.map(Source::File)),
    }
}

fn batch(items: Vec<Item>, rules: ListRules) -> Result<Batch, String> {
    let text = |item| match item {
        Item::Text(text) => Ok(text),
        Item::Other(_) => Err("must be a string".to_owned()),
    };
    let texts = all(items.into_iter().map(text)).map_err(|faults| joined(&faults))?;
    let read = match texts.as_slice() {
        [] => rules.of_empty_array().ok_or(BatchFault::Empty),
        texts => Batch::read(texts, rules.max_paths),
    };
    read.map_err(|fault| fault.to_string())
}

/// All targets: those of `Targets`, or `resources` with the paths of `source`.
pub(super) fn targets(
    reader: &mut Reader<'_>,
    resources: Vec<Resource>,
    source: &Source,
    rules: ListRules,
) -> Vec<AskedTarget> {
    let given = reader.take("Targets", |items: Vec<Box<RawValue>>| {
        each(&items, &KEYS, source, rules).map_err(|faults| joined(&faults))
    });
    match (given, NAMES.iter().find(|name| reader.has(name))) {
        (Some(_), Some(name)) => {
            let fault = format!(
                "Targets and {name} are mutually exclusive; specify each target in Targets"
            );
            reader.faults.push(fault);
            Vec::new()
        }
        (Some(targets), None) => targets,
        (None, _) => resources
            .into_iter()
            .map(|one| asked_target(one, source.clone(), false))
            .collect(),
    }
}

/// The targets of a file.
///
/// # Errors
/// All errors, each a sentence without its full stop.
pub(crate) fn targets_of_file(
    text: &str,
    rules: ListRules,
) -> Result<Vec<AskedTarget>, Vec<String>> {
    let mut reader = Reader::of_file(text, &FILE_KEYS)?;
    if !reader.has("Targets") {
        let fault = "Targets is missing; write {\"Targets\": [{\"DistributionId\": \"E…\", \"Paths\": [\"/*\"]}]}";
        reader.faults.push(fault.to_owned());
    }
    let mut faults = Vec::new();
    let asked = reader.take("Targets", |items: Vec<Box<RawValue>>| {
        if items.len() > TARGETS_IN_FILE_AT_MOST {
            let count = items.len();
            return Err(format!(
                "contains {count} targets; at most {TARGETS_IN_FILE_AT_MOST} are allowed"
            ));
        }
        let read = each(&items, &KEYS_IN_FILE, &Source::default(), rules.in_file());
        Ok(read.unwrap_or_else(|found| {
            faults = found;
            Vec::new()
        }))
    });
    reader
        .faults
        .extend(faults.into_iter().map(|fault| format!("Targets {fault}")));
    match asked {
        Some(targets) if reader.faults.is_empty() => Ok(targets),
        _ => Err(reader.faults),
    }
}

fn each(
    items: &[Box<RawValue>],
    keys: &[&'static str],
    source: &Source,
    rules: ListRules,
) -> Result<Vec<AskedTarget>, Vec<String>> {
    if items.is_empty() {
        return Err(vec![
            "is an empty array; specify at least one target".to_owned(),
        ]);
    }
    let read = items.iter().map(|item| {
        let read = target(item, keys, source, rules);
        read.map_err(|faults| faults.join(", and "))
    });
    let targets = all(read)?;
    let resources = targets.iter().map(|target| target.resource.clone());
    without_repetition(resources.collect(), "a target", "combine their paths")
        .map_err(|fault| vec![fault])?;
    Ok(targets)
}

fn target(
    item: &RawValue,
    keys: &[&'static str],
    source: &Source,
    rules: ListRules,
) -> Result<AskedTarget, Vec<String>> {
    let Some(mut reader) = Reader::within(item, keys) else {
        return Err(vec![
            "must be an object, such as {\"DistributionId\": \"E…\"}".to_owned(),
        ]);
    };
    let resource = resource(&mut reader);
    let own = self::source(&mut reader, rules);
    match resource {
        Some(resource) if reader.faults.is_empty() => {
            let names_file = own.as_ref().is_some_and(|own| own.file().is_some());
            let source = own.unwrap_or_else(|| source.clone());
            Ok(asked_target(resource, source, names_file))
        }
        _ => Err(reader
            .faults
            .iter()
            .map(|fault| format!("is invalid: {fault}"))
            .collect()),
    }
}

/// The resource of a target, specified by one of three keys.
fn resource(reader: &mut Reader<'_>) -> Option<Resource> {
    if reader.count(&NAMES) != 1 {
        let fault = "exactly one of DistributionId, DistributionTenantId and Alias is required";
        reader.faults.push(fault.to_owned());
        return None;
    }
    let distribution = reader.take("DistributionId", distribution);
    distribution
        .map(Resource::Distribution)
        .or_else(|| tenant(reader))
        .or_else(|| alias(reader))
}

fn asked_target(resource: Resource, source: Source, names_file: bool) -> AskedTarget {
    let (Batch { paths, notes }, file) = match source {
        Source::Batch(batch) => (batch, None),
        Source::File(file) => (Batch::nothing(), Some(file)),
    };
    AskedTarget {
        resource,
        paths,
        notes,
        file,
        names_file,
    }
}

/// The resources, or an error if one occurs twice.
fn without_repetition(
    resources: Vec<Resource>,
    what: &str,
    instead: &str,
) -> Result<Vec<Resource>, String> {
    let first = |place: usize| {
        resources[..place]
            .iter()
            .position(|one| *one == resources[place])
    };
    let repeated = (1..resources.len()).find_map(|place| Some((first(place)? + 1, place + 1)));
    match repeated {
        Some((one, other)) => Err(format!(
            "contains {what} more than once (items {one} and {other}); {instead}"
        )),
        None => Ok(resources),
    }
}
