"""The Terraform module and samples as Terraform reads them: each sample alone in a folder, and all together in one, because a folder
is a module.
Terraform itself needs the provider for this, and its registry. Faults are also seeded in copies of the samples."""

import re
from collections import Counter
from collections.abc import Iterator

import hcl2

import product
from wiring import SNIPPETS

MODULE = product.ROOT / "infra" / "terraform"

# What a name behind these may be: `var.x`, `local.x`, `module.x`, `data.type.x`, and `aws_type.x` for a resource.
REFERENCE = re.compile(r"(?<![\w.])(?:(var|local|module)\.(\w+)|(data\.)?(aws_\w+)\.(\w+))")
# Terraform accepts one of these in a module, however many files it has.
ONCE = ("required_version", "required_providers", "backend", "cloud")


def addresses(document: dict) -> Iterator[str]:
    """What a file declares, as other files refer to it."""
    for kind, prefix in (("variable", "var."), ("output", "output."), ("module", "module.")):
        for block in document.get(kind, []):
            yield from (f"{prefix}{name}" for name in named(block))
    for kind, prefix in (("resource", ""), ("data", "data.")):
        for block in document.get(kind, []):
            yield from (f"{prefix}{type_}.{name}" for type_, inner in named(block).items() for name in named(inner))
    for block in document.get("locals", []):
        yield from (f"local.{name}" for name in named(block))
    for block in document.get("provider", []):
        yield from (f"provider.{name}.{inner.get('alias', 'default')}" for name, inner in named(block).items())
    for block in document.get("terraform", []):
        # A version may be asked for in each file: all must be satisfied.
        yield from (f"terraform.{name}" for name in named(block) if name in ONCE and name != "required_version")


def named(block: dict) -> dict:
    """The members of a block, without what the parser adds."""
    return {key.strip('"'): value for key, value in block.items() if not key.startswith("__")}


def references(value) -> Iterator[str]:
    """What the expressions of a file refer to."""
    if isinstance(value, dict):
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, str) and "${" in value:
        for scope, name, data, type_, resource in REFERENCE.findall(value):
            yield f"{scope}.{name}" if scope else f"{data}{type_}.{resource}"


def faults(files: dict[str, str]) -> list[str]:
    """The errors of Terraform for these files in one folder."""
    try:
        documents = {name: hcl2.loads(text) for name, text in files.items()}
    except Exception as error:  # The parser behind it has several kinds.
        return [f"a file cannot be parsed: {type(error).__name__}"]
    declared = Counter(address for document in documents.values() for address in addresses(document))
    used = {reference for document in documents.values() for reference in references(document)}
    return [*(f"{address} is declared {times} times" for address, times in declared.items() if times > 1),
            *(f"{reference} is not declared" for reference in sorted(used - declared.keys())),
            *(f"{address} is used by nothing" for address in sorted(declared.keys() - used)
              if address.startswith(("var.", "data.", "local.")))]


PLANTED = [
    ("two of one name", "events.tf", 'data "aws_caller_identity" "events"', 'data "aws_caller_identity" "pipeline"'),
    ("two variables of one name", "events.tf", 'variable "event_bus_name"', 'variable "topic_arn"'),
    ("two resources of one name", "events.tf", 'resource "aws_iam_role" "smoke_test"', 'resource "aws_iam_role" "pipeline"'),
    ("providers asked for twice", "pipeline.tf", 'variable "source_bucket"',
     'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n\nvariable "source_bucket"'),
    ("a reference to no resource", "pipeline.tf", "aws_iam_role.pipeline.arn", "aws_iam_role.pipelines.arn"),
    ("a reference to no data", "events.tf", "data.aws_iam_policy_document.smoke_test.json", "data.aws_iam_policy_document.test.json"),
    ("a reference to no variable", "pipeline.tf", "SnsTopicArn    = var.topic_arn", "SnsTopicArn    = var.topic"),
    ("a variable that nothing reads", "events.tf", 'variable "event_bus_name"', 'variable "bus" {}\n\nvariable "event_bus_name"'),
]


def main() -> int:
    files = {path.name: path.read_text() for path in sorted(SNIPPETS.glob("*.tf"))}
    module = {path.name: path.read_text() for path in sorted(MODULE.glob("*.tf"))}
    folders = {**{name: {name: text} for name, text in files.items()}, "all in one folder": files, "infra/terraform": module}
    failed = 0
    for name, folder in folders.items():
        found = faults(folder)
        print(f"{name}: {len(found)} faults", *found, sep="\n  ")
        failed += bool(found)
    for what, name, right, wrong in PLANTED:
        assert right in files[name], f"{name} no longer has {right}"
        found = faults(files | {name: files[name].replace(right, wrong)})
        print(f"seeded: {what}: {found[0] if found else 'NOT NOTICED'}")
        failed += not found
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
