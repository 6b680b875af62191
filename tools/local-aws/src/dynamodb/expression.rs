//! The common parts of all expressions: placeholders, document paths and tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use winnow::ascii::{Caseless, dec_uint, multispace0};
use winnow::combinator::{alt, delimited, not, preceded, repeat, terminated};
use winnow::error::ContextError;
use winnow::token::{one_of, take_while};
use winnow::{Parser, Result as Parsed};

use super::value::{Item, Value};
use crate::rejection::Rejection;

/// "Do not use any of these words as attribute names in expressions."
static RESERVED_WORDS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    include_str!("reserved_words.txt")
        .split_whitespace()
        .collect()
});
const GRAMMAR: [&str; 9] = [
    "AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE",
];

/// "The maximum length of any expression string is 4 KB"
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>).
const EXPRESSION_BYTES: usize = 4 * 1_024;
/// "An expression attribute name or value can be up to 255 bytes long" (the same page).
const PLACEHOLDER_BYTES: usize = 255;

/// The values of the placeholders in a request's expressions. Once created, every placeholder in them is defined.
#[derive(Debug)]
pub(super) struct Bindings {
    names: BTreeMap<String, String>,
    values: BTreeMap<String, Value>,
}

impl Bindings {
    /// # Errors
    /// As in DynamoDB: when a placeholder is used and not defined, or defined and not used; when there are placeholders and
    /// no expression; when a map of placeholders or an expression is empty; when an expression is too long or has
    /// parentheses around parentheses; and when an attribute is called by a reserved word.
    pub(super) fn new<'e, const N: usize>(
        names: Option<BTreeMap<String, String>>,
        values: Option<BTreeMap<String, Value>>,
        expressions: [(&'e str, Option<&'e str>); N],
    ) -> Result<Self, Rejection> {
        let kinds = expressions.map(|(kind, _)| kind);
        let is_used = expressions.iter().any(|(_, text)| text.is_some());
        let bindings = Self {
            names: placeholders(names, '#', "ExpressionAttributeNames", &kinds, is_used)?,
            values: placeholders(values, ':', "ExpressionAttributeValues", &kinds, is_used)?,
        };
        for (name, value) in &bindings.values {
            value.check().map_err(|what| {
                let map = "ExpressionAttributeValues contains invalid value";
                Rejection::validation(format!("{map}: {what} for key {name}"))
            })?;
        }
        let texts = expressions
            .iter()
            .filter_map(|(kind, text)| Some((*kind, (*text)?)));
        for (kind, text) in texts.clone() {
            check_text(text)
                .map_err(|what| Rejection::validation(format!("Invalid {kind}: {what}")))?;
        }
        let used: Vec<(&str, &str)> = texts
            .flat_map(|(kind, text)| words(text).map(move |word| (kind, word)))
            .collect();
        for (kind, word) in &used {
            bindings
                .check_word(word)
                .map_err(|what| Rejection::validation(format!("Invalid {kind}: {what}")))?;
        }
        for (map, unused) in [
            (
                "ExpressionAttributeNames",
                bindings.names.keys().find(|name| !mentioned(&used, name)),
            ),
            (
                "ExpressionAttributeValues",
                bindings.values.keys().find(|name| !mentioned(&used, name)),
            ),
        ] {
            if let Some(unused) = unused {
                let what =
                    format!("Value provided in {map} unused in expressions: keys: {{{unused}}}");
                return Err(Rejection::validation(what));
            }
        }
        Ok(bindings)
    }

    fn check_word(&self, word: &str) -> Result<(), String> {
        if word.starts_with('#') && !self.names.contains_key(word) {
            return Err(format!(
                "An expression attribute name used in the document path is not defined; attribute name: {word}"
            ));
        }
        if word.starts_with(':') && !self.values.contains_key(word) {
            return Err(format!(
                "An expression attribute value used in expression is not defined; attribute value: {word}"
            ));
        }
        let upper = word.to_ascii_uppercase();
        if RESERVED_WORDS.contains(upper.as_str()) && !GRAMMAR.contains(&upper.as_str()) {
            return Err(format!(
                "Attribute name is a reserved keyword; reserved keyword: {word}"
            ));
        }
        Ok(())
    }

    pub(super) fn value(&self, placeholder: &str) -> &Value {
        &self.values[placeholder]
    }

    fn name<'b>(&'b self, name: &'b str) -> &'b str {
        self.names.get(name).map_or(name, String::as_str)
    }
}

/// A map of placeholders, each of which begins with `mark`; no map is an empty one.
///
/// "An expression attribute name must begin with a pound sign (#) and be followed by one or more alphanumeric characters. The
/// underscore (_) character is also allowed", and "Expression attribute values must begin with a colon (:) and be followed by
/// one or more alphanumeric characters" (Expressions.ExpressionAttributeNames.html and ….ExpressionAttributeValues.html in
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/>). The service's words for a map that is empty, or that
/// no expression uses, are those that dynalite has recorded (<https://github.com/architect/dynalite>).
fn placeholders<T>(
    map: Option<BTreeMap<String, T>>,
    mark: char,
    what: &str,
    kinds: &[&str],
    is_used: bool,
) -> Result<BTreeMap<String, T>, Rejection> {
    let Some(map) = map else {
        return Ok(BTreeMap::new());
    };
    if !is_used {
        let verb = if kinds.len() == 1 { "is" } else { "are" };
        let missing = format!("{} {verb} null", kinds.join(" and "));
        return Err(Rejection::validation(format!(
            "{what} can only be specified when using expressions: {missing}"
        )));
    }
    if map.is_empty() {
        return Err(Rejection::validation(format!("{what} must not be empty")));
    }
    let is_valid = |key: &str| {
        let rest = key.strip_prefix(mark);
        key.len() <= PLACEHOLDER_BYTES
            && rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_word_character))
    };
    match map.keys().find(|key| !is_valid(key)) {
        Some(key) => Err(Rejection::validation(format!(
            "{what} contains invalid key: Syntax error; key: \"{key}\""
        ))),
        None => Ok(map),
    }
}

