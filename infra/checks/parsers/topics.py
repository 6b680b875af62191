"""Notifications: their attributes against filter policies in two emulators, and their envelope by Powertools and DefinitelyTyped.

No package registry has an independent schema of Amazon Q Developer's custom notifications, so a chat message is only text here.
"""

import json
from collections.abc import Iterator
from typing import NamedTuple

from aws_lambda_powertools.utilities.data_classes import SNSEvent
from aws_lambda_powertools.utilities.parser.models import SnsModel, SnsNotificationModel

import samples as of
from emulators import ALL, Emulator, Emulators, through_subscriptions
from events import listed
from samples import DISTRIBUTION, PIPELINE, Samples
from table import Node, Row, named, reading

ID = "11111111-abcd-1111-abcd-111111abcdef"
OTHER = "E1EXAMPLE2ABCD"
# The attributes of messages that the product could publish. It leaves out the pipeline where it is not known, and the distribution
# where the parameters were refused.
MESSAGES = {
    "success": {"status": "success", "pipeline": PIPELINE, "distribution": [DISTRIBUTION], "notification_id": ID},
    "failed": {"status": "failed", "pipeline": PIPELINE, "distribution": [OTHER, DISTRIBUTION], "notification_id": ID},
    "warning": {"status": "warning", "pipeline": "blog", "distribution": [OTHER], "notification_id": ID},
    "unnamed": {"status": "failed", "notification_id": ID},
}
# The product publishes no such message; another publisher to the same topic may.
WITHOUT = "without attributes"
FORMATS = ("text", "json", "chat", "mixed")


class Policy(NamedTuple):
    """A filter policy, the messages that SNS delivers, and what an emulator delivers instead, with the reason."""

    policy: dict
    matches: str
    differs: dict[str, tuple[str, str]] = {}


# SNS's guide, string-value-matching: anything-but ["rugby", "tennis"] matches ["rugby", "baseball"], and not ["rugby"].
EXCLUDES_NOTHING = "anything-but also matches an array that has only excluded elements"
# SNS's guide, attribute-key-matching: exists false "only matches if at least one attribute is present".
EMPTY = "exists false also matches a message that has no attributes at all"
POLICIES = {
    "failures and warnings": Policy({"status": ["failed", "warning"]}, "failed, unnamed, warning"),
    "a prefix of pipelines": Policy({"pipeline": [{"prefix": "example-"}]}, "failed, success"),
    "a distribution": Policy({"distribution": [DISTRIBUTION]}, "failed, success"),
    "both": Policy({"status": ["failed"], "distribution": [DISTRIBUTION]}, "failed"),
    "anything but success": Policy({"status": [{"anything-but": ["success"]}]}, "failed, unnamed, warning"),
    "anything but a pipeline": Policy({"pipeline": [{"anything-but": [PIPELINE]}]}, "warning"),
    "anything but a distribution": Policy({"distribution": [{"anything-but": [DISTRIBUTION]}]}, "failed, warning",
                                          {"moto": ("failed, success, warning", EXCLUDES_NOTHING)}),
    "a prefix of distributions": Policy({"distribution": [{"prefix": "E2"}]}, "failed, success",
                                        {"moto": ("none", "a prefix does not match elements of an array")}),
    "without a pipeline": Policy({"pipeline": [{"exists": False}]}, "unnamed", {"moto": (f"unnamed, {WITHOUT}", EMPTY)}),
    "not that pipeline, or none": Policy({"pipeline": [{"anything-but": [PIPELINE]}, {"exists": False}]}, "unnamed, warning",
                                         {"moto": ("warning", "exists false has no effect in a list with others")}),
    "the text of an array": Policy({"distribution": [f'["{DISTRIBUTION}"]']}, "none",
                                   {"moto": ("success", "it also compares the text of a whole array")}),
    "a notification": Policy({"notification_id": [ID]}, "failed, success, unnamed, warning"),
}


