"""The saved queries of both deployments name only fields and events that the log has, and the sample lines (log/) are lines that the
functions write."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import product

LOG = Path(__file__).with_name("log")
# The snapshot of the construct library, from its own tests.
CDK = Path(__file__).parents[1] / "cdk" / "test" / "snapshots" / "invalidator.json"
# What each line has beside the fields of its event, and what CloudWatch adds to each line.
OF_ALL = {"timestamp", "level", "event", "message", "target", "span"}
OF_CLOUDWATCH = {"@timestamp", "@message", "@log"}
# Fields within the span, which the product names where it opens it.
OF_THE_SPAN = {"span.function", "span.request_id"}
WORDS = {"fields", "filter", "stats", "sort", "limit", "by", "as", "in", "like", "and", "or", "asc", "desc"}
FUNCTIONS = {"count", "latest", "max", "min", "toMillis"}
STRING = r'"[^"]*"'
# What is put at the end of a query, each of which must be noticed.
SEEDED = ["| fields nobody", "| fields counts(ahead) as nothing", '| filter event = "no.such_event"', '| filter event in ["nothing"]']


def faults(name: str, text: str) -> Iterator[str]:
    bare = re.sub(STRING, "", text)
    names = set(re.findall(r"(?<![\w.@])@?[A-Za-z_][\w.]*\b(?!\()", bare)) - set(re.findall(r"\bas (\w+)", bare))
    yield from (f"{name} asks for {field}, which no line has" for field in sorted(names - WORDS - fields()))
    yield from (f"{name} calls {each}, which is not known here" for each in sorted(set(re.findall(r"(\w+)\(", bare)) - FUNCTIONS))
    asked = compared(text)
    if len(asked) != len(re.findall(STRING, text)):
        yield f"{name} has a text that is compared with no field"
    for field, value in asked:
        # What a person pastes into a query stands there as a hint.
        if field != "@message" and not exists(field, value):
            yield f"{name} looks for the {field} “{value}”, which no function logs"
    if not {"event", "@message"} & {field for field, _ in asked}:
        yield f"{name} looks for no event"


def fields() -> set[str]:
    written = OF_ALL | OF_CLOUDWATCH | {field for line in product.lines().values() for field in line.fields}
    return written | {field for field in OF_THE_SPAN if product.says_word(field.removeprefix("span."))}


def compared(text: str) -> list[tuple[str, str]]:
    """Each text, with the field with which it is compared."""
    found = re.findall(rf"([@\w.]+)(?: ?!?= ?| in | like )({STRING}|\[(?:{STRING}|[^\]\"])*\])", text)
    return [(field, value[1:-1]) for field, values in found for value in re.findall(STRING, values)]


def exists(field: str, value: str) -> bool:
    known = {"event": product.lines(), "level": {line.level for line in product.lines().values()}}
    return value in known[field] if field in known else product.says(value)


def faults_of_lines(path: Path) -> Iterator[str]:
    """Each line is one that the list of events has: with its message, at its level, with no other fields."""
    for number, logged in enumerate(map(json.loads, path.read_text().splitlines()), 1):
        where, event = f"{path.name}:{number}", logged.get("event")
        if "_aws" in logged:
            names = {each["Name"] for each in logged["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
            if logged.keys() - {"FunctionName", "_aws"} != names or not names <= product.metrics():
                yield f"{where}: no function writes the metrics {sorted(names)}"
            continue
        line = product.lines().get(event)
        if not line or logged["level"] != line.level or logged["message"] != line.message:
            yield f"{where}: no function writes {event} with “{logged.get('message')}” at the level {logged['level']}"
        elif others := logged.keys() - OF_ALL - line.fields:
            yield f"{where}: {event} has no {', '.join(sorted(others))}"
        elif not {"function", "request_id"} <= logged["span"].keys() or logged["span"]["function"] != path.stem:
            yield f"{where}: the span is {logged['span']}"


def main() -> int:
    """The template's queries are checked in monitoring.py, with its alarms and its dashboard."""
    resources = json.loads(CDK.read_text()).items()
    queries = {name: each["Properties"]["QueryString"] for name, each in resources if each["Type"] == "AWS::Logs::QueryDefinition"}
    assert queries, f"{CDK} has no queries"
    files = sorted(LOG.glob("*.jsonl"))
    assert files, f"{LOG} has no lines"
    found = [fault for name, text in queries.items() for fault in faults(name, text)]
    found += [fault for path in files for fault in faults_of_lines(path)]
    found += [f"{name} does not show: {each}" for name, text in queries.items() for each in SEEDED
              if set(faults(name, f"{text}\n{each}")) <= set(found)]
    print(f"{len(queries)} saved queries, {len(product.lines())} events, {len(files)} files of lines: {len(found)} faults", *found,
          sep="\n  ")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
