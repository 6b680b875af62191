"""A small interpreter for the part of CloudWatch Logs Insights' query language that the saved queries use.

It is stricter than CloudWatch: what it does not know, or what CloudWatch's documentation does not say, it refuses, so that a
query whose answer it gives has the same answer there.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

import operator
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

TOKEN = re.compile(r"""\s*(?:(?P<text>"[^"\\]*")|(?P<number>\d+(?:\.\d+)?)|(?P<name>[@A-Za-z_][\w.@]*)|(?P<sign>!=|<=|>=|[()\[\],=<>+*/|-]))""")
COMPARISONS = {"=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
COMMANDS = ("fields", "filter", "stats", "sort", "limit")
# Words that are no names of fields.
RESERVED = {"and", "or", "in", "like", "as", "by", "asc", "desc", *COMMANDS}
AGGREGATES = ("count", "max", "min", "latest")
MISSING = object()
Row = dict[str, Any]


class NotKnown(Exception):
    """Something that this interpreter does not know, or of which it is not known what CloudWatch makes."""


class Node(NamedTuple):
    """A part of an expression."""

    kind: str
    value: Any
    inside: tuple = ()


class Tokens:
    """The words of a query, one after another."""

    def __init__(self, text: str):
        self.words: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            found = TOKEN.match(text, at)
            if not found:
                raise NotKnown(f"«{text[at:].strip()[:20]}»")
            self.words.append((str(found.lastgroup), found[str(found.lastgroup)]))
            at = found.end()
        self.at = 0

    def peek(self) -> str:
        return self.words[self.at][1] if self.at < len(self.words) else ""

    def next(self, kind: str = "", word: str = "") -> str:
        if self.at == len(self.words):
            raise NotKnown(f"an end where {word or kind} is wanted")
        found, value = self.words[self.at]
        if kind and found != kind or word and value != word or kind == "name" and value in RESERVED:
            raise NotKnown(f"{value} where {word or kind} is wanted")
        self.at += 1
        return value

    def takes(self, *words: str) -> str:
        """The next word, if it is one of these."""
        return self.next() if self.peek() in words else ""


def boolean(tokens: Tokens) -> Node:
    node = conjunction(tokens)
    while tokens.takes("or"):
        node = Node("or", None, (node, conjunction(tokens)))
    return node


def conjunction(tokens: Tokens) -> Node:
    node = condition(tokens)
    while tokens.takes("and"):
        node = Node("and", None, (node, condition(tokens)))
    return node


def condition(tokens: Tokens) -> Node:
    if tokens.takes("("):
        node = boolean(tokens)
        tokens.next(word=")")
        return node
    left = atom(tokens)
    if tokens.takes("like"):
        return Node("like", tokens.next("text")[1:-1], (left,))
    if tokens.takes("in"):
        return Node("in", literals(tokens), (left,))
    if not (sign := tokens.takes(*COMPARISONS)):
        raise NotKnown(f"{tokens.peek() or 'an end'} where a comparison is wanted")
    return Node("compare", sign, (left, atom(tokens)))


def literals(tokens: Tokens) -> tuple[str, ...]:
    tokens.next(word="[")
    found = [tokens.next("text")[1:-1]]
    while tokens.takes(","):
        found.append(tokens.next("text")[1:-1])
    tokens.next(word="]")
    return tuple(found)


def arithmetic(tokens: Tokens) -> Node:
    """One operation: which of several goes first is never left to be known."""
    left = atom(tokens)
    sign = tokens.takes(*ARITHMETIC)
    return Node("arithmetic", sign, (left, atom(tokens))) if sign else left


def atom(tokens: Tokens) -> Node:
    if tokens.takes("("):
        node = arithmetic(tokens)
        tokens.next(word=")")
        return node
    word = tokens.peek()
    if word.startswith('"'):
        return Node("literal", tokens.next()[1:-1])
    if word[:1].isdigit():
        return Node("literal", float(tokens.next()))
    name = tokens.next("name")
    if not tokens.takes("("):
        return Node("field", name)
    if name not in (*AGGREGATES, "toMillis"):
        raise NotKnown(f"the function {name}")
    everything = name == "count" and tokens.takes("*")
    inside = () if everything else (Node("field", tokens.next("name")),)
    tokens.next(word=")")
    return Node("call", name, inside)


def named(tokens: Tokens) -> list[tuple[str, Node]]:
    """Expressions with their names; a field is its own name."""
    found = []
    while True:
        node = arithmetic(tokens)
        if tokens.takes("as"):
            found.append((tokens.next("name"), node))
        elif node.kind == "field":
            found.append((node.value, node))
        else:
            raise NotKnown("an expression without a name")
        if not tokens.takes(","):
            return found


def evaluate(node: Node, row: Row, group: list[Row] | None = None) -> Any:
    if node.kind == "literal":
        return node.value
    if node.kind == "field":
        return row.get(node.value, MISSING)
    if node.kind == "call":
        return call(node, row, group)
    left, right = (present(evaluate(each, row, group), node) for each in node.inside)
    if not all(isinstance(each, (int, float)) for each in (left, right)):
        raise NotKnown(f"{left} {node.value} {right}")
    return ARITHMETIC[node.value](left, right)


def present(value: Any, node: Node) -> Any:
    if value is MISSING:
        raise NotKnown(f"a field of {node} is not in the line, and what comes of that is not said")
    return value


def call(node: Node, row: Row, group: list[Row] | None) -> Any:
    if node.value == "toMillis":
        # The timestamps of these rows are milliseconds already.
        return present(evaluate(node.inside[0], row), node)
    if group is None:
        raise NotKnown(f"{node.value} outside of stats")
    if node.value == "count":
        return sum(1 for each in group if not node.inside or evaluate(node.inside[0], each) is not MISSING)
    if node.value == "latest":
        return evaluate(node.inside[0], max(group, key=lambda each: each["@timestamp"]))
    values = [present(evaluate(node.inside[0], each), node) for each in group]
    if not all(isinstance(each, (int, float)) for each in values):
        raise NotKnown(f"{node.value} of what is no number")
    return {"max": max, "min": min}[node.value](values)


def holds(node: Node, row: Row) -> bool:
    if node.kind == "or":
        return any(holds(each, row) for each in node.inside)
    if node.kind == "and":
        return all(holds(each, row) for each in node.inside)
    value = evaluate(node.inside[0], row)
    if node.kind in ("like", "in"):
        if value is not MISSING and not isinstance(value, str):
            raise NotKnown(f"{value} {node.kind} texts")
        return value is not MISSING and (node.value in value if node.kind == "like" else value in node.value)
    other = evaluate(node.inside[1], row)
    if node.value == "=" and MISSING in (value, other):
        return False
    value, other = present(value, node), present(other, node)
    if isinstance(value, str) != isinstance(other, str):
        raise NotKnown(f"a comparison of {value} with {other}")
    return COMPARISONS[node.value](value, other)


class Query:
    """A query as it is read: a function from rows to rows for each of its commands."""

    def __init__(self, text: str):
        self.nodes: list[Node] = []
        self.columns: list[str] = []
        self.aliases: set[str] = set()
        self.steps: list[Callable[[list[Row]], list[Row]]] = []
        tokens = Tokens(text)
        while True:
            command = tokens.next()
            if command not in COMMANDS:
                raise NotKnown(f"the command {command}")
            getattr(self, f"_{command}")(tokens)
            if not tokens.peek():
                return
            tokens.next(word="|")

    def run(self, rows: Iterable[Row]) -> list[Row]:
        found = list(rows)
        for step in self.steps:
            found = step(found)
        shown = [{name: row[name] for name in self.columns if row.get(name, MISSING) is not MISSING} for row in found]
        return shown

    def asked(self, field: str) -> set[str]:
        """The texts that a field is compared with."""
        found = set()
        for node in self._all():
            if node.kind == "in" and node.inside[0] == Node("field", field):
                found.update(node.value)
            if node.kind == "compare" and Node("field", field) in node.inside:
                found.update(each.value for each in node.inside if each.kind == "literal")
        return found

    def fields(self) -> set[str]:
        """The names of all fields that it needs of a line."""
        return {node.value for node in self._all() if node.kind == "field"} - self.aliases

    def _all(self) -> Iterable[Node]:
        rest = list(self.nodes)
        while rest:
            node = rest.pop()
            yield node
            rest += node.inside

    def _fields(self, tokens: Tokens) -> None:
        columns = named(tokens)
        self.nodes += [node for _, node in columns]
        self.columns += [name for name, _ in columns]
        self.aliases |= {name for name, node in columns if node != Node("field", name)}
        self.steps.append(lambda rows: [row | {name: evaluate(node, row) for name, node in columns} for row in rows])

    def _filter(self, tokens: Tokens) -> None:
        node = boolean(tokens)
        self.nodes.append(node)
        self.steps.append(lambda rows: [row for row in rows if holds(node, row)])

    def _stats(self, tokens: Tokens) -> None:
        columns = named(tokens)
        tokens.next(word="by")
        by = [tokens.next("name")]
        while tokens.takes(","):
            by.append(tokens.next("name"))
        self.nodes += [node for _, node in columns] + [Node("field", name) for name in by]
        self.columns = by + [name for name, _ in columns]
        self.aliases |= {name for name, _ in columns}
        self.steps.append(lambda rows: grouped(rows, by, columns))

    def _sort(self, tokens: Tokens) -> None:
        name = tokens.next("name")
        self.nodes.append(Node("field", name))
        is_down = tokens.takes("asc", "desc") == "desc"
        self.steps.append(lambda rows: sorted(rows, key=lambda row: present(row.get(name, MISSING), Node("sort", name)), reverse=is_down))

    def _limit(self, tokens: Tokens) -> None:
        most = int(tokens.next("number"))
        self.steps.append(lambda rows: rows[:most])


def grouped(rows: list[Row], by: list[str], columns: list[tuple[str, Node]]) -> list[Row]:
    groups: dict[tuple, list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row.get(name, MISSING) for name in by), []).append(row)
    return [dict(zip(by, key, strict=True)) | {name: evaluate(node, {}, group) for name, node in columns}
            for key, group in groups.items()]
