"""Each role may do what its function calls (permissions.json), and what AWS does in its name; nothing else, and no less. In
the SAM template and in the construct library."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import parity
from assertions import BY_ARN, OF_ALIASES, listed, statements_of
from resolve import Deployment

CALLED = Path(__file__).parents[1] / "permissions.json"
ROLES = {"start": "StartRole", "checker": "CheckerRole"}
# What no function calls itself: whose role has it, in which deployments, and why.
IN_ITS_NAME = {
    "logs:CreateLogStream": ("start checker", "small basic full ids other", "Lambda writes the log in the name of the role"),
    "logs:PutLogEvents": ("start checker", "small basic full ids other", "the same"),
    "xray:PutTelemetryRecords": ("start checker", "small basic full ids other", "Lambda sends the traces in the name of the role"),
    "xray:PutTraceSegments": ("start checker", "small basic full ids other", "the same"),
    "lambda:InvokeFunction": ("start", "small basic full ids other", "Lambda sends failed deliveries with the role of start"),
    "kms:Decrypt": ("start checker", "full", "DynamoDB, Lambda and SNS use a customer managed key in the name of the role"),
    "kms:DescribeKey": ("start checker", "full", "DynamoDB does"),
    "kms:Encrypt": ("start checker", "full", "DynamoDB does"),
    "kms:GenerateDataKey*": ("start checker", "full", "DynamoDB and SNS do"),
    "kms:ReEncrypt*": ("start checker", "full", "DynamoDB does"),
}
ON_DISTRIBUTIONS, ON_TENANTS = ({f"cloudfront:{action}" for action in actions} for actions in BY_ARN.values())
ON_ALIASES = {f"cloudfront:{action}" for action in OF_ALIASES}
# Of what is called, what the role may not do in a deployment, because there is nothing to do it on.
# (A bus that is named by its ARN, as in "full", is not looked for: it may be another account's.)
POINTLESS = {
    "small": {"sns:Publish", "events:PutEvents", "events:DescribeEventBus"} | ON_TENANTS | ON_ALIASES,
    "basic": {"sns:Publish"} | ON_TENANTS | ON_ALIASES,
    "full": {"events:DescribeEventBus"},
    "ids": {"sns:Publish", "events:PutEvents", "events:DescribeEventBus"} | ON_ALIASES,
    "other": ON_DISTRIBUTIONS | ON_ALIASES,
}
# The seeded faults and their place: in the file, in the SAM template, or in what the construct library makes.
PLANTED = [
    ("file", '"cloudfront:ListInvalidations", ', ""),
    ("file", '"dynamodb:UpdateItem"', '"dynamodb:TransactWriteItems"'),
    ("SAM", '"dynamodb:GetItem", ', '"dynamodb:GetItem", "dynamodb:Scan", '),
    ("SAM", '"codepipeline:GetJobDetails", ', ""),
    ("CDK", '"events:PutEvents"', '"events:*"'),
    ("CDK", '"dynamodb:GetItem", ', ""),
    ("CDK", '"logs:PutLogEvents"', '"logs:PutLogEvents", "logs:DeleteLogStream"'),
    ("CDK", '"kms:DescribeKey"', '"kms:CreateGrant"'),
]


def faults_of(stack: Deployment, deployment: str, called: dict[str, list[str]]) -> Iterator[str]:
    for function, role in ROLES.items():
        granted = {action for statement in statements_of(stack, role) for action in listed(statement["Action"])}
        right = set(called[function]) - POINTLESS.get(deployment, set())
        right |= {action for action, (functions, where, _) in IN_ITS_NAME.items()
                  if function in functions.split() and deployment in where.split()}
        yield from (f"{role} may {action}, which {function} never calls" for action in sorted(granted - right))
        yield from (f"{role} may not {action}, which {function} needs" for action in sorted(right - granted))


def faults(documents: dict) -> list[str]:
    found = []
    for name, parameters in parity.DEPLOYMENTS.items():
        both = {"SAM": parity.sam(documents["SAM"], parameters), "CDK": parity.cdk(documents["CDK"][name])}
        found += [f"{form}, {name}: {fault}" for form, stack in both.items() for fault in faults_of(stack, name, documents["file"])]
    return found


def main(expanded: Path) -> int:
    answers = parity.answers(list(parity.DEPLOYMENTS.values()))
    templates = {name: each["template"] for name, each in zip(parity.DEPLOYMENTS, answers, strict=True)}
    documents = {"file": json.loads(CALLED.read_text()), "SAM": json.loads(expanded.read_text()), "CDK": templates}
    found = faults(documents)
    print(f"{len(ROLES)} roles of {len(templates)} deployments in both forms: {len(found)} faults", *found, sep="\n  ")
    missed = 0
    for where, right, wrong in PLANTED:
        text = json.dumps(documents[where])
        assert right in text, f"{where} no longer has {right}"
        noticed = faults(documents | {where: json.loads(text.replace(right, wrong))})
        missed += not noticed
        print(f"seeded in {where} {wrong or 'without ' + right}: {noticed[0] if noticed else 'NOT NOTICED'}")
    return int(bool(found) or missed > 0)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
