#!/usr/bin/env bash
# moto 5.2.5, beside ministack 1.5.33 (PyPI), called with boto3 1.43.106.
#
# Expected: the output of an execution is JSON. Step Functions' service model calls output of DescribeExecution "The JSON
# output data of the execution", so that an execution whose result is the text Completed has the output "Completed", with
# quotes, and one whose result is null has the output null.
#
# Seen: moto takes the quotes off a text and leaves output out for null. Numbers, lists and objects are JSON. The history of
# the same execution in moto has the right text, and ministack returns it in both places.
#
# Why it matters: a state machine that returns a status or an id is common, and json.loads(output), the right way to read it,
# fails in moto. Code that passes there compares the raw text, and fails on AWS because of the quotes.
. "$(dirname "$(readlink -f "$0")")/lib"
python_packages 'moto[stepfunctions]==5.2.5' ministack==1.5.33 boto3==1.43.106
start_ministack

python3 - <<'PY'
import json, os, time
import boto3
from moto import mock_aws

def look(client):
    seen = {}
    for number, result in enumerate(("Completed", None, 5, ["a"])):
        machine = client.create_state_machine(
            name=f"machine-{number}", roleArn="arn:aws:iam::123456789012:role/machine",
            definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": result, "End": True}}}))
        execution = client.start_execution(stateMachineArn=machine["stateMachineArn"], input="{}")["executionArn"]
        for _ in range(100):
            described = client.describe_execution(executionArn=execution)
            if described["status"] != "RUNNING":
                break
            time.sleep(0.1)
        history = client.get_execution_history(executionArn=execution)["events"]
        last = next(event["executionSucceededEventDetails"]["output"] for event in history
                    if "executionSucceededEventDetails" in event)
        seen[json.dumps(result)] = described.get("output", "absent"), last
    return seen

with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
    moto = look(boto3.client("stepfunctions"))
ministack = look(boto3.client("stepfunctions", endpoint_url=os.environ["MINISTACK"]))
for result in moto:
    print(f"result {result}: (DescribeExecution, history) moto {moto[result]}, ministack {ministack[result]}")
same = lambda both: all(json.loads(text) == json.loads(result) for result, texts in both.items() for text in texts)
rest = {result: texts for result, texts in moto.items() if result in ("5", '["a"]')}
as_described = (moto['"Completed"'] == ("Completed", '"Completed"') and moto["null"] == ("absent", "null")
                and same(rest) and same(ministack))
raise SystemExit(0 if as_described else "the behaviour has changed")
PY
