//! The log filter: the configured level, restricted so that no credentials are logged.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

use super::metrics;

/// The crates to which the configured level applies.
const PROJECT_CRATES: [&str; 4] = [
    "invalidation_runtime",
    "invalidation_aws",
    "start",
    "checker",
];

/// The most verbose level of all other crates.
const LIBRARY_LEVEL: LevelFilter = LevelFilter::WARN;

/// The settings for the level. The first one that is set applies, as in the runtime's own subscriber: "if
/// `AWS_LAMBDA_LOG_LEVEL` is set, it takes precedence over any other environment variables"
/// (<https://docs.rs/lambda_runtime_api_client/1.1.1/lambda_runtime_api_client/tracing/fn.init_default_subscriber.html>).
const SETTINGS: [&str; 2] = ["AWS_LAMBDA_LOG_LEVEL", "RUST_LOG"];

/// The filter, and the setting if a part of it is ignored.
pub(super) struct Level {
    pub(super) filter: Targets,
    pub(super) misread: Option<&'static str>,
}

/// Reads the level from the settings. `lookup` returns the value of an environment variable.
pub(super) fn configured(lookup: impl Fn(&str) -> Option<String>) -> Level {
    let set = SETTINGS.into_iter().find_map(|name| {
        let value = lookup(name)?;
        (!value.trim().is_empty()).then_some((name, value))
    });
    let Some((name, value)) = set else {
        return Level {
            filter: targets(LevelFilter::INFO, &Targets::new()),
            misread: None,
        };
    };
    let (filter, is_used) = filter(value.trim());
    Level {
        filter,
        misread: (!is_used).then_some(name),
    }
}

/// The filter for a value of a setting, which is a level or a comma-separated list of levels and `target=level`. Also
/// returns whether all of the value is used.
fn filter(configured: &str) -> (Targets, bool) {
    // FATAL is a Lambda level. The functions log nothing above ERROR.
    if configured.eq_ignore_ascii_case("fatal") {
        return (targets(LevelFilter::ERROR, &Targets::new()), true);
    }
    if let Ok(level) = configured.parse() {
        return (targets(level, &Targets::new()), true);
    }
    let Ok(directives) = configured.parse::<Targets>() else {
        return (targets(LevelFilter::INFO, &Targets::new()), false);
    };
    let project_level = directives.default_level().unwrap_or(LevelFilter::INFO);
    let is_used = directives
        .iter()
        .all(|(target, level)| is_project_crate(target) || level <= LIBRARY_LEVEL);
    (targets(project_level, &directives), is_used)
}

/// The filter with the crates of this project at `project_level`, except as `directives` specify. All other crates are
/// limited to WARN.
fn targets(project_level: LevelFilter, directives: &Targets) -> Targets {
    let safe = directives.iter().map(|(target, level)| {
        let most = if is_project_crate(target) {
            level
        } else {
            level.min(LIBRARY_LEVEL)
        };
        (target, most)
    });
    Targets::new()
        .with_default(LIBRARY_LEVEL.min(project_level))
        .with_targets(PROJECT_CRATES.map(|name| (name, project_level)))
        .with_targets(safe)
        // Metrics are written by a separate layer.
        .with_target(metrics::TARGET, LevelFilter::OFF)
}

