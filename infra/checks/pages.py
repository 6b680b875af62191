"""The page of deployment, held against the template and the product: its tables are what people decide by."""

import re
from collections.abc import Iterator
from pathlib import Path

import deployments
import product
from assertions import alarm_metrics, listed, statements_of
from expand import expand, load
from resolve import Deployment

PAGE = Path(__file__).parents[1] / "README.md"
ROLES = {"both functions": ("StartRole", "CheckerRole"), "`start`": ("StartRole",), "`checker`": ("CheckerRole",),
         "schedule": ("ScheduleRole",)}
# The role of a pipeline is not of this stack; the snippets have it.
FOREIGN = "your pipeline"
PLANTED = [
    ("| `HoldSeconds` | `25` |", "| `HoldSeconds` | `30` |"),
    ("| `LogLevel` | `INFO` |", "| `LogLevels` | `INFO` |"),
    ("`dynamodb:GetItem`, `dynamodb:PutItem`", "`dynamodb:GetItem`"),
    ("| `checker` | `dynamodb:Query` |", "| `start` | `dynamodb:Query` |"),
    ("| `StuckExecutionsAlarm` |", "| `StuckAlarm` |"),
    ("| 20,000 | $0.625 per million | $0.0125 |", "| 20,000 | $0.625 per million | $0.0250 |"),
    ("| 14 | $0.10 each | $1.4000 |", "| 13 | $0.10 each | $1.3000 |"),
    ("`DashboardUrl`.", "`Dashboard`."),
    ("happy_path::the_calls_of_a_good_day", "happy_path::the_calls_of_a_bad_day"),
]


def rows(page: str, first: str) -> list[list[str]]:
    """The cells of every table whose first column has this heading."""
    found, inside = [], False
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        if cells and not inside:
            inside = cells[0] == first
        elif cells and not cells[0].startswith("---"):
            found.append(cells)
        elif not cells:
            inside = False
    return found


def faults_of_parameters(page: str, stack: Deployment) -> Iterator[str]:
    interface = stack.template["Metadata"]["AWS::CloudFormation::Interface"]
    wanted = []
    for name in (name for group in interface["ParameterGroups"] for name in group["Parameters"]):
        default = stack.template["Parameters"][name].get("Default")
        wanted.append([f"`{name}`", "must be given" if default is None else "none" if default == "" else f"`{default}`"])
    given = [row[:2] for row in rows(page, "parameter")]
    yield from (f"parameter {row} is not in the template as the page has it" for row in given if row not in wanted)
    yield from (f"the page does not have {row}" for row in wanted if row not in given)


def faults_of_permissions(page: str, stack: Deployment) -> Iterator[str]:
    table = {(role, action) for row in rows(page, "role") if row[0] != FOREIGN
             for role in ROLES[row[0]] for action in re.findall(r"`([^`]+)`", row[1])}
    granted = {(role, action) for role in stack.of_type("AWS::IAM::Role")
               for statement in statements_of(stack, role) for action in listed(statement["Action"])}
    yield from (f"{role} has {action}, and the page does not" for role, action in sorted(granted - table))
    yield from (f"the page has {action} for {role}, which has not" for role, action in sorted(table - granted))


def faults_of_names(page: str, stack: Deployment) -> Iterator[str]:
    told = [row[0].strip("`") for row in rows(page, "alarm")]
    if sorted(told) != sorted(stack.of_type("AWS::CloudWatch::Alarm")):
        yield f"the page's alarms are {told}"
    yield from (f"the page does not name the output {name}" for name in stack.outputs if f"`{name}`" not in page)
    tests = "".join(path.read_text() for path in sorted((product.ROOT / "tests/stories").glob("*.rs")))
    for name in re.findall(r"`[a-z_]+::([a-z_]+)`", page):
        if f"fn {name}(" not in tests:
            yield f"no story is called {name}"
    for name in re.findall(r"`(this run failed|SNS did not take the notice)`", page):
        if f'"{name}' not in product.sources("shared/src"):
            yield f"nobody logs {name}"


def faults_of_costs(page: str, stack: Deployment) -> Iterator[str]:
    for what, amount, price, cost in rows(page, "what"):
        count = float(amount.split()[0].replace(",", ""))
        each = float(price.split()[0].strip("$")) / (1e6 if price.endswith("per million") else 1)
        if f"${count * each:.4f}" != cost:
            yield f"{what} costs ${count * each:.4f}, not {cost}"
    metrics = len(list(alarm_metrics(stack)))
    if not any(row[0].startswith("metrics in alarms") and row[1] == str(metrics) for row in rows(page, "what")):
        yield f"the alarms look at {metrics} metrics"
    good_day = product.read("tests/stories/happy_path.rs")
    for call in ("5 start DynamoDB PutItem", "1 start SNS Publish", "1 start CloudFront CreateInvalidation"):
        if call not in good_day:
            yield f"a good day no longer has {call}"


def faults(page: str, stack: Deployment) -> list[str]:
    checks = (faults_of_parameters, faults_of_permissions, faults_of_names, faults_of_costs)
    return [fault for check in checks for fault in check(page, stack)]


def main() -> int:
    stack = deployments.full(expand(load()))
    page = PAGE.read_text()
    found = faults(page, stack)
    print(f"README.md: {len(found)} faults", *found, sep="\n  ")
    failed = len(found)
    for right, wrong in PLANTED:
        assert right in page, f"the page no longer has {right}"
        noticed = faults(page.replace(right, wrong), stack)
        print(f"planted {wrong}: {noticed[0] if noticed else 'NOT NOTICED'}")
        failed += not noticed
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
