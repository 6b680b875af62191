//! The `UserParameters` of the action, parsed into valid types.
//!
//! `PipelineName`, `DistributionId` and `SnsTopicArn` have the same names and meaning as in the Python function, so an
//! existing action works unchanged. All errors are reported together; each names its key and the correction. No value
//! is quoted: CodePipeline replaces variables in this string as plain text, so any value may contain a secret.

mod reader;
mod targets;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Deserialize;

use crate::input::identifiers::TopicArn;
use crate::input::job_event::Text;
use crate::input::paths::{Batch, InvalidationPath, Note};
use crate::input::paths_file::content::Content;
use crate::input::paths_file::{self, FileFaults, PathsFile};
use crate::input::visible_text::invisible_code_point;
use crate::model::execution_record::{
    Goal, NotificationFormat, NotificationSettings, NotifyOn, OnTimeout, Resource,
};
use crate::model::packed_paths;

use reader::{Kind, Reader};

pub(crate) use targets::targets_of_file;

/// "UserParameters … 1000 characters": the limit of an action configuration value
/// (<https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>).
pub const CHARACTERS_AT_MOST: usize = 1_000;

/// The maximum length of `PipelineName`, in characters. CodePipeline allows 100 for the name of a pipeline.
pub const PIPELINE_NAME_CHARACTERS_AT_MOST: usize = 256;

/// The range of `TimeoutMinutes`. "If not successful after 24 hours, CodePipeline sets the … state to failed"
/// (<https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>); this action reports its result earlier.
pub const TIMEOUT_MINUTES: RangeInclusive<u64> = 1..=1_380;

/// The range of `MaxPaths`: "3,000 files per distribution" may be invalidated at one time
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html>).
pub const MAX_PATHS: RangeInclusive<usize> = 1..=3_000;

const KEYS: [&str; 16] = [
    "Alias",
    "DistributionId",
    "DistributionTenantId",
    "DryRun",
    "MaxPaths",
    "NotificationFormat",
    "NotifyOn",
    "OnTimeout",
    "Paths",
    "PathsFile",
    "PipelineName",
    "SnsTopicArn",
    "Targets",
    "TimeoutMinutes",
    "Wait",
    "WhenEmpty",
];

/// Valid parameters of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserParameters {
    /// The pipeline name in notifications. If absent, CodePipeline provides it.
    pub pipeline_name: Option<String>,
    /// The notification settings. The setting `DEFAULT_TOPIC_ARN` is the default topic.
    pub notification_settings: NotificationSettings,
    /// The targets without duplicates, in the given order; none only if a file contains them.
    pub targets: Vec<AskedTarget>,
    /// The file that contains the targets, if the parameters contain none.
    pub targets_file: Option<PathsFile>,
    /// The rules for each list of paths.
    pub list_rules: ListRules,
    /// The time-out of the execution. The setting `TIMEOUT_MINUTES` is the default.
    pub timeout: Option<Duration>,
    /// The result of the action at the time-out. By default it fails.
    pub on_timeout: OnTimeout,
    /// The status that the invalidations must reach. The default is completed.
    pub goal: Goal,
}

/// One of the targets of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedTarget {
    /// The distribution, distribution tenant or alias.
    pub resource: Resource,
    /// The paths and cache tags in the given order, without items that another item covers. More than `MaxPaths` items
    /// are merged into wildcards. The default is `["/*"]`. None if the list is empty and this is a success, or until
    /// [its file](Self::file) is read.
    pub paths: Vec<InvalidationPath>,
    /// The notes about the paths.
    pub notes: Vec<Note>,
    /// The file that contains the paths and has not been read.
    pub file: Option<PathsFile>,
    /// Whether the target itself names the file.
    pub names_file: bool,
}

/// The rules for lists of paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListRules {
    /// The number of paths from which on paths are merged.
    pub max_paths: Option<usize>,
    /// What an empty list means; `None` if the parameters do not say so.
    when_empty: Option<WhenEmpty>,
}

/// What an empty list of paths means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WhenEmpty {
    /// There is nothing to invalidate, which is a success.
    Succeed,
    /// The list is an error.
    Fail,
    /// Everything is invalidated.
    All,
}

