"""One stack, defined twice: the SAM template and the CDK construct library deploy the same resources.

Each deployment becomes a set of lines, one for each thing that is true of it, such as

    StartRole may Allow dynamodb:GetItem on arn:aws:dynamodb:us-east-1:111111111111:table/…

and the two sets must be equal, except for the differences that this file lists with their reasons. Names without a reader (of
policies, statements and terms of an alarm's sum), and the order of a list or of creation make no line.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import parity
import product
from assertions import listed, statements_of
from dashboard import widgets
from resolve import Deployment

# Lines that only one of the two may have: whose they are, what they look like, why.
ALLOWED = [
    ("SAM", r"\w+Function Tags\[\] = .*lambda:createdBy", "SAM marks what it makes"),
    ("SAM", r"\w+Function Code\.", "SAM packs both functions itself"),
    ("CDK", r"\w+Function Code\.", "here the code is named by parameters"),
    ("SAM", r"\w+Query Name = stack/[^/]+$", "a template has one of each query"),
    ("CDK", r"\w+Query Name = stack/Default/[^/]+$", "a stack of the CDK may have two invalidators"),
]
# Props that no parameter becomes, and why.
ONLY_PROPS = {
    "defaultTopic": "a parameter would have to repeat one of TopicArns; with SAM, the default topic is the created one",
    "alarmActions": "an action may be of any kind, and CloudFormation has one ARN for each",
    "lowUrgencyAlarmActions": "the same",
    "okActions": "the same",
    "alarmThresholds": "a map, of which CloudFormation has none among its types of parameters",
    "allDistributions": "with SAM, distribution/* is one of DistributionArns",
    "memorySize": "a stack of SAM is changed by its template",
    "tracing": "the same",
    "vpc": "CloudFront has no endpoint in a VPC, so it is for those alone whose organization demands one",
    "vpcSubnets": "the same",
    "securityGroups": "the same",
}
# Parameters that the template's rules also check.
TOGETHER = [
    {},
    {"AllowAliases": "true"},
    {"DistributionTenantArns": parity.deployments.TENANT},
    {"DistributionTenantArns": parity.deployments.TENANT, "AllowAliases": "true"},
    *({"DistributionArns": parity.deployments.DISTRIBUTION, "Monitoring": level, topic: parity.deployments.ALARM_TOPIC}
      for level in ("none", "basic", "full") for topic in ("AlarmTopicArn", "LowUrgencyAlarmTopicArn")),
]
# Rules that the functions accept, and rules that they reject.
RULES_OF_PIPELINES = [
    '{"site":["E1","dt_1"]}', '{"*":"*"}', '{}', '{"site":[]}', '{"a b":"*"}', '{"*a":"*"}', '{"site":["www.example.com"]}',
]
# What stands in a template, what stands there instead, and in which of the two.
SEEDED = [
    ("SAM", '"Timeout": 55', '"Timeout": 54'),
    ("SAM", '"aws:SecureTransport": "false"', '"aws:SecureTransport": "true"'),
    ("SAM", '"aws:SourceAccount"', '"aws:SourceArn"'),
    ("SAM", '5[0-7][0-9]|580)$', '5[0-8][0-9])$'),
    ("SAM", '"Default": "540"', '"Default": "20"'),
    ("SAM", '^([0-9]|1[0-4])$', '^([0-9]|1[0-4]|0[.]5)$'),
    ("SAM", '"AllowedValues": ["TRACE", "DEBUG", "INFO"]', '"AllowedValues": ["DEBUG", "INFO"]'),
    ("SAM", '"DeletionPolicy": {"Fn::If": ["RetainsData", "Retain", "Delete"]}', '"DeletionPolicy": "Delete"'),
    ("SAM", '{"Fn::And": [{"Fn::Equals"', '{"Fn::Or": [{"Fn::Equals"'),
    ("SAM", '["CreatesTopic", {"Ref": "Topic"}, "none"]', '["CreatesTopic", {"Ref": "Topic"}, {"Ref": "AWS::NoValue"}]'),
    ("SAM", "1[0-9]{2}|200)$", "[12][0-9]{2})$"),
    ("CDK", ':distribution-tenant/dt_2', ':distribution-tenant/dt_3'),
    ("CDK", '"TreatMissingData": "breaching"', '"TreatMissingData": "notBreaching"'),
    ("CDK", '"MetricName": "StuckExecutions"', '"MetricName": "FailedDeliveries"'),
    ("CDK", '"Expression": "SUM([FILL(start, 0), FILL(checker, 0)])"', '"Expression": "SUM([start, checker])"'),
    ("CDK", '"Expression": "IF(FILL(start, 0) > 0, FILL(checker, 0), 0)"', '"Expression": "FILL(checker, 0)"'),
    ("CDK", '"OKActions": ["arn:aws:sns:us-east-1:111111111111:low-urgency"]', '"OKActions": ["arn:aws:sns:us-east-1:111111111111:on-call"]'),
    ("CDK", '\\"y\\":17', '\\"y\\":18'),
    ("CDK", '\\"stacked\\":true', '\\"stacked\\":false'),
    ("CDK", '\\"label\\":\\"longest, start\\"', '\\"label\\":\\"shortest, start\\"'),
    ("CDK", "sort seconds desc", "sort seconds asc"),
    ("SAM", '"events:DescribeEventBus"', '"events:DescribeRule"'),
]


def lines(stack: Deployment) -> set[str]:
    return {line for name, resource in stack.resources.items() for line in lines_of(stack, name, resource)}


def lines_of(stack: Deployment, name: str, resource: dict) -> Iterator[str]:
    kind, properties = resource["Type"], dict(resource.get("Properties", {}))
    if kind == "AWS::IAM::Policy":
        return  # It says nothing by itself; the roles that have it do.
    yield f"{name} is {kind}"
    for key in ("DeletionPolicy", "UpdateReplacePolicy"):
        if key in resource:
            yield f"{name} {key} = {resource[key]}"
    if kind == "AWS::IAM::Role":
        properties.pop("Policies", None)
        yield from statements(f"{name} may", statements_of(stack, name))
        yield from statements(f"{name} is trusted:", properties.pop("AssumeRolePolicyDocument")["Statement"])
    if kind == "AWS::SNS::TopicPolicy":
        yield from statements(f"{name} says", properties.pop("PolicyDocument")["Statement"])
    if kind == "AWS::CloudWatch::Alarm":
        properties = alarm(properties)
    if kind == "AWS::CloudWatch::Dashboard":
        yield from dashboard(stack, json.loads(properties.pop("DashboardBody")))
    if kind == "AWS::Logs::QueryDefinition":
        yield f"{name} is called {properties['Name'].split('/')[-1]}"
    yield from leaves(name, properties)


def leaves(name: str, value, path: str = "") -> Iterator[str]:
    """A line for each value in a tree."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(name, each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        yield from (f"{name} {path}[] = {json.dumps(plain(each), sort_keys=True)}" for each in value)
    else:
        yield f"{name} {path} = {plain(value)}"


