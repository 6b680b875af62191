"""The parameter overrides on the pages, read by the SAM CLI itself: each reaches CloudFormation as it is written, and the template
takes it. Likely mistakes are rejected with a message, and never deployed as something else."""

import re
import shlex
import tempfile
from pathlib import Path

import click
import yaml
from samcli.cli.types import CfnParameterOverridesType

import product
from expand import expand, load
from pages import DEPLOY, commands
from resolve import ACCOUNT, Deployment

PAGES = [DEPLOY, product.ROOT / "README.md", product.ROOT / "README.ja.md"]
# Where a page names this file, one of its blocks of YAML is the file.
FILE = "file://parameters.yaml"
DISTRIBUTION = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E2EXAMPLE1ABCD"
TENANT = f"arn:aws:cloudfront::{ACCOUNT}:distribution-tenant/dt_2wjDZi3hD1ivOXf6rpZJOSNE1AB"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:deploys"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
# As a shell would read it. Each becomes something else on its way, or nothing.
WRONG = [
    f"DistributionArns='{DISTRIBUTION}, {DISTRIBUTION}'",
    f"DistributionTenantArns='{TENANT}, {TENANT}'",
    f"TopicArns='{TOPIC}, {TOPIC}'",
    f"TopicArns='\"{TOPIC}, {TOPIC}\"'",
    f"TopicKeyArns='{KEY}, {KEY}'",
    f"DistributionArns={DISTRIBUTION}, {DISTRIBUTION}",
    "DistributionArns='E2EXAMPLE1ABCD, E3EXAMPLE2BCDE'",
    f"DistributionArns=E3EXAMPLE2BCDE,{DISTRIBUTION}",
    """'AllowedPipelines={"site":["E2EXAMPLE1ABCD"]}'""",
    "AlarmTopicArn=",
    "AlarmTopicArn=''",
]
PLANTED = [
    ("'AlarmTopicArn=\"\"'", "AlarmTopicArn="),
    ("E2EXAMPLE1ABCD,E3", "E2EXAMPLE1ABCD, E3"),
    ('CreateTopic: "true"', "CreateTopic: true"),
    ('AlarmTopicArn: ""', 'AlarmTopic: ""'),
    ("E2EXAMPLE1ABCD CreateTopic=true", "E2EXAMPLE1ABCD CreateTopic=True"),
]


def read_by_sam(arguments: list[str]) -> dict[str, str]:
    return CfnParameterOverridesType().convert(tuple(arguments), None, None)


def meant(arguments: list[str]) -> dict[str, str]:
    """The intended values."""
    pairs = (each.partition("=") for each in arguments)
    return {key: value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value for key, _, value in pairs}


def meant_by_file(given: dict) -> dict[str, str]:
    return {key: ",".join(value) if isinstance(value, list) else str(value) for key, value in given.items()}


def refusals(values: dict[str, str], template: dict) -> list[str]:
    """Why CloudFormation rejects these values, in the template's words."""
    parameters = template["Parameters"]
    if unknown := values.keys() - parameters.keys():
        return [f"{name} is no parameter" for name in sorted(unknown)]
    found = [f"{name}={value}: {constraint(parameters[name])}" for name, value in values.items() if not fits(value, parameters[name])]
    # An ARN for the rules of an update that names none.
    return found or Deployment(template, {"DistributionArns": DISTRIBUTION} | values).broken_rules()


def constraint(parameter: dict) -> str:
    return parameter.get("ConstraintDescription", f"must be one of {parameter.get('AllowedValues')}")


def fits(value: str, parameter: dict) -> bool:
    """Whether a parameter accepts a value. CloudFormation trims the members of a list."""
    members = [each.strip() for each in value.split(",")] if parameter["Type"] == "CommaDelimitedList" else [value]
    allowed = parameter.get("AllowedValues")
    return all((allowed is None or each in map(str, allowed)) and re.search(parameter.get("AllowedPattern", ""), each) for each in members)


def overrides(page: str) -> list[list[str]]:
    """The overrides of each command on the page, as the shell hands them over."""
    found = []
    for line in commands(page):
        words = shlex.split(line)
        if "--parameter-overrides" in words:
            behind = words[words.index("--parameter-overrides") + 1:]
            end = next((index for index, word in enumerate(behind) if word.startswith("--")), len(behind))
            found.append(behind[:end])
    return found


def faults(page: str, template: dict) -> list[str]:
    found = []
    for arguments in overrides(page):
        try:
            found += faults_of_file(page, template) if arguments == [FILE] else faults_of(meant(arguments), arguments, template)
        except click.BadParameter as error:
            found.append(f"the SAM CLI rejects {arguments}: {error.message}")
    return found


def faults_of(wanted: dict[str, str], arguments: list[str], template: dict) -> list[str]:
    given = read_by_sam(arguments)
    return [*(f"{name} is {given.get(name)!r}, not {wanted[name]!r}" for name in wanted if given.get(name) != wanted[name]),
            *refusals(given, template)]


def faults_of_file(page: str, template: dict) -> list[str]:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    if len(blocks) != 1:
        return [f"the page has {len(blocks)} blocks of YAML for {FILE}"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "parameters.yaml"
        path.write_text(blocks[0])
        return faults_of(meant_by_file(yaml.safe_load(blocks[0])), [f"file://{path}"], template)


def fate(line: str, template: dict) -> str | None:
    """The tool that rejects a wrong line, and its message; nothing if it would be deployed."""
    try:
        given = read_by_sam(shlex.split(line))
    except click.BadParameter as error:
        return f"the SAM CLI: {error.message}"
    words = refusals(given, template)
    return f"CloudFormation: {words[0]}" if words and all("without spaces" in each or "a JSON object" in each for each in words) else None


def main() -> int:
    template = expand(load())
    failed = 0
    for path in PAGES:
        page = path.read_text()
        found = faults(page, template)
        print(f"{path.relative_to(product.ROOT)}: {len(overrides(page))} commands, {len(found)} faults", *found, sep="\n  ")
        failed += bool(found) or not overrides(page)
    for line in WRONG:
        refused = fate(line, template)
        print(f"{line[:60]}: {refused or 'WOULD BE DEPLOYED, or is rejected without the reason'}")
        failed += refused is None
    page = DEPLOY.read_text()
    for right, wrong in PLANTED:
        assert right in page, f"the page no longer has {right}"
        found = faults(page.replace(right, wrong, 1), template)
        print(f"seeded {wrong}: {found[0] if found else 'NOT NOTICED'}")
        failed += not found
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
