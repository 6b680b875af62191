#!/usr/bin/env bash
# cfn-lint 1.58.0 (PyPI), beside asl-validator 4.0.0 (npm).
#
# Expected: a valid definition of a Step Functions state machine passes. The developer guide writes a task's Resource as
# arn:partition:service:region:account:task_type:name; with QueryLanguage JSONata, TimeoutSeconds, HeartbeatSeconds and
# MaxConcurrency take a JSONata expression in place of a number; a Succeed state has InputPath and OutputPath (the CDK's own
# Timeout.jsonata and SucceedProps.inputPath write these forms); and a state may name its QueryLanguage.
#
# Seen: cfn-lint rejects each of them with error E3601: every task of GovCloud and China (its pattern begins with arn:aws:),
# the three expressions ("is not of type 'number'"), InputPath in a Succeed state and QueryLanguage in a Succeed state. A
# machine with an ARN of the partition aws, a number and a bare Succeed passes. asl-validator accepts all of them.
#
# Why it matters: cfn-lint is a gate in many pipelines, also as `sam validate --lint`. A template for China or GovCloud does
# not pass it with any task, and the only workaround is to disable E3601, which also hides real errors.
. "$(dirname "$(readlink -f "$0")")/lib"
python_packages cfn-lint==1.58.0
node_packages asl-validator@4.0.0

cat >machines.json <<'JSON'
{
  "control": {"StartAt": "A", "States": {
    "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "TimeoutSeconds": 9,
          "Next": "B"},
    "B": {"Type": "Succeed"}}},
  "GovCloud": {"StartAt": "A", "States": {
    "A": {"Type": "Task", "Resource": "arn:aws-us-gov:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "End": true}}},
  "China": {"StartAt": "A", "States": {
    "A": {"Type": "Task", "Resource": "arn:aws-cn:lambda:cn-north-1:123456789012:function:f", "End": true}}},
  "TimeoutSeconds": {"QueryLanguage": "JSONata", "StartAt": "A", "States": {
    "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f"},
          "TimeoutSeconds": "{% $states.input.seconds %}", "End": true}}},
  "HeartbeatSeconds": {"QueryLanguage": "JSONata", "StartAt": "A", "States": {
    "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "Arguments": {"FunctionName": "f"},
          "HeartbeatSeconds": "{% $states.input.seconds %}", "End": true}}},
  "MaxConcurrency": {"QueryLanguage": "JSONata", "StartAt": "A", "States": {
    "A": {"Type": "Map", "Items": "{% $states.input.list %}", "MaxConcurrency": "{% $states.input.width %}",
          "ItemProcessor": {"StartAt": "X", "States": {"X": {"Type": "Pass", "End": true}}}, "End": true}}},
  "Succeed with InputPath": {"StartAt": "A", "States": {"A": {"Type": "Succeed", "InputPath": "$.result"}}},
  "Succeed with QueryLanguage": {"StartAt": "A", "States": {"A": {"Type": "Succeed", "QueryLanguage": "JSONata"}}}
}
JSON
cat >other.cjs <<'JS'
const validate = require('asl-validator');
const machines = require('./machines.json');
for (const name in machines) console.log(name + '\t' + validate(structuredClone(machines[name])).isValid);
JS
node other.cjs >other.txt

python3 - <<'PY'
import json, subprocess
machines = json.load(open("machines.json"))
other = dict(line.rstrip("\n").split("\t") for line in open("other.txt"))
files = {}
for name, definition in machines.items():
    files[name] = name.replace(" ", "-") + ".template.json"
    with open(files[name], "w") as out:
        json.dump({"Resources": {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
            "RoleArn": "arn:aws:iam::123456789012:role/machine", "Definition": definition}}}}, out)
lint = subprocess.run(["cfn-lint", "--format", "json", *files.values()], capture_output=True, text=True)
matches = json.loads(lint.stdout)
as_described = True
for name in machines:
    found = [f"{match['Rule']['Id']} {match['Message'][:70]}" for match in matches if match["Filename"] == files[name]]
    print(f"{name}: cfn-lint {found or 'accepts'}; asl-validator {'accepts' if other[name] == 'true' else 'refuses'}")
    as_described &= other[name] == "true" and [text[:5] for text in found] == ([] if name == "control" else ["E3601"])
raise SystemExit(0 if as_described else "the behaviour has changed")
PY
