//! What a pipeline may ask of us: the action's `UserParameters`, read into valid types or refused in words that help.
//!
//! `PipelineName`, `DistributionId` and `SnsTopicArn` have the names and the meaning that the Python function before
//! us gave them, so that an existing action works unchanged. Whatever is wrong is told all at once, each fault with the
//! key that it concerns and what would be right. Values are never quoted: CodePipeline substitutes its variables in
//! this string as plain text, so a secret may stand in any of them.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::event::Text;
use crate::identifiers::{DistributionId, TopicArn};
use crate::json_object::{NotAnObject, entries};
use crate::paths::{Batch, InvalidationPath, Note};

/// "UserParameters … 1000 characters": the limit of an action configuration value
/// (<https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>).
pub const CHARACTERS_AT_MOST: usize = 1_000;

/// The most characters of a pipeline's name that we carry. CodePipeline's own names have at most 100.
pub const PIPELINE_NAME_CHARACTERS_AT_MOST: usize = 256;

/// The least and the most that `TimeoutMinutes` may be. "If not successful after 24 hours, CodePipeline sets the … state
/// to failed" (<https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>); our own answer comes well before.
pub const TIMEOUT_MINUTES: RangeInclusive<u64> = 1..=1_380;

/// The least and the most that `MaxPaths` may be: "3,000 files per distribution" may be invalidated at one time
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html>).
pub const MAX_PATHS: RangeInclusive<usize> = 1..=3_000;

const KEYS: [&str; 6] = [
    "DistributionId",
    "MaxPaths",
    "Paths",
    "PipelineName",
    "SnsTopicArn",
    "TimeoutMinutes",
];

/// Valid parameters of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserParameters {
    /// The name that the notice shows; asked of CodePipeline when absent.
    pub pipeline_name: Option<String>,
    /// The distribution whose cache is invalidated.
    pub distribution_id: DistributionId,
    /// Where the notice goes; the setting `DEFAULT_TOPIC_ARN` stands in when absent.
    pub sns_topic_arn: Option<TopicArn>,
    /// What is invalidated: at least one path or cache tag, in the order given, as far as no other covers it; merged into
    /// wildcards if there are more than `MaxPaths`. `["/*"]` when absent.
    pub paths: Vec<InvalidationPath>,
    /// What the author should know of the paths.
    pub notes: Vec<Note>,
    /// How long the execution may take; the setting `TIMEOUT_MINUTES` stands in when absent.
    pub timeout: Option<Duration>,
}

/// Parameters that were refused, with what could still be read of them: people should hear of the failure too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Each fault as a sentence without its full stop, in the order in which they were found; never empty.
    pub faults: Vec<String>,
    /// The pipeline's name, if that key was valid.
    pub pipeline_name: Option<String>,
    /// The topic, if that key was valid.
    pub sns_topic_arn: Option<TopicArn>,
}

impl UserParameters {
    /// Reads the parameters as CodePipeline handed them on.
    ///
    /// # Errors
    /// All faults together, each naming its key, what is wrong with it and what would be right.
    pub fn parse(text: &Text) -> Result<Self, Rejected> {
        let mut reader = Reader::of(text);
        let pipeline_name = reader.take("PipelineName", pipeline_name);
        let distribution_id = reader.require("DistributionId", named::<DistributionId>);
        let sns_topic_arn = reader.take("SnsTopicArn", named::<TopicArn>);
        let max_paths = reader.take("MaxPaths", max_paths);
        let Batch { paths, notes } = reader
            .take("Paths", |texts: Vec<String>| {
                Batch::read(&texts, max_paths).map_err(|fault| fault.to_string())
            })
            .unwrap_or_else(Batch::everything);
        let timeout = reader.take("TimeoutMinutes", timeout);
        match distribution_id {
            Some(distribution_id) if reader.faults.is_empty() => Ok(Self {
                pipeline_name,
                distribution_id,
                sns_topic_arn,
                paths,
                notes,
                timeout,
            }),
            _ => Err(Rejected {
                faults: reader.faults,
                pipeline_name,
                sns_topic_arn,
            }),
        }
    }
}

/// The entries of the parameters' object, and the faults found so far.
struct Reader<'a> {
    entries: Vec<(String, &'a RawValue)>,
    faults: Vec<String>,
    is_object: bool,
}

impl<'a> Reader<'a> {
    fn of(text: &'a Text) -> Self {
        match object(text) {
            Ok(entries) => {
                let faults = unknown_keys(&entries)
                    .chain(repeated_keys(&entries))
                    .collect();
                Self {
                    entries,
                    faults,
                    is_object: true,
                }
            }
            Err(fault) => Self {
                entries: Vec::new(),
                faults: vec![fault],
                is_object: false,
            },
        }
    }

