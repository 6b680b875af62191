"""The sample rules on outcomes, in CloudFormation, Terraform and the CDK: which events they match, what they send, and that they
may. Events are matched as EventBridge matches them, limited to the samples' patterns. Faults are also seeded in copies of them.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import hcl2
import jsonschema

import lint
import product
from assertions import listed
from expand import load
from resolve import ACCOUNT, Deployment
from parity import CDK
from wiring import SNIPPETS, terraform_blocks, terraform_value

SCHEMA = product.ROOT / "docs" / "outcome.schema.json"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:tell"
PROJECT = f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/smoke-test"
VALUES = {"EventBusName": "default", "PipelineName": "site", "FailureFunctionArn": FUNCTION, "SmokeTestProjectArn": PROJECT}
NOTIFICATION = "11111111-abcd-1111-abcd-111111abcdef"
# What an outcome of each status has beside what all have.
OUTCOMES = {
    "success": {"outcome": "succeeded"},
    "failed": {"outcome": "timedOut", "reason": "CloudFront had not completed after 15 minutes."},
    "warning": {"outcome": "succeededWithWarning", "warning": "CloudFront had not completed after 5 minutes."},
}


def event(status: str, pipeline: str = "site", source: str = "cloudfront-invalidation-action") -> dict:
    """An event as the product sends it; `faults_of_events` validates it with the schema."""
    target = {"kind": "distribution", "resource": "E2EXAMPLE1ABCD", "invalidationStatus": "InProgress", "paths": ["/*"], "pathCount": 1,
              "url": "https://console.aws.amazon.com/cloudfront/v4/home#/distributions/E2EXAMPLE1ABCD/invalidations"}
    detail = {"version": "1", "notificationId": NOTIFICATION, "jobId": NOTIFICATION, "status": status, "pipeline": pipeline,
              "startedAt": "2026-01-01T00:00:00Z", "decidedAt": "2026-01-01T00:00:12Z", "durationSeconds": 12, "targets": [target],
              "targetCount": 1, **OUTCOMES[status]}
    return {"version": "0", "source": source, "detail-type": "CloudFront Invalidation Outcome", "account": ACCOUNT, "detail": detail}


# Events, and what each of them reaches.
EVENTS = [
    (event("success"), [PROJECT]),
    (event("success", pipeline="blog"), []),
    (event("failed"), [FUNCTION]),
    (event("failed", pipeline="blog"), [FUNCTION]),
    (event("warning"), [FUNCTION]),
    (event("failed", source="aws.codepipeline"), []),
    (event("failed") | {"detail-type": "CodePipeline Pipeline Execution State Change"}, []),
]


class Rule(NamedTuple):
    """A rule with its one target, however it is written."""

    pattern: dict
    bus: str
    target: str
    paths: dict[str, str]
    template: str


class Sample(NamedTuple):
    """What one of the samples makes: its rules, what the role of the smoke test may do, and who may invoke the function."""

    rules: list[Rule]
    statements: list[dict]
    invokers: list[tuple[str, str, str]]


def of_cloudformation(template: dict) -> Sample:
    values = {name: value for name, value in VALUES.items() if name in template.get("Parameters", {})}
    stack = Deployment({"Parameters": {}} | template, values)
    rules = []
    for each in stack.of_type("AWS::Events::Rule").values():
        (target,) = each["Targets"]
        transformer = target.get("InputTransformer", {})
        rules.append(Rule(each["EventPattern"], each["EventBusName"], target["Arn"], transformer.get("InputPathsMap", {}),
                          transformer.get("InputTemplate", "")))
    policies = [policy["PolicyDocument"] for role in stack.of_type("AWS::IAM::Role").values() for policy in role.get("Policies", [])]
    policies += [each["Properties"]["PolicyDocument"] for each in stack.resources.values() if each["Type"] == "AWS::IAM::Policy"]
    arns = {stack.attribute(name, "Arn"): name for name in stack.of_type("AWS::Events::Rule")}
    invokers = [(each["Principal"], each["FunctionName"], re.sub(r"[0-9A-F]{8}$", "", arns[each["SourceArn"]]).lower())
                for each in stack.of_type("AWS::Lambda::Permission").values()]
    return Sample(rules, [each for policy in policies for each in policy["Statement"]], invokers)


def of_terraform(text: str) -> Sample:
    document = hcl2.loads(re.sub(r"<<-EOT\n(.*?)\n\s*EOT", lambda found: json.dumps(found[1]), text, flags=re.DOTALL))
    variables = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): value for name, value in VALUES.items()}
    blocks = {kind: terraform_blocks(document["resource"], kind, variables)
              for kind in ("aws_cloudwatch_event_rule", "aws_cloudwatch_event_target", "aws_lambda_permission")}
    rules = []
    for name, target in blocks["aws_cloudwatch_event_target"].items():
        rule = blocks["aws_cloudwatch_event_rule"][name]
        assert target["rule"] == f"${{aws_cloudwatch_event_rule.{name}.name}}", f"the target {name} is of another rule"
        (transformer,) = target.get("input_transformer", [{}])
        rules.append(Rule(json.loads(rule["event_pattern"]), target["event_bus_name"], target["arn"],
                          transformer.get("input_paths", {}), transformer.get("input_template", "").replace("\\n", "\n").replace('\\"', '"')))
    policy = terraform_blocks(document["data"], "aws_iam_policy_document", variables)["smoke_test"]
    statements = [{"Sid": each["sid"], "Effect": "Allow", "Action": each["actions"], "Resource": each["resources"]}
                  for each in policy["statement"]]
    invokers = [(each["principal"], each["function_name"], each["source_arn"].split(".")[1] + "rule")
                for each in blocks["aws_lambda_permission"].values()]
    return Sample(rules, statements, invokers)


def matches(pattern: dict, sent: dict) -> bool:
    """A list contains the texts of which one must match; no other kind of pattern is supported."""
    for key, wanted in pattern.items():
        if isinstance(wanted, dict):
            if not matches(wanted, sent.get(key, {})):
                return False
        else:
            assert all(isinstance(each, str) for each in wanted), f"{wanted} is not known here"
            if sent.get(key) not in wanted:
                return False
    return True


def handed_on(rule: Rule, sent: dict) -> dict:
    """What the target gets: each <name> of the template becomes the value at its path, a text in quotes."""
    def value(found: re.Match) -> str:
        inside = sent
        for key in rule.paths[found[1]].removeprefix("$.").split("."):
            inside = inside[key]
        return json.dumps(inside)

    return json.loads(re.sub(r"<([\w-]+)>", value, rule.template))


def faults(sample: Sample) -> Iterator[str]:
    for sent, wanted in EVENTS:
        reached = [rule.target for rule in sample.rules if matches(rule.pattern, sent)]
        if reached != wanted:
            yield f"{sent['detail']['status']} of {sent['detail']['pipeline']} by {sent['source']} reaches {reached}, not {wanted}"
    for rule in sample.rules:
        yield from faults_of_names(rule)
        if rule.bus != VALUES["EventBusName"]:
            yield f"a rule is on the bus {rule.bus}"
    yield from faults_of_input(next((rule for rule in sample.rules if rule.target == PROJECT), None))
    granted = {(action, resource) for each in sample.statements for action in listed(each["Action"]) for resource in listed(each["Resource"])}
    if granted != {("codebuild:StartBuild", PROJECT)}:
        yield f"the role of the smoke test may {sorted(granted)}"
    if sample.invokers != [("events.amazonaws.com", FUNCTION, "failurerule")]:
        yield f"the function may be invoked by {sample.invokers}"
    yield from lint.findings({"Version": "2012-10-17", "Statement": sample.statements})


def faults_of_input(rule: Rule | None) -> Iterator[str]:
    sent = {"PIPELINE": "site", "NOTIFICATION_ID": NOTIFICATION}
    wanted = {"environmentVariablesOverride": [{"name": name, "type": "PLAINTEXT", "value": value} for name, value in sent.items()]}
    try:
        got = handed_on(rule, event("success")) if rule else None
    except (KeyError, json.JSONDecodeError) as error:
        yield f"the smoke test's input cannot be made: {error!r}"
        return
    if got != wanted:
        yield f"the smoke test gets {got}"


def faults_of_names(rule: Rule) -> Iterator[str]:
    """What a rule looks for is what the product writes: its source and kind, and fields and words of the schema."""
    for key in ("source", "detail-type"):
        yield from (f"the product writes no {key} {each}" for each in rule.pattern.get(key, []) if not product.says(each))
    schema = json.loads(SCHEMA.read_text())
    named = [*rule.pattern.get("detail", {}), *(path.removeprefix("$.detail.") for path in rule.paths.values())]
    yield from (f"an event has no {name}" for name in named if name not in schema["properties"])
    statuses = schema["properties"].get("status", {}).get("enum", [])
    yield from (f"no event has the status {each}" for each in rule.pattern["detail"].get("status", []) if each not in statuses)


def faults_of_events() -> list[str]:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    return [f"{sent['detail']['status']}: {error.message}" for sent, _ in EVENTS for error in validator.iter_errors(sent["detail"])]


def read(name: str, text: str) -> list[str]:
    if name == "events.tf":
        return list(faults(of_terraform(text)))
    if name == "outcome-rules.ts":
        return list(faults(of_cloudformation(json.loads(text))))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(text)
        return lint.cfn_lint(path) or list(faults(of_cloudformation(load(path))))


def texts() -> dict[str, str]:
    """Each sample; that of the CDK as what is synthesized of it."""
    command = ["npm", "--prefix", str(CDK), "run", "--silent", "rules"]
    synthesized = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return {name: (SNIPPETS / name).read_text() for name in ("events.yaml", "events.tf")} | {"outcome-rules.ts": synthesized}


PLANTED = [
    ("events.yaml", "status: [failed, warning]", "status: [failure, warning]"),
    ("events.yaml", "          pipeline: [!Ref PipelineName]\n", ""),
    ("events.yaml", "source: [cloudfront-invalidation-action]", "source: [aws.codepipeline]"),
    ("events.yaml", "$.detail.notificationId", "$.detail.id"),
    ("events.yaml", '"value": <pipeline>}', '"value": "<pipeline>"}'),
    ("events.yaml", "Action: codebuild:StartBuild", "Action: codebuild:StartBuilds"),
    ("events.yaml", "Resource: !Ref SmokeTestProjectArn", 'Resource: "*"'),
    ("events.yaml", "SourceArn: !GetAtt FailureRule.Arn", "SourceArn: !GetAtt SuccessRule.Arn"),
    ("events.yaml", "AWS::Events::Rule", "AWS::Events::Rules"),
    ("events.tf", '"status" = ["failed", "warning"]', '"status" = ["failed"]'),
    ("events.tf", '"detail-type" = ["CloudFront Invalidation Outcome"]', '"detail-type" = ["CloudFront Invalidation"]'),
    ("events.tf", "arn            = var.smoke_test_project_arn", "arn            = var.failure_function_arn"),
    ("events.tf", '"NOTIFICATION_ID", "type"', '"NOTIFICATION", "type"'),
    ("events.tf", 'principal     = "events.amazonaws.com"', 'principal     = "*"'),
    ("outcome-rules.ts", '"warning"', '"succeededWithWarning"'),
    ("outcome-rules.ts", '"$.detail.pipeline"', '"$.detail.pipelines"'),
    ("outcome-rules.ts", '"codebuild:StartBuild"', '"codebuild:*"'),
]


def main() -> int:
    wrong = faults_of_events()
    print(f"{len(EVENTS)} events: {len(wrong)} faults", *wrong, sep="\n  ")
    failed, samples = len(wrong), texts()
    for name, text in samples.items():
        found = read(name, text)
        print(f"{name}: {len(found)} faults", *found, sep="\n  ")
        failed += bool(found)
    for name, right, wrong in PLANTED:
        assert right in samples[name], f"{name} no longer has {right}"
        found = read(name, samples[name].replace(right, wrong, 1))
        print(f"seeded in {name}: {wrong[:50]!r}: {found[0][:100] if found else 'NOT NOTICED'}")
        failed += not found
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