def plain(value):
    """CloudFormation also accepts a number or a Boolean as its text."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def statements(start: str, document: list[dict]) -> Iterator[str]:
    for each in document:
        known = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
        assert each.keys() <= known, f"{each.keys() - known} of a statement is not known here"
        to = json.dumps(plain(each.get("Principal", "")), sort_keys=True)
        condition = json.dumps(plain(each.get("Condition", {})), sort_keys=True)
        for action in listed(each["Action"]):
            for resource in listed(each.get("Resource", "")):
                yield f"{start} {each['Effect']} {action} on {resource} to {to} if {condition}"


def alarm(properties: dict) -> dict:
    """An alarm by what it compares: a single metric is a sum of one."""
    properties = dict(properties)
    if "MetricName" in properties:
        metric = {key: properties.pop(key) for key in ("Namespace", "MetricName", "Dimensions")}
        stat = {"Metric": metric, "Period": properties.pop("Period"), "Stat": properties.pop("Statistic")}
        return {**properties, "Expression": "metric", "Metrics": {"metric": stat}}
    (expression,) = (each for each in properties["Metrics"] if "Expression" in each)
    terms = {each["Id"]: each["MetricStat"] for each in properties.pop("Metrics") if "MetricStat" in each}
    return {**properties, "Expression": expression["Expression"], "Label": expression["Label"], "Metrics": terms}


def dashboard(stack: Deployment, body: dict) -> Iterator[str]:
    yield f"Dashboard begins at {body['start']}"
    for widget in widgets(stack):
        name = f"Dashboard “{widget.title or widget.kind}”"
        yield f"{name} lies at {widget.place}"
        for each in widget.properties.get("alarms", []):
            yield f"{name} shows {each}"
        for each in widget.series:
            yield f"{name} shows {each}"
        for key, value in widget.properties.items():
            # A statistic and a period are those of each series, and graphs are what CloudWatch makes of metrics by itself.
            if key not in ("alarms", "metrics", "stat", "period") and (key, value) not in (("view", "timeSeries"), ("stacked", False)):
                yield f"{name} has the {key} {json.dumps(value, sort_keys=True)}"


def differences(first: Deployment, second: Deployment, used: set) -> list[str]:
    sides = {"SAM": lines(first), "CDK": lines(second)}
    found = [("SAM", line) for line in sides["SAM"] - sides["CDK"]] + [("CDK", line) for line in sides["CDK"] - sides["SAM"]]
    return [f"only {side}: {line}" for side, line in sorted(found) if not is_allowed(side, line, used)]


def is_allowed(side: str, line: str, used: set) -> bool:
    matching = [entry for entry in ALLOWED if entry[0] == side and re.match(entry[1], line)]
    used.update(matching)
    return bool(matching)


def questions(expansion: dict) -> list[tuple[dict[str, str], bool]]:
    """Values at and just past the limits of each parameter, and whether the SAM template accepts them."""
    asked = []
    for name, parameter in expansion["Parameters"].items():
        asked += [({name: str(value)}, True) for value in parameter.get("AllowedValues", [])]
        if product.is_whole_number(parameter):
            least, most = product.whole_numbers(parameter)
            fraction = f"{least}.5"
            asked.append(({name: fraction}, re.search(parameter["AllowedPattern"], fraction) is not None))
            # A length of time cannot be negative in the CDK, which rejects it before any rule of the construct library.
            asked += [({name: str(value)}, least <= value <= most) for value in (least - 1, least, most, most + 1) if value >= 0]
    for name, most in (("MaxTargetsPerAction", 200), ("MaxPathsPerAction", 3_000)):
        asked += [({name: text}, fits(expansion, name, text)) for text in ("0", "1", str(most), str(most + 1), "2.5")]
    asked += [({"AllowedPipelines": text}, fits(expansion, "AllowedPipelines", text)) for text in RULES_OF_PIPELINES]
    levels = expansion["Parameters"]["LogLevel"]["AllowedValues"]
    asked += [({"LogLevel": level}, level in levels) for level in ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")]
    asked += [({"Monitoring": level}, level in expansion["Parameters"]["Monitoring"]["AllowedValues"]) for level in ("Full", "all", " basic")]
    base = {"DistributionArns": parity.deployments.DISTRIBUTION}
    each = [*((base | parameters, is_accepted) for parameters, is_accepted in asked), *((parameters, True) for parameters in TOGETHER)]
    return [(parameters, is_accepted and not parity.sam(expansion, parameters).broken_rules()) for parameters, is_accepted in each]


def fits(expansion: dict, name: str, text: str) -> bool:
    return re.fullmatch(expansion["Parameters"][name]["AllowedPattern"], text) is not None


class Asked:
    """The construct library's results for all requests, including those of the seeded faults."""

    def __init__(self, expansions: list[dict]):
        asked = [*parity.DEPLOYMENTS.values(), *(each for one in expansions for each, _ in questions(one))]
        texts = sorted({json.dumps(each, sort_keys=True) for each in asked})
        self.answers = dict(zip(texts, parity.answers([json.loads(each) for each in texts]), strict=True))

    def answer(self, parameters: dict[str, str]) -> dict:
        return self.answers[json.dumps(parameters, sort_keys=True)]