/// Whether the target belongs to a crate of this project.
pub(super) fn is_project_crate(target: &str) -> bool {
    let name = target.split("::").next().unwrap_or_default();
    PROJECT_CRATES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level as Severity;

    fn with(configured: &str) -> Targets {
        filter(configured).0
    }

    #[test]
    fn libraries_only_warn_at_any_level() {
        let libraries = [
            "lambda_runtime",
            "lambda_runtime::layers::trace",
            "aws_smithy_runtime",
            "aws_smithy_runtime::client::orchestrator",
            "hyper",
            "aws_sdk_sns",
            "metrics",
        ];
        let mut configured: Vec<String> = [
            "trace",
            "TRACE",
            "5",
            "nonsense",
            "",
            ",",
            "=trace",
            "trace,debug",
            "trace,start=trace",
            "start=trace,invalidation_runtime::advance=trace",
            "aws=trace,lambda=trace,hyper=trace",
            "a=trace,l=trace,h=trace,m=trace",
            "[{field}]=trace",
            "start[span]=trace",
        ]
        .map(str::to_owned)
        .into();
        configured.extend(libraries.map(|library| format!("{library}=trace")));
        configured
            .extend(libraries.map(|library| format!("trace,{library}=debug,{library}=trace")));
        configured.extend(libraries.map(str::to_owned));
        for configured in &configured {
            let filter = with(configured);
            for library in libraries {
                for severity in [Severity::INFO, Severity::DEBUG, Severity::TRACE] {
                    assert!(
                        !filter.would_enable(library, &severity),
                        "{configured:?} lets {library} log at {severity}"
                    );
                }
            }
        }
    }

    #[test]
    fn lines_of_this_project_respect_the_level() {
        assert!(with("trace").would_enable("start", &Severity::TRACE));
        assert!(!with("WARN").would_enable("checker", &Severity::INFO));
        assert!(!with("FATAL").would_enable("invalidation_runtime", &Severity::WARN));
        assert!(with("FATAL").would_enable("invalidation_runtime", &Severity::ERROR));
        assert!(!with("off").would_enable("invalidation_runtime", &Severity::ERROR));
    }

    #[test]
    fn a_directive_applies_to_its_target_only() {
        let filter =
            with("warn,start=debug,invalidation_runtime::advance=trace,invalidation_aws=off");
        assert!(filter.would_enable("start", &Severity::DEBUG));
        assert!(filter.would_enable("invalidation_runtime::advance::queued", &Severity::TRACE));
        assert!(!filter.would_enable("invalidation_aws::sns", &Severity::ERROR));
        assert!(filter.would_enable("invalidation_runtime::job", &Severity::WARN));
        assert!(!filter.would_enable("invalidation_runtime::job", &Severity::INFO));
        assert!(!filter.would_enable("checker", &Severity::INFO));
    }

    #[test]
    fn a_target_without_a_directive_stays_at_info() {
        let filter = with("start=debug");
        assert!(filter.would_enable("invalidation_runtime::advance", &Severity::INFO));
        assert!(!filter.would_enable("invalidation_runtime::advance", &Severity::DEBUG));
        assert!(filter.would_enable("aws_sdk_sns", &Severity::WARN));
    }

    #[test]
    fn a_library_may_be_made_quieter() {
        let filter = with("info,aws_config=off");
        assert!(!filter.would_enable("aws_config::profile", &Severity::ERROR));
        assert!(filter.would_enable("aws_sdk_sns", &Severity::WARN));
    }

    #[test]
    fn an_ignored_part_is_reported() {
        let misread = |configured: &str| {
            super::configured(|name| (name == "RUST_LOG").then(|| configured.to_owned())).misread
        };
        for configured in [
            "debug",
            "Fatal",
            "start=debug",
            "warn,invalidation_runtime::advance=trace",
            "info,aws_config=off,hyper=warn",
            "",
            " ",
        ] {
            assert_eq!(misread(configured), None, "{configured:?}");
        }
        for configured in [
            "inf",
            "start=debg",
            "start=debug,hyper=debug",
            "aws_sdk_sns",
            "startt=info",
            "[{field}]=trace",
        ] {
            assert_eq!(misread(configured), Some("RUST_LOG"), "{configured:?}");
        }
    }

    #[test]
    fn lambdas_own_setting_comes_first_unless_it_is_empty() {
        let configured = |of_lambda: &'static str| {
            super::configured(move |name| {
                Some(
                    if name == "RUST_LOG" {
                        "trace"
                    } else {
                        of_lambda
                    }
                    .to_owned(),
                )
            })
        };
        let is_traced = |level: &Level| level.filter.would_enable("start", &Severity::TRACE);
        assert!(!is_traced(&configured("WARN")));
        assert!(is_traced(&configured("")));
        assert_eq!(configured("nonsense").misread, Some("AWS_LAMBDA_LOG_LEVEL"));
        let unset = super::configured(|_| None);
        assert!(unset.filter.would_enable("start", &Severity::INFO));
        assert!(!unset.filter.would_enable("start", &Severity::DEBUG));
    }
}