    /// The value of an optional key, if it is there and valid. Of two values nobody can tell which is meant, and the second
    /// may be a pipeline variable's doing; that there are two has been told already.
    fn take<T: DeserializeOwned + Kind, V>(
        &mut self,
        key: &str,
        validate: impl FnOnce(T) -> Result<V, String>,
    ) -> Option<V> {
        let mut values = self.entries.iter().filter(|(name, _)| name == key);
        let (_, raw) = values.next()?;
        if values.next().is_some() {
            return None;
        }
        let value = serde_json::from_str(raw.get()).map_err(|_| format!("must be {}", T::KIND));
        value
            .and_then(validate)
            .map_err(|fault| self.faults.push(format!("{key} {fault}")))
            .ok()
    }

    /// The value of a key that must be there. What is not an object at all has been told already.
    fn require<T: DeserializeOwned + Kind, V>(
        &mut self,
        key: &str,
        validate: impl FnOnce(T) -> Result<V, String>,
    ) -> Option<V> {
        if self.is_object && !self.entries.iter().any(|(name, _)| name == key) {
            self.faults.push(format!(
                "{key} is missing; add it with the id of the distribution to invalidate"
            ));
        }
        self.take(key, validate)
    }
}

/// What a JSON value must be, in words.
trait Kind {
    const KIND: &'static str;
}

impl Kind for String {
    const KIND: &'static str = "a string";
}

/// A number of minutes, as JSON has it.
#[derive(Deserialize)]
struct Minutes(u64);

impl Kind for Minutes {
    const KIND: &'static str = "a whole number of minutes, such as 15";
}

/// A number of paths, as JSON has it.
#[derive(Deserialize)]
struct Count(usize);

impl Kind for Count {
    const KIND: &'static str = "a whole number of paths, such as 10";
}

impl Kind for Vec<String> {
    const KIND: &'static str = "an array of strings, such as [\"/index.html\", \"/images/*\"]";
}

fn object(text: &Text) -> Result<Vec<(String, &RawValue)>, String> {
    let text = match text {
        Text::Given(text) => text,
        Text::Absent => {
            return Err("there are none; add at least {\"DistributionId\": \"E…\"}".to_owned());
        }
        Text::NotAString => {
            return Err("they are not a string; write the JSON object as one string".to_owned());
        }
    };
    let characters = text.chars().count();
    if characters > CHARACTERS_AT_MOST {
        return Err(format!(
            "they have {characters} characters; CodePipeline allows {CHARACTERS_AT_MOST}"
        ));
    }
    entries(text).map_err(|place| not_an_object(text, place))
}

fn not_an_object(text: &str, NotAnObject { line, column }: NotAnObject) -> String {
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return "they are JSON, but not an object; write {\"DistributionId\": \"E…\"}".to_owned();
    }
    format!(
        "they are not valid JSON (line {line}, column {column}); look there for a missing quote or comma, \
         or for a pipeline variable whose value has quotes in it"
    )
}

fn unknown_keys(entries: &[(String, &RawValue)]) -> impl Iterator<Item = String> {
    entries
        .iter()
        .filter(|(key, _)| !KEYS.contains(&key.as_str()))
        .map(|(key, _)| match nearest(key) {
            Some(known) => format!("{} is not a known key (did you mean {known}?)", shown(key)),
            None => format!(
                "{} is not a known key; the known keys are {}",
                shown(key),
                KEYS.join(", ")
            ),
        })
}

fn repeated_keys(entries: &[(String, &RawValue)]) -> impl Iterator<Item = String> {
    KEYS.iter()
        .filter(|key| entries.iter().filter(|(name, _)| name == *key).count() > 1)
        .map(|key| format!("{key} is given more than once; keep one"))
}

/// The known key that somebody who wrote `key` most likely meant.
fn nearest(key: &str) -> Option<&'static str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '-', ' '], "");
    let closeness =
        |known: &&str| strsim::normalized_damerau_levenshtein(&plain(key), &plain(known));
    KEYS.into_iter()
        .filter(|known| closeness(known) > 0.6)
        .max_by(|a, b| closeness(a).total_cmp(&closeness(b)))
}

/// An unknown key as it may be shown: only if it looks like a name, since a broken substitution can put anything here.
fn shown(key: &str) -> &str {
    let is_name = key.len() <= 64
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if is_name && !key.is_empty() {
        key
    } else {
        "one key (not shown: it does not look like a name)"
    }
}

