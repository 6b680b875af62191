//! UserParameters before a pipeline runs. The values of CodePipeline's variables are not known yet, so a placeholder of
//! the right form stands for each, and the rest is validated by the rules of the action.

use std::collections::BTreeMap;

use invalidation_core::input::json_object::Entries;
use invalidation_core::input::paths::Batch;
use invalidation_core::input::pipeline_variables::of_pipeline;
use invalidation_core::input::user_parameters::{CHARACTERS_AT_MOST, MAX_PATHS};
use serde_json::value::RawValue;

/// Stands for a value that is a variable without quotes. Unicode reserves it for internal use, so no text contains it.
const BARE: char = '\u{FFFF}';
/// Keys whose value, as a string, is an enumeration or an ARN: it is known completely, or not at all.
const WORDS: [&str; 5] = [
    "NotificationFormat",
    "NotifyOn",
    "OnTimeout",
    "SnsTopicArn",
    "WhenEmpty",
];
/// Keys whose value is not a string.
const NO_STRINGS: [&str; 4] = ["DryRun", "MaxPaths", "TimeoutMinutes", "Wait"];

/// Parameters in which no variable of the pipeline is left.
#[derive(Debug)]
pub(super) struct Foreseen {
    /// The parameters of the action, with placeholders.
    pub(super) text: String,
    /// The keys and positions of values that are known only when the pipeline runs.
    pub(super) unknown: Vec<String>,
    stand_ins: StandIns,
}

impl Foreseen {
    /// The parameters with their known values.
    pub(super) fn of(written: &str) -> Self {
        let mut reading = Reading {
            unknown: Vec::new(),
            bare: Vec::new(),
            stand_ins: StandIns::beside(written),
        };
        let text = reading
            .parameters(written)
            .unwrap_or_else(|| written.to_owned());
        Self {
            text,
            unknown: reading.unknown,
            stand_ins: reading.stand_ins,
        }
    }

    /// The messages about the parameters, with the variables as they were written.
    pub(super) fn restored(&self, message: String) -> String {
        self.stand_ins.restored(message)
    }
}

/// The text of each placeholder.
#[derive(Debug)]
struct StandIns {
    /// The parameters in lower case: no placeholder occurs in them.
    taken: String,
    count: usize,
    /// The placeholders, by their form and the text that they replace.
    by_text: BTreeMap<(&'static str, String), String>,
}

impl StandIns {
    fn beside(written: &str) -> Self {
        Self {
            taken: written.to_lowercase(),
            count: 0,
            by_text: BTreeMap::new(),
        }
    }

    /// The placeholder of `text`, the same each time: `form` with a name in place of its `*`.
    fn of(&mut self, form: &'static str, text: &str) -> String {
        let key = (form, text.to_owned());
        if let Some(known) = self.by_text.get(&key) {
            return known.clone();
        }
        let name = loop {
            self.count += 1;
            let name = format!("q{}q", self.count);
            if !self.taken.contains(&name) {
                break name;
            }
        };
        let name = if form == "E*" {
            name.to_uppercase()
        } else {
            name
        };
        let stand_in = form.replacen('*', &name, 1);
        self.by_text.insert(key, stand_in.clone());
        stand_in
    }

    fn restored(&self, message: String) -> String {
        let each = self.by_text.iter();
        each.fold(message, |message, ((_, text), stand_in)| {
            message.replace(stand_in, text)
        })
    }
}

/// The parser of the parameters.
struct Reading {
    unknown: Vec<String>,
    /// The variables without quotes, in order.
    bare: Vec<String>,
    stand_ins: StandIns,
}

impl Reading {
    /// `None` if there is nothing to replace, or if the text is not an object, for which the action has a better
    /// message.
    fn parameters(&mut self, written: &str) -> Option<String> {
        let is_fit = written.chars().count() <= CHARACTERS_AT_MOST;
        if !is_fit || of_pipeline(written).next().is_none() {
            return None;
        }
        if of_pipeline(written.trim()).next() == Some(0..written.trim().len()) {
            self.unknown.push("everything".to_owned());
            let id = self.stand_ins.of("E*", written.trim());
            return Some(format!("{{\"DistributionId\":\"{id}\"}}"));
        }
        let (quoted, bare) = with_bare_quoted(written);
        self.bare = bare;
        match Entries::read(&quoted) {
            Ok(entries) => Some(self.object(&entries, "")),
            Err(_) => Some(quoted),
        }
    }

