//! X-Ray tracing: a subsegment for each call to AWS, within the segment that Lambda creates for each invocation.
//!
//! The SDK creates a span with OpenTelemetry's names (`rpc.service`, `rpc.method`) for each call. This layer measures
//! these spans and sends them to the daemon that Lambda runs if active tracing is enabled: "UDP segment documents …
//! with a header" (<https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html>). An OpenTelemetry
//! exporter would need a collector in a Lambda layer, which increases the duration of each cold start.

use std::cell::RefCell;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::{Ipv4Addr, UdpSocket};

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::clock::SystemClock;
use crate::ports::Clock as _;
use invalidation_core::model::timestamp::Timestamp;

/// "A JSON document that identifies the format": it precedes each document.
const HEADER: &str = "{\"format\": \"json\", \"version\": 1}\n";
/// The fields in which the SDK names a call.
const SERVICE: &str = "rpc.service";
const METHOD: &str = "rpc.method";

thread_local! {
    /// The segment of the current invocation; `None` if Lambda does not trace it.
    static SEGMENT: RefCell<Option<Segment>> = const { RefCell::new(None) };
}

/// A segment that Lambda created.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    trace_id: String,
    id: String,
}

impl Segment {
    /// Parses `Root=1-…;Parent=…;Sampled=1`, the trace header of an invocation; `None` if it is not sampled.
    fn parse(header: &str) -> Option<Self> {
        let value = |name: &str| {
            let mut pairs = header.split(';').filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(key, _)| key.trim() == name)
                .map(|(_, value)| value.to_owned())
        };
        (value("Sampled")? == "1").then_some(())?;
        Some(Self {
            trace_id: value("Root")?,
            id: value("Parent")?,
        })
    }
}

/// Assigns the following calls to the invocation with this trace header, or to none without a header.
pub(super) fn begin(header: Option<&str>) {
    SEGMENT.set(header.and_then(Segment::parse));
}

/// The layer that measures calls and sends them to the daemon.
pub(super) struct Traces {
    daemon: UdpSocket,
}

impl Traces {
    /// Sends to the daemon at this address, such as `169.254.79.129:2000`.
    ///
    /// # Errors
    /// If the address is invalid, or no socket can be opened.
    pub(super) fn to(address: &str) -> io::Result<Self> {
        let daemon = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        daemon.connect(address)?;
        // Losing a subsegment is better than waiting for the daemon.
        daemon.set_nonblocking(true)?;
        Ok(Self { daemon })
    }

    /// The level of the SDK's spans; `OFF` if there is no daemon.
    pub(super) const fn level(is_traced: bool) -> LevelFilter {
        if is_traced {
            LevelFilter::DEBUG
        } else {
            LevelFilter::OFF
        }
    }

    /// Whether a span is a call to AWS.
    pub(super) fn is_call(metadata: &Metadata<'_>) -> bool {
        let fields = metadata.fields();
        metadata.is_span() && fields.field(SERVICE).is_some() && fields.field(METHOD).is_some()
    }
}

/// A call in progress.
struct Call {
    segment: Segment,
    service: String,
    method: String,
    began: Timestamp,
}

impl Call {
    fn subsegment(&self, id: u64, ended: Timestamp) -> String {
        let Segment {
            trace_id,
            id: parent,
        } = &self.segment;
        let seconds = |moment: Timestamp| moment.as_millis() as f64 / 1_000.0;
        json!({
            "type": "subsegment",
            "trace_id": trace_id,
            "parent_id": parent,
            "id": format!("{id:016x}"),
            "name": self.service,
            "namespace": "aws",
            "start_time": seconds(self.began),
            "end_time": seconds(ended),
            "aws": { "operation": self.method },
        })
        .to_string()
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Traces {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let segment = SEGMENT.with_borrow(Clone::clone);
        if let (Some(segment), Some(span)) = (segment, context.span(id)) {
            let mut call = Call {
                segment,
                service: String::new(),
                method: String::new(),
                began: SystemClock.now(),
            };
            attributes.record(&mut call);
            span.extensions_mut().insert(call);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let call = context
            .span(&id)
            .and_then(|span| span.extensions_mut().remove::<Call>());
        if let Some(call) = call {
            let id = RandomState::new().hash_one(id.into_u64());
            let document = call.subsegment(id, SystemClock.now());
            // Best effort: a lost subsegment is acceptable.
            let _ = self.daemon.send(format!("{HEADER}{document}").as_bytes());
        }
    }
}

impl Visit for Call {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            SERVICE => value.clone_into(&mut self.service),
            METHOD => value.clone_into(&mut self.method),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_sampled_invocation_is_traced() {
        let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        let segment = Segment::parse(header).unwrap();
        assert_eq!(segment.trace_id, "1-5759e988-bd862e3fe1be46a994272793");
        assert_eq!(segment.id, "53995c3f42cd8ad8");
        for header in [
            "",
            "Root=1-5759e988-bd862e3fe1be46a994272793",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0",
            "Parent=53995c3f42cd8ad8;Sampled=1",
        ] {
            assert_eq!(Segment::parse(header), None, "{header}");
        }
    }

    #[test]
    fn a_subsegment_has_the_call_and_its_duration() {
        let call = Call {
            segment: Segment {
                trace_id: "1-5759e988-bd862e3fe1be46a994272793".to_owned(),
                id: "53995c3f42cd8ad8".to_owned(),
            },
            service: "CloudFront".to_owned(),
            method: "CreateInvalidation".to_owned(),
            began: Timestamp::from_millis(1_767_225_600_250),
        };
        let ended = Timestamp::from_millis(1_767_225_600_750);
        insta::assert_snapshot!(call.subsegment(255, ended), @r#"{"aws":{"operation":"CreateInvalidation"},"end_time":1767225600.75,"id":"00000000000000ff","name":"CloudFront","namespace":"aws","parent_id":"53995c3f42cd8ad8","start_time":1767225600.25,"trace_id":"1-5759e988-bd862e3fe1be46a994272793","type":"subsegment"}"#);
    }
}
