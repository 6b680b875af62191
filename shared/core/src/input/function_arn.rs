//! A Lambda function, as a name or an ARN refers to it.
//!
//! CodePipeline's `FunctionName` accepts the same forms as Lambda's `Invoke`: "Function name – `my-function`
//! (name-only), `my-function:v1` (with alias). Function ARN –
//! `arn:aws:lambda:us-west-2:123456789012:function:my-function`. Partial ARN – `123456789012:function:my-function`. You
//! can append a version number or alias to any of the formats"
//! (<https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>).

/// A function, regardless of its version or alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionRef {
    region: Option<String>,
    account: Option<String>,
    name: String,
}

impl FunctionRef {
    /// Parses one of the four forms, with or without a version or an alias; none for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let (region, account, rest) = match parts.as_slice() {
            [
                "arn",
                partition,
                "lambda",
                region,
                account,
                "function",
                rest @ ..,
            ] if partition.starts_with("aws") && is_word(region) && is_account(account) => {
                (Some(*region), Some(*account), rest)
            }
            [account, "function", rest @ ..] if is_account(account) => (None, Some(*account), rest),
            rest => (None, None, rest),
        };
        let name = match rest {
            [name] => name,
            [name, qualifier] if is_qualifier(qualifier) => name,
            _ => return None,
        };
        is_word(name).then(|| Self {
            region: region.map(str::to_owned),
            account: account.map(str::to_owned),
            name: (*name).to_owned(),
        })
    }

    /// Whether both may refer to the same function: the parts that both have are equal. A name alone refers to the
    /// account and the region in which it is used.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let agree = |one: &Option<String>, other: &Option<String>| {
            one.is_none() || other.is_none() || one == other
        };
        self.name == other.name
            && agree(&self.account, &other.account)
            && agree(&self.region, &other.region)
    }

    /// The function's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `[a-zA-Z0-9-_]+`, at most 140 characters: the maximum length that Lambda accepts.
fn is_word(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=140).contains(&text.len()) && text.bytes().all(is_allowed)
}

fn is_qualifier(text: &str) -> bool {
    is_word(text.strip_prefix('$').unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:us-east-1:111111111111:function:start";

    #[test]
    fn each_documented_form_is_read() {
        let arn = FunctionRef::parse(ARN).unwrap();
        for form in [
            "start",
            "111111111111:function:start",
            ARN,
            "arn:aws-cn:lambda:us-east-1:111111111111:function:start",
        ] {
            for qualifier in ["", ":live", ":7", ":$LATEST"] {
                let text = format!("{form}{qualifier}");
                let read = FunctionRef::parse(&text).unwrap_or_else(|| panic!("{text}"));
                assert!(read.is_same(&arn) && arn.is_same(&read), "{text}");
                assert_eq!(read.name(), "start", "{text}");
            }
        }
    }

    #[test]
    fn another_name_account_or_region_is_another_function() {
        let arn = FunctionRef::parse(ARN).unwrap();
        for text in [
            "Start",
            "start2",
            "star",
            "live:start",
            "222222222222:function:start",
            "arn:aws:lambda:us-east-1:222222222222:function:start",
            "arn:aws:lambda:eu-west-1:111111111111:function:start",
            "arn:aws:lambda:us-east-1:111111111111:function:other:start",
        ] {
            let read = FunctionRef::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert!(!read.is_same(&arn) && !arn.is_same(&read), "{text}");
        }
    }

    #[test]
    fn what_lambda_would_not_take_is_no_function() {
        for text in [
            "",
            ":",
            "start:",
            "start:live:7",
            "my function",
            "1:function:start",
            "arn:aws:lambda:us-east-1:111111111111:function:",
            "arn:aws:lambda:us-east-1:111111111111:layer:start",
            "arn:aws:sns:us-east-1:111111111111:start",
            "#{variables.Function}",
        ] {
            assert_eq!(FunctionRef::parse(text), None, "{text}");
        }
        assert!(FunctionRef::parse(&"f".repeat(140)).is_some());
        assert_eq!(FunctionRef::parse(&"f".repeat(141)), None);
    }
}
