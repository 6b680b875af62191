//! The validation of invalidation batches. "One bad path rejects the whole batch."

use super::{Batch, invalid_argument};
use crate::rejection::Rejection;

pub(super) fn check(batch: &Batch, cache_tags: bool) -> Result<(), Rejection> {
    if usize::try_from(batch.quantity) != Ok(batch.paths.len()) {
        // "The value of Quantity and the size of Items don't match."
        let message = "The value of Quantity and the size of Items do not match.";
        return Err(Rejection::new(400, "InconsistentQuantities", message));
    }
    if batch.caller_reference.is_empty() {
        return Err(invalid_argument(
            "Your request must contain a caller reference.",
        ));
    }
    let acceptable = |path: &String| match path.strip_prefix('#') {
        Some(tag) => cache_tags && is_tag(tag),
        None => is_path(path),
    };
    if batch.paths.is_empty() || !batch.paths.iter().all(acceptable) {
        return Err(invalid_argument(
            "Your request contains one or more invalid invalidation paths.",
        ));
    }
    Ok(())
}

/// "The * must be the last character in the path" to replace 0 or more characters.
pub(super) fn is_wildcard(path: &str) -> bool {
    path.starts_with('/') && path.ends_with('*')
}

/// "ASCII 33–126 except comma; max 256 characters; no wildcard", and the distribution must have a `CacheTagConfig`.
fn is_tag(tag: &str) -> bool {
    (1..=256).contains(&tag.len())
        && tag
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b',' | b'*'))
}

fn is_path(path: &str) -> bool {
    // "Max 4,000 characters per path", "must begin with /".
    let well_formed = path.starts_with('/') && path.len() <= 4_000 && path.bytes().all(is_safe);
    // "You can't use a wildcard within the path."
    let wildcard_within = path.strip_suffix('*').unwrap_or(path).contains('*');
    well_formed && !wildcard_within && percent_signs_encode(path)
}

/// "URL-encode non-ASCII and unsafe characters as defined in RFC 1738"; "don't use the ~ character in your path". RFC
/// 1738 allows the apostrophe, but CloudFront rejects it (<https://github.com/laurilehmijoki/s3_website/issues/63>).
fn is_safe(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(
            byte,
            b'<' | b'>'
                | b'"'
                | b'#'
                | b'{'
                | b'}'
                | b'|'
                | b'\\'
                | b'^'
                | b'~'
                | b'['
                | b']'
                | b'`'
                | b'\''
        )
}

/// Each `%` begins an encoded byte, and none of them is `~`: "CloudFront doesn't support this character for
/// invalidations, whether it's URL-encoded or not."
fn percent_signs_encode(path: &str) -> bool {
    path.split('%').skip(1).all(|after| {
        let code = after.get(..2).unwrap_or_default();
        code.len() == 2
            && code.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !code.eq_ignore_ascii_case("7e")
    })
}