def faults(expansion: dict, asked: Asked, templates: dict[str, dict], used: set) -> list[str]:
    found = []
    for name, parameters in parity.DEPLOYMENTS.items():
        both = parity.sam(expansion, parameters), parity.cdk(templates[name])
        found += [f"{name}: {each}" for each in differences(*both, used)]
    for parameters, is_accepted in questions(expansion):
        rejection = asked.answer(parameters).get("refused")
        if is_accepted == bool(rejection):
            found.append(f"SAM {'accepts' if is_accepted else 'rejects'} {parameters}, the CDK does not: {rejection}")
    return found


def unmatched(expansion: dict, asked: Asked) -> list[str]:
    """Parameters that no deployment gives, and props that no parameter becomes."""
    given = {name for each in parity.DEPLOYMENTS.values() for name in each}
    made = {prop for each in parity.DEPLOYMENTS.values() for prop in asked.answer(each)["props"]}
    props = set(re.findall(r"^  readonly (\w+)\??:", (parity.CDK / "lib/invalidator-props.ts").read_text(), re.MULTILINE))
    assert len(props) > 20, props
    return [f"no deployment gives {name}" for name in sorted(expansion["Parameters"].keys() - given)] + \
        [f"no parameter becomes {prop}, or it is no exception" for prop in sorted((props - made) ^ ONLY_PROPS.keys())]


def main(path: Path) -> int:
    expansion = json.loads(path.read_text())
    in_sam = [(right, wrong) for side, right, wrong in SEEDED if side == "SAM"]
    asked = Asked([expansion, *(seeded(expansion, *each) for each in in_sam)])
    templates = {name: asked.answer(each)["template"] for name, each in parity.DEPLOYMENTS.items()}
    used: set = set()
    found = faults(expansion, asked, templates, used) + unmatched(expansion, asked)
    found += [f"nothing is different any more where {each[2]}" for each in ALLOWED if each not in used]
    print(f"{len(templates)} deployments in both forms, {len(questions(expansion))} values at the limits: {len(found)} differences",
          *found, sep="\n  ")
    missed = 0
    for side, right, wrong in SEEDED:
        first = seeded(expansion, right, wrong) if side == "SAM" else expansion
        second = seeded(templates, right, wrong) if side == "CDK" else templates
        noticed = faults(first, asked, second, set())
        missed += not noticed
        print(f"seeded in {side} {wrong}: {noticed[0][:110] if noticed else 'NOT NOTICED'}")
    return int(bool(found) or missed > 0)


def seeded(document: dict, right: str, wrong: str) -> dict:
    text = json.dumps(document)
    assert right in text, f"there is no {right}"
    return json.loads(text.replace(right, wrong))


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
