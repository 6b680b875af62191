//! S3: objects that are read in parts, with the temporary credentials of a job.

mod archive;
mod body;
mod console;

use std::collections::BTreeMap;
use std::ops::Range;

pub use archive::{folder, zip, zip_after_zeros};
pub use body::Body;
pub use console::Console;

use super::rejection::Rejection;

/// A bucket and a key.
pub(super) type Name = (String, String);

#[derive(Debug, Default)]
pub(super) struct S3 {
    objects: BTreeMap<Name, Vec<Version>>,
    /// What each object contains that was not stored.
    any: Option<Body>,
    /// Whether the key of the bucket does not allow its use.
    denied_by_key: bool,
}

/// One version of an object. A deleted object has a version without a body at its end.
#[derive(Debug)]
struct Version {
    id: String,
    body: Option<Body>,
}

/// A request for a part of an object.
pub(super) struct Get {
    pub(super) name: Name,
    /// The value of `Range`.
    pub(super) range: Option<String>,
    /// The value of `If-Match`.
    pub(super) if_match: Option<String>,
    /// The value of `versionId`.
    pub(super) version_id: Option<String>,
}

/// A part of an object.
pub(super) struct Part {
    pub(super) bytes: Vec<u8>,
    /// The range, if one was requested.
    pub(super) range: Option<Range<u64>>,
    pub(super) size: u64,
    pub(super) e_tag: String,
    pub(super) version_id: String,
}

impl S3 {
    fn put(&mut self, name: Name, body: Option<Body>) {
        let versions = self.objects.entry(name).or_default();
        let id = format!("v{}", versions.len() + 1);
        versions.push(Version { id, body });
    }

    pub(super) fn get(&self, get: &Get) -> Result<Part, Rejection> {
        let version = match (self.objects.get(&get.name), &get.version_id) {
            (Some(versions), Some(id)) => versions.iter().find(|version| version.id == *id),
            (Some(versions), None) => versions.last(),
            (None, _) => None,
        };
        let stored = version.map(|version| (version.id.as_str(), version.body.as_ref()));
        let is_stored = self.objects.contains_key(&get.name);
        let any = (!is_stored).then_some(("v1", self.any.as_ref()));
        let found = stored.or(any).and_then(|(id, body)| Some((id, body?)));
        let (id, body) = found
            .ok_or_else(|| Rejection::new(404, "NoSuchKey", "The specified key does not exist."))?;
        if self.denied_by_key {
            return Err(Rejection::new(
                403,
                "AccessDenied",
                "User: arn:aws:sts::111111111111:assumed-role/pipeline/session is not authorized to perform: kms:Decrypt on the \
                 resource associated with this ciphertext because no resource-based policy allows the kms:Decrypt action",
            ));
        }
        let e_tag = format!("\"{id}-{}\"", body.size());
        if get.if_match.as_ref().is_some_and(|wanted| *wanted != e_tag) {
            let message = "At least one of the pre-conditions you specified did not hold";
            return Err(Rejection::new(412, "PreconditionFailed", message));
        }
        let size = body.size();
        let range = match &get.range {
            Some(text) => Some(range(text, size).ok_or_else(|| {
                Rejection::new(
                    416,
                    "InvalidRange",
                    "The requested range is not satisfiable",
                )
            })?),
            None => None,
        };
        Ok(Part {
            bytes: body.bytes(range.clone().unwrap_or(0..size)),
            range,
            size,
            e_tag,
            version_id: id.to_owned(),
        })
    }
}

/// "bytes=0-499", "bytes=-500" and "bytes=500-" (RFC 9110, section 14.1.2).
fn range(text: &str, size: u64) -> Option<Range<u64>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) => first..size,
        (Err(_), Ok(length)) => size.saturating_sub(length)..size,
        (Err(_), Err(_)) => return None,
    };
    (range.start < range.end).then_some(range)
}
