"""Lines of the log and of metrics, as the functions write them: by strict readers of what Lambda and CloudWatch ask of them.

No registry has a reader of the embedded metric format that makes metrics of lines; the emulators make none, either. So a line is
held against the last schema of it that Powertools shipped (later versions have none), and against the lines that two libraries
write of the same metrics.
"""

import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import botocore.session
import ciso8601
import fastjsonschema
import jiter
from aws_lambda_powertools.metrics import EphemeralMetrics
from pydantic import TypeAdapter

from samples import LOG, Samples
from table import Node, Row, named, said

SCHEMA = "lib/python3*/site-packages/aws_lambda_powertools/metrics/schema.json"
# A line with this is one of metrics. It has no timestamp and no level, so that Lambda gives it the level INFO.
METRICS = "_aws"


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
        levels = frozenset(botocore.session.get_session().get_service_model("lambda").shape_for("ApplicationLogLevel").enum)
        yield row(named("botocore", "levels of Lambda"), sample, lambda each, levels=levels: is_one_of(each["level"], levels), lines)
        spans = TypeAdapter(dict[str, str])
        yield row(named("pydantic", "spans of texts"), sample, lambda each, spans=spans: spans.validate_python(each["span"], strict=True), lines)
        yield row(f"aws-lambda-powertools {version} schema", sample, by_schema, metrics)
        yield row(named("aws-lambda-powertools", "writes the same"), sample, written_the_same, metrics)
        yield written_by_library(sample, metrics, node)


def row(parser: str, sample: str, read: Callable[[object], object], each: list) -> Row:
    """How many it takes, with the first refusal."""
    return counted(parser, sample, [said(lambda one=one: read(one) and "") for one in each])


def counted(parser: str, sample: str, says: list[str]) -> Row:
    """Of replies that say nothing if they are right."""
    refused = [f"; number {at} {text}" for at, text in enumerate(says, 1) if text and text.startswith("refused")]
    return Row(parser, sample, f"{len(says) - len(refused)} of {len(says)}{''.join(refused[:1])}", f"{len(says)} of {len(says)}")


def strict(text: str) -> object:
    return jiter.from_json(text.encode(), allow_inf_nan=False, catch_duplicate_keys=True)


def is_one_of(value: str, known: frozenset[str]) -> bool:
    if value not in known:
        raise ValueError(f"{value} is not one of {', '.join(sorted(known))}")
    return True


def rows_of_times(sample: str, lines: list[dict], node: Node) -> Iterator[Row]:
    """RFC 3339, and to both the same moment."""
    yield row(named("ciso8601", "RFC 3339"), sample, lambda each: ciso8601.parse_rfc3339(each["timestamp"]), lines)
    replies = node.ask([{"kind": "stamp", "value": each["timestamp"]} for each in lines])
    says = [f"refused: {reply['refused']}" if "refused" in reply else said(lambda line=line, reply=reply: the_same_moment(line, reply["value"]))
            for line, reply in zip(lines, replies, strict=True)]
    yield counted(node.named("zod", "the same moment"), sample, says)


def the_same_moment(line: dict, milliseconds: int) -> str:
    if round(ciso8601.parse_rfc3339(line["timestamp"]).timestamp() * 1000) != milliseconds:
        raise ValueError(f"{line['timestamp']} is {milliseconds} ms")
    return ""


def read_metrics(line: dict) -> dict:
    """What a line of ours says: each member that its directive names must be there."""
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
        # It warns of a time of more than two weeks ago, as that of the samples is.
        warnings.simplefilter("ignore")
        writer.set_timestamp(read["timestamp"])
    return is_the_same(line, writer.serialize_metric_set())


def written_by_library(sample: str, metrics: list[dict], node: Node) -> Row:
    values = [said(lambda each=each: json.dumps(read_metrics(each))) for each in metrics]
    asked = [{"kind": "metrics", "value": json.loads(each)} if each.startswith("{") else {"kind": "none"} for each in values]
    says = []
    for line, value, reply in zip(metrics, values, node.ask(asked), strict=True):
        if not value.startswith("{"):
            says.append(value)
        elif "refused" in reply:
            says.append(f"refused: {reply['refused']}")
        else:
            says.append(said(lambda line=line, reply=reply: is_the_same(line, json.loads(reply["value"][0])) and ""))
    return counted(node.named("aws-embedded-metrics", "writes the same"), sample, says)


def is_the_same(line: dict, written: dict) -> bool:
    """Powertools writes each value as a list, and the order of the definitions says nothing."""
    if plain(written) != plain(line):
        raise ValueError(f"it writes {json.dumps(written)}")
    return True


def plain(line: dict) -> dict:
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    sorted_ = directive | {"Metrics": sorted(directive["Metrics"], key=lambda each: each["Name"])}
    values = {name: value[0] if isinstance(value, list) and len(value) == 1 else value for name, value in line.items()}
    return values | {"_aws": line["_aws"] | {"CloudWatchMetrics": [sorted_]}}
