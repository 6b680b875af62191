"""The project's own samples by path, and the samples that pages contain."""

import json
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[3]
NOTIFICATION_PAGE = "docs/notifications.md"
RULES = "infra/snippets/events.yaml"
LOG = ("infra/checks/log/checker.jsonl", "infra/checks/log/start.jsonl")
PIPELINE = "example-pipeline"
DISTRIBUTION = "E2EXAMPLE1ABCD"
Samples = dict[str, str]


def load() -> Samples:
    events = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "events").glob("*.json"))]
    return {path: (ROOT / path).read_text() for path in (*events, NOTIFICATION_PAGE, RULES, *LOG)}


def section(samples: Samples, title: str) -> str:
    """The one block of code under a heading of the page of notifications."""
    found = re.search(rf"^#+ {title}\n+```\w+\n(.*?)```", samples[NOTIFICATION_PAGE], re.MULTILINE | re.DOTALL)
    assert found, f"{NOTIFICATION_PAGE} has no sample under {title}"
    return found[1]


def event(samples: Samples) -> dict:
    """The event, in the envelope that EventBridge makes."""
    return json.loads(section(samples, "Events"))


def bodies(samples: Samples) -> dict[str, str]:
    """The body of the notification in each format, and the subject. The page has no sample of `mixed`; this follows
    the page's table."""
    subject, _, text = section(samples, "text").partition("\n\n")
    subject = subject.removeprefix("Subject: ")
    document, chat = (json.dumps(json.loads(section(samples, each)), ensure_ascii=False) for each in ("json", "chat"))
    mixed = {"default": text, "email": text, "https": chat, "sms": subject} | dict.fromkeys(("http", "sqs", "lambda", "firehose"), document)
    return {"subject": subject, "text": text, "json": document, "chat": chat, "mixed": json.dumps(mixed, ensure_ascii=False)}


def attributes(samples: Samples) -> dict[str, str]:
    """The message attributes with their types, from the page's table."""
    table = re.search(r"^\| attribute \| type \| value \|\n\|[- |]+\n((?:\|.*\n)+)", samples[NOTIFICATION_PAGE], re.MULTILINE)
    assert table, f"{NOTIFICATION_PAGE} has no table of attributes"
    return dict(re.findall(r"^\| `(\w+)` \| ([\w.]+) \|", table[1], re.MULTILINE))


def details(samples: Samples) -> dict[str, dict]:
    """The detail of the page's event, and details as the product puts them for other outcomes."""
    success = event(samples)["detail"]
    target = {key: value for key, value in success["targets"][0].items() if key != "invalidationId"}
    other = target | {"resource": "E1EXAMPLE2ABCD", "invalidationStatus": "NotCreated"}
    failed = {"status": "failed", "outcome": "failed", "reason": "The role may not call cloudfront:CreateInvalidation.",
              "nextSteps": ["Allow cloudfront:CreateInvalidation, then retry the stage."], "targets": [other, *success["targets"]],
              "targetCount": 2, "durationSeconds": 2}
    warning = {"status": "warning", "outcome": "succeededWithWarning", "durationSeconds": 900, "pipeline": "blog",
               "warning": "CloudFront had not completed after 15 minutes.", "targets": [target | {"invalidationStatus": "InProgress"}]}
    refused = {"status": "failed", "outcome": "failed", "reason": "UserParameters is not a JSON object.", "targets": [], "targetCount": 0}
    without = {key: value for key, value in success.items() if key not in ("pipeline", "pipelineUrl")}
    return {"success": success, "failed": success | failed, "warning": success | warning, "unnamed": without | refused}


class Loader(yaml.SafeLoader):
    """CloudFormation's short forms as the text of what they name."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: {"PipelineName": PIPELINE}.get(node.value, node.value))


def rules(samples: Samples) -> dict[str, dict]:
    """The patterns of the sample rules."""
    resources = yaml.load(samples[RULES], Loader)["Resources"]
    return {name: each["Properties"]["EventPattern"] for name, each in resources.items() if each["Type"] == "AWS::Events::Rule"}
