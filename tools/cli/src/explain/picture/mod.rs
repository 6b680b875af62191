//! A timeline as an SVG diagram: a lane for each actor, a bar for each invocation, an arrow for each call.
//!
//! It is part of a page, or a file of its own; it contains its colours, for light and dark mode.

mod layout;
mod shapes;
mod style;

use std::fmt::Write as _;

use quick_xml::escape::escape;

use super::moment::{Actor, Tone};
use super::time::span_ms;
use super::timeline::Timeline;
use layout::{Layout, Placed, ROW};
use shapes::{arrow, bars, lane, mark, waits};

pub(super) use style::STYLE;

/// The space above the lanes, if the diagram has a heading.
const HEADING: f64 = 74.0;
/// The most characters under the heading.
const SUBTITLE_CHARACTERS: usize = 140;
/// The height of the legend below them.
const LEGEND: f64 = 64.0;

/// The diagram as a separate file, with this heading.
#[must_use]
pub fn picture(timeline: &Timeline, heading: &str) -> String {
    let layout = Layout::of(timeline);
    let height = layout.bottom + LEGEND + HEADING;
    let width = layout.width;
    let mut out = String::new();
    open(&mut out, width, height, heading, timeline);
    put(&mut out, &format!("<style>{STYLE}</style>"));
    put(
        &mut out,
        &format!("<rect class=\"ground\" width=\"{width}\" height=\"{height}\" rx=\"10\"/>"),
    );
    put(
        &mut out,
        &format!(
            "<text class=\"heading\" x=\"32\" y=\"46\">{}</text>",
            escape(heading)
        ),
    );
    put(
        &mut out,
        &format!(
            "<text class=\"came-to\" x=\"32\" y=\"70\">{}</text>",
            escape(came_to(timeline, SUBTITLE_CHARACTERS))
        ),
    );
    put(
        &mut out,
        &format!("<g transform=\"translate(0 {HEADING})\">"),
    );
    drawing(&mut out, timeline, &layout);
    put(&mut out, "</g>\n</svg>");
    out
}

/// The diagram as part of a page, which has the style, the heading and the text already.
pub(super) fn embedded(timeline: &Timeline) -> String {
    let layout = Layout::of(timeline);
    let mut out = String::new();
    open(
        &mut out,
        layout.width,
        layout.bottom + LEGEND,
        "Timeline diagram",
        timeline,
    );
    drawing(&mut out, timeline, &layout);
    put(&mut out, "</svg>");
    out
}

fn open(out: &mut String, width: f64, height: f64, heading: &str, timeline: &Timeline) {
    put(
        out,
        &format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"story\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"story-title story-description\">"
        ),
    );
    put(
        out,
        &format!("<title id=\"story-title\">{}</title>", escape(heading)),
    );
    put(
        out,
        &format!(
            "<desc id=\"story-description\">{}</desc>",
            escape(came_to(timeline, usize::MAX))
        ),
    );
    put(
        out,
        "<defs><pattern id=\"hold\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
              <rect class=\"hatch\" width=\"2.4\" height=\"6\"/></pattern></defs>",
    );
}

/// The result, as many sentences as fit.
fn came_to(timeline: &Timeline, most: usize) -> String {
    let mut text = String::new();
    for sentence in &timeline.came_to {
        let more = sentence.words.chars().count() + 1;
        if text.chars().count() + more > most {
            break;
        }
        text.push_str(&sentence.words);
        text.push(' ');
    }
    text.trim_end().to_owned()
}

fn drawing(out: &mut String, timeline: &Timeline, layout: &Layout<'_>) {
    for actor in &layout.lanes {
        put(out, &lane(*actor, layout));
    }
    put(out, &waits(layout));
    for bar in bars(timeline, layout) {
        put(out, &bar);
    }
    for (number, placed) in layout.moments.iter().enumerate() {
        put(out, &moment(number, placed, timeline.began_ms(), layout));
    }
    legend(out, layout);
}

/// One moment: the time, the arrow or the dot, and the text.
fn moment(number: usize, placed: &Placed<'_>, began_ms: u64, layout: &Layout<'_>) -> String {
    let moment = placed.moment;
    let (y, tone) = (placed.y, moment.tone.name());
    let since = span_ms(moment.at_ms.saturating_sub(began_ms));
    let mut out = format!(
        "<g class=\"moment {tone}\" data-moment=\"{number}\" data-who=\"{}\">",
        moment.who.name()
    );
    let _ = write!(
        out,
        "<text class=\"time\" x=\"84\" y=\"{:.1}\">+{since}</text>",
        y + 4.0
    );
    out.push_str(&if moment.from == moment.to {
        mark(moment, y, layout)
    } else {
        arrow(moment, y, layout)
    });
    let (x, top) = (layout.words_at, y + 4.0);
    let _ = write!(
        out,
        "<text class=\"words\" x=\"{x}\" y=\"{top:.1}\"><tspan class=\"who {}\">{}</tspan>",
        class(moment.who),
        moment.who.name()
    );
    for (row, words) in placed.words.iter().enumerate() {
        if row == 0 {
            let _ = write!(out, " {}", escape(words));
        } else {
            let _ = write!(
                out,
                "<tspan x=\"{x}\" dy=\"{ROW}\">{}</tspan>",
                escape(words)
            );
        }
    }
    out.push_str("</text></g>");
    out
}

/// The CSS class of a lane.
pub(super) const fn class(actor: Actor) -> &'static str {
    match actor {
        Actor::CodePipeline => "codepipeline",
        Actor::Start => "start",
        Actor::Checker => "checker",
        Actor::Function => "function",
        Actor::CloudFront => "cloudfront",
        Actor::Sns => "sns",
        Actor::EventBridge => "eventbridge",
        Actor::Lambda => "lambda",
    }
}

fn legend(out: &mut String, layout: &Layout<'_>) {
    let y = layout.bottom + 36.0;
    let mut x = 40.0;
    put(out, "<g class=\"legend\">");
    let bar = "<rect class=\"bar start\" x=\"-6\" y=\"-11\" width=\"12\" height=\"16\" rx=\"3\"/>";
    let max_wait = format!(
        "{bar}<rect class=\"held\" x=\"-6\" y=\"-11\" width=\"12\" height=\"16\" rx=\"3\"/>"
    );
    let wait = "<path class=\"wait\" d=\"M0 -11v3l5 2-10 4 10 4-5 2v3\"/>";
    let signs = [
        (bar.to_owned(), "a function runs"),
        (max_wait, "the function waits for completion"),
        (shapes::cross(0.0, -3.0), "crash"),
        (shapes::ring(0.0, -3.0), "recovery"),
        (wait.to_owned(), "a longer span, shortened"),
    ];
    for (sign, words) in signs {
        put(
            out,
            &format!(
                "<g transform=\"translate({x} {y})\">{sign}<text x=\"16\" y=\"2\">{words}</text></g>"
            ),
        );
        x += 58.0 + 6.7 * words.len() as f64;
    }
    put(out, "</g>");
}

/// Whether a moment is worth highlighting.
pub(super) const fn is_marked(tone: Tone) -> bool {
    matches!(tone, Tone::Recovery)
}

fn put(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}