fn named<T: TryFrom<String, Error = &'static str>>(text: String) -> Result<T, String> {
    T::try_from(text).map_err(str::to_owned)
}

fn pipeline_name(text: String) -> Result<String, String> {
    let characters = text.chars().count();
    if characters == 0 {
        return Err("is empty; leave the key out to have CodePipeline's own name used".to_owned());
    }
    if characters > PIPELINE_NAME_CHARACTERS_AT_MOST || text.chars().any(char::is_control) {
        return Err(
            "must be the pipeline's name: at most 256 characters, none of them a control character"
                .to_owned(),
        );
    }
    Ok(text)
}

fn timeout(Minutes(minutes): Minutes) -> Result<Duration, String> {
    if !TIMEOUT_MINUTES.contains(&minutes) {
        let (least, most) = (TIMEOUT_MINUTES.start(), TIMEOUT_MINUTES.end());
        return Err(format!("must be from {least} to {most}"));
    }
    Ok(Duration::from_secs(minutes * 60))
}

fn max_paths(Count(count): Count) -> Result<usize, String> {
    if !MAX_PATHS.contains(&count) {
        let (least, most) = (MAX_PATHS.start(), MAX_PATHS.end());
        return Err(format!("must be from {least} to {most}"));
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::WILDCARDS_AT_MOST;
    use proptest::prelude::*;

    const ARN: &str = "arn:aws:sns:ap-northeast-1:123456789012:deploys";

    fn parse(text: &str) -> Result<UserParameters, Rejected> {
        UserParameters::parse(&Text::Given(text.to_owned()))
    }

    #[test]
    fn the_old_functions_parameters_work_unchanged() {
        let text = format!(
            r#"{{"PipelineName":"my pipeline","DistributionId":"E2EXAMPLE1ABCD","SnsTopicArn":"{ARN}"}}"#
        );
        let parameters = parse(&text).unwrap();
        assert_eq!(parameters.pipeline_name.as_deref(), Some("my pipeline"));
        assert_eq!(parameters.distribution_id.as_str(), "E2EXAMPLE1ABCD");
        assert_eq!(parameters.sns_topic_arn.unwrap().as_str(), ARN);
        assert_eq!(parameters.paths, [InvalidationPath::everything()]);
    }

    #[test]
    fn what_is_just_within_the_limits_is_taken() {
        let name = |length: usize| {
            format!(
                r#"{{"DistributionId":"E1","PipelineName":"{}"}}"#,
                "n".repeat(length)
            )
        };
        assert!(parse(&name(PIPELINE_NAME_CHARACTERS_AT_MOST)).is_ok());
        assert!(parse(&name(PIPELINE_NAME_CHARACTERS_AT_MOST + 1)).is_err());
        assert!(parse(&name(PIPELINE_NAME_CHARACTERS_AT_MOST + 2)).is_err());
        let text = |length: usize| format!("{:length$}", r#"{"DistributionId":"E1"}"#);
        assert!(parse(&text(CHARACTERS_AT_MOST)).is_ok());
        assert!(parse(&text(CHARACTERS_AT_MOST + 1)).is_err());
        let wildcards = |count: usize| {
            let paths: Vec<String> = (0..count).map(|n| format!(r#""/{n}/*""#)).collect();
            format!(
                r#"{{"DistributionId":"E1","Paths":["/plain",{}]}}"#,
                paths.join(",")
            )
        };
        assert!(parse(&wildcards(WILDCARDS_AT_MOST)).is_ok());
        assert!(parse(&wildcards(WILDCARDS_AT_MOST + 1)).is_err());
    }

    #[test]
    fn more_paths_than_wanted_are_merged() {
        let paths = |rest: &str| {
            let text = format!(r#"{{"DistributionId":"E1"{rest}}}"#);
            let parameters = parse(&text).unwrap();
            let paths = parameters.paths.into_iter().map(String::from);
            (paths.collect::<Vec<_>>().join(" "), parameters.notes)
        };
        let given = r#","Paths":["/a/1","/a/2","/b"]"#;
        let merged = vec![Note::Merged { needed: 3, sent: 2 }];
        assert_eq!(paths(given), ("/a/1 /a/2 /b".to_owned(), vec![]));
        assert_eq!(paths(&format!(r#"{given},"MaxPaths":3"#)).1, []);
        assert_eq!(
            paths(&format!(r#"{given},"MaxPaths":2"#)),
            ("/a/* /b".to_owned(), merged)
        );
        assert_eq!(paths(r#","MaxPaths":1"#), ("/*".to_owned(), vec![]));
        for (count, is_right) in [(0, false), (1, true), (3_000, true), (3_001, false)] {
            let text = format!(r#"{{"DistributionId":"E1","MaxPaths":{count}}}"#);
            assert_eq!(parse(&text).is_ok(), is_right, "{count}");
        }
    }

    #[test]
    fn paths_keep_their_order_and_come_once() {
        let parameters = parse(r#"{"DistributionId":"E1","Paths":["/b","/a/*","/b"]}"#).unwrap();
        let paths: Vec<&str> = parameters
            .paths
            .iter()
            .map(InvalidationPath::as_str)
            .collect();
        assert_eq!(paths, ["/b", "/a/*"]);
        assert_eq!(
            (parameters.pipeline_name, parameters.sns_topic_arn),
            (None, None)
        );
    }

    /// Each line: what was given, and what the pipeline's author reads. The snapshot is the review of our words.
    #[test]
    fn each_fault_names_its_key_and_what_would_be_right() {
        let too_long = format!(
            r#"{{"DistributionId":"E1","PipelineName":"{}"}}"#,
            "x".repeat(1_000)
        );
        let wildcards: Vec<String> = (0..16).map(|n| format!("\"/{n}/*\"")).collect();
        let wildcards = format!(
            r#"{{"DistributionId":"E1","Paths":[{}]}}"#,
            wildcards.join(",")
        );
        let given = [
            "",
            "{",
            "[]",
            "17",
            "{}",
            r#"{"DistributionId":"E1",}"#,
            &too_long,
            r#"{"DistributonId":"E1"}"#,
            r#"{"DistributionId":"E1","distribution_id":"E1"}"#,
            r#"{"DistributionId":"E1","topic":"x"}"#,
            r#"{"DistributionId":"E1","a \" b":"x"}"#,
            r#"{"DistributionId":"E1","DistributionId":"E2"}"#,
            r#"{"DistributionId":null}"#,
            r#"{"DistributionId":["E1"]}"#,
            r#"{"DistributionId":""}"#,
            r#"{"DistributionId":"www.example.com"}"#,
            r#"{"DistributionId":"E1","SnsTopicArn":""}"#,
            r#"{"DistributionId":"E1","SnsTopicArn":"arn:aws:sqs:us-east-1:111111111111:q"}"#,
            r#"{"DistributionId":"E1","PipelineName":""}"#,
            r#"{"DistributionId":"E1","PipelineName":"a\nb"}"#,
            r#"{"DistributionId":"E1","Paths":"/*"}"#,
            r#"{"DistributionId":"E1","Paths":[]}"#,
            r#"{"DistributionId":"E1","Paths":["/a","index.html"]}"#,
            r##"{"DistributionId":"E1","Paths":["https://a.example/","/a","#x,y"]}"##,
            r#"{"DistributionId":"E1","MaxPaths":0}"#,
            r#"{"DistributionId":"E1","MaxPaths":"10"}"#,
            r#"{"DistributionId":"E1","MaxPath":10}"#,
            &wildcards,
            r#"{"DistributionId":"E1","TimeoutMinutes":0}"#,
            r#"{"DistributionId":"E1","TimeoutMinutes":"15"}"#,
            r#"{"DistributionId":"E1","Timeout":15}"#,
            r#"{"Path":["/a"],"SnsTopicArn":7}"#,
        ];
        let told = given.map(|text| {
            let shown: String = text.chars().take(70).collect();
            format!(
                "{shown}\n    {}\n",
                parse(text).unwrap_err().faults.join("\n    ")
            )
        });
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn what_is_valid_in_refused_parameters_still_reaches_people() {
        let rejected = parse(&format!(
            r#"{{"PipelineName":"p","SnsTopicArn":"{ARN}","DistributionId":7}}"#
        ))
        .unwrap_err();
        assert_eq!(rejected.pipeline_name.as_deref(), Some("p"));
        assert_eq!(rejected.sns_topic_arn.unwrap().as_str(), ARN);
    }

    proptest! {
        #[test]
        fn no_value_is_ever_quoted(value in "SECRET[a-z\"\\\\{}~*/]{0,20}") {
            let value = serde_json::to_string(&value).unwrap();
            for key in ["DistributionId", "SnsTopicArn", "Other", "Paths"] {
                if let Err(rejected) = parse(&format!(r#"{{"{key}":{value}}}"#)) {
                    prop_assert!(!rejected.faults.join(" ").contains("SECRET"));
                }
            }
        }

        #[test]
        fn any_text_is_read_or_refused_with_a_reason(text: String) {
            if let Err(rejected) = parse(&text) {
                prop_assert!(!rejected.faults.is_empty());
            }
        }
    }
}
