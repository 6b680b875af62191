"""Log lines and metric lines as the functions write them, by independent readers of the rules of Lambda and CloudWatch.

No package registry has a reader that makes metrics of lines in the embedded metric format, and neither emulator makes any. So a
line is held against the last JSON schema of the format that Powertools shipped (later versions have none), and against the lines
that two libraries write for the same metrics.
"""

import json
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import botocore.session
import ciso8601
import fastjsonschema
import jiter
from aws_lambda_powertools.metrics import EphemeralMetrics
from pydantic import TypeAdapter

from samples import LOG, Samples
from table import Node, Row, named, reading

SCHEMA = "lib/python3*/site-packages/aws_lambda_powertools/metrics/schema.json"
# A line with this member is a metric line. It has no timestamp and no level of its own, and Lambda gives it the level INFO.
METRICS = "_aws"
SPAN = TypeAdapter(dict[str, str])


def rows(samples: Samples, node: Node, emf: Path) -> Iterator[Row]:
    (schema,) = emf.glob(SCHEMA)
    by_schema = fastjsonschema.compile(json.loads(schema.read_text()))
    version = next(emf.glob("lib/python3*/site-packages/aws_lambda_powertools-*.dist-info")).name.split("-")[1].removesuffix(".dist")
    for path in LOG:
        texts = samples[path].splitlines()
        sample = path.removeprefix("infra/checks/")
        yield row(named("jiter", "without duplicate keys"), sample, strict, texts)
        told = [json.loads(each) for each in texts]
        lines = [each for each in told if METRICS not in each]
        metrics = [each for each in told if METRICS in each]
        assert lines and metrics, f"{path} has not both kinds of lines"
        yield from rows_of_times(sample, lines, node)
        yield row(named("botocore", "levels of Lambda"), sample, has_a_level_of_lambda, lines)
        yield row(named("pydantic", "spans of texts"), sample, lambda each: SPAN.validate_python(each["span"], strict=True), lines)
        yield row(f"aws-lambda-powertools {version} schema", sample, by_schema, metrics)
        yield row(named("aws-lambda-powertools", "writes the same"), sample, written_the_same, metrics)
        yield written_by_library(sample, metrics, node)


def row(parser: str, sample: str, read: Callable[[object], object], each: list) -> Row:
    """How many it accepts, and the first refusal."""
    return counted(parser, sample, [reading(lambda one=one: read(one) and "") for one in each])


def counted(parser: str, sample: str, says: list[str]) -> Row:
    """How many replies are no refusals, and the first refusal."""
    refused = [f"; number {at} {text}" for at, text in enumerate(says, 1) if text]
    return Row(parser, sample, f"{len(says) - len(refused)} of {len(says)}{''.join(refused[:1])}", f"{len(says)} of {len(says)}")


def strict(text: str) -> object:
    return jiter.from_json(text.encode(), allow_inf_nan=False, catch_duplicate_keys=True)


@cache
def levels() -> list[str]:
    """The levels by which Lambda filters."""
    return botocore.session.get_session().get_service_model("lambda").shape_for("ApplicationLogLevel").enum


def has_a_level_of_lambda(line: dict) -> bool:
    if line["level"] not in levels():
        raise ValueError(f"{line['level']} is not one of {', '.join(levels())}")
    return True


def rows_of_times(sample: str, lines: list[dict], node: Node) -> Iterator[Row]:
    """Both readers accept each timestamp as RFC 3339, and read the same moment."""
    yield row(named("ciso8601", "RFC 3339"), sample, lambda each: ciso8601.parse_rfc3339(each["timestamp"]), lines)
    replies = node.ask([{"kind": "stamp", "value": each.get("timestamp")} for each in lines])
    says = [reading(lambda line=line, reply=reply: the_same_moment(line, reply)) for line, reply in zip(lines, replies, strict=True)]
    yield counted(node.named("zod", "the same moment"), sample, says)


def the_same_moment(line: dict, reply: dict) -> str:
    if "refused" in reply:
        raise ValueError(reply["refused"])
    if round(ciso8601.parse_rfc3339(line["timestamp"]).timestamp() * 1000) != reply["value"]:
        raise ValueError(f"{line['timestamp']} is {reply['value']} ms")
    return ""


def read_metrics(line: dict) -> dict:
    """The metrics of a line: each member that its directive names must be there."""
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    (dimensions,) = directive["Dimensions"]
    return {"namespace": directive["Namespace"], "dimensions": {name: line[name] for name in dimensions},
            "metrics": [(each["Name"], line[each["Name"]], each["Unit"]) for each in directive["Metrics"]],
            "timestamp": line["_aws"]["Timestamp"]}


def written_the_same(line: dict) -> bool:
    read = read_metrics(line)
    writer = EphemeralMetrics(namespace=read["namespace"])
    for name, value in read["dimensions"].items():
        writer.add_dimension(name, value)
    for name, value, unit in read["metrics"]:
        writer.add_metric(name, unit, value)
    with warnings.catch_warnings():
        # It warns of a time more than two weeks ago, as in the samples.
        warnings.simplefilter("ignore")
        writer.set_timestamp(read["timestamp"])
    return is_the_same(line, writer.serialize_metric_set())


def written_by_library(sample: str, metrics: list[dict], node: Node) -> Row:
    values = [reading(lambda each=each: json.dumps(read_metrics(each))) for each in metrics]
    asked = [{"kind": "metrics", "value": json.loads(each)} if each.startswith("{") else {"kind": "none"} for each in values]
    says = []
    for line, value, reply in zip(metrics, values, node.ask(asked), strict=True):
        if not value.startswith("{"):
            says.append(value)
        elif "refused" in reply:
            says.append(f"refused: {reply['refused']}")
        else:
            says.append(reading(lambda line=line, reply=reply: is_the_same(line, json.loads(reply["value"][0])) and ""))
    return counted(node.named("aws-embedded-metrics", "writes the same"), sample, says)


def is_the_same(line: dict, written: dict) -> bool:
    """Powertools writes each value as a list. The order of the definitions has no meaning."""
    if plain(written) != plain(line):
        raise ValueError(f"it writes {json.dumps(written)}")
    return True


def plain(line: dict) -> dict:
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    sorted_ = directive | {"Metrics": sorted(directive["Metrics"], key=lambda each: each["Name"])}
    values = {name: value[0] if isinstance(value, list) and len(value) == 1 else value for name, value in line.items()}
    return values | {"_aws": line["_aws"] | {"CloudWatchMetrics": [sorted_]}}
