//! Each log line has a code, each code has a line, and the page about the log lists them all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use invalidation_runtime::settings::environment;
use invalidation_runtime::telemetry::{Code, Scope};
use serde_json::{Map, Value};

use super::{Source, read, root, sources};

const PAGE: &str = "docs/logs.md";
/// What follows is written by this test.
const EVENTS: &str = "## Events\n";
/// The fields of every line, of any scope.
const OF_EACH_LINE: [&str; 6] = ["timestamp", "level", "message", "event", "target", "span"];
/// The macros that write a line, and the only place where each is allowed: `log!` itself, and the metrics.
const MACROS: [&str; 6] = ["info!", "warn!", "error!", "debug!", "trace!", "event!"];
const WRITERS: [&str; 2] = [
    "shared/runtime/src/telemetry.rs",
    "shared/runtime/src/telemetry/metrics.rs",
];
/// The files that open spans.
const SPANS: [&str; 2] = [
    "shared/runtime/src/telemetry.rs",
    "shared/runtime/src/telemetry/span.rs",
];

fn product() -> Vec<Source> {
    let mut found = sources("shared");
    found.extend(sources("functions"));
    found
}

/// The arguments of a macro, whose text begins after its parenthesis, split at the commas.
fn arguments(text: &str) -> Vec<&str> {
    let (mut found, mut begin, mut depth, mut is_text) = (Vec::new(), 0, 0, false);
    for (place, letter) in text.char_indices() {
        is_text ^= letter == '"';
        match letter {
            _ if is_text => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth > 0 => depth -= 1,
            ',' if depth == 0 => {
                found.push(text[begin..place].trim());
                begin = place + 1;
            }
            ')' => {
                found.push(text[begin..place].trim());
                break;
            }
            _ => {}
        }
    }
    found.retain(|argument| !argument.is_empty());
    found
}

/// The name of a field in a macro.
fn name_of(argument: &str) -> &str {
    let name = argument.split('=').next().unwrap_or_default();
    name.trim().trim_start_matches(['?', '%'])
}

/// The logged codes, and the fields of each.
fn logged() -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in product() {
        for (at, name) in source.text.match_indices("log!(") {
            let arguments = arguments(&source.text[at + name.len()..]);
            let (code, fields) = arguments.split_first().expect("a line has a code");
            let known = found.entry((*code).to_owned()).or_default();
            known.extend(fields.iter().map(|field| name_of(field).to_owned()));
        }
    }
    found
}

#[test]
fn each_code_has_a_line_and_each_line_its_fields() {
    let logged = logged();
    let listed: BTreeMap<String, BTreeSet<String>> = Code::ALL
        .iter()
        .map(|code| {
            let fields = code.fields().iter().map(|field| (*field).to_owned());
            (format!("{code:?}"), fields.collect())
        })
        .collect();
    assert!(logged.len() >= 40, "{logged:?}");
    assert_eq!(logged, listed);
}

#[test]
fn no_line_is_without_a_code() {
    for source in product() {
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        for name in MACROS {
            let call = format!("{name}(");
            let places = source.text.match_indices(&call);
            let raw = places.filter(|(at, _)| !source.text[..*at].ends_with(is_word));
            let most = usize::from(name == "event!" && WRITERS.contains(&source.path.as_str()));
            assert_eq!(raw.count(), most, "{} writes lines by {name}", source.path);
        }
    }
}

/// A span of a lower level would be missing, with its fields, when only errors are logged; and an unlisted field
/// could contain any part of an event.
#[test]
fn spans_are_of_the_highest_level_and_have_the_listed_fields() {
    let mut fields = BTreeSet::new();
    for source in product() {
        let spans: Vec<_> = source.text.match_indices("span!(").collect();
        assert!(
            spans.is_empty() || SPANS.contains(&source.path.as_str()),
            "{} opens spans",
            source.path
        );
        for (at, name) in spans {
            assert!(source.text[..at].ends_with("error_"), "{}", source.path);
            let arguments = arguments(&source.text[at + name.len()..]);
            fields.extend(arguments[1..].iter().map(|it| name_of(it).to_owned()));
        }
    }
    let scopes = [Scope::Job, Scope::Execution, Scope::Target];
    let listed = scopes.iter().flat_map(|scope| scope.fields());
    let listed: BTreeSet<String> = listed
        .chain(&["function", "request_id"])
        .map(|name| (*name).to_owned())
        .collect();
    assert_eq!(fields, listed);
}