def rows(samples: Samples, node: Node, emulators: Emulators) -> Iterator[Row]:
    types = of.attributes(samples)
    yield Row("the page's table", "attributes", listed([*types]), listed([*MESSAGES["success"]]))
    bodies = of.bodies(samples)
    filtered = [{"Message": name, "MessageAttributes": attributes(each, types)} for name, each in MESSAGES.items()]
    formats = [{"Message": bodies[each], "Subject": bodies["subject"], "MessageAttributes": attributes(MESSAGES["success"], types)}
               | ({"MessageStructure": "json"} if each == "mixed" else {}) for each in FORMATS]
    for start in emulators:
        with start() as emulator:
            through = through_subscriptions(emulator, POLICIES_BY_NAME, [*filtered, {"Message": WITHOUT}])
            for name, each in POLICIES.items():
                matches, reason = each.differs.get(emulator.package, (each.matches, ""))
                yield Row(str(emulator), f"policy: {name}", listed([message["Message"] for message in through[name]]), matches, reason)
            yield from rows_of_envelopes(emulator, through_subscriptions(emulator, {}, formats)[ALL], bodies, node)


POLICIES_BY_NAME = {name: each.policy for name, each in POLICIES.items()}


def attributes(values: dict[str, str | list[str]], types: dict[str, str]) -> dict[str, dict]:
    """As the product sends them, with the types of the page."""
    return {name: {"DataType": types[name], "StringValue": value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))}
            for name, value in values.items() if name in types}


def rows_of_envelopes(emulator: Emulator, delivered: list[dict], bodies: dict[str, str], node: Node) -> Iterator[Row]:
    """The envelopes of the four formats as a queue gets them, and as a function gets them, which spells two names otherwise."""
    sample, expected = f"notifications through {emulator.package}", summary(*[expectation(bodies, each) for each in FORMATS])
    records = [as_record(each) for each in delivered]
    readers = {
        named("aws-lambda-powertools", "data class"): lambda: summary(*[by_data_class(each, bodies) for each in records]),
        named("aws-lambda-powertools", "SnsModel"): lambda: summary(*[by_model(each, bodies) for each in records]),
        named("aws-lambda-powertools", "model for queues"): lambda: summary(*[
            seen(SnsNotificationModel.model_validate(dict(each)).model_dump(), bodies) for each in delivered]),
    }
    for parser, read in readers.items():
        yield Row(parser, sample, reading(read), expected)
    for schema, values in (("SnsSchema", records), ("SnsSqsNotificationSchema", delivered)):
        asked = [{"kind": "schema", "name": schema, "value": each} for each in values]
        says = node.says(asked, lambda value: seen(value["Records"][0]["Sns"] if "Records" in value else value, bodies))
        what = "" if schema == "SnsSchema" else "for queues"
        yield Row(node.named("@aws-lambda-powertools/parser", what), sample, summary(*says), expected)
    compiled = node.says([{"kind": "type", "type": "SNSEvent", "value": each} for each in records], str)
    yield Row(node.named("@types/aws-lambda"), sample, summary(*compiled), "; ".join(["accepted"] * len(FORMATS)))


def summary(*each: str) -> str:
    return "; ".join(sorted(each))


def expectation(bodies: dict[str, str], name: str) -> str:
    """Of `mixed`, a queue gets the document."""
    return seen({"Message": bodies["json" if name == "mixed" else name], "Subject": bodies["subject"],
                 "MessageAttributes": {"distribution": {"Type": "String.Array", "Value": json.dumps([DISTRIBUTION])}}}, bodies)


def seen(notification: dict, bodies: dict[str, str]) -> str:
    """Which body it is, its subject, and one of its attributes."""
    name = next((name for name in FORMATS if bodies[name] == notification["Message"]), "another body")
    distribution = notification["MessageAttributes"]["distribution"]
    subject = "its subject" if notification["Subject"] == bodies["subject"] else "another subject"
    return f"{name} with {subject} and {distribution['Type']} {distribution['Value']}"


def as_record(notification: dict) -> dict:
    spelled = {key.replace("URL", "Url"): value for key, value in notification.items()}
    record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": f"{notification['TopicArn']}:{ID}", "Sns": spelled}
    return {"Records": [record]}


def by_data_class(event: dict, bodies: dict[str, str]) -> str:
    (record,) = SNSEvent(event).records
    attributes = {name: {"Type": each.get_type, "Value": each.value} for name, each in record.sns.message_attributes.items()}
    return seen({"Message": record.sns.message, "Subject": record.sns.subject, "MessageAttributes": attributes}, bodies)


def by_model(event: dict, bodies: dict[str, str]) -> str:
    (record,) = SnsModel.model_validate(event).Records
    return seen(record.Sns.model_dump(), bodies)
