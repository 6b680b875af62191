//! The setting `ALLOWED_PIPELINES`: which pipelines may invalidate which distributions and distribution tenants.
//!
//! It is one JSON object, such as `{"site": ["E2EXAMPLE1ABCD"], "shop-*": "*"}`. A key is the name of a pipeline, or a
//! prefix of names followed by `*`. A value is an array of ids, or `"*"` for every target of the stack. If several keys
//! match a pipeline, it may use the targets of all of them. A pipeline that no key matches may use none.

use serde_json::value::RawValue;

use super::identifiers::{
    DistributionId, DistributionTenantId, has_only_characters_of_a_pipeline_name,
};
use super::json_object::Entries;
use crate::model::execution_record::Resource;

/// "Pipeline name … 100 characters" (<https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>).
const NAME_CHARACTERS_AT_MOST: usize = 100;

/// The wildcard at the end of a name, and the value for every target.
const EVERY: &str = "*";

/// The rules of the setting, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedPipelines(Vec<Rule>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    /// A name, or a prefix followed by `*`.
    pipelines: String,
    targets: Targets,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Targets {
    Every,
    Listed(Vec<Resource>),
}

impl AllowedPipelines {
    /// Parses the value of the setting.
    ///
    /// # Errors
    /// All errors together, each as the rest of a sentence that begins with the name of the setting.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let entries = Entries::read(text).map_err(|error| {
            vec![format!(
                "is {error}; write one such as {{\"site\": [\"E2EXAMPLE1ABCD\"], \"shop-*\": \"*\"}}"
            )]
        })?;
        let (mut rules, mut faults) = (Vec::<Rule>::new(), Vec::new());
        for (place, (name, value)) in (1..).zip(entries.iter()) {
            match rule(name, value) {
                Ok(rule) if rules.iter().any(|one| one.pipelines == rule.pipelines) => {
                    faults.push(format!(
                        "repeats a name in entry {place}; combine the two entries"
                    ));
                }
                Ok(rule) => rules.push(rule),
                Err(fault) => faults.push(format!("is invalid in entry {place}: {fault}")),
            }
        }
        if rules.is_empty() && faults.is_empty() {
            faults
                .push("has no entry; name at least one pipeline, or remove the setting".to_owned());
        }
        if faults.is_empty() {
            Ok(Self(rules))
        } else {
            Err(faults)
        }
    }

    /// Whether this pipeline may invalidate the resource. An alias is not resolved yet: it is allowed if the pipeline may
    /// use any target.
    #[must_use]
    pub fn allows(&self, pipeline: &str, resource: &Resource) -> bool {
        let mut rules = self.0.iter().filter(|rule| rule.matches(pipeline));
        rules.any(|rule| match (&rule.targets, resource) {
            (Targets::Every, _) | (Targets::Listed(_), Resource::Alias(_)) => true,
            (Targets::Listed(listed), resource) => listed.contains(resource),
        })
    }
}

impl Rule {
    fn matches(&self, pipeline: &str) -> bool {
        let prefix = self.pipelines.strip_suffix(EVERY);
        prefix.map_or_else(
            || self.pipelines == pipeline,
            |prefix| pipeline.starts_with(prefix),
        )
    }
}

fn rule(name: &str, value: &RawValue) -> Result<Rule, &'static str> {
    if !is_pattern(name) {
        return Err(
            "its name must be a pipeline's name, at most 100 characters of A-Z, a-z, 0-9, \".\", \"@\", \"-\" and \"_\", \
             with a \"*\" only at the end",
        );
    }
    Ok(Rule {
        pipelines: name.to_owned(),
        targets: targets(value.get())?,
    })
}

/// Whether it is a name, or a prefix of names with the wildcard.
fn is_pattern(name: &str) -> bool {
    let literal = name.strip_suffix(EVERY).unwrap_or(name);
    (1..=NAME_CHARACTERS_AT_MOST).contains(&name.len())
        && has_only_characters_of_a_pipeline_name(literal)
}

fn targets(json: &str) -> Result<Targets, &'static str> {
    const KIND: &str = "its value must be \"*\", or an array of distribution ids and distribution tenant ids, such as \
                        [\"E2EXAMPLE1ABCD\"]";
    if serde_json::from_str::<String>(json).is_ok_and(|text| text == EVERY) {
        return Ok(Targets::Every);
    }
    let ids: Vec<String> = serde_json::from_str(json).map_err(|_| KIND)?;
    let listed: Option<Vec<Resource>> = ids.iter().map(|id| resource(id)).collect();
    listed
        .filter(|listed| !listed.is_empty())
        .map(Targets::Listed)
        .ok_or(KIND)
}

