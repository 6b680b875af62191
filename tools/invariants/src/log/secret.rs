//! Credentials anywhere in a log.

use super::super::fact::{Fact, What};
use local_aws::codepipeline::CANARY;

/// The members of an event that contain credentials, and the word that stands for them in the local AWS.
const WORDS: [&str; 4] = [
    "artifactCredentials",
    "secretAccessKey",
    "sessionToken",
    CANARY,
];
/// The prefixes of an access key ID: a user's, and a role's. Sixteen capital letters and digits follow.
const KEY_PREFIXES: [&str; 2] = ["AKIA", "ASIA"];
const KEY_LENGTH: usize = 20;

/// Searches every line, including lines of libraries and of the runtime.
pub(super) fn search(text: &str, at_ms: u64) -> Vec<Fact> {
    let found = text.lines().zip(1_usize..).filter_map(|(line, number)| {
        let what = secret_in(line)?;
        Some(What::Leaked {
            place: format!("line {number}, beside {what}"),
        })
    });
    let texts = text.lines().count();
    let whats = found.chain([What::Searched { texts }]);
    whats.map(|what| Fact::unattributed(at_ms, what)).collect()
}

/// The pattern that matched; never the secret itself.
pub fn secret_in(line: &str) -> Option<&'static str> {
    let word = WORDS.into_iter().find(|word| line.contains(word));
    word.or_else(|| has_access_key(line).then_some("an access key id"))
}

fn has_access_key(line: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    let mut words = line.split(|c: char| !is_letter(c));
    words.any(|word| {
        let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        word.len() == KEY_LENGTH
            && KEY_PREFIXES.iter().any(|prefix| word.starts_with(prefix))
            && word.bytes().all(is_plain)
    })
}
