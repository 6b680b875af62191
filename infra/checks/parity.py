"""The stack in both of its forms: the SAM template's expansion, and what the CDK construct library makes of the same
parameters. The comparison gets deployments whose resources have the same logical ids.
"""

import json
import re
import subprocess
from pathlib import Path

import deployments
from resolve import Deployment

CDK = Path(__file__).parents[1] / "cdk"
# Between them, every parameter has its default once and another value once.
DEPLOYMENTS = {
    "small": deployments.SMALL,
    "full": deployments.FULL,
    "ids": deployments.BY_IDS | {"Monitoring": "none"},
    "basic": deployments.SMALL | {"EventBusName": "default", "AlarmTopicArn": deployments.ALARM_TOPIC},
    "other": {
        "DistributionTenantArns": deployments.TENANT.split("/")[1],
        "CreateTopic": "true",
        "EventBusName": "default",
        "MaxWaitSeconds": "0",
        "TimeoutMinutes": "60",
        "RetentionDays": "90",
        "ReservedWildcards": "5",
        "ScheduleState": "DISABLED",
        "LogLevel": "DEBUG",
        "PointInTimeRecovery": "false",
        "AlarmTopicArn": deployments.ALARM_TOPIC,
        "Monitoring": "full",
    },
}


def answers(asked: list[dict[str, str]]) -> list[dict]:
    """What the construct library makes of each set of parameters, in one run, since it starts slowly."""
    command = ["npm", "--prefix", str(CDK), "run", "--silent", "parity"]
    run = subprocess.run(command, input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout)


def sam(expansion: dict, parameters: dict[str, str]) -> Deployment:
    return Deployment(expansion, parameters)


def cdk(template: dict) -> Deployment:
    """A deployment of a synthesized template, whose only parameters say where the code lies."""
    return Deployment(with_plain_ids(template), {name: "code" for name in template["Parameters"]})


def with_plain_ids(template: dict) -> dict:
    """The CDK ends logical ids with a hash of the construct's path; the SAM template's are the same without it."""
    plain = {name: re.sub(r"[0-9A-F]{8}$", "", name) for name in template["Resources"]}
    assert len(set(plain.values())) == len(plain), "two resources differ in their hashes alone"

    def renamed(value):
        if isinstance(value, list):
            return [renamed(each) for each in value]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"Ref"}:
            return {"Ref": plain.get(value["Ref"], value["Ref"])}
        if value.keys() == {"Fn::GetAtt"}:
            logical_id, attribute = value["Fn::GetAtt"]
            return {"Fn::GetAtt": [plain[logical_id], attribute]}
        return {key: renamed(each) for key, each in value.items()}

    resources = {plain[name]: renamed(each) for name, each in template["Resources"].items()}
    return {**template, "Resources": resources}
