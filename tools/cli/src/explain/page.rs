//! A timeline as an HTML page that needs no network and no script.
//!
//! It is also well-formed XML, so that a test can parse it. Every external value is escaped, and the policy in its head
//! prevents the browser from loading or running anything.

use std::fmt::Write as _;

use quick_xml::escape::escape;

use super::moment::{Moment, Tone};
use super::picture::{STYLE, embedded};
use super::text::mark;
use super::time::{moment, span_ms};
use super::timeline::{Sentence, Timeline};

/// The policy of the page: only its own style.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const POLL: &str = "\
:root{color-scheme:light dark;--ground:#fff;--ink:#1c2430;--soft:#667085;--line:#e3e7ec;--panel:#f6f8fa;--good:#157f3c;\
--bad:#b54708;--crash:#c81e1e;--recovery:#0b7285}\
@media (prefers-color-scheme:dark){:root{--ground:#10151d;--ink:#e6eaf0;--soft:#98a2b3;--line:#2a323e;--panel:#171e28;\
--good:#4ac27a;--bad:#f0a04b;--crash:#ff6b6b;--recovery:#4cc9dd}}\
*{box-sizing:border-box}\
body{margin:0;background:var(--ground);color:var(--ink);line-height:1.5;font-size:15px;\
font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif}\
main{max-width:1320px;margin:0 auto;padding:32px 24px 64px}\
h1{font-size:23px;line-height:1.3;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:16px;margin:36px 0 10px}\
.begun{color:var(--soft);margin:0 0 20px}\
ul{margin:0;padding:0;list-style:none}li{padding:3px 0 3px 24px;position:relative;overflow-wrap:anywhere}\
li::before{content:attr(data-mark);position:absolute;left:2px;font-weight:700}\
.came-to{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:10px 16px}\
.good{color:var(--good)}.bad{color:var(--bad)}.crash{color:var(--crash)}.recovery{color:var(--recovery)}\
.picture{overflow-x:auto;border:1px solid var(--line);border-radius:10px;padding:4px}\
table{border-collapse:collapse;width:100%}\
th,td{text-align:left;vertical-align:top;padding:6px 12px 6px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}\
thead th{color:var(--soft);font-weight:600}tbody th{font-weight:600;white-space:nowrap;color:var(--ink)}\
.number{color:var(--soft);font-variant-numeric:tabular-nums;white-space:nowrap}td.number{text-align:right}\
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\
@media print{:root{color-scheme:light;--ground:#fff;--ink:#000;--soft:#444;--line:#bbb;--panel:#fff}\
main{max-width:none;padding:0}.picture{border:0;overflow:visible}.picture svg{width:100%}tr,li{break-inside:avoid}}";

/// The page of a timeline.
#[must_use]
pub fn page(timeline: &Timeline) -> String {
    let title = timeline.title();
    let title = escape(&title);
    let mut out = String::new();
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" \
         content=\"{POLICY}\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <title>{title}</title>\n<style>{POLL}\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n\
         <p class=\"begun\">begun {}</p>\n",
        moment(timeline.began_ms())
    );
    let came_to = sentences(&timeline.came_to);
    let _ = write!(
        out,
        "<section class=\"came-to\" aria-label=\"Result\">\n{came_to}</section>\n"
    );
    let _ = write!(
        out,
        "<h2>What happened</h2>\n<div class=\"picture\">\n{}</div>\n",
        embedded(timeline)
    );
    out.push_str(&moments(timeline));
    out.push_str(&stored(timeline));
    let nothing = [Sentence::new("Nothing.")];
    let pending = if timeline.pending.is_empty() {
        &nothing[..]
    } else {
        &timeline.pending
    };
    section(&mut out, "Pending", pending);
    section(&mut out, "What to check", &timeline.look_at);
    section(&mut out, "Not known", &timeline.untold);
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn section(out: &mut String, heading: &str, list: &[Sentence]) {
    if !list.is_empty() {
        let _ = write!(out, "<h2>{heading}</h2>\n{}", sentences(list));
    }
}

fn sentences(list: &[Sentence]) -> String {
    let mut out = String::from("<ul>\n");
    for sentence in list {
        let (tone, words) = (sentence.tone, escape(&sentence.words));
        let mark = match mark(tone) {
            ' ' => '·',
            mark => mark,
        };
        let _ = writeln!(
            out,
            "<li class=\"{}\" data-mark=\"{mark}\">{words}</li>",
            tone.name()
        );
    }
    out + "</ul>\n"
}

/// The content of the diagram as a table, for screen readers, search and print.
fn moments(timeline: &Timeline) -> String {
    let mut out = String::from(
        "<h2>Timeline</h2>\n<table>\n<thead><tr><th scope=\"col\">After</th><th scope=\"col\">At (UTC)</th>\
         <th scope=\"col\">Component</th><th scope=\"col\">Event</th></tr></thead>\n<tbody>\n",
    );
    for (number, moment) in timeline.moments.iter().enumerate() {
        out.push_str(&row(number, moment, timeline.began_ms()));
    }
    out + "</tbody>\n</table>\n"
}

fn row(number: usize, moment: &Moment, began_ms: u64) -> String {
    let since = span_ms(moment.at_ms.saturating_sub(began_ms));
    let at = super::time::time_of_day(moment.at_ms);
    let (who, words, tone) = (moment.who.name(), escape(&moment.words), moment.tone.name());
    let unseen = match moment.tone {
        Tone::Plain | Tone::Good => String::new(),
        Tone::Bad => unseen("error: "),
        Tone::Crash => unseen("crash: "),
        Tone::Recovery => unseen("recovery: "),
    };
    format!(
        "<tr id=\"moment-{number}\" class=\"{tone}\"><td class=\"number\">+{since}</td><td class=\"number\">{at}</td><th scope=\"row\">{who}</th>\
         <td>{unseen}{words}</td></tr>\n"
    )
}

/// Text for screen readers in place of a colour.
fn unseen(words: &str) -> String {
    format!("<span class=\"unseen\">{words}</span>")
}

fn stored(timeline: &Timeline) -> String {
    if timeline.stored.is_empty() {
        return String::new();
    }
    let mut out = String::from("<h2>Record in the table</h2>\n<table>\n<tbody>\n");
    for (name, value) in &timeline.stored {
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{name}</th><td>{}</td></tr>",
            escape(value)
        );
    }
    out + "</tbody>\n</table>\n"
}
