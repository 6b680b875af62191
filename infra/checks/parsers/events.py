"""Events: their envelopes by Powertools and by the types of DefinitelyTyped, and the sample rules by engines that match patterns.

`rules.py` in the folder above holds the sample rules against their purpose, by its own matcher; here independent engines match.
"""

import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from typing import NamedTuple

import jsonschema
from aws_eventbridge_rules_syncer.rule_engine import match_pattern
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel

import samples as of
from emulators import ALL, Emulator, Emulators, through_rules
from samples import DISTRIBUTION, ROOT, Samples
from table import Node, Row, named, reading

SOURCE, KIND = "cloudfront-invalidation-action", "CloudFront Invalidation Outcome"
OUTCOME = {"source": [SOURCE], "detail-type": [KIND]}
SYNCER = "aws-eventbridge-rule-syncer"
# What each envelope must be read as.
READ = {
    "outcome": f"{SOURCE} / {KIND} at 2026-01-31T12:00:34+00:00: success, 11111111-abcd-1111-abcd-111111abcdef",
    "checker-schedule-rule": "aws.events / Scheduled Event at 2026-01-01T00:01:00+00:00: {}",
    "checker-schedule-scheduler": "aws.scheduler / Scheduled Event at 2026-01-01T00:01:00+00:00: {}",
}
# What each emulator loses of the sample event between PutEvents and the queue, with its value.
DELIVERED_WITH = {
    "moto": {"account": ("111111111111", "its events have no account, which Powertools' models ask for")},
    "ministack": {"time": ("2026-01-31T12:00:34Z", "it puts its own time in the place of the entry's")},
}


class Pattern(NamedTuple):
    """A pattern, the outcomes that it matches in EventBridge, and what it matches in an engine instead, with the reason."""

    pattern: dict
    matches: str
    differs: dict[str, tuple[str, str]] = {}


NO_ARRAYS_OF_OBJECTS = "it does not match fields of objects in an array"
OLD = "it does not know this operator"


def patterns(samples: Samples) -> dict[str, Pattern]:
    rules = of.rules(samples)
    return {
        "FailureRule": Pattern(rules["FailureRule"], "failed, unnamed, warning"),
        "SuccessRule": Pattern(rules["SuccessRule"], "success"),
        # Other patterns that users may write.
        "a prefix of pipelines": Pattern(OUTCOME | {"detail": {"pipeline": [{"prefix": "example-"}]}}, "failed, success"),
        "anything but success": Pattern(OUTCOME | {"detail": {"status": [{"anything-but": "success"}]}}, "failed, unnamed, warning"),
        "with a warning": Pattern(OUTCOME | {"detail": {"warning": [{"exists": True}]}}, "warning"),
        "without a pipeline": Pattern(OUTCOME | {"detail": {"pipeline": [{"exists": False}]}}, "unnamed"),
        "slow": Pattern(OUTCOME | {"detail": {"durationSeconds": [{"numeric": [">", 60]}]}}, "warning", {SYNCER: ("none", OLD)}),
        "of a distribution": Pattern(
            OUTCOME | {"detail": {"targets": {"resource": [DISTRIBUTION]}}}, "failed, success, warning",
            {"moto": ("none", NO_ARRAYS_OF_OBJECTS), SYNCER: ("none", NO_ARRAYS_OF_OBJECTS)}),
        "a next step": Pattern(OUTCOME | {"detail": {"nextSteps": [{"prefix": "Allow "}]}}, "failed"),
        "another source": Pattern({"source": ["aws.codepipeline"]}, "none"),
    }


def rows_of_envelopes(samples: Samples, node: Node) -> Iterator[Row]:
    envelopes = {"outcome": of.event(samples)}
    envelopes |= {name: json.loads(samples[f"events/{name}.json"]) for name in READ if name != "outcome"}
    yield from (Row(parser, name, says, READ[name]) for parser, name, says in by_models(envelopes, node))
    for name, event in envelopes.items():
        yield Row(named("aws-lambda-powertools", "data class"), name, reading(lambda event=event: by_data_class(event)), READ[name])
    types = [{"kind": "type", "type": "EventBridgeEvent<string, unknown>", "value": each} for each in envelopes.values()]
    for name, says in zip(envelopes, node.says(types, str), strict=True):
        yield Row(node.named("@types/aws-lambda"), name, says, "accepted")


