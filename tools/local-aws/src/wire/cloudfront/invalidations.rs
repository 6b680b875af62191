//! The XML documents of invalidations.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use http::header;
use serde::{Deserialize, Serialize};

use super::super::{Reply, xml};
use super::NAMESPACE;
use crate::cloudfront::{Batch, Invalidation, Page};
use crate::rejection::Rejection;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InvalidationBatch {
    #[serde(default)]
    paths: Paths,
    #[serde(default)]
    caller_reference: String,
}

#[derive(Deserialize, Serialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Paths {
    quantity: i64,
    #[serde(default)]
    items: Items,
}

#[derive(Deserialize, Serialize, Default)]
struct Items {
    #[serde(rename = "Path", default)]
    paths: Vec<String>,
}

pub(super) fn read_batch(body: &[u8]) -> Result<Batch, Rejection> {
    if body.is_empty() {
        // "This operation requires a body. Ensure that the body is present and the Content-Type header is set."
        return Err(Rejection::new(
            400,
            "MissingBody",
            "This operation requires a body.",
        ));
    }
    let malformed = |why: String| Rejection::new(400, "MalformedInput", why);
    let text = std::str::from_utf8(body).map_err(|error| malformed(error.to_string()))?;
    let batch: InvalidationBatch =
        quick_xml::de::from_str(text).map_err(|error| malformed(error.to_string()))?;
    let InvalidationBatch {
        paths,
        caller_reference,
    } = batch;
    Ok(Batch {
        quantity: paths.quantity,
        paths: paths.items.paths,
        caller_reference,
    })
}

#[derive(Serialize)]
#[serde(rename = "Invalidation", rename_all = "PascalCase")]
struct InvalidationDocument<'a> {
    #[serde(rename = "@xmlns")]
    xmlns: &'a str,
    id: &'a str,
    status: &'a str,
    create_time: String,
    invalidation_batch: BatchDocument<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BatchDocument<'a> {
    paths: Paths,
    caller_reference: &'a str,
}

/// The reply to CreateInvalidation at `path`: "The fully qualified URI of the distribution and invalidation batch
/// request, including the Invalidation ID" is in a header.
pub(super) fn created(path: &str, invalidation: &Invalidation, now_ms: u64) -> Reply {
    let id = &invalidation.id;
    let location = format!("https://cloudfront.amazonaws.com{path}/{id}");
    let state = invalidation.status(now_ms);
    Reply {
        status: 201,
        header: Some((header::LOCATION, location)),
        ..Reply::ok(one(invalidation, state), format!("{id} {state}"))
    }
}

/// The reply to GetInvalidation.
pub(super) fn found(invalidation: &Invalidation, now_ms: u64) -> Reply {
    let state = invalidation.status(now_ms);
    Reply::ok(one(invalidation, state), state)
}

fn one(invalidation: &Invalidation, state: &str) -> String {
    let Batch {
        quantity,
        paths,
        caller_reference,
    } = &invalidation.batch;
    let paths = Paths {
        quantity: *quantity,
        items: Items {
            paths: paths.clone(),
        },
    };
    xml::write(&InvalidationDocument {
        xmlns: NAMESPACE,
        id: &invalidation.id,
        status: state,
        create_time: timestamp(invalidation.created_ms),
        invalidation_batch: BatchDocument {
            paths,
            caller_reference,
        },
    })
}

#[derive(Serialize)]
#[serde(rename = "InvalidationList", rename_all = "PascalCase")]
struct ListDocument<'a> {
    #[serde(rename = "@xmlns")]
    xmlns: &'a str,
    marker: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<&'a str>,
    max_items: usize,
    is_truncated: bool,
    quantity: usize,
    items: Summaries<'a>,
}

#[derive(Serialize)]
struct Summaries<'a> {
    #[serde(rename = "InvalidationSummary")]
    summaries: Vec<Summary<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary<'a> {
    id: &'a str,
    create_time: String,
    status: &'a str,
}

pub(super) fn list(page: &Page<&Invalidation>, marker: Option<&str>, now_ms: u64) -> Reply {
    let summaries = page.items.iter().map(|invalidation| Summary {
        id: &invalidation.id,
        create_time: timestamp(invalidation.created_ms),
        status: invalidation.status(now_ms),
    });
    let body = xml::write(&ListDocument {
        xmlns: NAMESPACE,
        marker: marker.unwrap_or_default(),
        next_marker: page.next_marker(),
        max_items: page.max_items,
        is_truncated: page.more,
        quantity: page.items.len(),
        items: Summaries {
            summaries: summaries.collect(),
        },
    });
    Reply::ok(body, format!("{} listed", page.items.len()))
}

pub(super) fn timestamp(ms: u64) -> String {
    DateTime::from_millis(ms.cast_signed())
        .fmt(Format::DateTime)
        .expect("this century has an RFC 3339 form")
}