impl ListRules {
    /// An empty file means that nothing changed.
    pub(crate) fn of_empty_file(self) -> Option<Batch> {
        self.when_empty.unwrap_or(WhenEmpty::Succeed).batch()
    }

    /// The rules for the arrays of a file.
    fn in_file(self) -> Self {
        Self {
            when_empty: self.when_empty.or(Some(WhenEmpty::Succeed)),
            ..self
        }
    }

    /// An empty array in the parameters is rather a mistake.
    fn of_empty_array(self) -> Option<Batch> {
        self.when_empty.unwrap_or(WhenEmpty::Fail).batch()
    }

    #[cfg(test)]
    pub(crate) fn new(max_paths: Option<usize>, when: Option<&str>) -> Self {
        Self {
            max_paths,
            when_empty: when.map(|text| when_empty(text).expect("a known word")),
        }
    }
}

impl WhenEmpty {
    fn batch(self) -> Option<Batch> {
        match self {
            Self::Succeed => Some(Batch::nothing()),
            Self::Fail => None,
            Self::All => Some(Batch::everything()),
        }
    }
}

/// Rejected parameters, with the values that the notification of the failure needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Each error as a sentence without its full stop, in the order of detection. Never empty.
    pub faults: Vec<String>,
    /// The pipeline's name, if that key was valid.
    pub pipeline_name: Option<String>,
    /// The notification settings whose keys were valid.
    pub notification_settings: NotificationSettings,
}

impl UserParameters {
    /// Parses the parameters of a job event.
    ///
    /// # Errors
    /// All errors together. Each names its key, the problem and the correction.
    pub fn parse(text: &Text) -> Result<Self, Rejected> {
        let mut reader = Reader::of(text, &KEYS);
        let pipeline_name = reader.take("PipelineName", pipeline_name);
        let resources = targets::named_resources(&mut reader);
        let notification_settings = notification_settings(&mut reader);
        let list_rules = ListRules {
            max_paths: reader.take("MaxPaths", max_paths),
            when_empty: reader.take("WhenEmpty", |text: String| when_empty(&text)),
        };
        let source = targets::source(&mut reader, list_rules).unwrap_or_default();
        let targets = targets::targets(&mut reader, resources, &source, list_rules);
        let targets_file = source.file().filter(|_| targets.is_empty()).cloned();
        let timeout = reader.take("TimeoutMinutes", timeout);
        let on_timeout = reader
            .take("OnTimeout", |text: String| on_timeout(&text))
            .unwrap_or_default();
        let goal = goal(&mut reader);
        if !reader.faults.is_empty() {
            return Err(Rejected {
                faults: reader.faults,
                pipeline_name,
                notification_settings,
            });
        }
        Ok(Self {
            pipeline_name,
            targets,
            targets_file,
            list_rules,
            notification_settings,
            timeout,
            on_timeout,
            goal,
        })
    }

    /// The parameters with the content of their files.
    ///
    /// # Errors
    /// The first errors of the files, each with its line. No value is quoted.
    pub fn with_files(self, files: &BTreeMap<PathsFile, Vec<u8>>) -> Result<Self, FileFaults> {
        let mut read = BTreeMap::new();
        for (label, file) in paths_file::required(&self) {
            if !read.contains_key(file) {
                let bytes = files.get(file);
                let bytes =
                    bytes.ok_or_else(|| format!("{label} was not read; retry the stage"))?;
                let content = Content::read(bytes, &label, self.list_rules)?;
                read.insert(file.clone(), (label, content));
            }
        }
        let targets = match &self.targets_file {
            Some(file) => targets_in(read.remove(file))?,
            None => {
                let targets = self.targets.into_iter();
                targets
                    .map(|target| filled(target, &read))
                    .collect::<Result<_, _>>()?
            }
        };
        let lists = distinct_lists(&targets);
        if !packed_paths::fits(&lists) {
            let fault = "PathsFile contains too many long paths: together they exceed 300 KB compressed, which is what the record of \
                         an execution holds; set MaxPaths to merge some of them, or write wildcards";
            return Err(fault.to_owned().into());
        }
        Ok(Self {
            targets,
            targets_file: None,
            ..self
        })
    }
}