    /// An object, whose keys are reported with `prefix`.
    fn object(&mut self, entries: &Entries<'_>, prefix: &str) -> String {
        let has_unknown_paths = entries
            .iter()
            .any(|(key, value)| matches!(key, "Paths" | "Targets") && has_unknown(value.get()));
        let is_repeated = |key: &str| entries.all(key).count() > 1;
        let read = entries.iter().filter_map(|(key, value)| {
            let value = match value.get() {
                known if is_repeated(key) => Some(known.to_owned()),
                // It is not known either which paths are merged.
                known if key == "MaxPaths" && has_unknown_paths && is_count(known) => {
                    Some(MAX_PATHS.end().to_string())
                }
                known if !has_unknown(known) => Some(known.to_owned()),
                unknown => self.value(key, unknown, &format!("{prefix}{key}")),
            };
            value.map(|value| format!("{}:{value}", json(key)))
        });
        let read: Vec<String> = read.collect();
        format!("{{{}}}", read.join(","))
    }

    /// The replacement of a value that is not completely known; `None` if its key is omitted.
    fn value(&mut self, key: &str, value: &str, name: &str) -> Option<String> {
        let string = serde_json::from_str::<String>(value).ok();
        let is_bare = string.as_deref().is_some_and(is_bare);
        let is_top = name == key;
        let is_plain = is_top && (NO_STRINGS.contains(&key) || key == "PipelineName");
        match (key, string) {
            ("DistributionId", Some(text)) => Some(self.told(name).id("E*", &text)),
            ("DistributionTenantId", Some(text)) => Some(self.told(name).id("dt_*", &text)),
            ("Alias", Some(text)) => Some(self.told(name).alias(&text)),
            ("PathsFile", Some(text)) => {
                let text = text.trim_start_matches(BARE);
                Some(json(&self.told(name).replaced(text)))
            }
            ("Targets", Some(text)) if is_bare => Some(format!(
                "[{{\"DistributionId\":{}}}]",
                self.told(name).id("E*", &text)
            )),
            ("DistributionId", None) => self.items(value, |reading, item, place| {
                reading.id_item(item, &format!("{name} item {place}"))
            }),
            ("Targets", None) => self.items(value, |reading, item, place| {
                reading.target(item, &format!("{name} item {place}: "))
            }),
            ("Paths", None) => self
                .items(value, |reading, item, place| {
                    reading.path(item, &format!("{name} item {place}"))
                })
                .filter(|items| items != "[]"),
            ("PipelineName", Some(text)) if !is_bare => {
                Some(json(&self.told(name).replaced(&text)))
            }
            (_, Some(_))
                if is_bare && (is_plain || key == "Paths") || is_top && WORDS.contains(&key) =>
            {
                self.told(name);
                None
            }
            // A variable between quotes is always a string.
            (_, Some(text)) if key == "Paths" || key == "Targets" || NO_STRINGS.contains(&key) => {
                Some(json(&self.replaced(&text)))
            }
            _ => Some("null".to_owned()),
        }
    }

    fn told(&mut self, name: &str) -> &mut Self {
        self.unknown.push(name.to_owned());
        self
    }

    /// The items of an array, each read by `read`; any other value is unchanged.
    fn items(
        &mut self,
        value: &str,
        mut read: impl FnMut(&mut Self, &str, usize) -> Option<String>,
    ) -> Option<String> {
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(value) else {
            return Some("null".to_owned());
        };
        let read = (1..)
            .zip(items)
            .filter_map(|(place, item)| match item.get() {
                unknown if has_unknown(unknown) => read(self, unknown, place),
                known => Some(known.to_owned()),
            });
        let read: Vec<String> = read.collect();
        Some(format!("[{}]", read.join(",")))
    }

    fn id_item(&mut self, item: &str, name: &str) -> Option<String> {
        let text = serde_json::from_str::<String>(item);
        Some(text.map_or_else(
            |_| "null".to_owned(),
            |text| self.told(name).id("E*", &text),
        ))
    }

    fn target(&mut self, item: &str, prefix: &str) -> Option<String> {
        if serde_json::from_str::<String>(item).is_ok_and(|text| is_bare(&text)) {
            let text = serde_json::from_str::<String>(item).unwrap_or_default();
            let id = self.told(prefix.trim_end_matches(": ")).id("E*", &text);
            return Some(format!("{{\"DistributionId\":{id}}}"));
        }
        match Entries::read(item) {
            Ok(entries) => Some(self.object(&entries, prefix)),
            Err(_) => Some("null".to_owned()),
        }
    }

