//! Update expressions: `SET a = :v, b = if_not_exists(b, :zero) + :one REMOVE c ADD d :n`.
//!
//! Only top-level attributes can be updated, which the functions do not exceed; a deeper path is rejected.

use winnow::combinator::{alt, delimited, opt, preceded, repeat, separated, separated_pair};
use winnow::{Parser, Result as Parsed};

use super::expression::{
    Bindings, Operand, Path, keyword, operand, path, placeholder, read, symbol,
};
use super::number::Number;
use super::value::{Item, Value};
use crate::rejection::Rejection;

#[derive(Debug, Default)]
pub(super) struct Update {
    changes: Vec<(Path, Change)>,
}

/// A keyword, and the changes that follow it.
type Section = (&'static str, Vec<(Path, Change)>);

#[derive(Clone, Debug)]
enum Change {
    Set(Term, Option<(Sign, Term)>),
    Remove,
    Add(String),
}

#[derive(Clone, Debug)]
enum Term {
    Plain(Operand),
    IfNotExists(Path, Operand),
}

#[derive(Clone, Copy, Debug)]
enum Sign {
    Plus,
    Minus,
}

impl Update {
    pub(super) fn parse(text: Option<&str>) -> Result<Self, Rejection> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let sections = read(repeat(1.., alt((set, remove, add))), text)?;
        let sections: Vec<Section> = sections;
        // "Each action keyword can appear only once"
        // (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html>).
        for (position, (name, _)) in sections.iter().enumerate() {
            if sections[..position].iter().any(|(other, _)| other == name) {
                return Err(Rejection::validation(format!(
                    "Invalid UpdateExpression: The \"{name}\" section can only be used once in an update expression;"
                )));
            }
        }
        let changes = sections.into_iter().flat_map(|(_, changes)| changes);
        Ok(Self {
            changes: changes.collect(),
        })
    }

    /// Rejects an update of the key, or two changes of one attribute.
    pub(super) fn spare(&self, key: &str, bindings: &Bindings) -> Result<(), Rejection> {
        let mut seen: Vec<&str> = Vec::new();
        for (path, _) in &self.changes {
            let attribute = attribute(path, bindings)?;
            if attribute == key {
                let what =
                    format!("Cannot update attribute {key}. This attribute is part of the key");
                return Err(Rejection::validation(format!(
                    "One or more parameter values were invalid: {what}"
                )));
            }
            if seen.contains(&attribute) {
                let what = "Two document paths overlap with each other; must remove or rewrite one of these paths";
                let what = format!(
                    "Invalid UpdateExpression: {what}; path one: [{attribute}], path two: [{attribute}]"
                );
                return Err(Rejection::validation(what));
            }
            seen.push(attribute);
        }
        Ok(())
    }

    /// The item after all changes, each of which reads the item as it was before.
    pub(super) fn apply(&self, old: &Item, bindings: &Bindings) -> Result<Item, Rejection> {
        let mut new = old.clone();
        for (path, change) in &self.changes {
            let attribute = attribute(path, bindings)?;
            let value = match change {
                Change::Remove => None,
                Change::Set(first, rest) => Some(total(first, rest.as_ref(), old, bindings)?),
                Change::Add(addend) => Some(add_up(old.get(attribute), bindings.value(addend))?),
            };
            match value {
                Some(value) => new.insert(attribute.to_owned(), value),
                None => new.remove(attribute),
            };
        }
        Ok(new)
    }
}

fn attribute<'b>(path: &'b Path, bindings: &'b Bindings) -> Result<&'b str, Rejection> {
    let deeper =
        || Rejection::validation("Updates below a top-level attribute are not part of this AWS");
    path.attribute(bindings).ok_or_else(deeper)
}

fn total(
    first: &Term,
    rest: Option<&(Sign, Term)>,
    old: &Item,
    bindings: &Bindings,
) -> Result<Value, Rejection> {
    let first = first.value(old, bindings)?;
    let Some((sign, second)) = rest else {
        return Ok(first);
    };
    let (first, second) = (number(&first)?, number(&second.value(old, bindings)?)?);
    let second = match sign {
        Sign::Plus => second,
        Sign::Minus => second.negated(),
    };
    sum(first, second)
}

/// "If the attribute does not exist, DynamoDB uses 0 as the initial value" for ADD.
fn add_up(old: Option<&Value>, addend: &Value) -> Result<Value, Rejection> {
    let addend = number(addend)?;
    old.map_or(Ok(Value::N(addend)), |old| sum(number(old)?, addend))
}

fn number(value: &Value) -> Result<Number, Rejection> {
    match value {
        Value::N(number) => Ok(*number),
        _ => Err(Rejection::validation(
            "An operand in the update expression has an incorrect data type",
        )),
    }
}

fn sum(left: Number, right: Number) -> Result<Value, Rejection> {
    let overflow = || {
        Rejection::validation("Number overflow. Attempting to store a number with too many digits")
    };
    left.plus(right).map(Value::N).ok_or_else(overflow)
}

impl Term {
    fn value(&self, old: &Item, bindings: &Bindings) -> Result<Value, Rejection> {
        let found = match self {
            Self::Plain(operand) => operand.find(old, bindings),
            Self::IfNotExists(path, otherwise) => path
                .find(old, bindings)
                .or_else(|| otherwise.find(old, bindings)),
        };
        let missing =
            "The provided expression refers to an attribute that does not exist in the item";
        found.cloned().ok_or_else(|| Rejection::validation(missing))
    }
}

fn set(input: &mut &str) -> Parsed<Section> {
    let rest = opt((sign, term));
    let value = (term, rest).map(|(first, rest)| Change::Set(first, rest));
    list("SET", separated_pair(path, symbol("="), value)).parse_next(input)
}

fn remove(input: &mut &str) -> Parsed<Section> {
    list("REMOVE", path.map(|path| (path, Change::Remove))).parse_next(input)
}

fn add(input: &mut &str) -> Parsed<Section> {
    list("ADD", (path, placeholder.map(Change::Add))).parse_next(input)
}

fn list<'i>(
    section: &'static str,
    change: impl Parser<&'i str, (Path, Change), winnow::error::ContextError>,
) -> impl Parser<&'i str, Section, winnow::error::ContextError> {
    preceded(keyword(section), separated(1.., change, symbol(",")))
        .map(move |changes| (section, changes))
}

fn term(input: &mut &str) -> Parsed<Term> {
    let arguments = separated_pair(path, symbol(","), operand);
    let if_not_exists = preceded(
        symbol("if_not_exists"),
        delimited(symbol("("), arguments, symbol(")")),
    );
    alt((
        if_not_exists.map(|(path, otherwise)| Term::IfNotExists(path, otherwise)),
        operand.map(Term::Plain),
    ))
    .parse_next(input)
}

fn sign(input: &mut &str) -> Parsed<Sign> {
    alt((
        symbol("+").value(Sign::Plus),
        symbol("-").value(Sign::Minus),
    ))
    .parse_next(input)
}
