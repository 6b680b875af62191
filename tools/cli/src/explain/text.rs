//! A timeline as lines of text.

use std::fmt::Write as _;

use clap::builder::styling::{AnsiColor, Style};

use super::moment::{Actor, Moment, Tone};
use super::time::{day, moment, span_ms, time_of_day};
use super::timeline::{Sentence, Timeline, counted};

/// The most characters of a line.
const WIDTH: usize = 132;
/// The column in which the words of a moment begin.
const INDENT: usize = 44;

/// The whole timeline. Its colours are ANSI sequences, to be printed through `anstream`.
#[must_use]
pub fn text(timeline: &Timeline) -> String {
    let mut out = String::new();
    let (bold, began_ms) = (Style::new().bold(), timeline.began_ms());
    line(&mut out, &format!("{bold}{}{bold:#}", timeline.title()));
    line(&mut out, &format!("begun {}", moment(began_ms)));
    line(&mut out, "");
    let mut today = day(began_ms);
    for shown in &timeline.moments {
        let that_day = day(shown.at_ms);
        if that_day != today {
            line(&mut out, &format!("{:>14}{that_day}", ""));
            today = that_day;
        }
        of_moment(&mut out, shown, began_ms);
    }
    section(&mut out, "Result", &timeline.came_to);
    if !timeline.stored.is_empty() {
        heading(&mut out, "Record in the table");
        for (name, value) in &timeline.stored {
            wrapped(&mut out, &format!("  {name:<11}"), 13, value, Tone::Plain);
        }
    }
    let nothing = [Sentence::new("Nothing.")];
    let pending = if timeline.pending.is_empty() {
        &nothing[..]
    } else {
        &timeline.pending
    };
    section(&mut out, "Pending", pending);
    section(&mut out, "What to check", &timeline.look_at);
    section(&mut out, "Not known", &timeline.untold);
    out
}

/// One line for each timeline.
#[must_use]
pub fn list(timelines: &[Timeline]) -> String {
    let mut out = String::new();
    let count = counted(timelines.len(), "execution", "executions");
    line(&mut out, &format!("{count}, the earliest first"));
    line(&mut out, "");
    for timeline in timelines {
        let (execution, pipeline) = (timeline.execution.as_deref(), timeline.pipeline.as_deref());
        let outcome = timeline.came_to.first();
        let style = style(outcome.map_or(Tone::Plain, |outcome| outcome.tone));
        let words = outcome.map_or("", |outcome| outcome.words.as_str());
        let (began, execution) = (moment(timeline.began_ms()), execution.unwrap_or("?"));
        let pipeline = pipeline.unwrap_or("an unnamed pipeline");
        line(
            &mut out,
            &format!("  {began}  {execution:<36}  {pipeline:<24}  {style}{words}{style:#}"),
        );
    }
    out
}

fn of_moment(out: &mut String, moment: &Moment, began_ms: u64) {
    let dim = Style::new().dimmed();
    let since = format!("+{}", span_ms(moment.at_ms.saturating_sub(began_ms)));
    let (time, who) = (time_of_day(moment.at_ms), moment.who.name());
    let (mark, actor) = (mark(moment.tone), colour(moment.who));
    let head = format!("{since:>12}  {dim}{time}{dim:#}  {actor}{who:<12}{actor:#}  {mark} ");
    wrapped(out, &head, INDENT, &moment.words, moment.tone);
}

fn section(out: &mut String, name: &str, sentences: &[Sentence]) {
    if sentences.is_empty() {
        return;
    }
    heading(out, name);
    for sentence in sentences {
        wrapped(out, "  ", 2, &sentence.words, sentence.tone);
    }
}

fn heading(out: &mut String, name: &str) {
    let bold = Style::new().bold();
    line(out, &format!("\n{bold}{name}{bold:#}"));
}

/// Text after a head of this many columns, wrapped between words at the line width.
fn wrapped(out: &mut String, head: &str, indent: usize, words: &str, tone: Tone) {
    let style = style(tone);
    for (number, row) in rows(words, WIDTH - indent).iter().enumerate() {
        let head = if number == 0 {
            head.to_owned()
        } else {
            " ".repeat(indent)
        };
        line(out, &format!("{head}{style}{row}{style:#}"));
    }
}

/// Text in rows of at most this many characters; a longer word has a row of its own.
pub(super) fn rows(words: &str, most: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    for word in words.split(' ') {
        let row = rows.last_mut().expect("there is one row at least");
        if row.is_empty() {
            row.push_str(word);
        } else if row.chars().count() + 1 + word.chars().count() <= most {
            row.push(' ');
            row.push_str(word);
        } else {
            rows.push(word.to_owned());
        }
    }
    rows
}

fn line(out: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}", text.trim_end());
}

/// The mark before the text, so that colours are not needed.
pub(super) const fn mark(tone: Tone) -> char {
    match tone {
        Tone::Plain => ' ',
        Tone::Good => '✓',
        Tone::Bad => '!',
        Tone::Crash => '✗',
        Tone::Recovery => '↻',
    }
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Bad => AnsiColor::Yellow.on_default(),
        Tone::Crash => AnsiColor::Red.on_default().bold(),
        Tone::Recovery => AnsiColor::Cyan.on_default(),
    }
}

fn colour(who: Actor) -> Style {
    match who {
        Actor::Start => AnsiColor::Cyan.on_default(),
        Actor::Checker => AnsiColor::Magenta.on_default(),
        _ => AnsiColor::Blue.on_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_broken_between_words() {
        assert_eq!(rows("one two three", 7), ["one two", "three"]);
        assert_eq!(rows("a longerword b", 4), ["a", "longerword", "b"]);
        assert_eq!(rows("", 4), [""]);
    }
}