    /// An item of `Paths`. If it begins with a variable, it may be a path or a tag; it is validated as the one that is
    /// correct.
    fn path(&mut self, item: &str, name: &str) -> Option<String> {
        let Ok(text) = serde_json::from_str::<String>(item) else {
            return Some("null".to_owned());
        };
        self.told(name);
        if is_bare(&text) {
            return None;
        }
        let beginning = of_pipeline(&text).next().filter(|place| place.start == 0);
        let Some(place) = beginning else {
            return Some(json(&self.replaced(&text)));
        };
        let (variable, rest) = text.split_at(place.end);
        let rest = self.replaced(rest);
        let is_right = |text: &String| Batch::read(std::slice::from_ref(text), None).is_ok();
        let as_path = self.stand_ins.of("/*", variable) + &rest;
        if is_right(&as_path) {
            return Some(json(&as_path));
        }
        let as_tag = self.stand_ins.of("#*", variable) + &rest;
        Some(json(if is_right(&as_tag) { &as_tag } else { &as_path }))
    }

    fn id(&mut self, form: &'static str, text: &str) -> String {
        let written = self.written(text);
        json(&self.stand_ins.of(form, &written))
    }

    /// A text as it was written, even if it had no quotes.
    fn written(&self, text: &str) -> String {
        let place = text
            .strip_prefix(BARE)
            .and_then(|place| place.trim().parse().ok());
        let bare = place.and_then(|place: usize| self.bare.get(place));
        bare.map_or_else(|| text.to_owned(), Clone::clone)
    }

    /// A name that contains a variable; if it is only a variable, it has no dot.
    fn alias(&mut self, text: &str) -> String {
        let replaced = self.replaced(text);
        let is_whole = is_bare(text) || of_pipeline(text).next() == Some(0..text.len());
        let written = self.written(text);
        json(&if is_whole {
            self.stand_ins.of("*.x", &written)
        } else {
            replaced
        })
    }

    /// A text with a name in place of each variable.
    fn replaced(&mut self, text: &str) -> String {
        let (mut read, mut from) = (String::new(), 0);
        for place in of_pipeline(text) {
            read.push_str(&text[from..place.start]);
            read.push_str(&self.stand_ins.of("*", &text[place.clone()]));
            from = place.end;
        }
        read + &text[from..]
    }
}

/// The text with a string in place of each variable outside of strings, so that it is JSON; and those variables. The
/// text after them keeps its position.
fn with_bare_quoted(written: &str) -> (String, Vec<String>) {
    let (mut quoted, mut bare, mut from) = (String::new(), Vec::new(), 0);
    for place in of_pipeline(written) {
        quoted.push_str(&written[from..place.start]);
        if ends_in_string(&written[..place.start]) {
            quoted.push_str(&written[place.clone()]);
        } else {
            let capacity = place.len().saturating_sub(2 + BARE.len_utf8());
            quoted.push_str(&format!("\"{BARE}{:<capacity$}\"", bare.len()));
            bare.push(written[place.clone()].to_owned());
        }
        from = place.end;
    }
    quoted.push_str(&written[from..]);
    (quoted, bare)
}

/// Whether a JSON string is open at the end.
fn ends_in_string(json: &str) -> bool {
    let (mut is_open, mut is_escaped) = (false, false);
    for character in json.chars() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_open => is_escaped = true,
            '"' => is_open = !is_open,
            _ => {}
        }
    }
    is_open
}

fn has_unknown(json: &str) -> bool {
    json.contains(BARE) || of_pipeline(json).next().is_some()
}

fn is_bare(text: &str) -> bool {
    text.starts_with(BARE)
}

