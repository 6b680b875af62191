//! The shapes of the diagram.

use std::fmt::Write as _;

use super::class;
use super::is_marked;
use super::layout::{LANE, Layout};
use crate::explain::moment::{Actor, Life, Moment, Tone};
use crate::explain::time::span_ms;
use crate::explain::timeline::Timeline;

/// Half of a bar.
const HALF: f64 = 7.0;
/// The least height of a bar, so that an invocation of a few milliseconds is visible.
const SHORTEST: f64 = 14.0;

/// The name of a lane, and its line.
pub(super) fn lane(actor: Actor, layout: &Layout<'_>) -> String {
    let (x, name, class) = (layout.x(actor), actor.name(), class(actor));
    let left = x - LANE / 2.0 + 4.0;
    let width = LANE - 8.0;
    format!(
        "<g class=\"lane {class}\" data-lane=\"{name}\"><rect class=\"name\" x=\"{left}\" y=\"22\" width=\"{width}\" height=\"28\" \
         rx=\"14\"/><text x=\"{x}\" y=\"40.5\">{name}</text><line class=\"thread\" x1=\"{x}\" y1=\"50\" x2=\"{x}\" y2=\"{:.1}\"/></g>",
        layout.bottom
    )
}

/// Each wait: a break in every lane, with the span next to it.
pub(super) fn waits(layout: &Layout<'_>) -> String {
    let mut out = String::new();
    for wait in &layout.waits {
        let (top, bottom, middle) = (wait.from, wait.to, f64::midpoint(wait.from, wait.to));
        out.push_str("<g class=\"pause\">");
        for lane in &layout.lanes {
            let x = layout.x(*lane);
            let _ = write!(
                out,
                "<line class=\"gap\" x1=\"{x}\" y1=\"{top:.1}\" x2=\"{x}\" y2=\"{bottom:.1}\"/><path class=\"wait\" d=\"M{x} {top:.1}v7l6 4-12 6 12 6-6 4V{bottom:.1}\"/>"
            );
        }
        let _ = writeln!(
            out,
            "<text class=\"passed\" x=\"{}\" y=\"{:.1}\">{}</text></g>",
            layout.words_at,
            middle + 4.0,
            span_ms(wait.ms)
        );
    }
    out
}

/// A bar for each invocation; the later of two that overlap is slightly to the right.
pub(super) fn bars(timeline: &Timeline, layout: &Layout<'_>) -> Vec<String> {
    let mut bars = Vec::new();
    for (number, life) in timeline.lives.iter().enumerate() {
        let before = timeline.lives[..number].iter();
        let overlaps = |other: &&Life| {
            let is_then = other.began_ms < life.ended_ms && life.began_ms < other.ended_ms;
            other.actor == life.actor && is_then
        };
        let aside = before.filter(overlaps).count() as f64 * (HALF + 2.0);
        bars.push(bar(number, life, layout, aside));
    }
    bars
}

fn bar(number: usize, life: &Life, layout: &Layout<'_>, aside: f64) -> String {
    let (class, x) = (class(life.actor), layout.x(life.actor) + aside);
    let (top, end) = layout.reach(number, life);
    let (top, end) = (top - 6.0, end + 6.0);
    let height = (end - top).max(SHORTEST);
    let (left, width) = (x - HALF, 2.0 * HALF);
    let lived = span_ms(life.ended_ms - life.began_ms);
    let end_words = if life.died { ", and crashes" } else { "" };
    let name = life.actor.name();
    let mut out = format!(
        "<g class=\"life\" data-life=\"{name}\" data-died=\"{}\"><title>{name} runs for {lived}{end_words}</title>\
         <rect class=\"bar {class}\" x=\"{left}\" y=\"{top:.1}\" width=\"{width}\" height=\"{height:.1}\" rx=\"4\"/>",
        life.died
    );
    for (from, to) in life.waits() {
        let (from, to) = (layout.y(from) + 5.0, layout.y(to) - 5.0);
        if to > from {
            let held = to - from;
            let _ = write!(
                out,
                "<rect class=\"held\" x=\"{left}\" y=\"{from:.1}\" width=\"{width}\" height=\"{held:.1}\"/>"
            );
        }
    }
    out.push_str("</g>");
    out
}

/// A call: an arrow from lane to lane.
pub(super) fn arrow(moment: &Moment, y: f64, layout: &Layout<'_>) -> String {
    let (from, to) = (layout.x(moment.from), layout.x(moment.to));
    let right = if to > from { 1.0 } else { -1.0 };
    let edge = |actor: Actor| if actor.is_function() { HALF + 1.0 } else { 2.0 };
    let (start, tip) = (
        from + right * edge(moment.from),
        to - right * edge(moment.to),
    );
    let neck = tip - right * 9.0;
    let mut out = format!(
        "<line class=\"arrow\" x1=\"{start:.1}\" y1=\"{y:.1}\" x2=\"{neck:.1}\" y2=\"{y:.1}\"/>\
         <path class=\"head\" d=\"M{tip:.1} {y:.1}L{neck:.1} {:.1}V{:.1}Z\"/>",
        y - 5.0,
        y + 5.0
    );
    if is_marked(moment.tone) {
        out.push_str(&ring(to, y));
    }
    out
}

/// A moment within one lane: a dot, or the cross of a crash.
pub(super) fn mark(moment: &Moment, y: f64, layout: &Layout<'_>) -> String {
    let x = layout.x(moment.from);
    match moment.tone {
        Tone::Crash => cross(x, y + 5.0),
        tone if is_marked(tone) => ring(x, y),
        _ => format!("<circle class=\"dot\" cx=\"{x}\" cy=\"{y:.1}\" r=\"5\"/>"),
    }
}

/// The mark of a crash.
pub(super) fn cross(x: f64, y: f64) -> String {
    format!(
        "<g class=\"cross\"><circle cx=\"{x}\" cy=\"{y:.1}\" r=\"10\"/><path d=\"M{:.1} {:.1}l8 8m0-8l-8 8\"/></g>",
        x - 4.0,
        y - 4.0
    )
}

/// The mark of a recovery.
pub(super) fn ring(x: f64, y: f64) -> String {
    format!(
        "<g class=\"ring\"><circle cx=\"{x}\" cy=\"{y:.1}\" r=\"10\"/><path d=\"M{:.1} {:.1}v8l7-4z\"/></g>",
        x - 2.5,
        y - 4.0
    )
}
