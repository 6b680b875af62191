//! A request as the service receives it, reduced to its content.

use std::collections::BTreeMap;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

/// A request that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    method: String,
    uri: String,
    /// The operation, where a header names it.
    target: Option<String>,
    authorization: String,
    body: String,
}

impl Sent {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let header = |name: &str| request.headers().get(name).map(str::to_owned);
        Self {
            method: request.method().to_owned(),
            uri: request.uri().to_owned(),
            target: header("x-amz-target"),
            authorization: header("authorization").unwrap_or_default(),
            body: String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned(),
        }
    }

    /// The region and the service that the request is signed for.
    #[must_use]
    pub fn scope(&self) -> String {
        let parts: Vec<&str> = self.authorization.split('/').collect();
        parts.get(2..4).unwrap_or_default().join("/")
    }

    /// Whether the request is signed with this access key.
    #[must_use]
    pub fn is_signed_by(&self, access_key_id: &str) -> bool {
        self.authorization
            .contains(&format!("Credential={access_key_id}/"))
    }

    /// Where it was sent to.
    #[must_use]
    pub fn host(&self) -> &str {
        self.uri.split('/').nth(2).unwrap_or_default()
    }

    /// The JSON of its body.
    ///
    /// # Panics
    /// When its body is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a request in JSON")
    }

    /// The body in readable form: JSON and forms with one line for each field, XML unchanged.
    fn meaning(&self) -> String {
        match self.body.as_bytes().first() {
            Some(b'{') => format!("{:#}", self.json()),
            Some(b'<') | None => self.body.replace("><", ">\n<"),
            Some(_) => form(&self.body),
        }
    }
}

/// The fields of a form in order. The attributes of a message are listed by name, because their numbers have no
/// meaning.
fn form(body: &str) -> String {
    let fields: BTreeMap<String, String> = form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    let attribute = |key: &str, of: &str| {
        fields
            .get(&format!("{key}{of}"))
            .cloned()
            .unwrap_or_default()
    };
    let lines = fields.iter().filter_map(|(key, value)| {
        if let Some(entry) = key.strip_suffix(".Name") {
            let kind = attribute(entry, ".Value.DataType");
            return Some(format!(
                "attribute {value}: {kind} {}",
                attribute(entry, ".Value.StringValue")
            ));
        }
        (!key.starts_with("MessageAttributes.")).then(|| format!("{key}: {value}"))
    });
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines.join("\n")
}

impl fmt::Display for Sent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{} {}", self.method, self.uri)?;
        writeln!(formatter, "signed for {}", self.scope())?;
        if let Some(target) = &self.target {
            writeln!(formatter, "{target}")?;
        }
        formatter.write_str(&self.meaning())
    }
}
