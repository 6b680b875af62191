//! The invariant checker over a whole day.
//!
//! Two teams share only CloudFront's rate limit, so each team is checked by itself; that is many times faster than all
//! of them together.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::plan::{Deploy, TEAMS, id, team, topic};
use super::play::Day;
use super::{DISTRIBUTIONS, plan};
use invariants::{Fact, Limits, Services, What, check, of_services, of_table};
use local_aws::Call;
use local_aws::cloudfront::InvalidationView;
use local_aws::codepipeline::ActionState;
use local_aws::sns::Published;

/// How long CodePipeline waits for a result.
const PATIENCE: Duration = Duration::from_secs(20 * 60);
/// The time-out of an execution, from the settings.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// Each violation, with its invariant and a sentence.
pub(super) fn violations(plan: &[Deploy], day: &Day) -> Vec<String> {
    let (mut teams, lost) = sorted(plan, day);
    let mut violations: Vec<String> = teams.iter_mut().flat_map(|team| team.assess(day)).collect();
    // A call that belongs to no team would hide its violation.
    violations.extend(
        lost.map(|call| format!("{} of {} belongs to no team", call.operation, call.subject)),
    );
    violations
}

/// The recorded data of one team.
#[derive(Default)]
struct Team {
    topic: String,
    actions: Vec<ActionState>,
    invalidations: Vec<InvalidationView>,
    notifications: Vec<Published>,
    calls: Vec<Call>,
    items: Vec<Map<String, Value>>,
}

impl Team {
    fn assess(&mut self, day: &Day) -> Vec<String> {
        let mut facts = of_services(&Services {
            actions: &self.actions,
            invalidations: &self.invalidations,
            notifications: &self.notifications,
            events: &[],
            bus: None,
            made_up: &std::collections::BTreeSet::new(),
            calls: &self.calls,
        });
        facts.extend(of_table(&self.items, day.now_ms));
        facts.extend(self.actions.iter().map(|action| self.given(action)));
        let limits = Limits {
            slack: PATIENCE,
            skew: Duration::ZERO,
            is_over: true,
            ..Limits::default()
        };
        let findings = check(&facts, &limits);
        findings
            .breaches()
            .map(|(invariant, breach)| format!("{}: {}", invariant.id(), breach.sentence))
            .collect()
    }

    /// The parameters of an execution, which only the plan knows.
    fn given(&self, action: &ActionState) -> Fact {
        Fact {
            at_ms: action.started_ms,
            execution: action.jobs.first().cloned(),
            what: What::Given {
                topic: Some(self.topic.clone()),
                deadline_ms: Some(action.started_ms + TIMEOUT.as_millis() as u64),
            },
        }
    }
}

/// The recorded data by team, and a call that belongs to none, if there is one.
fn sorted<'d>(plan: &[Deploy], day: &'d Day) -> (Vec<Team>, Option<&'d Call>) {
    let names = names(plan, day);
    let find = |name: &str| {
        let name = name.strip_prefix("queue/").unwrap_or(name);
        names.get(name).copied()
    };
    let mut teams: Vec<Team> = (0..TEAMS)
        .map(|team| Team {
            topic: topic(team),
            ..Team::default()
        })
        .collect();
    for (action, deploy) in day.actions.iter().zip(plan) {
        teams[plan::team(deploy.distribution)]
            .actions
            .push(action.clone());
    }
    for one in &day.invalidations {
        if let Some(team) = find(one.resource_id.id()) {
            teams[team].invalidations.push(one.clone());
        }
    }
    for notification in &day.notifications {
        if let Some(team) = find(&notification.topic) {
            teams[team].notifications.push(notification.clone());
        }
    }
    for item in &day.items {
        if let Some(team) = item["id"]["S"].as_str().and_then(find) {
            teams[team].items.push(item.clone());
        }
    }
    let mut lost = None;
    for call in &day.calls {
        match find(&call.subject) {
            Some(team) => teams[team].calls.push(call.clone()),
            // The index is shared by all teams.
            None if call.operation == "Query" => {}
            None => lost = Some(call),
        }
    }
    (teams, lost)
}

/// The team of each name that may be the subject of a call.
fn names<'d>(plan: &[Deploy], day: &'d Day) -> BTreeMap<std::borrow::Cow<'d, str>, usize> {
    let mut names = BTreeMap::new();
    for number in 0..DISTRIBUTIONS {
        names.insert(id(number).into(), team(number));
    }
    for team in 0..TEAMS {
        names.insert(topic(team).into(), team);
    }
    for (action, deploy) in day.actions.iter().zip(plan) {
        let jobs = action.jobs.iter();
        names.extend(jobs.map(|job| (job.as_str().into(), team(deploy.distribution))));
    }
    for one in &day.invalidations {
        let team = names.get(one.resource_id.id()).copied().unwrap_or_default();
        names.insert(one.id.as_str().into(), team);
    }
    names
}
