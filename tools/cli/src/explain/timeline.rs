//! The timeline of one execution: its moments in order, its result, and pending work.

use super::moment::{Actor, Life, Moment, Tone};
use super::time::span_ms;

/// The number of equal moments from which only the first and the last are shown.
const ALIKE_AT_LEAST: usize = 4;
/// The beginning of the text of a result, and the wait that is worth mentioning, in milliseconds.
pub(super) const ANSWERS: &str = "reports the job result";
const WAITED_MS: u64 = 2_000;
/// A continuation within this time counts as immediate, in milliseconds.
const AT_ONCE_MS: u64 = 100;

/// A timeline in a form that is independent of its output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The id of the first job, which is the execution's; `None` if it is unknown.
    pub execution: Option<String>,
    /// The pipeline's name, if known.
    pub pipeline: Option<String>,
    /// The moments in chronological order.
    pub moments: Vec<Moment>,
    /// The invocations of the functions.
    pub lives: Vec<Life>,
    /// The result.
    pub came_to: Vec<Sentence>,
    /// The record in the table, as labels and values.
    pub stored: Vec<(&'static str, String)>,
    /// The pending work, with the time of the next attempt.
    pub pending: Vec<Sentence>,
    /// What to check.
    pub look_at: Vec<Sentence>,
    /// What the source does not contain.
    pub untold: Vec<Sentence>,
}

/// A sentence about a timeline as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The text.
    pub words: String,
    /// The tone.
    pub tone: Tone,
}

