//! The options of a simulated run.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use invalidation_core::model::time_budget::MAX_WAIT;
use invalidation_runtime::settings;

use super::alias::OwnedAlias;
use super::binaries::Binaries;
use super::fault::InjectedFault;
use super::script::Script;
use local_aws::account::{TABLE, TOPIC};

/// How the two functions run.
#[derive(Clone, Debug)]
pub enum Functions {
    /// In this process and in virtual time: their own handlers over the real SDK, on the AWS clock.
    InProcess,
    /// As Lambda processes, on the clock of this machine: the executables as for a deployment.
    Processes(Binaries),
}

impl From<Binaries> for Functions {
    fn from(binaries: Binaries) -> Self {
        Self::Processes(binaries)
    }
}

/// The script and the local AWS. Every duration is in AWS time.
#[derive(Clone, Debug)]
pub struct Options {
    /// The functions.
    pub functions: Functions,
    /// The script.
    pub script: Script,
    /// The faults.
    pub faults: Vec<InjectedFault>,
    /// AWS seconds for each real second, above zero. In virtual time it is the speed of the display and changes nothing
    /// else; processes use the clock of this machine, and the AWS clock is faster.
    pub speed: f64,
    /// The targets of domain names, in addition to those in the parameters.
    pub aliases: Vec<OwnedAlias>,
    /// The input artifact of the action, if there is one in S3.
    pub artifact: Option<Vec<u8>>,
    /// From CreateInvalidation until CloudFront reports `Completed`; `None` means never.
    pub complete_after: Option<Duration>,
    /// How long `start` waits for completion before it returns a continuation token.
    pub max_wait: Duration,
    /// The age of a stored status after which `start` polls CloudFront itself.
    pub status_max_age: Duration,
    /// The time-out of the action.
    pub timeout: Duration,
    /// How long to wait, after the action has ended, for its notification and for the record to be finalized.
    pub patience: Duration,
    /// The seed of all made-up ids, and of the second in which the schedule fires.
    pub seed: u64,
    /// Further settings of both functions, such as `RUST_LOG`.
    pub settings: BTreeMap<String, String>,
}

impl Options {
    /// Normal operation at ten times its speed, long enough for a second job.
    pub fn new(functions: impl Into<Functions>, script: Script) -> Self {
        Self {
            functions: functions.into(),
            script,
            faults: Vec::new(),
            speed: 10.0,
            aliases: Vec::new(),
            artifact: None,
            complete_after: Some(Duration::from_secs(45)),
            max_wait: MAX_WAIT,
            status_max_age: Duration::from_secs(10),
            timeout: Duration::from_secs(15 * 60),
            patience: Duration::from_secs(10 * 60),
            seed: 1,
            settings: BTreeMap::new(),
        }
    }

    /// Whether the settings are valid for the functions.
    ///
    /// # Errors
    ///
    /// Names the invalid settings and their source.
    pub(crate) fn check(&self) -> io::Result<()> {
        let settings = self.function_settings();
        match settings::Settings::from_lookup(|name| settings.get(name).cloned()) {
            Ok(_) => Ok(()),
            Err(faults) if self.clock_speed() == 1.0 => Err(io::Error::other(faults.to_string())),
            Err(faults) => Err(io::Error::other(format!(
                "{faults}; the values are the options divided by the speed {}",
                self.speed
            ))),
        }
    }

    /// AWS seconds for each second of the functions' clock.
    pub(super) fn clock_speed(&self) -> f64 {
        match self.functions {
            Functions::InProcess => 1.0,
            Functions::Processes(_) => self.speed,
        }
    }

    /// The environment of both functions, except the address of the local AWS. Processes use the real clock, which may
    /// be slower than the AWS clock: their waits are shortened accordingly.
    pub(super) fn function_settings(&self) -> BTreeMap<String, String> {
        let seconds = |aws_time: Duration| aws_time.as_secs_f64() / self.clock_speed();
        let ours = [
            (settings::TABLE_NAME, TABLE.to_owned()),
            (settings::DEFAULT_TOPIC_ARN, TOPIC.to_owned()),
            (
                settings::MAX_WAIT_SECONDS,
                seconds(self.max_wait).to_string(),
            ),
            (
                settings::STATUS_MAX_AGE_SECONDS,
                seconds(self.status_max_age).to_string(),
            ),
            (
                settings::TIMEOUT_MINUTES,
                (seconds(self.timeout) / 60.0).to_string(),
            ),
        ];
        let ours = ours.map(|(name, value)| (name.to_owned(), value));
        ours.into_iter().chain(self.settings.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_rejected_where_a_setting_becomes_too_small() {
        let binaries = Binaries {
            start: "start".into(),
            checker: "checker".into(),
        };
        let mut options = Options::new(binaries, Script::Trigger(().into()));
        options.speed = 100.0;
        options.check().unwrap();
        options.speed = 101.0;
        let fault = options.check().unwrap_err().to_string();
        assert!(fault.contains(settings::STATUS_MAX_AGE_SECONDS), "{fault}");
        // In virtual time the functions use the AWS clock.
        options.functions = Functions::InProcess;
        options.check().unwrap();
    }
}