def by_models(envelopes: dict[str, dict], node: Node) -> Iterator[tuple[str, str, str]]:
    """Parser, envelope, and what the parser says, for Powertools' models in Python and TypeScript."""
    for name, event in envelopes.items():
        yield named("aws-lambda-powertools", "model"), name, reading(lambda event=event: by_model(event))
    asked = [{"kind": "schema", "name": "EventBridgeSchema", "value": each} for each in envelopes.values()]
    for name, says in zip(envelopes, node.says(asked, by_data_class), strict=True):
        yield node.named("@aws-lambda-powertools/parser"), name, says


def by_model(event: dict) -> str:
    read = EventBridgeModel.model_validate(event)
    return summary(read.source, read.detail_type, read.time.isoformat(), read.detail)


def by_data_class(event: dict) -> str:
    read = EventBridgeEvent(event)
    return summary(read.source, read.detail_type, read.time.replace("Z", "+00:00"), read.detail)


def summary(source: str, kind: str, time: str, detail: object) -> str:
    """A schedule's detail is `{}`, which EventBridge Scheduler sends as a text."""
    seen = f"{detail['status']}, {detail['notificationId']}" if isinstance(detail, dict) and detail else str(detail)
    return f"{source} / {kind} at {time}: {seen}"


def rows_of_rules(samples: Samples, node: Node, emulators: Emulators) -> Iterator[Row]:
    yield from rows_of_details(samples)
    events = {name: of.event(samples) | {"detail": detail} for name, detail in of.details(samples).items()}
    all_patterns = patterns(samples)
    for name, each in all_patterns.items():
        matches, reason = each.differs.get(SYNCER, (each.matches, ""))
        yield Row(named(SYNCER), f"rule: {name}", reading(lambda each=each: matched(each.pattern, events)), matches, reason)
    for start in emulators:
        with start() as emulator:
            yield from rows_of_emulator(emulator, all_patterns, events, node)


def matched(pattern: dict, events: dict[str, dict]) -> str:
    # It prints what it does not understand.
    with redirect_stdout(StringIO()):
        return listed([name for name, event in events.items() if match_pattern(pattern, event)])


def rows_of_details(samples: Samples) -> Iterator[Row]:
    """The details that this check derives from the page's sample are valid by the product's schema."""
    validator = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/outcome.schema.json").read_text()))
    for name, detail in of.details(samples).items():
        yield Row(named("jsonschema"), f"detail: {name}", next((each.message for each in validator.iter_errors(detail)), "valid"), "valid")


def rows_of_emulator(emulator: Emulator, all_patterns: dict[str, Pattern], events: dict[str, dict], node: Node) -> Iterator[Row]:
    entries = [{"Source": event["source"], "DetailType": event["detail-type"], "Time": event["time"], "Detail": json.dumps(event["detail"])}
               for event in events.values()]
    names = {json.dumps(event["detail"]): name for name, event in events.items()}
    let_through = through_rules(emulator, {rule_name(name): each.pattern for name, each in all_patterns.items()}, entries)
    for name, each in all_patterns.items():
        found = let_through[rule_name(name)]
        says = found if isinstance(found, str) else listed([names[json.dumps(event["detail"])] for event in found])
        matches, reason = each.differs.get(emulator.package, (each.matches, ""))
        yield Row(str(emulator), f"rule: {name}", says, matches, reason)
    (delivered,) = [event for event in let_through[ALL] if names[json.dumps(event["detail"])] == "success"]
    yield from rows_of_delivered(emulator, delivered, node)


def rows_of_delivered(emulator: Emulator, event: dict, node: Node) -> Iterator[Row]:
    """The event that the emulator delivers, by the models, after what the emulator is known to lose is put back."""
    changes = DELIVERED_WITH[emulator.package]
    lost = {key: value for key, (value, _) in changes.items() if event.get(key) != value}
    yield Row(str(emulator), "loses of an event", listed([*lost]), listed([*changes]), "; ".join(reason for _, reason in changes.values()))
    for parser, _, says in by_models({"": event | lost}, node):
        yield Row(parser, f"delivered by {emulator.package}", says, READ["outcome"])


def rule_name(name: str) -> str:
    return name.replace(" ", "-")


def listed(names: list[str]) -> str:
    return ", ".join(sorted(names)) or "none"