/// The lists of paths that are stored: each once, if several targets have the same.
fn distinct_lists(targets: &[AskedTarget]) -> Vec<&[InvalidationPath]> {
    let lists: BTreeSet<&[InvalidationPath]> = targets
        .iter()
        .map(|target| target.paths.as_slice())
        .collect();
    lists.into_iter().collect()
}

fn targets_in(read: Option<(String, Content)>) -> Result<Vec<AskedTarget>, String> {
    match read {
        Some((_, Content::Targets(targets))) => Ok(targets),
        Some((label, Content::List(_))) => Err(format!(
            "{label} contains paths, but no distribution is specified; add DistributionId or Targets to the parameters"
        )),
        None => Ok(Vec::new()),
    }
}

/// The target with the paths of its file.
fn filled(
    target: AskedTarget,
    read: &BTreeMap<PathsFile, (String, Content)>,
) -> Result<AskedTarget, String> {
    match target.file.as_ref().and_then(|file| read.get(file)) {
        None => Ok(target),
        Some((_, Content::List(Batch { paths, notes }))) => Ok(AskedTarget {
            paths: paths.clone(),
            notes: notes.clone(),
            file: None,
            ..target
        }),
        Some((label, Content::Targets(_))) => Err(format!(
            "{label} contains Targets, but the parameters also specify targets; remove these from the parameters, or write \
             only paths"
        )),
    }
}

/// A JSON number of minutes.
#[derive(Deserialize)]
struct Minutes(u64);

impl Kind for Minutes {
    const KIND: &'static str = "a whole number of minutes, such as 15";
}

/// A JSON number of paths.
#[derive(Deserialize)]
struct Count(usize);

impl Kind for Count {
    const KIND: &'static str = "a whole number of paths, such as 10";
}

