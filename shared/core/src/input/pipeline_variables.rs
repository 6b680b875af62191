//! Unreplaced variables in a text: pipeline variables, which CodePipeline replaces in each execution, and shell or
//! template variables, which must be replaced earlier.
//!
//! "The syntax … is `#{namespace.variable_key}`"
//! (<https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html>).

use std::fmt;
use std::ops::Range;

/// The kind of an unreplaced variable. The text completes "the value …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unreplaced {
    /// CodePipeline: `#{Source.BranchName}`.
    Pipeline,
    /// A shell or a template: `$NAME`, `${NAME}`, `#{$NAME}`.
    Shell,
}

/// The positions of the pipeline variables `#{namespace.name}`, in order.
pub fn of_pipeline(text: &str) -> impl Iterator<Item = Range<usize>> {
    braced(text)
        .filter(|(_, name)| !name.contains('$') && name.contains('.'))
        .map(|(place, _)| place)
}

/// A variable in braces, which is recognized in any text.
#[must_use]
pub fn unreplaced(text: &str) -> Option<Unreplaced> {
    let mut names = braced(text).map(|(_, name)| name);
    let has_shell = text.contains("${") || names.clone().any(|name| name.contains('$'));
    match (has_shell, names.next()) {
        (true, _) => Some(Unreplaced::Shell),
        (false, Some(_)) => Some(Unreplaced::Pipeline),
        (false, None) => None,
    }
}

/// As [`unreplaced`], and also `$NAME`. For values in which a `$` always begins a variable.
#[must_use]
pub fn unreplaced_in_name(text: &str) -> Option<Unreplaced> {
    let begins_name =
        |after: &str| after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let has_name = || text.split('$').skip(1).any(begins_name);
    unreplaced(text).or_else(|| has_name().then_some(Unreplaced::Shell))
}

/// Whether a text contains a `$` and a name in capitals, the usual form of a shell variable: `/$VERSION/*`, but neither
/// `/Map$Entry.html` nor `/a$B`.
#[must_use]
pub fn has_shell_name(text: &str) -> bool {
    let is_capital = |c: char| c.is_ascii_uppercase() || c == '_';
    text.match_indices('$').any(|(index, _)| {
        let before = text
            .get(..index)
            .and_then(|before| before.chars().next_back());
        let name = text.get(index + 1..).unwrap_or_default();
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let name = &name[..end.unwrap_or(name.len())];
        let is_name =
            name.starts_with(is_capital) && !name.contains(|c: char| c.is_ascii_lowercase());
        is_name && name.len() > 1 && !before.is_some_and(char::is_alphanumeric)
    })
}

/// Each `#{…}`, with the text between its braces.
fn braced(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> + Clone {
    text.match_indices("#{").filter_map(|(begin, _)| {
        let name = text.get(begin + 2..)?;
        let (name, _) = name.split_once('}')?;
        let is_whole = !name.contains('{') && !name.is_empty();
        is_whole.then_some((begin..begin + 3 + name.len(), name))
    })
}

impl fmt::Display for Unreplaced {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Pipeline => {
                "contains a variable that CodePipeline did not replace; check its namespace and spelling"
            }
            Self::Shell => {
                "contains a shell variable, such as \"${NAME}\", that was not replaced; specify its value or a pipeline \
                 variable, such as \"#{Source.BranchName}\""
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_known_by_its_form() {
        for (text, in_any_text, in_name) in [
            ("#{Source.BranchName}", Some(Unreplaced::Pipeline), None),
            ("/a/#{variables.Prefix}/*", Some(Unreplaced::Pipeline), None),
            ("#{BranchName}", Some(Unreplaced::Pipeline), None),
            ("#{$VERSION}/*", Some(Unreplaced::Shell), None),
            ("/${VERSION}/*", Some(Unreplaced::Shell), None),
            ("#{a.b}${C}", Some(Unreplaced::Shell), None),
            ("$DISTRIBUTION_ID_PROD", None, Some(Unreplaced::Shell)),
            ("/$id", None, Some(Unreplaced::Shell)),
            ("/a$", None, None),
            ("/a$1", None, None),
            ("/{id}", None, None),
            ("#{}", None, None),
            ("#{a.b", None, None),
            ("#{{a.b}}", None, None),
            ("#product", None, None),
        ] {
            assert_eq!(unreplaced(text), in_any_text, "{text}");
            assert_eq!(unreplaced_in_name(text), in_any_text.or(in_name), "{text}");
        }
    }

    #[test]
    fn each_variable_of_the_pipeline_has_its_place() {
        let text = "é#{a.b}/#{c.d_e}#{$F}#{g}";
        let found: Vec<&str> = of_pipeline(text).map(|place| &text[place]).collect();
        assert_eq!(found, ["#{a.b}", "#{c.d_e}"]);
    }

    #[test]
    fn a_shell_name_has_capitals_and_stands_alone() {
        for (text, is_name) in [
            ("/$VERSION/*", true),
            ("/a-$BUILD_2.js", true),
            ("#page:$ID", true),
            ("/$_DIR", true),
            ("/Map$Entry.html", false),
            ("/Map$ENTRY.html", false),
            ("/$metadata", false),
            ("/$Metadata", false),
            ("/$A", false),
            ("/a$/B", false),
            ("/$", false),
        ] {
            assert_eq!(has_shell_name(text), is_name, "{text}");
        }
    }
}