/// The generated part of the page.
fn events() -> String {
    let mut text = format!(
        "{EVENTS}
The lines are printed from `shared/runtime/src/telemetry/code.rs`. *About* names the innermost span, whose fields the line carries beside its own.

| event | level | about | own fields | meaning | what to do |
| --- | --- | --- | --- | --- | --- |
"
    );
    for code in Code::ALL {
        let fields: Vec<String> = code.fields().iter().map(|it| format!("`{it}`")).collect();
        let about = format!("{:?}", code.scope()).to_lowercase();
        let (name, level) = (code.code(), code.severity().name());
        let (fields, meaning, remedy) = (fields.join(", "), code.meaning(), code.remedy());
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| `{name}` | {level} | {about} | {fields} | {meaning} | {remedy} |"
        );
    }
    text.replace("  |", " |")
}

#[test]
fn the_page_of_the_log_has_every_event() {
    let stored = read(PAGE);
    let (front, _) = stored.split_once(EVENTS).expect("the page has the events");
    let page = format!("{front}{}", events());
    if environment("WRITE_PAGES").is_some() {
        std::fs::write(root().join(PAGE), &page).expect("the page can be written");
    }
    assert!(
        read(PAGE) == page,
        "{PAGE} is out of date; WRITE_PAGES=1 cargo test --workspace --test repo -- logs writes it"
    );
}

#[test]
fn the_page_of_the_log_explains_each_field() {
    let page = read(PAGE);
    let (front, _) = page.split_once(EVENTS).expect("the page has the events");
    for code in Code::ALL {
        for field in code.fields().iter().chain(code.scope().fields()) {
            assert!(front.contains(&format!("`{field}`")), "{field} of {code:?}");
        }
    }
}

/// The log lines on the pages have the real format.
#[test]
fn the_sample_lines_of_the_pages_are_lines() {
    let mut count = 0;
    for page in [PAGE, "README.md", "README.ja.md", "docs/troubleshooting.md"] {
        let text = read(page);
        for line in text
            .lines()
            .filter(|line| line.starts_with(r#"{"timestamp""#))
        {
            let line: Map<String, Value> = serde_json::from_str(line).expect("a line is JSON");
            let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
            let code = Code::parse(text("event")).expect("a line has a code");
            assert_eq!(text("message"), code.message(), "{page}");
            assert_eq!(text("level"), code.severity().name(), "{page}");
            let known = OF_EACH_LINE.iter().chain(code.fields());
            let known: BTreeSet<&str> = known.chain(code.scope().fields()).copied().collect();
            let names: BTreeSet<&str> = line.keys().map(String::as_str).collect();
            assert!(names.is_subset(&known), "{page}: {names:?}");
            count += 1;
        }
    }
    assert!(count > 0);
}

/// The pages name log events by their code.
#[test]
fn the_pages_name_events_that_are_there() {
    let events: BTreeSet<&str> = Code::ALL.iter().map(|code| code.code()).collect();
    let groups: BTreeSet<&str> = events
        .iter()
        .filter_map(|it| it.split('.').next())
        .collect();
    let pages = [
        "README.md",
        "README.ja.md",
        "docs/troubleshooting.md",
        "docs/failures.md",
        "docs/metrics.md",
        "infra/README.md",
    ];
    let mut count = 0;
    for page in pages {
        let text = read(page);
        for word in text.split('`').skip(1).step_by(2) {
            let is_code = |c: char| c.is_ascii_lowercase() || c == '_' || c == '.';
            let group = word.split_once('.').map_or("", |(group, _)| group);
            if groups.contains(group) && word.chars().all(is_code) {
                assert!(events.contains(word), "{page} names the event {word}");
                count += 1;
            }
        }
    }
    assert!(count >= 10, "the pages name {count} events");
}
