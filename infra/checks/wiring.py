"""The snippets for users' pipelines: that they parse, that their parameters are those that `start` accepts, and that the
pipeline may invoke it. Faults are also seeded in copies of them."""

import json
import re
import tempfile
from functools import partial
from pathlib import Path

import hcl2

import lint
import product
from deployments import TOPIC
from expand import load
from resolve import Deployment

SNIPPETS = Path(__file__).parents[1] / "snippets"
ARN = "arn:aws:lambda:us-east-1:111111111111:function:start"
VALUES = {
    "source_bucket": "source", "site_bucket": "site", "artifact_bucket": "artifacts", "start_function_name": "start",
    "start_function_arn": ARN, "distribution_id": "E2EXAMPLE1ABCD", "topic_arn": TOPIC,
}


def linted(text: str) -> tuple[list[str], dict]:
    """The linter's findings in a template, and the template."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.yaml"
        path.write_text(text)
        found = lint.cfn_lint(path)
        return found, {} if found else load(path)


def faults_of_cloudformation(text: str) -> list[str]:
    found, template = linted(text)
    if found:
        return found
    stack = Deployment(template, {name.title().replace("_", ""): value for name, value in VALUES.items()})
    actions = [action for stage in stack.properties("Pipeline")["Stages"] for action in stage["Actions"]]
    action = next(each for each in actions if each["Name"] == "InvalidateCache")
    kind = {key.lower(): value for key, value in action["ActionTypeId"].items()}
    (policy,) = stack.properties("PipelineRole")["Policies"]
    return [*lint.findings(policy["PolicyDocument"]), *faults_of_action(kind, action["Configuration"]),
            *faults_of_permission(policy["PolicyDocument"]["Statement"])]


def faults_of_bus_policy(text: str) -> list[str]:
    found, template = linted(text)
    if found:
        return found
    roles = {"StartRoleArn": "arn:aws:iam::111111111111:role/start", "CheckerRoleArn": "arn:aws:iam::111111111111:role/checker"}
    statement = Deployment(template, roles).properties("OutcomesOfTheFunctionsOnly")["Statement"]
    condition = statement["Condition"]
    source = condition["StringEquals"]["events:source"]
    others = condition["ArnNotEquals"]["aws:PrincipalArn"]
    denies = (statement["Effect"], statement["Action"], statement["Principal"]) == ("Deny", "events:PutEvents", "*")
    return [*([] if denies else ["it does not deny events"]),
            *([] if product.says(source) else [f"the product has no source {source}"]),
            *([] if others == [*roles.values()] else [f"it is for {others}"])]


def faults_of_terraform(text: str) -> list[str]:
    try:
        document = hcl2.loads(text)
    except Exception as error:  # The parser behind it has several kinds.
        return [f"the file cannot be parsed: {type(error).__name__}"]
    stages = terraform_blocks(document["resource"], "aws_codepipeline", VALUES)["site"]["stage"]
    action = next(each for stage in stages for each in stage["action"] if each["name"] == "InvalidateCache")
    statements = terraform_blocks(document["data"], "aws_iam_policy_document", VALUES)["pipeline"]["statement"]
    statements = [{"Sid": each["sid"], "Effect": "Allow", "Action": each["actions"], "Resource": each["resources"]}
                  for each in statements]
    return [*lint.findings({"Version": "2012-10-17", "Statement": statements}), *faults_of_action(action, action["configuration"]),
            *faults_of_permission(statements)]


def terraform_blocks(blocks: list[dict], kind: str, variables: dict[str, str]) -> dict:
    """The blocks of a kind, by their names."""
    of_kind = [terraform_value(block, variables) for each in blocks for name, block in each.items() if name.strip('"') == kind]
    return {name: value for each in of_kind for name, value in each.items()}


def terraform_value(value, variables: dict[str, str]):
    """What Terraform makes of a parsed value."""
    if isinstance(value, dict):
        return {key.strip('"'): terraform_value(each, variables) for key, each in value.items()}
    if isinstance(value, list):
        return [terraform_value(each, variables) for each in value]
    if not isinstance(value, str):
        return value
    if encoded := re.fullmatch(r"\$\{jsonencode\((.*)\)\}", value, re.DOTALL):
        return json.dumps(terraform_value(hcl2.loads(f"value = {encoded[1]}\n")["value"], variables), separators=(",", ":"))
    known = re.sub(r"\$\{var\.(\w+)\}", lambda match: variables[match[1]], value.strip('"'))
    return known.replace("${data.aws_partition.pipeline.partition}", "aws")


def faults_of_page(wanted: tuple[int, int], text: str) -> list[str]:
    """The user parameters and the policies that a page shows to be copied."""
    shown = [json.loads(block) for block in re.findall(r"^ *```json\n(.*?)```", text, re.MULTILINE | re.DOTALL)]
    # A single statement is of a key policy.
    shown = [each for each in shown if "Sid" not in each]
    policies = [each for each in shown if "Statement" in each]
    parameters = [json.dumps(each) for each in shown if "Statement" not in each]
    if (len(parameters), len(policies)) != wanted:
        return [f"the page has {len(parameters)} objects of user parameters and {len(policies)} policies"]
    found = [fault for each in policies for fault in lint.findings(each)]
    found += [fault for each in parameters for fault in faults_of_parameters(each)]
    statements = [each for policy in policies for each in policy["Statement"]]
    return found if all(each["Action"] == "lambda:InvokeFunction" for each in statements) else [*found, "the policy grants more"]


def faults_of_action(kind: dict, configuration: dict) -> list[str]:
    agreed = {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"}
    found = [f"{key} is {kind.get(key)}, not {value}" for key, value in agreed.items() if kind.get(key) != value]
    if configuration.keys() != {"FunctionName", "UserParameters"} or configuration["FunctionName"] != "start":
        found.append("the action does not invoke start with user parameters")
    return found + faults_of_parameters(configuration.get("UserParameters", ""))


def faults_of_parameters(text: str) -> list[str]:
    """The faults that the product would report in these user parameters, in their keys and their length."""
    if len(text) > product.user_parameter_characters():
        return [f"the user parameters have {len(text)} characters"]
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        return [f"the user parameters are no JSON: {error}"]
    found = [f"{key} is no user parameter" for key in given.keys() - product.user_parameter_keys()]
    if len(given.keys() & {"Alias", "DistributionId", "DistributionTenantId", "Targets"}) != 1:
        found.append("the user parameters do not have one of Alias, DistributionId, DistributionTenantId and Targets")
    return found + [fault for target in given.get("Targets", []) for fault in faults_of_target(target)]


def faults_of_target(target: dict) -> list[str]:
    """The same of one of the targets: a name, and perhaps paths."""
    names = target.keys() - {"Paths", "PathsFile"}
    return [f"{key} is no key of a target" for key in names - product.target_keys()] + \
        ([] if len(names) == 1 else [f"a target is named by {len(names)} keys"])


def faults_of_permission(statements: list[dict]) -> list[str]:
    for each in statements:
        if "lambda:InvokeFunction" in each["Action"] and ARN in each["Resource"]:
            return []
    return ["the pipeline's role may not invoke start"]


# Each page, and how many objects of user parameters and policies it shows.
PAGES = {"README.md": (1, 0), "docs/deploy.md": (1, 1), "docs/parameters.md": (2, 0)}
READERS = {"infra/snippets/pipeline.yaml": faults_of_cloudformation, "infra/snippets/pipeline.tf": faults_of_terraform,
           "infra/snippets/bus-policy.yaml": faults_of_bus_policy}
READERS |= {page: partial(faults_of_page, wanted) for page, wanted in PAGES.items()}
PLANTED = [
    ("infra/snippets/bus-policy.yaml", "source: cloudfront-invalidation-action", "source: cloudfront-invalidation"),
    ("infra/snippets/bus-policy.yaml", "!Ref CheckerRoleArn]", "'*']"),
    ("infra/snippets/bus-policy.yaml", "Effect: Deny", "Effect: Allow"),
    ("infra/snippets/pipeline.yaml", '"SnsTopicArn"', '"Topic"'),
    ("infra/snippets/pipeline.yaml", '"/index.html"', f'"/{"x" * 1000}"'),
    ("infra/snippets/pipeline.yaml", "Category: Invoke", "Category: Deploy"),
    ("infra/snippets/pipeline.yaml", "Action: lambda:InvokeFunction", "Action: lambda:GetFunction"),
    ("infra/snippets/pipeline.yaml", "Action: lambda:InvokeFunction", "Action: lambda:Invoke"),
    ("infra/snippets/pipeline.yaml", "Resource: !Ref StartFunctionArn", "Resource: !Ref TopicArn"),
    ("infra/snippets/pipeline.tf", "SnsTopicArn    =", "SnsTopic       ="),
    ("infra/snippets/pipeline.tf", 'provider  = "Lambda"', 'provider  = "lambda"'),
    ("infra/snippets/pipeline.tf", "resources = [var.start_function_arn]", "resources = [var.topic_arn]"),
    ("infra/snippets/pipeline.tf", "UserParameters = jsonencode({", "UserParameters = jsonencode(["),
    ("docs/deploy.md", '"DistributionId": "E2EXAMPLE1ABCD", ', '"DistributionId": "E2EXAMPLE1ABCD", "Path": [], '),
    ("README.md", '{"DistributionId": "E2EXAMPLE1ABCD"}', '{"Distribution": "E2EXAMPLE1ABCD"}'),
    ("docs/parameters.md", '"OnTimeout": "release"\n', '"AfterTimeout": "release"\n'),
    ("docs/parameters.md", '    {"Alias": "www.example.com"}', '    {"Domain": "www.example.com"}'),
    ("docs/parameters.md", '{"DistributionTenantId": ', '{"Alias": "a.example.com", "DistributionTenantId": '),
    ("docs/parameters.md", '"Targets": [', '"DistributionId": "E2EXAMPLE1ABCD", "Targets": ['),
    ("docs/parameters.md", '{"DistributionId": ["E2EXAMPLE1ABCD", "E3EXAMPLE2BCDE"], ', "{"),
    ("docs/deploy.md", '"Action": "lambda:InvokeFunction"', '"Action": "lambda:*"'),
]


def main() -> int:
    failed = 0
    for name, reader in READERS.items():
        found = reader(product.read(name))
        print(f"{name}: {len(found)} faults", *found, sep="\n  ")
        failed += bool(found)
    for name, right, wrong in PLANTED:
        text = product.read(name)
        assert right in text, f"{name} no longer has {right}"
        found = READERS[name](text.replace(right, wrong, 1))
        print(f"seeded in {name}: {wrong[:40]!r}: {found[0][:80] if found else 'NOT NOTICED'}")
        failed += not found
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
