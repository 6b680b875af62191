//! The faults that `--fault` injects into a run.

mod catalogue;

use std::fmt::Write;
use std::str::FromStr;

use catalogue::KNOWN;
use local_aws::{Aws, Fault};

/// A fault to inject.
#[derive(Clone, Debug)]
pub struct InjectedFault {
    /// Its name with its number, as the command line takes it.
    pub name: String,
    help: &'static str,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Injected by the local AWS.
    Faults(Vec<Fault>),
    /// These operations of CloudFront are denied.
    Denied(&'static [&'static str]),
    /// CloudFront has no distribution and no distribution tenant.
    NoTargets,
    /// There is no event bus.
    NoBus,
    /// Lambda delivers each of CodePipeline's events twice at once.
    EventsTwice,
}

impl InjectedFault {
    /// Injects the fault, if the local AWS implements it.
    pub(super) fn inject(&self, aws: &Aws) {
        match &self.kind {
            Kind::Faults(faults) => faults.iter().for_each(|fault| aws.inject(fault.clone())),
            Kind::Denied(operations) => {
                let cloudfront = aws.cloudfront();
                operations.iter().for_each(|name| cloudfront.deny(name));
            }
            Kind::NoTargets => aws.cloudfront().delete_all(),
            Kind::NoBus => aws.eventbridge().delete_bus("default"),
            Kind::EventsTwice => {}
        }
    }

    /// A description in one line.
    pub fn help(&self) -> &'static str {
        self.help
    }

    pub(super) fn doubles_events(&self) -> bool {
        matches!(self.kind, Kind::EventsTwice)
    }

    /// All names with their descriptions, for `--help`.
    pub fn catalogue() -> String {
        KNOWN.iter().fold(String::new(), |mut text, known| {
            let name = known.default.map_or_else(
                || known.name.into(),
                |number| format!("{}={number}", known.name),
            );
            let _ = writeln!(text, "  {name:<26} {}", known.help);
            text
        })
    }
}

impl FromStr for InjectedFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = text
            .split_once('=')
            .map_or((text, None), |(name, number)| (name, Some(number)));
        let known = KNOWN
            .iter()
            .find(|known| known.name == name)
            .ok_or_else(|| unknown(name))?;
        let number = match (known.default, number) {
            (None, Some(_)) => return Err(format!("`{name}` takes no number")),
            (default, None) => default.unwrap_or_default(),
            (Some(_), Some(number)) => number
                .parse()
                .ok()
                .filter(|number| *number > 0)
                .ok_or("the number must be a whole one above 0")?,
        };
        let name = match known.default {
            Some(_) => format!("{name}={number}"),
            None => name.to_owned(),
        };
        Ok(Self {
            name,
            help: known.help,
            kind: (known.kind)(number),
        })
    }
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = KNOWN.iter().map(|known| known.name).collect();
    format!("there is no fault `{name}`; there are {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_the_catalogue_is_understood() {
        for line in InjectedFault::catalogue().lines() {
            line.split_whitespace()
                .next()
                .unwrap()
                .parse::<InjectedFault>()
                .unwrap();
        }
    }

    #[test]
    fn a_number_is_taken_where_it_means_something() {
        let killed: InjectedFault = "start-killed-after=5".parse().unwrap();
        let Kind::Faults(faults) = &killed.kind else {
            panic!("{killed:?}")
        };
        let places: Vec<_> = faults.iter().map(|one| (one.first, one.count)).collect();
        assert_eq!(places, [(5, 1)]);
        assert_eq!(
            "sns-dead=1".parse::<InjectedFault>().unwrap_err(),
            "`sns-dead` takes no number"
        );
        assert_eq!(
            "sns-down".parse::<InjectedFault>().unwrap().name,
            "sns-down=3"
        );
        assert!("sns-down=0".parse::<InjectedFault>().is_err());
        assert!(
            "sns"
                .parse::<InjectedFault>()
                .unwrap_err()
                .contains("sns-down, sns-dead")
        );
    }
}
