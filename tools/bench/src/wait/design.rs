//! The designs that are compared.

use std::time::Duration;

use invalidation_core::model::time_budget::{RESERVE, START_TIMEOUT};
use invalidation_runtime::settings::{
    AWS_REGION, MAX_WAIT_SECONDS, STATUS_MAX_AGE_SECONDS, Settings, TABLE_NAME, TIMEOUT_MINUTES,
};

use local_aws::account::{REGION, TABLE};

/// One way to wait for CloudFront.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Design {
    /// The name in the tables.
    pub name: String,
    pub(super) kind: Kind,
    /// Settings in addition to those of every design.
    settings: Vec<(&'static str, String)>,
}

/// The functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The Python function, without a checker.
    Old,
    /// The product, but only the checker polls CloudFront.
    Plain,
    /// The product.
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

    /// The Python function.
    pub(super) fn old() -> Self {
        Self::new("the Python function", Kind::Old, &[])
    }

    /// The checker runs each minute, and continuation jobs report the stored status. The maximum age of a status is the
    /// lowest that is valid, so that a job never delays the checker's poll.
    pub(super) fn plain() -> Self {
        let settings = [(MAX_WAIT_SECONDS, 0.0), (STATUS_MAX_AGE_SECONDS, 0.1)];
        Self::new("plain: stored status only", Kind::Plain, &settings)
    }

    /// The product without a wait before a continuation.
    pub(super) fn without_wait() -> Self {
        Self::new("ours, wait off", Kind::Ours, &[(MAX_WAIT_SECONDS, 0.0)])
    }

    /// The product with its default settings.
    pub(super) fn default_settings() -> Self {
        Self::new("ours", Kind::Ours, &[])
    }

    /// The product with another maximum wait.
    pub(super) fn holding(seconds: f64) -> Self {
        Self::new(
            seconds.to_string(),
            Kind::Ours,
            &[(MAX_WAIT_SECONDS, seconds)],
        )
    }

    /// The product with another maximum age of a status.
    pub(super) fn looking(max_age_seconds: f64) -> Self {
        let settings = [(STATUS_MAX_AGE_SECONDS, max_age_seconds)];
        Self::new(max_age_seconds.to_string(), Kind::Ours, &settings)
    }

    /// Whether it differs from the other only in its name.
    pub(super) fn plays_like(&self, other: &Self) -> bool {
        self.kind == other.kind && self.settings() == other.settings()
    }

    /// The settings of both functions. The Python function waits for ever, so no design may time out before CloudFront
    /// has completed.
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

    /// The Lambda time-out of `start`: the template's, or what the wait and the result need.
    pub(super) fn lambda_time(&self) -> Duration {
        START_TIMEOUT.max(self.settings().max_wait + RESERVE)
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
        assert_eq!(Design::holding(40.0).lambda_time(), START_TIMEOUT);
        assert_eq!(
            Design::holding(600.0).lambda_time(),
            Duration::from_secs(620)
        );
    }
}
