//! Liveness: whether a final state is reachable from every state.
//!
//! From each reachable state, whatever faults led to it, only actions of a [sound world](Action::is_sound) may
//! follow. The check covers every state. A final state therefore stays reachable for any continuation, and is reached
//! under any fair schedule.

use std::collections::HashMap;

use invalidation_core::model::execution_record::{Channel, PublishState};
use stateright::Model as _;

use super::Model;
use super::action::Action;
use super::frozen::fingerprint;
use super::state::State;

/// The number of states, and of those from which no final state is reachable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Liveness {
    /// All states.
    pub states: usize,
    /// States from which no result can be reported for the open job.
    pub invalid_event: usize,
    /// States from which the record can no longer be finalized with its notification sent or abandoned.
    pub undrainable: usize,
}

/// An action of a sound world, from one state to another.
struct Edge {
    from: u32,
    to: u32,
    /// Whether CodePipeline's own timer ends the action.
    is_timer: bool,
}

struct Graph {
    edges: Vec<Edge>,
    reported: Vec<bool>,
    finalized: Vec<bool>,
}

/// Explores `model`, and searches backwards from every final state.
#[must_use]
pub fn analyse(model: &Model) -> Liveness {
    let graph = Graph::explore(model);
    let states = graph.reported.len();
    let lost = |ends: &[bool], edges: &dyn Fn(&Edge) -> bool| {
        states - reaching(ends, graph.edges.iter().filter(|edge| edges(edge)))
    };
    Liveness {
        states,
        invalid_event: lost(&graph.reported, &|edge| !edge.is_timer),
        undrainable: lost(&graph.finalized, &|_| true),
    }
}

impl Graph {
    fn explore(model: &Model) -> Self {
        let mut graph = Self {
            edges: Vec::new(),
            reported: Vec::new(),
            finalized: Vec::new(),
        };
        let mut known: HashMap<u64, u32> = HashMap::new();
        let mut open: Vec<(u32, State)> = Vec::new();
        for state in model.init_states() {
            graph.add_state(state, &mut known, &mut open);
        }
        let mut actions = Vec::new();
        while let Some((from, state)) = open.pop() {
            model.actions(&state, &mut actions);
            for action in actions.drain(..) {
                let Some(next) = model.next_state(&state, action) else {
                    continue;
                };
                let is_timer = next.world.codepipeline.is_over
                    && !state.world.codepipeline.is_over
                    && action == Action::Phase;
                let to = graph.add_state(next, &mut known, &mut open);
                if action.is_sound() {
                    graph.edges.push(Edge { from, to, is_timer });
                }
            }
        }
        graph
    }

    fn add_state(
        &mut self,
        state: State,
        known: &mut HashMap<u64, u32>,
        open: &mut Vec<(u32, State)>,
    ) -> u32 {
        let next =
            u32::try_from(known.len()).expect("there are fewer than four thousand million states");
        let number = *known.entry(fingerprint(&state)).or_insert(next);
        if number == next {
            self.reported.push(state.world.codepipeline.is_over);
            self.finalized.push(is_finalized(&state));
            open.push((number, state));
        }
        number
    }
}

/// Whether no work is left, and the outcome, if there is one, is published.
fn is_finalized(state: &State) -> bool {
    // Every scenario has a topic; not every configuration has a bus.
    let is_published =
        |channel, notification_state: &PublishState| match (channel, notification_state) {
            (_, PublishState::Abandoned) | (Channel::Bus, PublishState::NotWanted) => true,
            (Channel::Topic, _) => state.world.published > 0,
            (Channel::Bus, _) => state.world.put > 0,
        };
    match state.world.record() {
        Some(record) => {
            let mut channels = Channel::ALL.into_iter();
            record.is_finalized()
                && channels.all(|channel| is_published(channel, record.publish_state(channel)))
        }
        None => state.world.codepipeline.is_over,
    }
}

/// The number of states from which one of `ends` is reachable.
fn reaching<'a>(ends: &[bool], edges: impl Iterator<Item = &'a Edge> + Clone) -> usize {
    // The edges that lead to a state stand side by side, from `first[state]` to `first[state + 1]`.
    let mut first = vec![0_u32; ends.len() + 1];
    for edge in edges.clone() {
        first[edge.to as usize + 1] += 1;
    }
    for place in 1..first.len() {
        first[place] += first[place - 1];
    }
    let mut free = first.clone();
    let mut sources = vec![0_u32; first[ends.len()] as usize];
    for edge in edges {
        let place = &mut free[edge.to as usize];
        sources[*place as usize] = edge.from;
        *place += 1;
    }
    let mut reached = ends.to_vec();
    let mut open: Vec<usize> = (0..ends.len()).filter(|state| ends[*state]).collect();
    while let Some(state) = open.pop() {
        for source in &sources[first[state] as usize..first[state + 1] as usize] {
            let source = *source as usize;
            if !reached[source] {
                reached[source] = true;
                open.push(source);
            }
        }
    }
    reached.into_iter().filter(|is_reached| *is_reached).count()
}