fn pipeline_name(text: String) -> Result<String, String> {
    let characters = text.chars().count();
    if characters == 0 {
        return Err("is empty; omit the key to use the name from CodePipeline".to_owned());
    }
    if characters > PIPELINE_NAME_CHARACTERS_AT_MOST {
        return Err("must be the name of the pipeline: at most 256 characters".to_owned());
    }
    if let Some(code_point) = invisible_code_point(&text) {
        return Err(format!(
            "contains the invisible character {code_point}; remove it"
        ));
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

fn when_empty(text: &str) -> Result<WhenEmpty, String> {
    match text {
        "succeed" => Ok(WhenEmpty::Succeed),
        "fail" => Ok(WhenEmpty::Fail),
        "all" => Ok(WhenEmpty::All),
        _ => Err("must be \"succeed\", \"fail\" or \"all\"".to_owned()),
    }
}

fn on_timeout(text: &str) -> Result<OnTimeout, String> {
    match text {
        "fail" => Ok(OnTimeout::Fail),
        "succeed" => Ok(OnTimeout::Succeed),
        "release" => Ok(OnTimeout::Release),
        _ => Err("must be \"fail\", \"succeed\" or \"release\"".to_owned()),
    }
}

fn notification_settings(reader: &mut Reader<'_>) -> NotificationSettings {
    let topic = reader.take("SnsTopicArn", reader::named::<TopicArn>);
    let format = reader.take("NotificationFormat", |text: String| format_named(&text));
    let notify_on = reader.take("NotifyOn", |text: String| notify_on(&text));
    NotificationSettings {
        topic,
        format: format.unwrap_or_default(),
        notify_on: notify_on.unwrap_or_default(),
    }
}

fn format_named(text: &str) -> Result<NotificationFormat, String> {
    match text {
        "text" => Ok(NotificationFormat::Text),
        "json" => Ok(NotificationFormat::Json),
        "chat" => Ok(NotificationFormat::Chat),
        "mixed" => Ok(NotificationFormat::Mixed),
        _ => Err("must be \"text\", \"json\", \"chat\" or \"mixed\"".to_owned()),
    }
}

fn notify_on(text: &str) -> Result<NotifyOn, String> {
    match text {
        "always" => Ok(NotifyOn::Always),
        "failure" => Ok(NotifyOn::Failure),
        "change" => Ok(NotifyOn::Change),
        _ => Err("must be \"always\", \"failure\" or \"change\"".to_owned()),
    }
}

fn goal(reader: &mut Reader<'_>) -> Goal {
    let is_waiting = reader.take("Wait", Ok::<bool, String>).unwrap_or(true);
    let is_dry_run = reader.take("DryRun", Ok::<bool, String>).unwrap_or(false);
    match (is_dry_run, is_waiting) {
        (true, _) => Goal::Planned,
        (false, true) => Goal::Completed,
        (false, false) => Goal::Created,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::paths::{ListKind, WILDCARDS_AT_MOST};
    use proptest::prelude::*;

    const ARN: &str = "arn:aws:sns:ap-northeast-1:123456789012:deploys";

    fn parse(text: &str) -> Result<UserParameters, Rejected> {
        UserParameters::parse(&Text::Given(text.to_owned()))
    }

    #[test]
    fn the_parameters_of_the_python_function_work_unchanged() {
        let text = format!(
            r#"{{"PipelineName":"my pipeline","DistributionId":"E2EXAMPLE1ABCD","SnsTopicArn":"{ARN}"}}"#
        );
        let parameters = parse(&text).unwrap();
        assert_eq!(parameters.pipeline_name.as_deref(), Some("my pipeline"));
        let [target] = &parameters.targets[..] else {
            panic!("one target");
        };
        assert_eq!(target.resource.to_string(), "E2EXAMPLE1ABCD");
        assert_eq!(
            parameters.notification_settings.topic.unwrap().as_str(),
            ARN
        );
        assert_eq!(target.paths, [InvalidationPath::everything()]);
        assert_eq!(
            (parameters.goal, parameters.on_timeout),
            (Goal::Completed, OnTimeout::Fail)
        );
    }

    #[test]
    fn values_at_the_limits_are_accepted() {
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
    fn each_format_has_its_name() {
        for (name, format) in [
            ("text", NotificationFormat::Text),
            ("json", NotificationFormat::Json),
            ("chat", NotificationFormat::Chat),
            ("mixed", NotificationFormat::Mixed),
        ] {
            let text = format!(r#"{{"DistributionId":"E1","NotificationFormat":"{name}"}}"#);
            assert_eq!(
                parse(&text).unwrap().notification_settings.format,
                format,
                "{name}"
            );
        }
    }

    #[test]
    fn more_paths_than_wanted_are_merged() {
        let paths = |rest: &str| {
            let text = format!(r#"{{"DistributionId":"E1"{rest}}}"#);
            let parameters = parse(&text).unwrap();
            let AskedTarget { paths, notes, .. } = parameters.targets[0].clone();
            let paths = paths.into_iter().map(String::from);
            (paths.collect::<Vec<_>>().join(" "), notes)
        };
        let given = r#","Paths":["/a/1","/a/2","/b"]"#;
        let merged = vec![Note::Merged {
            needed: 3,
            sent: 2,
            list: ListKind::Paths,
        }];
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
        let paths: Vec<&str> = parameters.targets[0]
            .paths
            .iter()
            .map(InvalidationPath::as_str)
            .collect();
        assert_eq!(paths, ["/b", "/a/*"]);
        assert_eq!(
            (
                parameters.pipeline_name,
                parameters.notification_settings.topic
            ),
            (None, None)
        );
    }

    /// The targets of these parameters, each with its paths.
    fn targets(text: &str) -> Vec<String> {
        let shown = |target: AskedTarget| {
            let paths: Vec<String> = target.paths.into_iter().map(String::from).collect();
            format!("{} {}", target.resource, paths.join(" "))
        };
        parse(text)
            .unwrap()
            .targets
            .into_iter()
            .map(shown)
            .collect()
    }

    #[test]
    fn several_targets_keep_their_order_and_may_have_paths_of_their_own() {
        assert_eq!(
            targets(r#"{"DistributionId":["E2","E1"],"Paths":["/a"]}"#),
            ["E2 /a", "E1 /a"]
        );
        assert_eq!(targets(r#"{"DistributionId":["E1"]}"#), ["E1 /*"]);
        for (text, expected) in [
            (
                r#"{"Alias":"WWW.Example.com","Paths":["/a"]}"#,
                "www.example.com /a",
            ),
            (r#"{"DistributionTenantId":"dt_1"}"#, "dt_1 /*"),
        ] {
            assert_eq!(targets(text), [expected]);
        }
        let mixed = r#"{"Paths":["/a"],"MaxPaths":1,"Targets":[{"Alias":"WWW.Example.com"},
            {"DistributionTenantId":"dt_1","Paths":["/b/1","/b/2"]},{"DistributionId":"E1"}]}"#;
        assert_eq!(targets(mixed), ["www.example.com /a", "dt_1 /b/*", "E1 /a"]);
    }

    #[test]
    fn a_wish_is_read_by_its_name() {
        let wish = |rest: &str| {
            let parameters = parse(&format!(r#"{{"DistributionId":"E1"{rest}}}"#)).unwrap();
            (parameters.goal, parameters.on_timeout)
        };
        assert_eq!(wish(r#","Wait":true"#), (Goal::Completed, OnTimeout::Fail));
        assert_eq!(wish(r#","Wait":false"#).0, Goal::Created);
        assert_eq!(wish(r#","DryRun":true,"Wait":false"#).0, Goal::Planned);
        assert_eq!(wish(r#","DryRun":false"#).0, Goal::Completed);
        for (text, meant) in [
            ("fail", OnTimeout::Fail),
            ("succeed", OnTimeout::Succeed),
            ("release", OnTimeout::Release),
        ] {
            assert_eq!(wish(&format!(r#","OnTimeout":"{text}""#)).1, meant);
        }
    }

    /// The snapshot contains each input and its error messages, for review.
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
            "{\"DistributionId\":\"E1\",\"PipelineName\":\"Revert\nit\"}",
            r#"{"DistributionId":"E1","PipelineName":"feat\p"}"#,
            r#"{"DistributionId":"E1","PipelineName":"it\"}"#,
            r#"{"DistributionId":"E1","Wait":#{variables.Wait}}"#,
            "#{variables.Parameters}",
            "E2EXAMPLE1ABCD",
            "\"E2EXAMPLE1ABCD\"",
            "dt_2wjDZi3hD1ivOXf6rpZJOSNE1AB",
            &too_long,
            r#"{"DistributonId":"E1"}"#,
            r#"{"DistributionId":"E1","distribution_id":"E1"}"#,
            r#"{"DistributionId":"E1","topic":"x"}"#,
            r#"{"distributionId":"E1","objectPaths":["/*"]}"#,
            r#"{"distributionId":"E1","items":["/*"]}"#,
            r#"{"distributionId":"E1","invalidationPaths":"/a,/b"}"#,
            r#"{"cloudFrontDistributionId":"E1"}"#,
            r#"{"Alias":"https://www.example.com"}"#,
            r#"{"DistributionTenantId":"E1","Alias":"www.example.com"}"#,
            r#"{"Alias":"www.example.com","Targets":[{"DistributionId":"E1"}]}"#,
            r#"{"Targets":[{"DistributionId":"E1","Wait":false}]}"#,
            r#"{"DistributionId":"E1","a \" b":"x"}"#,
            r#"{"DistributionId":"E1","DistributionId":"E2"}"#,
            r#"{"DistributionId":null}"#,
            r#"{"DistributionId":[]}"#,
            r#"{"DistributionId":["E1","e2"]}"#,
            r##"{"DistributionId":["e1","E1","$E2","#{a.b}"]}"##,
            r#"{"DistributionId":["E1","E2","E1"]}"#,
            r#"{"DistributionId":["E1",2]}"#,
            r#"{"DistributionId":""}"#,
            r#"{"DistributionId":"www.example.com"}"#,
            r#"{"DistributionId":"d111111abcdef8.cloudfront.net"}"#,
            r#"{"DistributionId":"dt_2wjDZi3hD1ivOXf6rpZJOSNE1AB"}"#,
            r#"{"DistributionId":"arn:aws:cloudfront::111111111111:distribution/E1"}"#,
            r##"{"DistributionId":"#{Infra.DistributionId}"}"##,
            r#"{"DistributionId":"$DISTRIBUTION_ID_PROD"}"#,
            r#"{"DistributionId":"${DISTRIBUTION_ID}","NotifyOn":"$WHEN"}"#,
            r##"{"DistributionId":"E1","PipelineName":"#{codepipeline.Name}"}"##,
            r##"{"DistributionId":"E1","Paths":["/#{Source.BranchName}/*","/${VERSION}/*","#{$V}/*"]}"##,
            r#"{"DistributionId":"E1","Paths":["C:/Program Files/Git/index.html"]}"#,
            r#"{"DistributionId":"E1","Paths":["/a.html /b.html"]}"#,
            r#"{"DistributionId":"E1","Paths":["/a",7,null]}"#,
            r#"{"DistributionId":"E1","SnsTopicArn":""}"#,
            r#"{"DistributionId":"E1","SnsTopicArn":"arn:aws:sqs:us-east-1:111111111111:q"}"#,
            r#"{"DistributionId":"E1","PipelineName":""}"#,
            r#"{"DistributionId":"E1","PipelineName":"a\nb"}"#,
            r#"{"DistributionId":"E1","PipelineName":"a\u2028Status: success"}"#,
            r#"{"DistributionId":"E1","PipelineName":"\u202egnikcah"}"#,
            r#"{"DistributionId":"E1","Paths":"/*"}"#,
            r#"{"DistributionId":"E1","Paths":[]}"#,
            r#"{"DistributionId":"E1","Paths":["/a","index.html"]}"#,
            r##"{"DistributionId":"E1","Paths":["https://a.example/","/a","#x,y"]}"##,
            r#"{"DistributionId":"E1","Paths":["/a"],"PathsFile":"paths.txt"}"#,
            r#"{"DistributionId":"E1","PathsFile":["paths.txt"]}"#,
            r##"{"DistributionId":"E1","PathsFile":"#{Build.File}"}"##,
            r#"{"Targets":[{"DistributionId":"E1","PathsFile":"../paths.txt"}]}"#,
            r#"{"DistributionId":"E1","WhenEmpty":"ignore"}"#,
            r#"{"DistributionId":"E1","MaxPaths":0}"#,
            r#"{"DistributionId":"E1","MaxPaths":"10"}"#,
            r#"{"DistributionId":"E1","MaxPath":10}"#,
            &wildcards,
            r#"{"DistributionId":"E1","TimeoutMinutes":0}"#,
            r#"{"DistributionId":"E1","TimeoutMinutes":"15"}"#,
            r#"{"DistributionId":"E1","Timeout":15}"#,
            r#"{"Path":["/a"],"SnsTopicArn":7}"#,
            r#"{"DistributionId":"E1","OnTimeout":"ignore"}"#,
            r#"{"DistributionId":"E1","Wait":"false","DryRun":1}"#,
            r#"{"DistributionId":"E1","Targets":[{"DistributionId":"E2"}]}"#,
            r#"{"Targets":[]}"#,
            r#"{"Targets":{"DistributionId":"E1"}}"#,
            r#"{"Targets":["E1"]}"#,
            r#"{"Targets":[{"DistributionId":"E1"},{"Paths":["/a"]}]}"#,
            r#"{"Targets":[{"DistributionId":"E1","Alias":"a.example"}]}"#,
            r#"{"Targets":[{"DistributionId":"E1"},{"DistributionId":"E1","Paths":["/a"]}]}"#,
            r#"{"Targets":[{"DistributionId":"e1"},{"DistributionId":"E1"},{"DistributionTenantId":"E1"}]}"#,
            r##"{"Targets":[{"Alias":"#{a.b}.example.com"}]}"##,
            r#"{"Targets":[{"Alias":"https://a.example/"}]}"#,
            r#"{"Targets":[{"Alias":"a.example","Path":["/a"]}]}"#,
            r#"{"Targets":[{"Alias":"a.example","Paths":["a"]}]}"#,
        ];
        let messages = given.map(|text| {
            let shown: String = text.chars().take(70).collect();
            format!(
                "{shown}\n    {}\n",
                parse(text).unwrap_err().faults.join("\n    ")
            )
        });
        insta::assert_snapshot!(messages.join("\n"));
    }

    /// The targets of these parameters after the files were read, each with its paths; or the first fault.
    fn with_files(text: &str, files: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let files = files.iter().map(|(name, text)| {
            let file = PathsFile::parse(name).unwrap();
            (file, text.as_bytes().to_vec())
        });
        let read = parse(text).unwrap().with_files(&files.collect());
        let read = read.map_err(|faults| faults.shown[0].clone())?;
        let shown = |target: AskedTarget| {
            assert_eq!(target.file, None);
            let paths: Vec<String> = target.paths.into_iter().map(String::from).collect();
            format!("{} {}", target.resource, paths.join(" "))
        };
        Ok(read.targets.into_iter().map(shown).collect())
    }

    #[test]
    fn a_file_contains_the_paths_of_a_target_or_the_targets() {
        let files = [
            ("a.txt", "/a/1\n/a/2\n/b\n"),
            ("Build::b.txt", "[\"/b\"]"),
            ("none.txt", "# nothing\n"),
            (
                "targets.json",
                r#"{"Targets":[{"DistributionId":"E7","Paths":["/t"]}]}"#,
            ),
        ];
        let read = |text: &str| with_files(text, &files);
        assert_eq!(
            read(r#"{"DistributionId":["E1","E2"],"PathsFile":"a.txt","MaxPaths":2}"#).unwrap(),
            ["E1 /a/* /b", "E2 /a/* /b"]
        );
        let mixed = r#"{"PathsFile":"a.txt","Targets":[{"DistributionId":"E1"},{"DistributionId":"E2","PathsFile":"Build::b.txt"},
            {"DistributionId":"E3","Paths":["/c"]},{"DistributionId":"E4","PathsFile":"none.txt"}]}"#;
        assert_eq!(
            read(mixed).unwrap(),
            ["E1 /a/1 /a/2 /b", "E2 /b", "E3 /c", "E4 "]
        );
        assert_eq!(read(r#"{"PathsFile":"targets.json"}"#).unwrap(), ["E7 /t"]);
        let all = r#"{"DistributionId":"E1","PathsFile":"none.txt","WhenEmpty":"all"}"#;
        assert_eq!(read(all).unwrap(), ["E1 /*"]);
        assert_eq!(
            targets(r#"{"DistributionId":"E1","Paths":[],"WhenEmpty":"succeed"}"#),
            ["E1 "]
        );
        for (text, fault) in [
            (r#"{"PathsFile":"a.txt"}"#, "no distribution is specified"),
            (
                r#"{"DistributionId":"E1","PathsFile":"targets.json"}"#,
                "also specify targets",
            ),
            (
                r#"{"DistributionId":"E1","PathsFile":"none.txt","WhenEmpty":"fail"}"#,
                "contains no path",
            ),
            (
                r#"{"DistributionId":"E1","PathsFile":"other.txt"}"#,
                "was not read",
            ),
            (
                r#"{"Targets":[{"DistributionId":"E1"},{"DistributionId":"E2","PathsFile":"other.txt"}]}"#,
                "PathsFile of Targets item 2 was",
            ),
        ] {
            assert!(read(text).unwrap_err().contains(fault), "{text}");
        }
    }

    #[test]
    fn valid_parts_of_rejected_parameters_are_still_used_for_the_notification() {
        let rejected = parse(&format!(
            r#"{{"PipelineName":"p","SnsTopicArn":"{ARN}","DistributionId":7}}"#
        ))
        .unwrap_err();
        assert_eq!(rejected.pipeline_name.as_deref(), Some("p"));
        assert_eq!(rejected.notification_settings.topic.unwrap().as_str(), ARN);
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
        fn any_text_is_read_or_rejected_with_a_reason(text: String) {
            if let Err(rejected) = parse(&text) {
                prop_assert!(!rejected.faults.is_empty());
            }
        }
    }
}