fn is_count(json: &str) -> bool {
    json.parse()
        .is_ok_and(|count: usize| MAX_PATHS.contains(&count))
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use invalidation_core::input::job_event::Text;
    use invalidation_core::input::user_parameters::UserParameters;
    use proptest::prelude::*;

    /// Known values are validated, and the others are named by their position.
    #[test]
    fn known_values_are_validated_and_unknown_ones_are_named() {
        let given = [
            r##"{"DistributionId":"#{Infra.DistributionId}"}"##,
            r##"{"DistributionId":["E1","#{a.b}","#{c.d}"],"Paths":["#{variables.Prefix}/*","/#{Source.Branch}/a b","/~"]}"##,
            r##"{"DistributionId":["#{a.b}","#{a.b}"]}"##,
            r##"{"DistributionId":"E1","Paths":["#{a.b}~","#{a.b}*x","#{a.b}","/*.html"]}"##,
            r##"{"DistributionId":"E1","Paths":"#{a.b}","Wait":"#{a.b}","TimeoutMinutes":#{a.b},"SnsTopicArn":"#{a.b}"}"##,
            r##"{"DistributionId":"E1","Paths":#{a.b},"DryRun":#{a.b},"Path":"#{a.b}","Wait":7}"##,
            r##"{"DistributionId":"E1","Paths":["/a",#{a.b}],"MaxPaths":1}"##,
            r##"{"DistributionId":#{a.b}}"##,
            r##"{"Targets":#{a.b}}"##,
            r##"{"Targets":[{"Alias":"#{a.b}"},{"Alias":"#{a.b}.example.com"},{"Alias":"https://#{a.b}/"},#{a.b},{"DistributionTenantId":"#{a.b}","Paths":["/#{a.b}"],"NotifyOn":"#{a.b}"}]}"##,
            r##"{"DistributionId":"E1","NotifyOn":"#{a.b}","NotifyOn":"always","PipelineName":"#{a.b} #{c.d}"}"##,
            r##"{"DistributionId":"E1","Paths":["/#{Branch}/*","#{$VERSION}/*","/${X}"],"PipelineName":"#{a.b}"}"##,
            r##"{"DistributionId":"#{a.b}","Paths":["/a"}"##,
            "#{variables.Parameters}",
            "",
        ];
        let messages = given.map(|text| {
            let foreseen = Foreseen::of(text);
            let read = UserParameters::parse(&Text::Given(foreseen.text.clone()));
            let faults = read.map_or_else(|rejected| rejected.faults, |_| Vec::new());
            let faults = faults.iter().map(|fault| format!("    error: {fault}\n"));
            let unknown = foreseen
                .unknown
                .iter()
                .map(|what| format!("    unknown: {what}\n"));
            format!(
                "{text}\n{}{}",
                faults.collect::<String>(),
                unknown.collect::<String>()
            )
        });
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn nothing_changes_without_a_variable_of_the_pipeline() {
        for text in [
            r#"{"DistributionId":"E1","Paths":["/a"]}"#,
            "{",
            "",
            r##"{"DistributionId":"#{$ID}","Paths":["/${X}","#tag"]}"##,
        ] {
            let Foreseen {
                text: read,
                unknown,
                ..
            } = Foreseen::of(text);
            assert_eq!((read.as_str(), unknown.len()), (text, 0));
        }
        let long = format!(
            r##"{{"DistributionId":"#{{a.b}}{}"}}"##,
            " ".repeat(CHARACTERS_AT_MOST)
        );
        assert_eq!(
            Foreseen::of(&long).text,
            long,
            "its length is what is wrong with it"
        );
    }

    /// Placeholders do not appear in messages; they show the variables again.
    #[test]
    fn what_stands_in_is_put_back() {
        let text = r##"{"DistributionId":"#{a.b}","Paths":["/q1q/#{c.d}","#{c.d}/*","#{e.f}","/#{c.d}"]}"##;
        let foreseen = Foreseen::of(text);
        assert!(!foreseen.text.contains("#{"), "{}", foreseen.text);
        assert!(
            foreseen
                .restored(foreseen.text.clone())
                .contains(r##"["/q1q/#{c.d}","#{c.d}/*","#{e.f}","/#{c.d}"]"##)
        );
    }

    fn is_taken(text: &str) -> bool {
        UserParameters::parse(&Text::Given(text.to_owned())).is_ok()
    }

    proptest! {
        /// An item that is rejected before the run is rejected for all values of the variables.
        #[test]
        fn what_is_wrong_now_is_wrong_whatever_comes(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "/a", "#{a.b}", "#{c.d}", "~", "*", " ", "\t", ",/b", "%", "'", "#t", "$X", "${X}", "C:/",
            ]), 1..5),
            values in prop::collection::vec(prop::sample::select(vec!["x", "/x", "#x", "E1", "x/y*", ""]), 2),
        ) {
            let text = format!(r#"{{"DistributionId":"E1","Paths":[{}]}}"#, json(&pieces.concat()));
            let later = text.replace("#{a.b}", values[0]).replace("#{c.d}", values[1]);
            prop_assert!(is_taken(&Foreseen::of(&text).text) || !is_taken(&later), "{later}");
        }

        #[test]
        fn any_text_is_read(text in "(\\{|\\}|\\[|\\]|\"|,|:|\\\\|#\\{a\\.b\\}|\"Paths\"|\"Targets\"|\"Alias\"|é| |1){0,30}") {
            let foreseen = Foreseen::of(&text);
            let _ = is_taken(&foreseen.text);
            let _ = foreseen.restored(foreseen.text.clone());
        }
    }
}
