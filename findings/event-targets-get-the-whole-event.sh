#!/usr/bin/env bash
# moto 5.2.5 and ministack 1.5.33 (PyPI), called with boto3 1.43.106.
#
# Expected: a target of a rule gets what its Input or InputPath says. EventBridge's service model on Input: "Valid JSON text
# passed to the target. In this case, nothing from the event itself is passed to the target." On InputPath: the part of the
# event that the JSONPath names, and "You may use JSON dot notation or bracket notation."
#
# Seen: moto sends the whole event to a queue whatever Input and InputPath say. ministack keeps to Input and to dots, but
# knows no brackets: with InputPath $.detail['state'] or $.resources[0] it also sends the whole event, and in an
# InputTransformer the same paths become an empty text.
#
# Why it matters: Input is how one function serves several schedules, and InputPath how a queue gets the detail alone. Code
# that reads the shaped message fails in moto although it is right; code that reads the whole event passes there and fails on
# AWS.
. "$(dirname "$(readlink -f "$0")")/lib"
python_packages 'moto[events]==5.2.5' ministack==1.5.33 boto3==1.43.106
start_ministack

python3 - <<'PY'
import json, os, time
import boto3
from moto import mock_aws

DETAIL = {"state": "FAILED", "paths": ["/a", "/b"]}
TARGETS = {
    "Input": {"Input": '{"run": "nightly"}'},
    "dots": {"InputPath": "$.detail.state"},
    "brackets": {"InputPath": "$.detail['state']"},
    "element": {"InputPath": "$.resources[0]"},
    "transformer, dots": {"InputTransformer": {"InputPathsMap": {"x": "$.detail.state"}, "InputTemplate": '"<x>!"'}},
    "transformer, element": {"InputTransformer": {"InputPathsMap": {"x": "$.resources[0]"}, "InputTemplate": '"<x>!"'}},
}
EXPECTED = {"Input": {"run": "nightly"}, "dots": "FAILED", "brackets": "FAILED", "element": "a-resource",
            "transformer, dots": "FAILED!", "transformer, element": "a-resource!"}

def look(**where):
    events, sqs = boto3.client("events", **where), boto3.client("sqs", **where)
    queue = sqs.create_queue(QueueName="targets")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    seen = {}
    for number, (name, target) in enumerate(TARGETS.items()):
        if name.startswith("transformer") and not where:
            continue
        source = f"example.{number}"
        events.put_rule(Name=f"rule-{number}", EventPattern=json.dumps({"source": [source]}))
        events.put_targets(Rule=f"rule-{number}", Targets=[{"Id": "1", "Arn": arn, **target}])
        events.put_events(Entries=[{"Source": source, "DetailType": "t", "Detail": json.dumps(DETAIL),
                                    "Resources": ["a-resource"]}])
        time.sleep(0.3)
        message = sqs.receive_message(QueueUrl=queue)["Messages"][0]
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        body = json.loads(message["Body"])
        whole = isinstance(body, dict) and body.get("detail") == DETAIL
        seen[name] = "the whole event" if whole else "right" if body == EXPECTED[name] else body
    return seen

with mock_aws():
    moto = look()
ministack = look(endpoint_url=os.environ["MINISTACK"])
print("moto:", moto)
print("ministack:", ministack)
whole, right = "the whole event", "right"
as_described = moto == dict.fromkeys(("Input", "dots", "brackets", "element"), whole) and ministack == {
    "Input": right, "dots": right, "brackets": whole, "element": whole,
    "transformer, dots": right, "transformer, element": "!"}
raise SystemExit(0 if as_described else "the behaviour has changed")
PY
