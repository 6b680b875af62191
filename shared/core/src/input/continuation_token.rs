//! The continuation token: what a job gives CodePipeline to bring back on the next one.
//!
//! It says which record to open and which visit this is, and nothing else: no distribution, no topic, no invalidation.
//! What it names is looked up, never believed, so a forged token can say nothing that the record does not.

use std::fmt;

use crate::input::identifiers::{InvalidationId, JobId};
use crate::input::json_object::Entries;

/// A continuation token that we can act on. CodePipeline allows 1–2048 characters; ours has at most 49.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// Our own, written as `1.<execution>.<visit>`; the leading number is the version of this format.
    Ours {
        /// The first job id of the execution, which is the key of its record.
        execution: JobId,
        /// The number of the job that brings this token back: 1 for the first return.
        number: u32,
    },
    /// `{"InvalidationId":"I…"}`, written by the Python function that many pipelines ran before this one. A job that
    /// it began may still be in flight when we take its place; we adopt the invalidation and finish the job.
    Predecessor {
        /// The invalidation that the earlier function created.
        invalidation: InvalidationId,
    },
}

impl Token {
    /// Reads a token as CodePipeline brings it back; none when it is neither of the two forms, to the letter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.starts_with('{') {
            Self::parse_predecessor(text)
        } else {
            Self::parse_ours(text)
        }
    }

    fn parse_ours(text: &str) -> Option<Self> {
        let (execution, number) = text.strip_prefix("1.")?.split_once('.')?;
        let token = Self::Ours {
            execution: JobId::parse(execution)?,
            number: number.parse().ok()?,
        };
        // `parse` is more lenient than we are ("+1", "01"): only what we would have written ourselves is ours.
        (token.to_string() == text).then_some(token)
    }

    fn parse_predecessor(text: &str) -> Option<Self> {
        let entries = Entries::read(text).ok()?;
        let id: String = serde_json::from_str(entries.get("InvalidationId")?).ok()?;
        Some(Self::Predecessor {
            invalidation: InvalidationId::parse(&id)?,
        })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours { execution, number } => write!(formatter, "1.{execution}.{number}"),
            Self::Predecessor { invalidation } => {
                write!(formatter, r#"{{"InvalidationId":"{invalidation}"}}"#)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "11111111-abcd-1111-abcd-111111abcdef";

    #[test]
    fn reads_the_predecessors_token_as_python_wrote_it() {
        let expected = Token::Predecessor {
            invalidation: InvalidationId::parse("I2J0I21PCUYOIK").unwrap(),
        };
        assert_eq!(
            Token::parse(r#"{"InvalidationId": "I2J0I21PCUYOIK"}"#),
            Some(expected)
        );
    }

    #[test]
    fn rejects_what_it_would_not_have_written() {
        let ours = |number: &str| format!("1.{ID}.{number}");
        let forged = [
            "",
            "1",
            "1.",
            "{}",
            "[]",
            r#"{"InvalidationId":7}"#,
            r#"{"InvalidationId":"../x"}"#,
        ];
        let twisted = [
            ours(""),
            ours("-1"),
            ours("+1"),
            ours("01"),
            ours("4294967296"),
            ours("1 "),
            format!("2.{ID}.1"),
        ];
        for text in forged.into_iter().map(str::to_owned).chain(twisted) {
            assert_eq!(Token::parse(&text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_it_writes_it_reads(number: u32) {
            let token = Token::Ours { execution: JobId::parse(ID).unwrap(), number };
            let text = token.to_string();
            prop_assert!(text.len() <= 49);
            prop_assert_eq!(Token::parse(&text), Some(token));
        }

        #[test]
        fn it_survives_any_text(text: String) {
            if let Some(token @ Token::Ours { .. }) = Token::parse(&text) {
                prop_assert_eq!(token.to_string(), text);
            }
        }
    }
}
