"""What the roles may and may not do, decided by an evaluator of IAM policies from the template's expansion."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import deployments
from assertions import statements_of
from deployments import DISTRIBUTION, EVENT_BUS, KEY, SECOND_DISTRIBUTION, SECOND_TENANT, TENANT, TOPIC, TOPIC_KEY
from expand import load
from resolve import ACCOUNT, REGION, Deployment

SNIPPET = Path(__file__).parents[1] / "snippets" / "pipeline.yaml"
OTHER_DISTRIBUTION = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E9EXAMPLE9OTHER"
FOREIGN_DISTRIBUTION = DISTRIBUTION.replace(ACCOUNT, "222222222222")
OTHER_TENANT = f"arn:aws:cloudfront::{ACCOUNT}:distribution-tenant/dt_9zmGCl6kG4lyRAi9usCMRVQH4DE"
FOREIGN_TENANT = TENANT.replace(ACCOUNT, "222222222222")
INDEXES = ("unfinished", "overdue")
OTHER_TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders"
OTHER_TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:invoices"
DEFAULT_BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
FOREIGN_BUS = EVENT_BUS.replace(ACCOUNT, "222222222222")
OTHER_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
OTHER_STREAM = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/orders:log-stream:a"
ALLOWED, DENIED = "Allowed", "ImplicitlyDenied"
BOTH = ("StartRole", "CheckerRole")


class Case(NamedTuple):
    """A request by each of some roles, and the verdict that is right."""

    roles: tuple[str, ...]
    action: str
    resource: str
    verdict: str
    context: dict[str, str] = {}


def cases(stack: Deployment) -> list[Case]:
    table, topic = stack.attribute("Table", "Arn"), stack.attribute("Topic", "Arn")
    start, checker = stack.attribute("StartFunction", "Arn"), stack.attribute("CheckerFunction", "Arn")
    streams = {name: stack.attribute(name, "Arn").removesuffix("*") + "log-stream:a" for name in ("StartLogGroup", "CheckerLogGroup")}
    only_start, only_checker, schedule = ("StartRole",), ("CheckerRole",), ("ScheduleRole",)
    return [
        *(Case(BOTH, f"cloudfront:{action}", distribution, ALLOWED) for action in
          ("CreateInvalidation", "GetInvalidation", "ListInvalidations") for distribution in (DISTRIBUTION, SECOND_DISTRIBUTION)),
        *(Case(BOTH, "cloudfront:CreateInvalidation", each, DENIED) for each in (OTHER_DISTRIBUTION, FOREIGN_DISTRIBUTION)),
        *(Case(BOTH, f"cloudfront:{action}", DISTRIBUTION, DENIED) for action in
          ("UpdateDistribution", "DeleteDistribution", "GetDistributionConfig")),
        *cases_of_tenants(),
        *cases_of_aliases(ALLOWED),
        *(Case(BOTH, f"dynamodb:{action}", table, ALLOWED) for action in ("GetItem", "PutItem", "UpdateItem")),
        *(Case(BOTH, f"dynamodb:{action}", table, DENIED) for action in ("DeleteItem", "Scan", "Query", "BatchWriteItem", "DeleteTable")),
        *(Case(BOTH, f"dynamodb:{action}", OTHER_TABLE, DENIED) for action in ("GetItem", "PutItem", "UpdateItem")),
        *(Case(only_start, "dynamodb:Query", f"{table}/index/{name}", DENIED) for name in INDEXES),
        *(Case(only_checker, "dynamodb:Query", f"{table}/index/{name}", ALLOWED) for name in INDEXES),
        Case(only_checker, "dynamodb:Query", f"{table}/index/another", DENIED),
        Case(only_checker, "dynamodb:Scan", f"{table}/index/unfinished", DENIED),
        *(Case(BOTH, f"codepipeline:{action}", "*", ALLOWED) for action in
          ("GetJobDetails", "PutJobSuccessResult", "PutJobFailureResult")),
        *(Case(BOTH, f"codepipeline:{action}", f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:site", DENIED) for action in
          ("StartPipelineExecution", "UpdatePipeline")),
        *(Case(BOTH, "sns:Publish", each, ALLOWED) for each in (topic, TOPIC)),
        Case(BOTH, "sns:Publish", OTHER_TOPIC, DENIED),
        Case(BOTH, "sns:Subscribe", topic, DENIED),
        *cases_of_events(EVENT_BUS),
        Case(only_start, "lambda:InvokeFunction", checker, ALLOWED),
        Case(only_start, "lambda:InvokeFunction", start, DENIED),
        *(Case(only_checker, "lambda:InvokeFunction", each, DENIED) for each in (start, checker)),
        Case(schedule, "lambda:InvokeFunction", checker, ALLOWED),
        Case(schedule, "lambda:InvokeFunction", start, DENIED),
        Case(schedule, "cloudfront:CreateInvalidation", DISTRIBUTION, DENIED),
        *(Case(only_start, f"logs:{action}", streams["StartLogGroup"], ALLOWED) for action in ("PutLogEvents", "CreateLogStream")),
        Case(only_checker, "logs:PutLogEvents", streams["CheckerLogGroup"], ALLOWED),
        Case(only_start, "logs:PutLogEvents", streams["CheckerLogGroup"], DENIED),
        Case(BOTH, "logs:PutLogEvents", OTHER_STREAM, DENIED),
        Case(BOTH, "xray:PutTraceSegments", "*", ALLOWED),
        *(Case(BOTH, f"kms:{action}", KEY, ALLOWED, via("dynamodb", REGION)) for action in ("Decrypt", "GenerateDataKey")),
        Case(BOTH, "kms:Decrypt", KEY, DENIED),
        Case(BOTH, "kms:Decrypt", KEY, DENIED, via("s3", REGION)),
        Case(BOTH, "kms:Decrypt", OTHER_KEY, DENIED, via("dynamodb", REGION)),
        Case(BOTH, "kms:CreateGrant", KEY, DENIED, via("dynamodb", REGION)),
        Case(BOTH, "kms:GenerateDataKey", TOPIC_KEY, ALLOWED, via("sns", "eu-west-1")),
        Case(BOTH, "kms:GenerateDataKey", TOPIC_KEY, DENIED, via("dynamodb", "eu-west-1")),
        Case(BOTH, "s3:GetObject", "arn:aws:s3:::artifacts/site.zip", DENIED),
        Case(BOTH, "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin", DENIED),
    ]


def cases_of_tenants() -> list[Case]:
    operations = [f"cloudfront:{each}ForDistributionTenant" for each in ("CreateInvalidation", "GetInvalidation", "ListInvalidations")]
    return [
        *(Case(BOTH, each, tenant, ALLOWED) for each in operations for tenant in (TENANT, SECOND_TENANT)),
        *(Case(BOTH, each, tenant, DENIED) for each in operations for tenant in (OTHER_TENANT, FOREIGN_TENANT)),
        *(Case(BOTH, f"cloudfront:{action}", TENANT, DENIED) for action in
          ("UpdateDistributionTenant", "DeleteDistributionTenant", "GetDistributionTenant")),
        Case(BOTH, "cloudfront:ListDistributionTenants", "*", DENIED),
        Case(("ScheduleRole",), operations[0], TENANT, DENIED),
    ]


def cases_of_aliases(verdict: str) -> list[Case]:
    """The lookups of a domain name. That of a tenant is decided by whichever tenant has the domain, or by none."""
    return [
        Case(BOTH, "cloudfront:ListDistributions", "*", verdict),
        *(Case(BOTH, "cloudfront:GetDistributionTenantByDomain", each, verdict) for each in (TENANT, OTHER_TENANT)),
        Case(("ScheduleRole",), "cloudfront:ListDistributions", "*", DENIED),
    ]


def cases_of_events(bus: str | None) -> list[Case]:
    """Events may be put on this bus, and nothing else may be done with it or another."""
    return [
        *(Case(BOTH, "events:PutEvents", each, ALLOWED if each == bus else DENIED) for each in (EVENT_BUS, DEFAULT_BUS, FOREIGN_BUS)),
        # The product looks for a bus that is named by its name; one that is named by its ARN may be another account's.
        *(Case(BOTH, "events:DescribeEventBus", each, ALLOWED if each == bus == DEFAULT_BUS else DENIED)
          for each in (EVENT_BUS, DEFAULT_BUS, FOREIGN_BUS)),
        *(Case(BOTH, "events:DeleteEventBus", each, DENIED) for each in (EVENT_BUS, DEFAULT_BUS)),
        Case(BOTH, "events:ListEventBuses", "*", DENIED),
        Case(("ScheduleRole",), "events:PutEvents", EVENT_BUS, DENIED),
    ]


def via(service: str, region: str) -> dict[str, str]:
    return {"kms:ViaService": f"{service}.{region}.amazonaws.com"}


def cases_without_topics() -> list[Case]:
    return [
        Case(BOTH, "sns:Publish", OTHER_TOPIC, DENIED),
        *cases_of_events(None),
        Case(BOTH, "kms:Decrypt", KEY, DENIED, via("dynamodb", REGION)),
        Case(BOTH, "cloudfront:CreateInvalidation", DISTRIBUTION, ALLOWED),
        Case(BOTH, "cloudfront:CreateInvalidation", SECOND_DISTRIBUTION, DENIED),
        Case(BOTH, "cloudfront:CreateInvalidationForDistributionTenant", TENANT, DENIED),
        *cases_of_aliases(DENIED),
    ]


def cases_of_tenants_alone() -> list[Case]:
    return [
        Case(BOTH, "cloudfront:CreateInvalidationForDistributionTenant", TENANT, ALLOWED),
        Case(BOTH, "cloudfront:CreateInvalidationForDistributionTenant", SECOND_TENANT, DENIED),
        Case(BOTH, "cloudfront:CreateInvalidation", DISTRIBUTION, DENIED),
        *cases_of_aliases(DENIED),
    ]


def cases_of_the_pipeline(stack: Deployment) -> list[Case]:
    role = ("PipelineRole",)
    return [
        Case(role, "lambda:InvokeFunction", stack.attribute("StartFunction", "Arn"), ALLOWED),
        Case(role, "lambda:InvokeFunction", stack.attribute("CheckerFunction", "Arn"), DENIED),
        Case(role, "cloudfront:CreateInvalidation", DISTRIBUTION, DENIED),
    ]


def simulation(stack: Deployment, role: str, case: Case) -> dict:
    document = {"Version": "2012-10-17", "Statement": statements_of(stack, role)}
    account = ACCOUNT if case.resource == "*" else case.resource.split(":")[4] or ACCOUNT
    return {
        "request": {
            "principal": f"arn:aws:iam::{ACCOUNT}:role/{stack.physical_id(role)}",
            "action": case.action,
            "resource": {"resource": case.resource, "accountId": account},
            "contextVariables": case.context,
        },
        "identityPolicies": [{"name": role, "policy": document}],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
        # A key decides by its own policy; this is the one that leaves the decision to IAM.
        "resourcePolicy": key_policy() if case.action.startswith("kms:") else None,
    }


def key_policy() -> dict:
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def wrong_verdicts(evaluator: str, asked: list[tuple[Deployment, list[Case]]]) -> tuple[int, list[str]]:
    """How many requests were decided, and those that were decided wrongly."""
    requests = [(stack, role, case) for stack, some in asked for case in some for role in case.roles]
    simulations = [simulation(*request) for request in requests]
    command = ["node", str(Path(__file__).with_name("simulate.mjs")), evaluator]
    run = subprocess.run(command, input=json.dumps(simulations), capture_output=True, text=True, check=True)
    verdicts = json.loads(run.stdout)
    wrong = [f"{role} {case.action} {case.resource} {case.context or ''}: {verdict}, not {case.verdict}"
             for (_, role, case), verdict in zip(requests, verdicts, strict=True) if verdict != case.verdict]
    return len(requests), wrong


def seeded(expansion: dict) -> dict[str, dict]:
    """Expansions with a policy that is wrong in a way that only its meaning shows."""
    distributions, tenants = (f"arn:aws:cloudfront::{ACCOUNT}:{each}" for each in ("distribution/E*", "distribution-tenant/dt_*"))
    asked = [
        ("every distribution with an E", "ExecutionPolicy", "Invalidate", {"Resource": distributions}),
        ("every tenant", "ExecutionPolicy", "InvalidateTenants", {"Resource": tenants}),
        ("aliases of the named tenants alone", "ExecutionPolicy", "ResolveAliases", {"Resource": {"Ref": "DistributionTenantArns"}}),
        ("a table that may be emptied", "ExecutionPolicy", "UseTable", {"Action": ["dynamodb:*Item"]}),
        ("no place in a queue", "ExecutionPolicy", "UseTable", {"Action": ["dynamodb:GetItem", "dynamodb:PutItem"]}),
        ("the queues of every table", "ExecutionPolicy", "UseTable", {"Resource": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/*"}),
        ("events on every bus", "ExecutionPolicy", "PutEvents", {"Resource": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/*"}),
        ("every bus is looked for", "ExecutionPolicy", "FindBus", {"Resource": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/*"}),
        ("start hands over to itself", "FailedDeliveryPolicy", "InvokeChecker", {"Resource": {"Fn::GetAtt": ["StartFunction", "Arn"]}}),
    ]
    wrong = {}
    for name, policy, sid, change in asked:
        wrong[name] = copy.deepcopy(expansion)
        statement_in(wrong[name], policy, sid).update(change)
    return wrong


def statement_in(expansion: dict, policy: str, sid: str) -> dict:
    statements = expansion["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]
    # A statement that depends on a condition stands within the condition's choice.
    choices = [each["Fn::If"][1] if "Fn::If" in each else each for each in statements]
    return next(each for each in choices if each.get("Sid") == sid)


def main(expanded: Path, evaluator: str) -> int:
    expansion = json.loads(expanded.read_text())
    full, small = deployments.full(expansion), deployments.small(expansion)
    tenants_alone = Deployment(expansion, {"DistributionTenantArns": TENANT})
    pipeline = Deployment(load(SNIPPET), {
        "SourceBucket": "source", "SiteBucket": "site", "ArtifactBucket": "artifacts", "DistributionId": DISTRIBUTION.split("/")[1],
        "TopicArn": TOPIC, "StartFunctionName": full.physical_id("StartFunction"),
        "StartFunctionArn": full.attribute("StartFunction", "Arn"),
    })
    asked = [(full, cases(full)), (small, cases_without_topics()), (deployments.with_default_bus(expansion), cases_of_events(DEFAULT_BUS)),
             (tenants_alone, cases_of_tenants_alone()),
             (pipeline, cases_of_the_pipeline(full))]
    count, wrong = wrong_verdicts(evaluator, asked)
    for each in wrong:
        print(f"WRONG {each}")
    print(f"{count} requests decided, {len(wrong)} wrongly")
    missed = 0
    for name, each in seeded(expansion).items():
        asked = [(deployments.full(each), cases(full)), (deployments.with_default_bus(each), cases_of_events(DEFAULT_BUS))]
        _, noticed = wrong_verdicts(evaluator, asked)
        missed += not noticed
        print(f"seeded: {name}: {len(noticed)} wrong verdicts")
    return int(bool(wrong) or missed > 0)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), sys.argv[2]))
