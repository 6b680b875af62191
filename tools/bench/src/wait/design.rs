//! The designs that are compared.

use std::time::Duration;

use invalidation_core::model::time_budget::RESERVE;
use invalidation_runtime::settings::{
    AWS_REGION, MAX_WAIT_SECONDS, STATUS_MAX_AGE_SECONDS, Settings, TABLE_NAME, TIMEOUT_MINUTES,
};

use local_aws::account::{REGION, TABLE};

/// The Lambda time of `start`, as the template has it.
const LAMBDA_TIME: Duration = Duration::from_secs(60);

/// One way to wait for CloudFront.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Design {
    /// What the tables call it.
    pub name: String,
    pub(super) kind: Kind,
    /// Settings beside those of every design.
    settings: Vec<(&'static str, String)>,
}

/// Who is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The function that we replace, without a checker.
    Old,
    /// Our functions, of which only the checker looks at CloudFront.
    Plain,
    /// Our functions.
    Ours,
}

impl Design {
    fn new(name: impl Into<String>, kind: Kind, settings: &[(&'static str, f64)]) -> Self {
        Self {
            name: name.into(),
            kind,
            settings: settings
                .iter()
                .map(|(name, value)| (*name, value.to_string()))
                .collect(),
        }
    }

    /// The old function.
    pub(super) fn old() -> Self {
        Self::new("the Python function", Kind::Old, &[])
    }

    /// The checker each minute, and visits that report what it stored. What a job believes to know of CloudFront is given
    /// the shortest age there is, so that it never keeps the checker from looking.
    pub(super) fn plain() -> Self {
        let settings = [(MAX_WAIT_SECONDS, 0.0), (STATUS_MAX_AGE_SECONDS, 0.1)];
        Self::new("plain: stored status only", Kind::Plain, &settings)
    }

    /// Ours, which holds no job.
    pub(super) fn without_wait() -> Self {
        Self::new("ours, wait off", Kind::Ours, &[(MAX_WAIT_SECONDS, 0.0)])
    }

    /// Ours, as it comes.
    pub(super) fn default_settings() -> Self {
        Self::new("ours", Kind::Ours, &[])
    }

    /// Ours with another hold.
    pub(super) fn holding(seconds: f64) -> Self {
        Self::new(
            seconds.to_string(),
            Kind::Ours,
            &[(MAX_WAIT_SECONDS, seconds)],
        )
    }

    /// Ours with another greatest age of a status.
    pub(super) fn looking(max_age_seconds: f64) -> Self {
        let settings = [(STATUS_MAX_AGE_SECONDS, max_age_seconds)];
        Self::new(max_age_seconds.to_string(), Kind::Ours, &settings)
    }

    /// Whether it differs from the other in name alone.
    pub(super) fn plays_like(&self, other: &Self) -> bool {
        self.kind == other.kind && self.settings() == other.settings()
    }

    /// The settings of both functions. The old function waits for ever, so nobody else may give up before CloudFront is done.
    pub(super) fn settings(&self) -> Settings {
        let given = |name: &str| match name {
            TABLE_NAME => Some(TABLE.to_owned()),
            AWS_REGION => Some(REGION.to_owned()),
            TIMEOUT_MINUTES => Some("30".to_owned()),
            _ => {
                let mut settings = self.settings.iter();
                settings
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| value.clone())
            }
        };
        Settings::from_lookup(given).expect("each design has valid settings")
    }

    /// The Lambda time of `start`: the template's, or what the wait needs beside the time to answer.
    pub(super) fn lambda_time(&self) -> Duration {
        LAMBDA_TIME.max(self.settings().max_wait + RESERVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_to_its_default_plays_like_the_default() {
        let ours = Design::default_settings();
        assert!(ours.plays_like(&Design::looking(10.0)) && !ours.plays_like(&Design::looking(5.0)));
        assert!(Design::without_wait().plays_like(&Design::holding(0.0)));
        assert!(!Design::old().plays_like(&ours));
    }

    #[test]
    fn a_wait_longer_than_the_lambda_timeout_raises_the_timeout() {
        assert_eq!(Design::holding(40.0).lambda_time(), LAMBDA_TIME);
        assert_eq!(Design::holding(60.0).lambda_time(), Duration::from_secs(80));
    }
}
