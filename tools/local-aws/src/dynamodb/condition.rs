//! Condition expressions: parsing and evaluation.
//!
//! ```text
//! or      = and ("OR" and)*          compare = operand ("=" | "<>" | "<" | "<=" | ">" | ">=") operand
//! and     = not ("AND" not)*                 | operand "BETWEEN" operand "AND" operand
//! not     = "NOT" not | primary              | operand "IN" "(" operand ("," operand)* ")"
//! primary = "(" or ")" | function | compare
//! ```

use std::cmp::Ordering;

use winnow::combinator::{alt, delimited, preceded, separated, separated_foldl1, separated_pair};
use winnow::{Parser, Result as Parsed};

pub(super) use super::expression::Operand;
use super::expression::{Bindings, Path, keyword, operand, path, read, symbol};
use super::value::{Item, Value};
use crate::rejection::Rejection;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    Or(Box<Condition>, Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    Exists(Path),
    BeginsWith(Path, Operand),
    Compare(Operand, Comparison, Operand),
    Between(Operand, Operand, Operand),
    In(Operand, Vec<Operand>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    pub(super) fn parse(text: Option<&str>) -> Result<Option<Self>, Rejection> {
        text.map(|text| read(or, text)).transpose()
    }

    /// A missing attribute is unequal to everything, and neither less nor greater than anything.
    pub(super) fn holds(&self, item: &Item, bindings: &Bindings) -> Result<bool, Rejection> {
        let find = |operand: &Operand| operand.find(item, bindings).cloned();
        Ok(match self {
            Self::Or(left, right) => left.holds(item, bindings)? || right.holds(item, bindings)?,
            Self::And(left, right) => left.holds(item, bindings)? && right.holds(item, bindings)?,
            Self::Not(inner) => !inner.holds(item, bindings)?,
            Self::Exists(path) => path.find(item, bindings).is_some(),
            Self::BeginsWith(path, start) => match (path.find(item, bindings), find(start)) {
                (Some(Value::S(text)), Some(Value::S(start))) => text.starts_with(&start),
                (_, Some(Value::S(_)) | None) => false,
                (_, Some(other)) => return Err(wrong_type("begins_with", &other)),
            },
            Self::Compare(left, comparison, right) => {
                let operands = [left, right];
                comparison.check(operands.map(|operand| operand.literal(bindings)))?;
                comparison.holds(find(left).as_ref(), find(right).as_ref())
            }
            Self::Between(value, low, high) => {
                let (value, low, high) = (find(value), find(low), find(high));
                if order(low.as_ref(), high.as_ref()) == Some(Ordering::Greater) {
                    let what = "The BETWEEN operator requires upper bound to be greater than or equal to lower bound";
                    return Err(Rejection::validation(format!("Invalid expression: {what}")));
                }
                Comparison::GreaterOrEqual.holds(value.as_ref(), low.as_ref())
                    && Comparison::LessOrEqual.holds(value.as_ref(), high.as_ref())
            }
            Self::In(value, choices) => {
                let value = find(value);
                value.is_some() && choices.iter().any(|choice| find(choice) == value)
            }
        })
    }
}

impl Operand {
    fn literal<'b>(&self, bindings: &'b Bindings) -> Option<&'b Value> {
        match self {
            Self::Value(placeholder) => Some(bindings.value(placeholder)),
            Self::Path(_) => None,
        }
    }
}

impl Comparison {
    fn check(self, literals: [Option<&Value>; 2]) -> Result<(), Rejection> {
        let unordered =
            |literal: &&Value| !matches!(literal, Value::S(_) | Value::N(_) | Value::B(_));
        match literals.into_iter().flatten().find(unordered) {
            Some(literal) if !matches!(self, Self::Equal | Self::NotEqual) => {
                Err(wrong_type(self.sign(), literal))
            }
            _ => Ok(()),
        }
    }

    fn holds(self, left: Option<&Value>, right: Option<&Value>) -> bool {
        let order = order(left, right);
        match self {
            Self::Equal => left.is_some() && left == right,
            Self::NotEqual => left.is_none() || left != right,
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => order.is_some_and(Ordering::is_le),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// Texts compare by their UTF-8 bytes, numbers by value; values of two types do not compare.
fn order(left: Option<&Value>, right: Option<&Value>) -> Option<Ordering> {
    match (left?, right?) {
        (Value::S(left), Value::S(right)) => Some(left.cmp(right)),
        (Value::N(left), Value::N(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

fn wrong_type(operator: &str, operand: &Value) -> Rejection {
    let kind = operand.kind();
    let what = format!(
        "Incorrect operand type for operator or function; operator: {operator}, operand type: {kind}"
    );
    Rejection::validation(format!("Invalid expression: {what}"))
}

fn or(input: &mut &str) -> Parsed<Condition> {
    let join = |left, (), right| Condition::Or(Box::new(left), Box::new(right));
    separated_foldl1(and, keyword("OR"), join).parse_next(input)
}

fn and(input: &mut &str) -> Parsed<Condition> {
    let join = |left, (), right| Condition::And(Box::new(left), Box::new(right));
    separated_foldl1(negation, keyword("AND"), join).parse_next(input)
}

fn negation(input: &mut &str) -> Parsed<Condition> {
    let negated = preceded(keyword("NOT"), negation).map(|inner| Condition::Not(Box::new(inner)));
    alt((negated, primary)).parse_next(input)
}

fn primary(input: &mut &str) -> Parsed<Condition> {
    alt((delimited(symbol("("), or, symbol(")")), function, compare)).parse_next(input)
}

fn function(input: &mut &str) -> Parsed<Condition> {
    let argument = || delimited(symbol("("), path, symbol(")"));
    let arguments = delimited(
        symbol("("),
        separated_pair(path, symbol(","), operand),
        symbol(")"),
    );
    alt((
        preceded(symbol("attribute_exists"), argument()).map(Condition::Exists),
        preceded(symbol("attribute_not_exists"), argument())
            .map(|path| Condition::Not(Box::new(Condition::Exists(path)))),
        preceded(symbol("begins_with"), arguments)
            .map(|(path, start)| Condition::BeginsWith(path, start)),
    ))
    .parse_next(input)
}

fn compare(input: &mut &str) -> Parsed<Condition> {
    let left = operand(input)?;
    let choices = delimited(
        symbol("("),
        separated(1..=100, operand, symbol(",")),
        symbol(")"),
    );
    let bounds = separated_pair(operand, keyword("AND"), operand);
    alt((
        preceded(keyword("BETWEEN"), bounds)
            .map(|(low, high)| Condition::Between(left.clone(), low, high)),
        preceded(keyword("IN"), choices).map(|choices| Condition::In(left.clone(), choices)),
        (comparison, operand)
            .map(|(comparison, right)| Condition::Compare(left.clone(), comparison, right)),
    ))
    .parse_next(input)
}

fn comparison(input: &mut &str) -> Parsed<Comparison> {
    // The longer operators first: `<` begins `<=` and `<>`.
    alt((
        symbol("<>").value(Comparison::NotEqual),
        symbol("<=").value(Comparison::LessOrEqual),
        symbol(">=").value(Comparison::GreaterOrEqual),
        symbol("<").value(Comparison::Less),
        symbol(">").value(Comparison::Greater),
        symbol("=").value(Comparison::Equal),
    ))
    .parse_next(input)
}