fn resource(id: &str) -> Option<Resource> {
    let distribution = DistributionId::parse(id).map(Resource::Distribution);
    distribution.or_else(|| DistributionTenantId::parse(id).map(Resource::Tenant))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::identifiers::Alias;

    #[test]
    fn a_pipeline_may_use_the_targets_of_each_rule_that_matches_its_name() {
        let allowed = AllowedPipelines::parse(
            r#"{"site": ["E1", "dt_1"], "shop-*": "*", "shop-old": ["E3"], "team.*": ["E4"]}"#,
        )
        .unwrap();
        let resources = [
            Resource::Distribution(DistributionId::parse("E1").unwrap()),
            Resource::Tenant(DistributionTenantId::parse("dt_1").unwrap()),
            Resource::Distribution(DistributionId::parse("E3").unwrap()),
            Resource::Alias(Alias::parse("www.example.com").unwrap()),
        ];
        let may_use = |pipeline| resources.each_ref().map(|it| allowed.allows(pipeline, it));
        assert_eq!(may_use("site"), [true, true, false, true]);
        assert_eq!(may_use("shop-new"), [true; 4]);
        assert_eq!(may_use("shop-old"), [true; 4]);
        assert_eq!(may_use("team.a"), [false, false, false, true]);
        for other in ["", "sit", "site2", "Site", "shop", "teamXa", "*", "shop*"] {
            assert_eq!(may_use(other), [false; 4], "{other}");
        }
        let everybody = AllowedPipelines::parse(r#"{"*": ["E1"]}"#).unwrap();
        assert!(everybody.allows("any", &resources[0]));
    }

    #[test]
    fn each_fault_names_its_entry() {
        let faults = |text: &str| AllowedPipelines::parse(text).unwrap_err().join("\n");
        let long = format!(r#"{{"{}": "*"}}"#, "x".repeat(NAME_CHARACTERS_AT_MOST + 1));
        assert!(faults(&long).starts_with("is invalid in entry 1: its name"));
        assert!(AllowedPipelines::parse(&long.replacen('x', "", 1)).is_ok());
        let given = [
            "site=E1",
            "[]",
            "{}",
            r#"{"site": "*", "site": ["E1"]}"#,
            r#"{"": "*", "a b": "*", "*-a": "*", "a**": "*"}"#,
            r#"{"a": [], "b": "E1", "c": ["*"], "d": [1], "e": ["www.example.com"], "f": null, "g": ["E1"]}"#,
        ];
        let shown = given.map(|text| format!("{text}\n{}", faults(text)));
        insta::assert_snapshot!(shown.join("\n\n"), @r#"
        site=E1
        is not a JSON object (line 1, column 1); write one such as {"site": ["E2EXAMPLE1ABCD"], "shop-*": "*"}

        []
        is not a JSON object (line 1, column 0); write one such as {"site": ["E2EXAMPLE1ABCD"], "shop-*": "*"}

        {}
        has no entry; name at least one pipeline, or remove the setting

        {"site": "*", "site": ["E1"]}
        repeats a name in entry 2; combine the two entries

        {"": "*", "a b": "*", "*-a": "*", "a**": "*"}
        is invalid in entry 1: its name must be a pipeline's name, at most 100 characters of A-Z, a-z, 0-9, ".", "@", "-" and "_", with a "*" only at the end
        is invalid in entry 2: its name must be a pipeline's name, at most 100 characters of A-Z, a-z, 0-9, ".", "@", "-" and "_", with a "*" only at the end
        is invalid in entry 3: its name must be a pipeline's name, at most 100 characters of A-Z, a-z, 0-9, ".", "@", "-" and "_", with a "*" only at the end
        is invalid in entry 4: its name must be a pipeline's name, at most 100 characters of A-Z, a-z, 0-9, ".", "@", "-" and "_", with a "*" only at the end

        {"a": [], "b": "E1", "c": ["*"], "d": [1], "e": ["www.example.com"], "f": null, "g": ["E1"]}
        is invalid in entry 1: its value must be "*", or an array of distribution ids and distribution tenant ids, such as ["E2EXAMPLE1ABCD"]
        is invalid in entry 2: its value must be "*", or an array of distribution ids and distribution tenant ids, such as ["E2EXAMPLE1ABCD"]
        is invalid in entry 3: its value must be "*", or an array of distribution ids and distribution tenant ids, such as ["E2EXAMPLE1ABCD"]
        is invalid in entry 4: its value must be "*", or an array of distribution ids and distribution tenant ids, such as ["E2EXAMPLE1ABCD"]
        is invalid in entry 5: its value must be "*", or an array of distribution ids and distribution tenant ids, such as ["E2EXAMPLE1ABCD"]
        is invalid in entry 6: its value must be "*", or an array of distribution ids and distribution tenant ids, such as ["E2EXAMPLE1ABCD"]
        "#);
    }
}
