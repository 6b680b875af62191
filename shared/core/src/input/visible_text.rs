//! Text that users read without being misled.
//!
//! A control or format character, or a line or paragraph separator, is not shown. It can change the order in which the other
//! characters appear, hide a part of the text, or begin a line that looks like another field of a mail.

/// The Unicode categories Cf (format), Zl (line separator) and Zp (paragraph separator), as ranges of Unicode 17.0
/// (<https://www.unicode.org/Public/17.0.0/ucd/extracted/DerivedGeneralCategory.txt>).
const FORMAT_AND_SEPARATORS: [(char, char); 21] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{2064}'),
    ('\u{2066}', '\u{206f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0001}', '\u{e0001}'),
    ('\u{e0020}', '\u{e007f}'),
];

/// Whether a character is a control or format character, or a separator of lines or paragraphs.
#[must_use]
pub fn is_invisible(character: char) -> bool {
    let is_listed = |(first, last): &(char, char)| (*first..=*last).contains(&character);
    character.is_control() || FORMAT_AND_SEPARATORS.iter().any(is_listed)
}

/// The code point of the first invisible character of a text, such as `U+202E`; none without one.
#[must_use]
pub fn invisible_code_point(text: &str) -> Option<String> {
    let first = text.chars().find(|character| is_invisible(*character))?;
    Some(format!("U+{:04X}", u32::from(first)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_invisible_character_is_named() {
        for (text, code_point) in [
            ("", None),
            ("site, blog & «café» 日本 🚀", None),
            ("a\u{a0}b", None),
            ("a\nb\u{202e}", Some("U+000A")),
            ("a\u{2028}b", Some("U+2028")),
            ("a\u{2029}b", Some("U+2029")),
            ("a\u{202e}b", Some("U+202E")),
            ("a\u{200b}b", Some("U+200B")),
            ("a\u{feff}b", Some("U+FEFF")),
            ("a\u{e0041}b", Some("U+E0041")),
        ] {
            let found = invisible_code_point(text);
            assert_eq!(found.as_deref(), code_point, "{text:?}");
        }
    }
}
