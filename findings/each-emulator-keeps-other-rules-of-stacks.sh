#!/usr/bin/env bash
# moto 5.2.5 and ministack 1.5.33 (PyPI), called with boto3 1.43.106.
#
# Expected: the rules of CloudFormation's exports and of termination protection. The user guide on Fn::ImportValue: "For each
# AWS account, Export names must be unique within a region" and "You can't delete a stack if another stack references one of
# its outputs." The service model on EnableTerminationProtection: "If a user attempts to delete a stack with termination
# protection enabled, the operation fails and the stack remains unchanged."
#
# Seen: each emulator enforces the rules that the other one omits. ministack creates a second stack with an export name in use,
# and the newer value replaces the older one; moto rejects the second stack. moto deletes a stack whose
# export another stack imports, and a stack with termination protection; ministack rejects both.
#
# Why it matters: these errors are the first ones of a deployment of several stacks on AWS: the second environment with the
# same export names, and the order of the clean-up. A test on one emulator alone cannot detect half of them.
. "$(dirname "$(readlink -f "$0")")/lib"
python_packages moto==5.2.5 PyYAML==6.0.4 openapi-spec-validator==0.9.0 ministack==1.5.33 boto3==1.43.106
start_ministack

python3 - <<'PY'
import json, os, time
import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

def template(topic_name=None, **export):
    properties = {"TopicName": topic_name} if topic_name else {}
    made = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": properties}}}
    if export:
        made["Outputs"] = {"Value": {"Value": export["value"], "Export": {"Name": export["name"]}}}
    return json.dumps(made)

def look(client):
    def status(stack):
        try:
            return client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        except ClientError:
            return "gone"
    def create(stack, body, **more):
        try:
            client.create_stack(StackName=stack, TemplateBody=body, **more)
        except ClientError as error:
            return "refused"
        for _ in range(100):
            if "IN_PROGRESS" not in status(stack):
                break
            time.sleep(0.1)
        return status(stack)
    def delete(stack):
        try:
            client.delete_stack(StackName=stack)
        except ClientError:
            return "refused"
        time.sleep(1)
        return status(stack)
    seen = {"exporter": create("one", template(name="shared-name", value="1"))}
    seen["importer"] = create("importer", template({"Fn::ImportValue": "shared-name"}))
    seen["the name again"] = create("two", template(name="shared-name", value="2"))
    seen["exports"] = [each["Value"] for each in client.list_exports()["Exports"] if each["Name"] == "shared-name"]
    seen["delete while imported"] = delete("one")
    seen["protected"] = create("protected", template(), EnableTerminationProtection=True)
    seen["delete protected"] = delete("protected")
    return seen

with mock_aws():
    moto = look(boto3.client("cloudformation"))
ministack = look(boto3.client("cloudformation", endpoint_url=os.environ["MINISTACK"]))
print("moto:", moto)
print("ministack:", ministack)
made, refused, gone = "CREATE_COMPLETE", "refused", "gone"
common = {"exporter": made, "importer": made, "protected": made}
as_described = (
    moto == {**common, "the name again": refused, "exports": ["1"], "delete while imported": gone, "delete protected": gone}
    and ministack == {**common, "the name again": made, "exports": ["2"], "delete while imported": refused,
                      "delete protected": refused})
raise SystemExit(0 if as_described else "the behaviour has changed")
PY
