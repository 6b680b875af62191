//! The story of one execution: its moments in order, what it came to, and what is still to come.

use super::moment::{Actor, Life, Moment, Tone};
use super::time::span_ms;

/// From how many moments on that say the same only the first and the last are told.
const ALIKE_AT_LEAST: usize = 4;
/// How the words of an answer begin, and from when on a job was held for it, in milliseconds.
pub(super) const ANSWERS: &str = "answers the job";
const WAITED_MS: u64 = 2_000;
/// Who goes on as fast as this goes on at once, in milliseconds.
const AT_ONCE_MS: u64 = 100;

/// A story, ready to be shown in any form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The id of the first job, which is the execution's; none where nothing names it.
    pub execution: Option<String>,
    /// The pipeline's name, if anything tells it.
    pub pipeline: Option<String>,
    /// What happened, the earliest first.
    pub moments: Vec<Moment>,
    /// The lives of the functions.
    pub lives: Vec<Life>,
    /// What it came to.
    pub came_to: Vec<Sentence>,
    /// What the table holds of it, each with what it is.
    pub stored: Vec<(&'static str, String)>,
    /// What somebody still has to do or to hear, and when that is tried.
    pub pending: Vec<Sentence>,
    /// What to look at.
    pub look_at: Vec<Sentence>,
    /// What the source does not tell.
    pub untold: Vec<Sentence>,
}

/// One sentence about a story as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What it says.
    pub words: String,
    /// How it sounds.
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
    /// When it began; zero where nothing is known.
    #[must_use]
    pub fn began_ms(&self) -> u64 {
        let moments = self.moments.iter().map(|moment| moment.at_ms);
        moments.min().unwrap_or_default()
    }

    /// The last moment that is known of it.
    #[must_use]
    pub fn ended_ms(&self) -> u64 {
        let moments = self.moments.iter().map(|moment| moment.at_ms);
        moments.max().unwrap_or_default()
    }

    /// Its name for people.
    #[must_use]
    pub fn title(&self) -> String {
        match (&self.execution, &self.pipeline) {
            (Some(execution), Some(pipeline)) => format!("Execution {execution} of {pipeline}"),
            (Some(execution), None) => format!("Execution {execution}"),
            (None, _) => "A run without an execution".to_owned(),
        }
    }

    /// Puts the moments in order, and says of each death who went on.
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

    /// Says of each answer how long its job was held for it.
    fn mark_holds(&mut self) {
        for moment in &mut self.moments {
            let began_ms = moment
                .life
                .map_or(moment.at_ms, |life| self.lives[life].began_ms);
            let waited_ms = moment.at_ms.saturating_sub(began_ms);
            if let (true, Some(said)) = (waited_ms >= WAITED_MS, moment.words.strip_prefix(ANSWERS))
            {
                moment.words = format!("{ANSWERS}, held for {}{said}", span_ms(waited_ms));
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
                format!("; {} goes on where it died", the(alive))
            } else {
                format!("; {} goes on where {} died", the(alive), the(dead))
            };
            moment.words.push_str(&goes_on);
            moment.tone = Tone::Recovery;
        }
    }
}

/// One death, or several of one function in a row, and the life that goes on.
struct Death {
    actor: Actor,
    times: usize,
    last: usize,
    heir: Option<usize>,
}

/// One sentence for all deaths of one function after which the same one went on.
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
    let died = format!("{} died {times}", capital(the(dead)));
    let Some(heir) = heir else {
        return Sentence::new(format!("{died}, and nobody is seen to go on.")).sounding(Tone::Bad);
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
        (..AT_ONCE_MS, 1) => format!("{heir} went on at once"),
        (backoff_ms, 1) => format!("{heir} went on {} later", span_ms(backoff_ms)),
        (backoff_ms, _) => format!("each time {heir} went on, within {}", span_ms(backoff_ms)),
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

/// Leaves out the middle of a long row of moments that say the same.
fn shortened(moments: &[Moment]) -> Vec<Moment> {
    let is_alike = |one: &Moment, other: &Moment| {
        (one.who, one.from, one.to, &one.words) == (other.who, other.from, other.to, &other.words)
    };
    let rows = moments.chunk_by(is_alike);
    let mut told = Vec::new();
    for row in rows {
        match row {
            [first, between @ .., last] if row.len() >= ALIKE_AT_LEAST => {
                let words = format!("{} (and {} times in between)", last.words, between.len());
                told.extend([
                    first.clone(),
                    Moment {
                        words,
                        ..last.clone()
                    },
                ]);
            }
            row => told.extend_from_slice(row),
        }
    }
    told
}

/// A function as it stands in a sentence.
pub(super) const fn the(actor: Actor) -> &'static str {
    match actor {
        Actor::Checker => "the checker",
        actor => actor.name(),
    }
}

/// With a capital letter, but for `start`, which is a name.
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
        let told = timeline.told();
        assert_eq!(
            told.came_to[0].words,
            "start died 3 times; the checker went on 9.0 s later."
        );
        assert_eq!(
            told.moments[0].words,
            "takes the job; the checker goes on where start died"
        );
        assert_eq!(told.moments[0].tone, Tone::Recovery);
    }

    #[test]
    fn a_crash_without_a_continuation_is_an_error() {
        let timeline = Timeline {
            lives: vec![life(Actor::Checker, 0, true)],
            ..Timeline::default()
        };
        let told = timeline.told().came_to;
        assert_eq!(
            told[0].words,
            "The checker died once, and nobody is seen to go on."
        );
        assert_eq!(told[0].tone, Tone::Bad);
    }

    #[test]
    fn a_long_row_is_shortened() {
        let look = |at_ms| Moment::at(at_ms, Actor::Start, "looks");
        let told = shortened(&(0..9).map(look).collect::<Vec<_>>());
        assert_eq!(told.len(), 2);
        assert_eq!(told[1].words, "looks (and 7 times in between)");
        assert_eq!(shortened(&(0..3).map(look).collect::<Vec<_>>()).len(), 3);
    }
}
