//! URL-encoding of exactly the characters that CloudFront requires to be encoded.
//!
//! "If the path includes non-ASCII characters or unsafe characters as defined in RFC 1738, URL-encode those characters.
//! Do not URL-encode any other characters in the path, or CloudFront will not invalidate the old version of the updated
//! file."

/// `path` with its non-ASCII and unsafe characters encoded. Existing codes are unchanged: a `%` with two hexadecimal
/// digits is a code, and any other `%` is an unsafe character by RFC 1738.
pub(super) fn encoded(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut sent = String::with_capacity(path.len());
    for (index, &byte) in bytes.iter().enumerate() {
        let is_plain = match byte {
            b'%' => code_at(bytes, index).is_some(),
            _ => !is_unsafe(byte),
        };
        if is_plain {
            sent.push(char::from(byte));
        } else {
            sent.push_str(&format!("%{byte:02X}"));
        }
    }
    sent
}

/// The encoded bytes in `path`, each with the text after its code.
pub(super) fn codes(path: &str) -> impl Iterator<Item = (u8, &str)> {
    path.match_indices('%').filter_map(|(index, _)| {
        let byte = code_at(path.as_bytes(), index)?;
        Some((byte, path.get(index + 3..).unwrap_or_default()))
    })
}

/// The byte whose code begins at `index`; none if there is no code.
pub(super) fn code_at(path: &[u8], index: usize) -> Option<u8> {
    let [b'%', high, low] = path.get(index..index + 3)? else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}

/// Whether a byte must be encoded: "The space character is unsafe … The characters "<" and ">" are unsafe … the quote
/// mark (""") … The character "#" is unsafe … The character "%" is unsafe … These characters are "{", "}", "|", "\",
/// "^", "~", "[", "]", and "`"" (RFC 1738, section 2.2). Bytes that are not printable ASCII must also be encoded. RFC
/// 1738 allows the apostrophe, but CloudFront rejects it in a path ("CloudFront does not accept ' in invalidation
/// path", as users reported).
pub(super) fn is_unsafe(byte: u8) -> bool {
    !byte.is_ascii_graphic() || br##"<>"#%{}|\^~[]`'"##.contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_found_with_what_follows_it() {
        let codes: Vec<(u8, &str)> = codes("/a%2520%C3%zz").collect();
        assert_eq!(codes, [(0x25, "20%C3%zz"), (0xC3, "%zz")]);
    }
}
