//! The layout of the diagram: time runs downwards, with a lane for each actor.

use super::super::moment::{Actor, Life, Moment};
use super::super::text::rows;
use super::super::timeline::Timeline;

/// Between two lanes.
pub(super) const LANE: f64 = 108.0;
/// The middle of the first lane.
const FIRST_LANE: f64 = 150.0;
/// The first moment.
const TOP: f64 = 92.0;
/// The height of a moment with one row of text, and of each further row.
const STEP: f64 = 30.0;
pub(super) const ROW: f64 = 17.0;
/// The height of a wait of any length, and the shortest wait.
const WAIT: f64 = 40.0;
const WAIT_MS: u64 = 10_000;
/// Below the last moment.
const BOTTOM: f64 = 26.0;
/// The most characters in a row of text, and their width.
const WORDS_CHARACTERS: usize = 58;
const WORDS_WIDTH: f64 = 452.0;

/// One moment with its position.
pub(super) struct Placed<'s> {
    pub(super) moment: &'s Moment,
    pub(super) y: f64,
    pub(super) words: Vec<String>,
}

/// A wait that is drawn shortened.
pub(super) struct Wait {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) ms: u64,
}

/// The layout of a timeline.
pub(super) struct Layout<'s> {
    pub(super) lanes: Vec<Actor>,
    pub(super) moments: Vec<Placed<'s>>,
    pub(super) waits: Vec<Wait>,
    pub(super) bottom: f64,
    pub(super) width: f64,
    pub(super) words_at: f64,
    /// Known pairs of a time and its position, in order.
    scale: Vec<(u64, f64)>,
}

impl<'s> Layout<'s> {
    pub(super) fn of(timeline: &'s Timeline) -> Self {
        let lanes = lanes(timeline);
        let (mut moments, mut waits, mut scale) = (Vec::new(), Vec::new(), Vec::new());
        let (mut y, mut before_ms) = (TOP, timeline.began_ms());
        for moment in &timeline.moments {
            let words = rows_behind(moment.who.name(), &moment.words);
            let backoff_ms = moment.at_ms.saturating_sub(before_ms);
            if backoff_ms >= WAIT_MS {
                let from = y - STEP / 2.0 + 2.0;
                waits.push(Wait {
                    from,
                    to: from + WAIT,
                    ms: backoff_ms,
                });
                y += WAIT;
            }
            scale.push((moment.at_ms, y));
            moments.push(Placed { moment, y, words });
            let rows = moments.last().map_or(1, |placed| placed.words.len());
            y += STEP + ROW * (rows - 1) as f64;
            before_ms = moment.at_ms;
        }
        let words_at = FIRST_LANE + LANE * lanes.len() as f64 - 30.0;
        Self {
            lanes,
            moments,
            waits,
            bottom: y + BOTTOM - STEP,
            width: words_at + WORDS_WIDTH,
            words_at,
            scale,
        }
    }

    /// The middle of a lane; that of the first for an actor without a lane.
    pub(super) fn x(&self, actor: Actor) -> f64 {
        let lane = self.lanes.iter().position(|lane| *lane == actor);
        FIRST_LANE + LANE * lane.unwrap_or_default() as f64
    }

    /// The extent of an invocation: its duration, and all of its moments.
    pub(super) fn reach(&self, number: usize, life: &Life) -> (f64, f64) {
        let own = self
            .moments
            .iter()
            .filter(|placed| placed.moment.life == Some(number));
        let rows = own
            .map(|placed| placed.y)
            .chain([self.y(life.began_ms), self.y(life.ended_ms)]);
        rows.fold((f64::MAX, f64::MIN), |(top, end), y| {
            (top.min(y), end.max(y))
        })
    }

    /// The position of a time, interpolated between the known moments.
    pub(super) fn y(&self, at_ms: u64) -> f64 {
        let after = self.scale.partition_point(|(ms, _)| *ms < at_ms);
        let (before, after) = (
            after.checked_sub(1).map(|before| self.scale[before]),
            self.scale.get(after),
        );
        match (before, after) {
            (Some((from_ms, from)), Some((to_ms, to))) if *to_ms > from_ms => {
                let part = (at_ms - from_ms) as f64 / (to_ms - from_ms) as f64;
                from + (to - from) * part
            }
            (_, Some((_, y))) => *y,
            (Some((_, y)), None) => y + STEP / 3.0,
            (None, None) => TOP,
        }
    }
}

/// The fixed lanes and the other actors, in the order of the lanes.
fn lanes(timeline: &Timeline) -> Vec<Actor> {
    let mut lanes = Actor::ALWAYS.to_vec();
    let called = timeline
        .moments
        .iter()
        .flat_map(|moment| [moment.from, moment.to]);
    let lived = timeline.lives.iter().map(|life| life.actor);
    lanes.extend(called.chain(lived).filter(|actor| *actor != Actor::Lambda));
    lanes.sort_unstable();
    lanes.dedup();
    lanes
}

/// The rows of a text, the first of which follows a name.
fn rows_behind(name: &str, words: &str) -> Vec<String> {
    let mut rows = rows(&format!("{name} {words}"), WORDS_CHARACTERS);
    if let Some(first) = rows.first_mut() {
        *first = first.chars().skip(name.chars().count() + 1).collect();
    }
    rows
}
