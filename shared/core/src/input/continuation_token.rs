//! The continuation token, which CodePipeline returns in the continuation job.
//!
//! It contains the execution id and the job number only. All other data is read from the execution record, so a forged
//! token cannot inject values.

use std::fmt;

use crate::input::identifiers::{InvalidationId, JobId};
use crate::input::json_object::Entries;

/// A valid continuation token. CodePipeline allows 1–2048 characters; this format has at most 49.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// The token of this action, `1.<execution>.<number>`. The leading number is the version of the format.
    Ours {
        /// The id of the first job of the execution, which is the key of its record.
        execution: JobId,
        /// The number of the continuation job with this token: 1 for the first one.
        number: u32,
    },
    /// `{"InvalidationId":"I…"}`, issued by the Python function. One of its jobs may still be in progress when this
    /// action replaces it. This action adopts the invalidation and finishes the job.
    Predecessor {
        /// The invalidation that the Python function created.
        invalidation: InvalidationId,
    },
}

impl Token {
    /// Parses a token; none if it has neither of the two exact forms.
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
        // `parse` also accepts "+1" and "01". Only the exact text that `Display` writes is valid.
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
