//! A small mutator for bytes, known words and JSON.

use fastrand::Rng;
use serde_json::{Value, json};

/// The longest generated input.
const BYTES_AT_MOST: usize = 16_384;

/// Words with a meaning in the inputs.
const WORDS: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "-1",
    "0",
    "1e999",
    "18446744073709551616",
    "4294967295",
    "1.",
    "11111111-abcd-1111-abcd-111111abcdef",
    "22222222-abcd-2222-abcd-222222abcdef",
    "CodePipeline.job",
    "continuationToken",
    "UserParameters",
    "DistributionId",
    "TimeoutMinutes",
    "SnsTopicArn",
    "E2EXAMPLE1ABCD",
    "arn:aws:sns:us-east-1:111111111111:deploys",
    "/*",
    "/a b",
    "%7E",
    "\u{202e}",
    "\u{1f680}",
    "\n",
    "<",
    "</Status>",
    "<Status>Completed</Status>",
    "<![CDATA[",
    "&#67;",
    "#ConditionalCheckFailedException",
    "Completed",
];

/// Generates mutations of a corpus, the same ones for the same seed.
pub(crate) struct Mutator<'a> {
    corpus: &'a [Vec<u8>],
    random: Rng,
}

impl<'a> Mutator<'a> {
    pub(crate) fn new(corpus: &'a [Vec<u8>], seed: u64) -> Self {
        Self {
            corpus,
            random: Rng::with_seed(seed),
        }
    }

    /// One input of the corpus, changed in one to four ways.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let mut input = self.pick();
        for _ in 0..self.random.usize(1..=4) {
            input = match self.random.u8(0..3) {
                0 => self.change_json(&input).unwrap_or(input),
                _ => self.change_bytes(input),
            };
            input.truncate(BYTES_AT_MOST);
        }
        input
    }

    fn pick(&mut self) -> Vec<u8> {
        self.corpus[self.random.usize(..self.corpus.len())].clone()
    }

    fn change_bytes(&mut self, mut input: Vec<u8>) -> Vec<u8> {
        let at = self.random.usize(..=input.len());
        let until = self.random.usize(at..=input.len().min(at + 16));
        match self.random.u8(0..7) {
            0 if at < input.len() => input[at] ^= 1 << self.random.u8(..8),
            1 if at < input.len() => input[at] = self.random.u8(..),
            2 => drop(input.drain(at..until)),
            3 => input.truncate(at),
            4 => {
                let again = input[at..until].repeat(self.random.usize(1..64));
                input.splice(at..at, again);
            }
            5 => {
                let other = self.pick();
                let from = self.random.usize(..=other.len());
                input.splice(at.., other[from..].iter().copied());
            }
            _ => {
                let word = WORDS[self.random.usize(..WORDS.len())];
                input.splice(at..until, word.bytes());
            }
        }
        input
    }

    /// The input with one part of its JSON removed, replaced or renamed; none if it has no JSON.
    fn change_json(&mut self, input: &[u8]) -> Option<Vec<u8>> {
        let begins = input.iter().position(|byte| *byte == b'{')?;
        let mut value: Value = serde_json::from_slice(&input[begins..]).ok()?;
        let parts = count(&value);
        let mut index = self.random.usize(..parts);
        self.change_part(&mut value, &mut index);
        let head = input[..begins].iter().copied();
        Some(head.chain(value.to_string().into_bytes()).collect())
    }

    /// Changes the part with this number, counted from the outside to the inside.
    fn change_part(&mut self, value: &mut Value, index: &mut usize) {
        if *index == 0 {
            *value = self.other(value);
        }
        *index = index.wrapping_sub(1);
        match value {
            Value::Array(items) => items
                .iter_mut()
                .for_each(|item| self.change_part(item, index)),
            Value::Object(fields) => fields
                .iter_mut()
                .for_each(|(_, field)| self.change_part(field, index)),
            _ => {}
        }
    }

    /// A replacement of a value. JSON in a string is changed inside as well.
    fn other(&mut self, value: &Value) -> Value {
        let word = WORDS[self.random.usize(..WORDS.len())];
        match (self.random.u8(0..9), value) {
            (0, _) => Value::Null,
            (1, _) => json!(self.random.u64(..)),
            (2, _) => json!([value, word]),
            (3, _) => json!({ word: value }),
            (4, Value::Object(fields)) => {
                let gone = self.random.usize(..=fields.len());
                let kept = fields.iter().enumerate().filter(|(at, _)| *at != gone);
                kept.map(|(_, (name, field))| (name.clone(), field.clone()))
                    .collect()
            }
            (5, Value::Object(fields)) => {
                let mut fields = fields.clone();
                fields.insert(word.to_owned(), json!(word));
                fields.into()
            }
            (4.., Value::String(text)) => self.text(text),
            (4.., Value::Number(number)) => {
                let near = number.as_u64().unwrap_or_default();
                json!(near.wrapping_add(self.random.u64(..3)).wrapping_sub(1))
            }
            _ => json!(word),
        }
    }

    fn text(&mut self, text: &str) -> Value {
        if let Some(inner) = self.change_json(text.as_bytes()) {
            return String::from_utf8_lossy(&inner).into();
        }
        let changed = self.change_bytes(text.as_bytes().to_vec());
        String::from_utf8_lossy(&changed).into()
    }
}

/// The number of parts of a value, itself included.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0_usize,
    }
}
