//! Sanitises external values for display.

use invalidation_core::input::visible_text::is_invisible;
use invariants::secret_in;

/// The most characters of one value that are shown.
const SHOWN_AT_MOST: usize = 400;

/// A value from a log, a record or a service: without invisible characters for a terminal or a page, limited in length,
/// and replaced if it looks like a credential.
pub(super) fn clean(value: &str) -> String {
    if secret_in(value).is_some() {
        return "(left out: it looks like a credential)".to_owned();
    }
    let mut characters = value.chars();
    let shown: String = characters
        .by_ref()
        .take(SHOWN_AT_MOST)
        .map(|c| if is_obeyed(c) { '\u{fffd}' } else { c })
        .collect();
    if characters.next().is_some() {
        shown + "…"
    } else {
        shown
    }
}

/// Invisible characters, and characters that are not allowed in XML.
fn is_obeyed(c: char) -> bool {
    is_invisible(c) || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Shortens a UUID to its first part, and an ARN to the name at its end.
pub(super) fn short(value: &str) -> String {
    let value = clean(value);
    let is_uuid = value.len() == 36 && value.bytes().filter(|byte| *byte == b'-').count() == 4;
    match value.get(..8) {
        Some(first) if is_uuid => format!("{first}…"),
        _ if value.starts_with("arn:") => value.rsplit(':').next().unwrap_or_default().to_owned(),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_obeyed_and_nothing_secret_is_shown() {
        assert_eq!(
            clean("a\u{1b}[31mb\u{202e}c\n"),
            "a\u{fffd}[31mb\u{fffd}c\u{fffd}"
        );
        assert!(!clean("key ASIAIOSFODNN7EXAMPLE").contains("ASIA"));
        assert_eq!(clean(&"x".repeat(401)).chars().count(), 401);
        assert_eq!(short("11111111-abcd-1111-abcd-111111abcdef"), "11111111…");
        assert_eq!(
            short("arn:aws:sns:us-east-1:111111111111:deploys"),
            "deploys"
        );
    }
}
