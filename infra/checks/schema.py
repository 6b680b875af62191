"""The published schema of an outcome, as readers use it: validators of two languages, one of them strict, and types that a generator
makes of it. They accept the product's own documents and additions of a later version, and reject invalid documents."""

import copy
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import jsonschema

import product
from rules import EVENTS, SCHEMA

DOCUMENTS = Path(__file__).with_name("outcomes.jsonl")
NOTIFICATIONS = product.ROOT / "docs" / "notifications.md"
TSC = product.ROOT / "infra" / "cdk" / "node_modules" / ".bin" / "tsc"
LATER = {"later": {"by": 1}}
# What a reader does with a document: each line is an error if the generated types do not know the field as the page has it.
READER = """
export function read(outcome: Outcome): string[] {
  const status: 'success' | 'warning' | 'failed' = outcome.status;
  const seconds: number = outcome.durationSeconds;
  const reason: string | undefined = outcome.reason;
  return [status, String(seconds), reason ?? '', ...outcome.targets.map((target) => `${target.kind} ${target.resource} ${target.paths}`)];
}
"""
# Documents that no reader may accept, made from a valid one.
WRONG = {
    "without an id": lambda document: document.pop("notificationId"),
    "of another version": lambda document: document.update(version="2"),
    "a failure without a reason": lambda document: document.update(status="failed", outcome="failed"),
    "a success with a reason": lambda document: document.update(reason="none"),
    "a warning without a warning": lambda document: document.update(status="warning", outcome="succeededWithWarning"),
    "a target without paths": lambda document: document["targets"][0].pop("paths"),
    "a moment that is none": lambda document: document.update(startedAt="yesterday"),
}
# Mistakes in the schema that one of the readers must detect.
PLANTED: dict[str, Callable[[dict], object]] = {
    "a closed document": lambda schema: schema.update(additionalProperties=False),
    "a closed target": lambda schema: schema["$defs"]["target"].update(additionalProperties=False),
    "a required field that is not defined there": lambda schema: schema["allOf"][0]["then"].pop("properties"),
    "a keyword that does not exist": lambda schema: schema.update(requires=["version"]),
    "no reason for a failure": lambda schema: schema["allOf"][0].pop("then"),
    "a status that is a number": lambda schema: schema["properties"].update(status={"type": "number"}),
}


def documents() -> list[dict]:
    """Those that the product wrote in the scenarios, those of the page, and those of the sample rules."""
    found = [json.loads(line) for line in DOCUMENTS.read_text().splitlines()]
    samples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", NOTIFICATIONS.read_text(), re.DOTALL)]
    found += [sample.get("detail", sample) for sample in samples if "content" not in sample]
    found += [event["detail"] for event, _ in EVENTS]
    return found


def later(document: dict) -> dict:
    """The document as a later version may write it."""
    return document | LATER | {"targets": [target | LATER for target in document["targets"]]}


def wrong(right: list[dict]) -> dict[str, dict]:
    sample = next(each for each in right if each["status"] == "success" and each["targets"])
    made = {}
    for name, spoil in WRONG.items():
        made[name] = copy.deepcopy(sample)
        spoil(made[name])
    return made


def faults(schema: dict, tools: str) -> list[str]:
    right = documents()
    right += [later(each) for each in right]
    bad = wrong(right)
    return [*faults_of_python(schema, right, bad), *faults_of_node(schema, right, bad, tools)]


def faults_of_python(schema: dict, right: list[dict], bad: dict[str, dict]) -> list[str]:
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    found = [f"jsonschema rejects {each['status']}: {error.message}" for each in right for error in validator.iter_errors(each)]
    return found + [f"jsonschema accepts {name}" for name, each in bad.items() if validator.is_valid(each)]


def faults_of_node(schema: dict, right: list[dict], bad: dict[str, dict], tools: str) -> list[str]:
    command = ["node", str(Path(__file__).with_name("schema.mjs")), tools]
    asked = json.dumps({"schema": schema, "documents": right + list(bad.values())})
    run = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    reply = json.loads(run.stdout)
    if reply["fault"]:
        return [f"ajv, strict: {reply['fault']}"]
    verdicts = reply["verdicts"]
    found = [f"ajv rejects {each['status']}: {verdict}" for each, verdict in zip(right, verdicts) if verdict]
    found += [f"ajv accepts {name}" for name, verdict in zip(bad, verdicts[len(right):]) if not verdict]
    return found + faults_of_types(reply["types"], right)


def faults_of_types(types: str, right: list[dict]) -> list[str]:
    """What the compiler says to a reader with the generated types, and to each document as a value of them."""
    values = "".join(f"const document{number}: Outcome = {json.dumps(each)};\n" for number, each in enumerate(right))
    names = ", ".join(f"document{number}" for number in range(len(right)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reader.ts"
        path.write_text(f"{types}{READER}{values}export const all = [{names}].map(read);\n")
        command = [str(TSC), "--strict", "--noEmit", "--noUncheckedIndexedAccess", "--target", "es2022", "--module", "es2022", str(path)]
        run = subprocess.run(command, capture_output=True, text=True)
    lines = [line for line in run.stdout.splitlines() if "error TS" in line]
    return [f"tsc: {line.split(': ', 1)[1]}" for line in lines] or ([f"tsc: {run.stdout}"] if run.returncode else [])


def main(tools: str) -> int:
    schema = json.loads(SCHEMA.read_text())
    found = faults(schema, tools)
    print(f"{len(documents())} documents, each also with fields of a later version: {len(found)} faults", *found, sep="\n  ")
    missed = 0
    for name, spoil in PLANTED.items():
        spoilt = copy.deepcopy(schema)
        spoil(spoilt)
        noticed = faults(spoilt, tools)
        missed += not noticed
        print(f"seeded {name}: {noticed[0] if noticed else 'NOT NOTICED'}")
    return int(bool(found) or missed > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