/// The error in an expression before it is parsed.
fn check_text(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("The expression can not be empty;".to_owned());
    }
    if text.len() > EXPRESSION_BYTES {
        let what = "Expression size has exceeded the maximum allowed size";
        return Err(format!("{what}; expression size: {}", text.len()));
    }
    if has_redundant_parentheses(text) {
        return Err("The expression has redundant parentheses;".to_owned());
    }
    Ok(())
}

/// Whether a pair of parentheses contains only another pair. AWS does not document that this is rejected; dynalite has
/// recorded it from the service (<https://github.com/architect/dynalite/blob/main/db/conditionParser.pegjs>).
fn has_redundant_parentheses(text: &str) -> bool {
    let marks = text.chars().filter(|mark| !mark.is_whitespace());
    let (mut open, mut last) = (Vec::new(), None);
    for (at, mark) in marks.enumerate() {
        if mark == '(' {
            open.push(at);
        } else if mark == ')' {
            let Some(begin) = open.pop() else {
                continue;
            };
            if last == Some((begin + 1, at - 1)) {
                return true;
            }
            last = Some((begin, at));
        }
    }
    false
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let outside =
        |character: char| !is_word_character(character) && !matches!(character, '#' | ':');
    text.split(outside).filter(|word| !word.is_empty())
}

fn mentioned(used: &[(&str, &str)], placeholder: &str) -> bool {
    used.iter().any(|(_, word)| *word == placeholder)
}

/// A document path: `targets[0].#status`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    attribute: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Member(String),
    Element(usize),
}

impl Path {
    /// The attribute's name, if the path has one element.
    pub(super) fn attribute<'b>(&'b self, bindings: &'b Bindings) -> Option<&'b str> {
        self.steps
            .is_empty()
            .then(|| bindings.name(&self.attribute))
    }

    pub(super) fn find<'i>(&self, item: &'i Item, bindings: &Bindings) -> Option<&'i Value> {
        let attribute = item.get(bindings.name(&self.attribute));
        self.steps
            .iter()
            .fold(attribute, |value, step| match (value?, step) {
                (Value::M(members), Step::Member(name)) => members.get(bindings.name(name)),
                (Value::L(elements), Step::Element(position)) => elements.get(*position),
                _ => None,
            })
    }
}

/// A path, or the placeholder of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Path(Path),
    Value(String),
}

impl Operand {
    pub(super) fn find<'i>(&self, item: &'i Item, bindings: &'i Bindings) -> Option<&'i Value> {
        match self {
            Self::Path(path) => path.find(item, bindings),
            Self::Value(placeholder) => Some(bindings.value(placeholder)),
        }
    }
}

/// Parses a whole expression.
pub(super) fn read<'t, T>(
    mut grammar: impl Parser<&'t str, T, ContextError>,
    text: &'t str,
) -> Result<T, Rejection> {
    grammar.parse(text).map_err(|error| {
        let near = text.get(error.offset()..).unwrap_or_default();
        Rejection::validation(format!(
            "Invalid expression: Syntax error; near: \"{near}\""
        ))
    })
}

pub(super) fn operand(input: &mut &str) -> Parsed<Operand> {
    alt((placeholder.map(Operand::Value), path.map(Operand::Path))).parse_next(input)
}

pub(super) fn path(input: &mut &str) -> Parsed<Path> {
    let member = preceded(symbol("."), name).map(Step::Member);
    let element = delimited(symbol("["), dec_uint, symbol("]")).map(Step::Element);
    let parts = (name, repeat(0.., alt((member, element))));
    spaced(parts)
        .map(|(attribute, steps)| Path { attribute, steps })
        .parse_next(input)
}

pub(super) fn placeholder(input: &mut &str) -> Parsed<String> {
    spaced((':', take_while(1.., is_word_character)).take())
        .map(str::to_owned)
        .parse_next(input)
}

fn name(input: &mut &str) -> Parsed<String> {
    let first =
        one_of(|character: char| character.is_ascii_alphabetic() || matches!(character, '_' | '#'));
    (first, take_while(0.., is_word_character))
        .take()
        .map(str::to_owned)
        .parse_next(input)
}

/// A symbol, with any space around it.
pub(super) fn symbol<'i>(mark: &'static str) -> impl Parser<&'i str, (), ContextError> {
    spaced(mark).void()
}

/// A keyword in upper or lower case, with any space around it.
pub(super) fn keyword<'i>(word: &'static str) -> impl Parser<&'i str, (), ContextError> {
    spaced(terminated(Caseless(word), not(one_of(is_word_character)))).void()
}

fn spaced<'i, T>(
    inner: impl Parser<&'i str, T, ContextError>,
) -> impl Parser<&'i str, T, ContextError> {
    delimited(multispace0, inner, multispace0)
}

fn is_word_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}
