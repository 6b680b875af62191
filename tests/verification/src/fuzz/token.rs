//! The continuation token.

use invalidation_core::input::continuation_token::Token;
use invalidation_core::input::identifiers::JobId;

/// Any bytes: a token that is recognized is written again exactly, and a token of any number is read back.
///
/// # Panics
///
/// Panics if that does not hold.
pub fn token(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Token::parse(&text) {
        Some(token @ Token::Ours { .. }) => assert_eq!(token.to_string(), text),
        // The Python function wrote its own spacing; its content is kept.
        Some(token @ Token::Predecessor { .. }) => {
            assert_eq!(Token::parse(&token.to_string()), Some(token));
        }
        None => {}
    }
    let (number, id) = data.split_at(data.len().min(4));
    assert_round_trip(number, id);
}

/// A token made of the bytes is read back, and is rejected as soon as anything is added to it.
fn assert_round_trip(number: &[u8], id: &[u8]) {
    let number = number
        .iter()
        .fold(0, |number: u32, byte| (number << 8) | u32::from(*byte));
    let digit = |index: usize| id.get(index).map_or(0, |byte| byte & 0x0f);
    let digits: String = (0..32).map(|index| format!("{:x}", digit(index))).collect();
    let groups = [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ];
    let token = Token::Ours {
        execution: JobId::parse(&groups.join("-")).expect("32 hexadecimal digits in five groups"),
        number,
    };
    let text = token.to_string();
    assert_eq!(Token::parse(&text), Some(token));
    for other in [
        format!("{text} "),
        format!(" {text}"),
        format!("{text}.0"),
        text.replacen("1.", "2.", 1),
        text.replacen("1.", "01.", 1),
    ] {
        assert_eq!(Token::parse(&other), None, "{other}");
    }
}
