//! Which lines are logged: what the settings ask for, as far as it is safe.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

use super::metrics;

/// The crates whose lines follow the level that is asked for.
const OUR_CRATES: [&str; 4] = [
    "invalidation_runtime",
    "invalidation_aws",
    "start",
    "checker",
];

/// What is logged of all other crates at most.
const OF_LIBRARIES: LevelFilter = LevelFilter::WARN;

/// The settings that ask for a level. The first that is set holds, as in the runtime's own subscriber: "if
/// `AWS_LAMBDA_LOG_LEVEL` is set, it takes precedence over any other environment variables"
/// (<https://docs.rs/lambda_runtime_api_client/1.1.1/lambda_runtime_api_client/tracing/fn.init_default_subscriber.html>).
const SETTINGS: [&str; 2] = ["AWS_LAMBDA_LOG_LEVEL", "RUST_LOG"];

/// What is let through, and the setting of which a part is not used.
pub(super) struct Level {
    pub(super) filter: Targets,
    pub(super) misread: Option<&'static str>,
}

/// Reads the level from the settings. `lookup` gives the value of an environment variable.
pub(super) fn asked(lookup: impl Fn(&str) -> Option<String>) -> Level {
    let set = SETTINGS.into_iter().find_map(|name| {
        let value = lookup(name)?;
        (!value.trim().is_empty()).then_some((name, value))
    });
    let Some((name, value)) = set else {
        return Level {
            filter: let_through(LevelFilter::INFO, &Targets::new()),
            misread: None,
        };
    };
    let (filter, is_used) = filter(value.trim());
    Level {
        filter,
        misread: (!is_used).then_some(name),
    }
}

/// What is let through when this is asked for, a level or a list with commas of levels and `target=level`; and whether all of
/// it is used.
fn filter(asked: &str) -> (Targets, bool) {
    // FATAL is a level of Lambda's, not of ours: nothing that we log is worse than an error.
    if asked.eq_ignore_ascii_case("fatal") {
        return (let_through(LevelFilter::ERROR, &Targets::new()), true);
    }
    if let Ok(level) = asked.parse() {
        return (let_through(level, &Targets::new()), true);
    }
    let Ok(directives) = asked.parse::<Targets>() else {
        return (let_through(LevelFilter::INFO, &Targets::new()), false);
    };
    let ours = directives.default_level().unwrap_or(LevelFilter::INFO);
    let is_used = directives
        .iter()
        .all(|(target, level)| is_ours(target) || level <= OF_LIBRARIES);
    (let_through(ours, &directives), is_used)
}

/// Our crates at `ours`, but for what `directives` say of them; all others at WARN at most, whatever is asked.
fn let_through(ours: LevelFilter, directives: &Targets) -> Targets {
    let safe = directives.iter().map(|(target, level)| {
        let most = if is_ours(target) {
            level
        } else {
            level.min(OF_LIBRARIES)
        };
        (target, most)
    });
    Targets::new()
        .with_default(OF_LIBRARIES.min(ours))
        .with_targets(OUR_CRATES.map(|name| (name, ours)))
        .with_targets(safe)
        // A metric is a line of its own, which a layer of its own writes.
        .with_target(metrics::TARGET, LevelFilter::OFF)
}

/// Whether code of this project writes to this target.
pub(super) fn is_ours(target: &str) -> bool {
    let name = target.split("::").next().unwrap_or_default();
    OUR_CRATES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level as Severity;

    fn with(asked: &str) -> Targets {
        filter(asked).0
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
        let mut asked: Vec<String> = [
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
        asked.extend(libraries.map(|library| format!("{library}=trace")));
        asked.extend(libraries.map(|library| format!("trace,{library}=debug,{library}=trace")));
        asked.extend(libraries.map(str::to_owned));
        for asked in &asked {
            let filter = with(asked);
            for library in libraries {
                for severity in [Severity::INFO, Severity::DEBUG, Severity::TRACE] {
                    assert!(
                        !filter.would_enable(library, &severity),
                        "{asked:?} lets {library} log at {severity}"
                    );
                }
            }
        }
    }

    #[test]
    fn our_own_lines_respect_the_level() {
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
    fn what_no_directive_names_stays_at_info() {
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
    fn what_is_not_used_is_known() {
        let misread = |asked: &str| {
            super::asked(|name| (name == "RUST_LOG").then(|| asked.to_owned())).misread
        };
        for asked in [
            "debug",
            "Fatal",
            "start=debug",
            "warn,invalidation_runtime::advance=trace",
            "info,aws_config=off,hyper=warn",
            "",
            " ",
        ] {
            assert_eq!(misread(asked), None, "{asked:?}");
        }
        for asked in [
            "inf",
            "start=debg",
            "start=debug,hyper=debug",
            "aws_sdk_sns",
            "startt=info",
            "[{field}]=trace",
        ] {
            assert_eq!(misread(asked), Some("RUST_LOG"), "{asked:?}");
        }
    }

    #[test]
    fn lambdas_own_setting_comes_first_unless_it_is_empty() {
        let asked = |of_lambda: &'static str| {
            super::asked(move |name| {
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
        assert!(!is_traced(&asked("WARN")));
        assert!(is_traced(&asked("")));
        assert_eq!(asked("nonsense").misread, Some("AWS_LAMBDA_LOG_LEVEL"));
        let unset = super::asked(|_| None);
        assert!(unset.filter.would_enable("start", &Severity::INFO));
        assert!(!unset.filter.would_enable("start", &Severity::DEBUG));
    }
}