impl Sentence {
    pub(crate) fn new(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            tone: Tone::Plain,
        }
    }

    pub(super) fn sounding(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

impl Timeline {
    /// When it began; zero if unknown.
    #[must_use]
    pub fn began_ms(&self) -> u64 {
        let moments = self.moments.iter().map(|moment| moment.at_ms);
        moments.min().unwrap_or_default()
    }

    /// The latest known time.
    #[must_use]
    pub fn ended_ms(&self) -> u64 {
        let moments = self.moments.iter().map(|moment| moment.at_ms);
        moments.max().unwrap_or_default()
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> String {
        match (&self.execution, &self.pipeline) {
            (Some(execution), Some(pipeline)) => format!("Execution {execution} of {pipeline}"),
            (Some(execution), None) => format!("Execution {execution}"),
            (None, _) => "A run without an execution".to_owned(),
        }
    }

    /// Sorts the moments, and adds to each crash the function that continued.
    #[must_use]
    pub(super) fn told(mut self) -> Self {
        self.moments.sort_by_key(|moment| moment.at_ms);
        let deaths = deaths(&self.lives);
        for death in &deaths {
            self.mark_recovery(death);
        }
        self.mark_holds();
        self.came_to.extend(sentences(&deaths, &self.lives));
        self.moments = shortened(&self.moments);
        self
    }

    /// Adds to each result how long the function waited before it.
    fn mark_holds(&mut self) {
        for moment in &mut self.moments {
            let began_ms = moment
                .life
                .map_or(moment.at_ms, |life| self.lives[life].began_ms);
            let waited_ms = moment.at_ms.saturating_sub(began_ms);
            if let (true, Some(said)) = (waited_ms >= WAITED_MS, moment.words.strip_prefix(ANSWERS))
            {
                moment.words = format!("{ANSWERS} after a wait of {}{said}", span_ms(waited_ms));
            }
        }
    }

    fn mark_recovery(&mut self, death: &Death) {
        let Some(heir) = death.heir else { return };
        let (dead, alive) = (death.actor, self.lives[heir].actor);
        let first = self
            .moments
            .iter_mut()
            .find(|moment| moment.life == Some(heir));
        if let Some(moment) = first {
            let goes_on = if dead == alive {
                format!("; {} continues after its crash", the(alive))
            } else {
                format!(
                    "; {} continues after the crash of {}",
                    the(alive),
                    the(dead)
                )
            };
            moment.words.push_str(&goes_on);
            moment.tone = Tone::Recovery;
        }
    }
}

/// One crash, or several of one function in a row, and the invocation that continued.
struct Death {
    actor: Actor,
    times: usize,
    last: usize,
    heir: Option<usize>,
}

/// One sentence for all crashes of one function after which the same function continued.
fn sentences(deaths: &[Death], lives: &[Life]) -> Vec<Sentence> {
    let heir = |death: &Death| death.heir.map(|heir| lives[heir].actor);
    let mut pairs: Vec<(Actor, Option<Actor>)> = Vec::new();
    for death in deaths {
        let pair = (death.actor, heir(death));
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    let of_pair = |pair: &(Actor, Option<Actor>)| {
        let of_it = deaths
            .iter()
            .filter(|death| (death.actor, heir(death)) == *pair);
        sentence(*pair, &of_it.collect::<Vec<_>>(), lives)
    };
    pairs.iter().map(of_pair).collect()
}

fn sentence((dead, heir): (Actor, Option<Actor>), deaths: &[&Death], lives: &[Life]) -> Sentence {
    let times = match deaths.iter().map(|death| death.times).sum() {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        times => format!("{times} times"),
    };
    let died = format!("{} crashed {times}", capital(the(dead)));
    let Some(heir) = heir else {
        return Sentence::new(format!("{died}; no function continued.")).sounding(Tone::Bad);
    };
    let pauses = deaths.iter().filter_map(|death| {
        let began_ms = lives[death.heir?].began_ms;
        Some(began_ms.saturating_sub(lives[death.last].ended_ms))
    });
    let heir = match heir {
        Actor::Function => "one",
        heir => the(heir),
    };
    let went_on = match (pauses.max().unwrap_or_default(), deaths.len()) {
        (..AT_ONCE_MS, 1) => format!("{heir} continued at once"),
        (backoff_ms, 1) => format!("{heir} continued {} later", span_ms(backoff_ms)),
        (backoff_ms, _) => format!("each time {heir} continued within {}", span_ms(backoff_ms)),
    };
    Sentence::new(format!("{died}; {went_on}.")).sounding(Tone::Recovery)
}

fn deaths(lives: &[Life]) -> Vec<Death> {
    let mut order: Vec<usize> = (0..lives.len()).collect();
    order.sort_by_key(|life| (lives[*life].began_ms, lives[*life].ended_ms));
    let mut deaths: Vec<Death> = Vec::new();
    for &dead in order.iter().filter(|life| lives[**life].died) {
        let heir = order
            .iter()
            .copied()
            .find(|heir| *heir != dead && lives[*heir].began_ms >= lives[dead].ended_ms);
        let (times, before) = match deaths.pop() {
            Some(before) if before.heir == Some(dead) && before.actor == lives[dead].actor => {
                (before.times + 1, None)
            }
            before => (1, before),
        };
        deaths.extend(before);
        let actor = lives[dead].actor;
        deaths.push(Death {
            actor,
            times,
            last: dead,
            heir,
        });
    }
    deaths
}

/// Leaves out the middle of a long row of equal moments.
fn shortened(moments: &[Moment]) -> Vec<Moment> {
    let is_alike = |one: &Moment, other: &Moment| {
        (one.who, one.from, one.to, &one.words) == (other.who, other.from, other.to, &other.words)
    };
    let rows = moments.chunk_by(is_alike);
    let mut kept = Vec::new();
    for row in rows {
        match row {
            [first, between @ .., last] if row.len() >= ALIKE_AT_LEAST => {
                let words = format!("{} (and {} times in between)", last.words, between.len());
                kept.extend([
                    first.clone(),
                    Moment {
                        words,
                        ..last.clone()
                    },
                ]);
            }
            row => kept.extend_from_slice(row),
        }
    }
    kept
}

/// The name of a function within a sentence.
pub(super) const fn the(actor: Actor) -> &'static str {
    match actor {
        Actor::Checker => "the checker",
        actor => actor.name(),
    }
}

/// With a capital letter, except `start`, which is a name.
pub(super) fn capital(words: &str) -> String {
    match words
        .strip_prefix("the ")
        .or_else(|| words.strip_prefix("a "))
    {
        Some(_) => words[..1].to_uppercase() + &words[1..],
        None => words.to_owned(),
    }
}

/// "1 try", "2 tries".
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(actor: Actor, began_ms: u64, died: bool) -> Life {
        Life {
            ended_ms: began_ms + 1_000,
            died,
            ..Life::begun(actor, began_ms)
        }
    }

    #[test]
    fn consecutive_crashes_are_explained_together_with_the_function_that_continues() {
        let start = |began_ms| life(Actor::Start, began_ms, true);
        let timeline = Timeline {
            lives: vec![
                start(0),
                start(60_000),
                start(180_000),
                life(Actor::Checker, 190_000, false),
            ],
            moments: vec![Moment::at(190_000, Actor::Checker, "takes the job").in_life(Some(3))],
            ..Timeline::default()
        };
        let timeline = timeline.told();
        assert_eq!(
            timeline.came_to[0].words,
            "start crashed 3 times; the checker continued 9.0 s later."
        );
        assert_eq!(
            timeline.moments[0].words,
            "takes the job; the checker continues after the crash of start"
        );
        assert_eq!(timeline.moments[0].tone, Tone::Recovery);
    }

    #[test]
    fn a_crash_without_a_continuation_is_an_error() {
        let timeline = Timeline {
            lives: vec![life(Actor::Checker, 0, true)],
            ..Timeline::default()
        };
        let came_to = timeline.told().came_to;
        assert_eq!(
            came_to[0].words,
            "The checker crashed once; no function continued."
        );
        assert_eq!(came_to[0].tone, Tone::Bad);
    }

    #[test]
    fn a_long_row_is_shortened() {
        let look = |at_ms| Moment::at(at_ms, Actor::Start, "polls");
        let kept = shortened(&(0..9).map(look).collect::<Vec<_>>());
        assert_eq!(kept.len(), 2);
        assert_eq!(kept[1].words, "polls (and 7 times in between)");
        assert_eq!(shortened(&(0..3).map(look).collect::<Vec<_>>()).len(), 3);
    }
}
