"""The reference pages, compared with the template, the construct library and the product. `infra/check same` compares what the
template and the construct library grant."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

import deployments
import product
from assertions import listed, statements_of
from dashboard import widgets
from expand import expand, load
from resolve import Deployment
from monitoring import HIGH_URGENCY, ON_EVENTS, OUR_NAMESPACE, alarm_metrics

DOCS = product.ROOT / "docs"
DEPLOY, OPERATIONS, PERMISSIONS, COST, METRICS, PARAMETERS = (DOCS / f"{name}.md" for name in (
    "deploy", "operations", "permissions", "cost", "metrics", "parameters"))
CDK = product.ROOT / "infra/cdk"
ROLES = {"both": ("StartRole", "CheckerRole"), "`start`": ("StartRole",), "`checker`": ("CheckerRole",),
         "schedule": ("ScheduleRole",)}
# CodePipeline's names of a pipeline, a stage and an action, of 100 characters each, an execution's id, and their attributes.
LONGEST_OWNER = 400
# The role of a pipeline is not of this stack; the snippets and the tests of the construct library have it.
FOREIGN = ("pipeline", "role of a CDK action")
WRITERS = {"both": {"StartFunction", "CheckerFunction"}, "start": {"StartFunction"}, "checker": {"CheckerFunction"}}
SEEDED_METRICS = [
    ("| `SucceededWithWarning` | with", "| `SucceededWithWarnings` | with"),
    ("| `FailedDeliveries` | when `checker` reported a job that `start` failed to process | checker |",
     "| `FailedDeliveries` | when `checker` reported a job that `start` failed to process | start |"),
    ("| `StuckExecutionsAlarm` |", "| none |"),
    ("| `AbandonedEventsAlarm`,", "| `AbandonedNotificationsAlarm`,"),
    ("`AsyncEventsDropped` and", "`AsyncEventsDrop` and"),
    ("write only `UndeliveredResults`", "write only `InvalidEvents`"),
]
SEEDED_README = [
    ("aws-sam-cli==1.170.0", "aws-sam-cli==1.0.0"),
    ("CreateTopic=true", "CreateTopics=true"),
    ("new CloudFrontInvalidateAction({ actionName: 'Invalidate', distribution })", "new CloudFrontInvalidateAction({ distribution })"),
]
SEEDED_PARAMETERS = [
    ("| `OnTimeout` | string |", "| `AfterTimeout` | string |"),
    ("| `DryRun` | boolean |", ""),
    ("| `Alias` | a domain name", "| `Domain` | a domain name"),
]
SEEDED_DEPLOY = [
    ("| `DistributionArns` | `distributions` | none |", "| `DistributionArns` | `distributions` | must be given |"),
    ("| `AllowAliases` | `allowAliases` | `false` |", "| `AllowAliases` | `aliases` | `false` |"),
    ("| `AllowAliases` | `allowAliases` | `false` |", "| `AllowAliases` | `allowAliases` | `true` |"),
    ("| `MaxWaitSeconds` | `maxWait` | `540` |", "| `MaxWaitSeconds` | `maxWait` | `30` |"),
    ("| `LogLevel` |", "| `LogLevels` |"),
    ("| `EventBusName` |", "| `EventBus` |"),
    ("`eventBus`", "`bus`"),
    ("| `targets` | `Targets`", "| `target` | `Targets`"),
    ("`paths`, `maxPaths`,", "`paths`, `maximumPaths`,"),
    ("`notifyOn` | enums", "`notify` | enums"),
    ("`DashboardUrl` (", "`Dashboard` ("),
    ("| `Monitoring` | `monitoring` | `basic` |", "| `Monitoring` | `monitoring` | `full` |"),
    ("`queue/<id>`", "`queues/<id>`"),
    ("| `MAX_WAIT_SECONDS` | 540 | 0–600", "| `MAX_WAIT_SECONDS` | 30 | 0–600"),
    ("| `RETENTION_DAYS` | 30 | 2–365 |", "| `RETENTION_DAYS` | 30 | 1–365 |"),
    ("| `EVENT_BUS_NAME` |", "| `EVENT_BUS` |"),
]
SEEDED_PERMISSIONS = [
    ("| both | `cloudfront:ListDistributions`,", "| `start` | `cloudfront:ListDistributions`,"),
    ("`cloudfront:GetInvalidationForDistributionTenant`, ", ""),
    ("`dynamodb:GetItem`, `dynamodb:PutItem`", "`dynamodb:GetItem`"),
    ("| `checker` | `dynamodb:Query` |", "| `start` | `dynamodb:Query` |"),
    ("| both | `events:PutEvents` |", "| `start` | `events:PutEvents` |"),
    ("| both | `events:DescribeEventBus` |", "| `checker` | `events:DescribeEventBus` |"),
]
SEEDED_OPERATIONS = [
    ("| `StuckExecutionsAlarm` |", "| `StuckAlarm` |"),
    ("| `LostJobsAlarm` | high |", "| `LostJobsAlarm` | low |"),
    ("| *Service errors* |", "| *Service error* |"),
    ('"queue/E2EXAMPLE1ABCD"', '"E2EXAMPLE1ABCD"'),
]
SEEDED_COST = [
    ("| 24,000 | $0.625 per million | $0.0150 |", "| 24,000 | $0.625 per million | $0.0300 |"),
    ("| 6 writes of at most 2 units, and as many in the index | 24,000 | $0.625 per million | $0.0150 |",
     "| 5 writes of at most 2 units, and as many in the index | 20,000 | $0.625 per million | $0.0125 |"),
    ("6 writes of at most 2 units, and as many in the index | 24,000 | $0.625 per million | $0.0150 |",
     "6 writes of at most 1 unit, and as many in the index | 12,000 | $0.625 per million | $0.0075 |"),
    ("| 2 updates of a queue of at most 1 unit | 2,000 | $0.625 per million | $0.0013 |\n", ""),
    ("| publishing | 1,000 | $0.50 per million | $0.0005 |", "| publishing | 2,000 | $0.50 per million | $0.0010 |"),
    ("| 1,500 GB-s | $0.0000133334 each | $0.0200 |", "| 3,000 GB-s | $0.0000133334 each | $0.0400 |"),
    ("| 24,000 | $0.625 per million | $0.0150 |", "| 24,000 | $0.630 per million | $0.0151 |"),
    ("on x86_64 it is $0.0000166667", "on x86_64 it is $0.0000133334"),
    ("published for US East (N. Virginia) in November 2026", "published for US East (N. Virginia)"),
    ("| 540 GB-s | $0.0000133334 each | $0.0072 |", "| 54 GB-s | $0.0000133334 each | $0.0007 |"),
    ("| **$0.07** |", "| **$0.06** |"),
    ("| **$0.08** |", "| **$0.10** |"),
    ("| **$0.78** |", "| **$0.98** |"),
    ("| **$8.00** |", "| **$7.40** |"),
    ("stack costs $0.78 a month", "stack costs $1 a month"),
    ("| 7 | $0.10 each | $0.7000 |", "| 9 | $0.10 each | $0.9000 |"),
    ("| 12 | $0.10 each | $1.2000 |", "| 14 | $0.10 each | $1.4000 |"),
    ("| 4 | $0.10 each | $0.4000 |", "| 2 | $0.10 each | $0.2000 |"),
    ("| 3 | $0.30 each | $0.9000 |", "| 2 | $0.30 each | $0.6000 |"),
    ("| two queries of at most one unit, each minute | 86,400 | $0.125 per million | $0.0108 |",
     "| two queries of at most one unit, each minute | 43,200 | $0.125 per million | $0.0054 |"),
    ("happy_path::the_calls_of_an_", "happy_path::the_cost_of_an_"),
]


def rows(page: str, first: str) -> list[list[str]]:
    """The cells of every table whose first column has this heading."""
    found, inside = [], False
    for line in page.splitlines():
        cells = [cell.strip() for cell in re.split(r" \|(?= |$)", line[1:])[:-1]] if line.startswith("|") else []
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
    given = [[row[0], row[2]] for row in rows(page, "parameter")]
    yield from (f"parameter {row} is not in the template as the page has it" for row in given if row not in wanted)
    yield from (f"the page does not have {row}" for row in wanted if row not in given)


def faults_of_permissions(page: str, stack: Deployment) -> Iterator[str]:
    table = {(role, action) for row in rows(page, "role") if row[0] not in FOREIGN
             for role in ROLES[row[0]] for action in actions(row[1])}
    # A bus that is named by its name is looked for; in the full deployment it is named by its ARN.
    granted = {(role, action) for each in (stack, deployments.with_default_bus(stack.template)) for role in each.of_type("AWS::IAM::Role")
               for statement in statements_of(each, role) for action in listed(statement["Action"])}
    yield from (f"{role} has {action}, and the page does not" for role, action in sorted(granted - table))
    yield from (f"the page has {action} for {role}, which has not" for role, action in sorted(table - granted))


def actions(cell: str) -> Iterator[str]:
    """The actions that a cell names; one without its service is of the service before it."""
    service = ""
    for action in re.findall(r"`([^`]+)`", cell):
        service = action.split(":")[0] if ":" in action else service
        yield action if ":" in action else f"{service}:{action}"


def faults_of_props(page: str) -> Iterator[str]:
    cells = [row[1] for row in rows(page, "parameter")] + [row[0] for row in rows(page, "prop")]
    without = re.search(r"^Props without a parameter: (.*?)\n\n", page, re.MULTILINE | re.DOTALL)
    cells += [without[1]] if without else []
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    sources = [(CDK / "lib" / name).read_text() for name in ("invalidator-props.ts", "cloudfront-invalidate-action.ts", "cloudfront-invalidate-step.ts")]
    blocks = re.findall(r"^export interface \w+Props [^{]*{$(.*?)^}$", "\n".join(sources), re.MULTILINE | re.DOTALL)
    declared = {name for block in blocks for name in re.findall(r"^  readonly (\w+)\??:", block, re.MULTILINE)}
    assert len(declared) > 25, declared
    # Those of every action in the CDK; the page names them together.
    declared |= {"actionName", "runOrder", "variablesNamespace", "role"}
    yield from (f"the page has the prop {name}, which is not there" for name in sorted(named - declared))
    yield from (f"the page does not have the prop {name}" for name in sorted(declared - named))


def faults_of_settings(page: str) -> Iterator[str]:
    given = {row[0].strip("`"): row[1:] for row in rows(page, "name")}
    yield from (f"the page does not have the setting {name}" for name in sorted(product.settings() - given.keys()))
    yield from (f"the page has the setting {name}, which is not read" for name in sorted(given.keys() - product.settings()))
    for name, (default, limits) in given.items():
        numbers = re.match(r"([\d.]+)–([\d.]+)", limits)
        if numbers and (float(default), float(numbers[1]), float(numbers[2])) != product.number(name):
            yield f"{name} is {product.number(name)}, not {default} of {numbers[0]}"


def faults_of_outputs(page: str, stack: Deployment) -> Iterator[str]:
    yield from (f"the page does not name the output {name}" for name in stack.outputs if f"`{name}`" not in page)
    if names_of_queues()[0] not in page:
        yield f"the page does not name {names_of_queues()[0]}, a queue's key"


def faults_of_operations(page: str, stack: Deployment) -> Iterator[str]:
    alarms = [re.findall(r"`(\w+)`", row[0])[0] for row in rows(page, "alarm")]
    if sorted(alarms) != sorted(stack.of_type("AWS::CloudWatch::Alarm")):
        yield f"the page's alarms are {alarms}"
    if {name for name, row in zip(alarms, rows(page, "alarm"), strict=True) if row[1] == "high"} != HIGH_URGENCY:
        yield "the page's alarms of high urgency are others"
    queries = {f"{stack.stack_name}/{row[0].strip('*')}" for row in rows(page, "query")}
    if queries != {each["Name"] for each in stack.of_type("AWS::Logs::QueryDefinition").values()}:
        yield f"the page's saved queries are {sorted(queries)}"
    if names_of_queues()[1] not in page:
        yield f"the page does not name {names_of_queues()[1]}, a queue's key"


def faults_of_user_parameters(page: str) -> Iterator[str]:
    for what, heading, keys in (("parameter", "parameter", product.user_parameter_keys()),
                                ("key of a target", "key", product.target_keys() - {"Paths", "PathsFile"})):
        given = {row[0].strip("`") for row in rows(page, heading) if re.fullmatch(r"`\w+`", row[0])}
        yield from (f"the page does not have the {what} {name}" for name in sorted(keys - given))
        yield from (f"the page has the {what} {name}, which is not read" for name in sorted(given - keys))


def names_of_queues() -> list[str]:
    """How the page names the keys of queues: each, and the one that its reader types."""
    found = re.search(r'^const QUEUE: &str = "(\w+/)";$', product.read("shared/aws/src/dynamodb/key.rs"), re.MULTILINE)
    assert found, "key.rs has no key of a queue"
    return [f"`{found[1]}<id>`", f'"{found[1]}E2EXAMPLE1ABCD"']


def faults_of_costs(page: str, stack: Deployment) -> Iterator[str]:
    priced = rows(page, "what")
    totals, sum_of, part = {}, 0.0, 0.0
    for what, amount, price, cost in priced:
        if what.startswith("**"):
            totals[what.split("**")[1]] = (cost.strip("*"), part if what.startswith("**1,000") else sum_of)
            part = 0.0
            continue
        each = float(price.split()[0].strip("$")) / (1e6 if price.endswith("per million") else 1)
        if f"${number(amount) * each:.4f}" != cost:
            yield f"{what} costs ${number(amount) * each:.4f}, not {cost}"
        sum_of, part = sum_of + number(amount) * each, part + number(amount) * each
    if [*totals] != ["`none`, each month", "`basic`, each month", "`full`, each month", "1,000 deployments"]:
        yield f"the page's totals are {[*totals]}"
        return
    yield from (f"{what} cost ${value:.2f}, not {cost}" for what, (cost, value) in totals.items() if f"${value:.2f}" != cost)
    none, basic, full, deployments_ = (cost for cost, _ in totals.values())
    summary = f"The default stack costs {basic} a month, {none} with `Monitoring=none` or at most {full} with `Monitoring=full`"
    if summary not in page or f"plus {float(deployments_.strip('$')) * 100:.0f} cents per 1,000 deployments" not in page:
        yield "the summary does not have the totals"
    for name, dollars in (("README.md", "${} "), ("README.ja.md", " {} ドル")):
        readme = (product.ROOT / name).read_text()
        if any(dollars.format(each.strip("$").removesuffix(".00")) not in readme for each in (basic, full)):
            yield f"{name} does not have the costs of the default stack and of full monitoring"
    for start, amount in wanted_amounts(stack).items():
        if [number(each) for what, each, *_ in priced if what.startswith(start)] != [amount]:
            yield f"“{start}…” is not {amount:,}"
    tests = "".join(path.read_text() for path in sorted((product.ROOT / "tests").glob("s*/*.rs")))
    for name in re.findall(r"`[a-z_]+::([a-z_]+)`", page):
        if f"fn {name}(" not in tests:
            yield f"no scenario is called {name}"


# The prices of the measurements for the rows of the page.
PRICES = {
    "`start` runs": "GB_SECOND_ARM", "`checker` runs": "GB_SECOND_ARM", "requests to": "LAMBDA_REQUEST", "6 writes": "WRITE_UNIT",
    "2 updates": "WRITE_UNIT", "two queries": "READ_UNIT", "publishing": "PUBLISH", "paths": "PATH", "EventBridge Scheduler": "SCHEDULED_RUN",
    "10 KB of log": "LOG_GB", "0.5 KB of log": "LOG_GB",
}


def faults_of_prices(page: str, stack: Deployment) -> Iterator[str]:
    """The page and the measurements have the same prices, and the page alone says of when they are."""
    constants = dict(re.findall(r"const (\w+): f64 = ([\d._e-]+);", product.read("tools/bench/src/price.rs")))
    documented = {what: price.split() for what, _, price, _ in rows(page, "what") if price}
    for start, constant in PRICES.items():
        prices = [float(price.strip("$")) / (1e6 if unit == ["per", "million"] else 1)
                  for what, (price, *unit) in documented.items() if what.startswith(start)]
        if not prices or any(not math.isclose(each, float(constants[constant])) for each in prices):
            yield f"“{start}…” costs {prices}, and the measurements have {constants[constant]}"
    x86 = float(constants["GB_SECOND_X86"])
    if f"on x86_64 it is ${x86:.10f}" not in page:
        yield f"the page does not state that a GB-second is ${x86:.10f} on x86_64"
    dated = [path for path, text in pages(page).items() if PRICED.search(text)]
    if dated != [COST]:
        yield f"the date of the prices is on {[str(path.relative_to(product.ROOT)) for path in dated]}"


# A paragraph that has a price and a month in it.
PRICED = re.compile(r"[Pp]rices(?:[^\n]|\n(?!\n))*?(?:January|February|March|April|May|June|July|August|September|October|November|"
                    r"December) 20\d\d")


def pages(page: str) -> dict[Path, str]:
    """All pages that users read, the page of costs as it is given."""
    paths = [*product.ROOT.glob("*.md"), *DOCS.glob("**/*.md"), *(product.ROOT / "infra").glob("*/README.md")]
    return {path: path.read_text() for path in sorted(paths) if path.name != "CHANGELOG.md"} | {COST: page}


def number(amount: str) -> float:
    return float(amount.split()[0].replace(",", ""))


def happy_path() -> Path:
    """The scenarios of a normal execution, which count its calls."""
    (found,) = (product.ROOT / "tests").glob("*/happy_path.rs")
    return found


def wanted_amounts(stack: Deployment) -> dict[str, float]:
    """What the amounts must be, by the beginning of their rows: for 1,000 deployments as the scenario counts them, and for a month."""
    counted = re.findall(r"(\d) start (\w+ \w+)$", happy_path().read_text(), re.MULTILINE)
    calls = {name: int(count) for count, name in counted}
    gigabytes = stack.properties("StartFunction")["MemorySize"] / 1024
    writes, updates, units = calls["DynamoDB PutItem"], calls["DynamoDB UpdateItem"], units_of_a_record()
    minutes = 30 * 24 * 60
    in_alarms = [name for name, *_ in alarm_metrics(stack)]
    of_events = sum(name in ON_EVENTS for name in in_alarms)
    urgent = sum(name in HIGH_URGENCY - ON_EVENTS for name in in_alarms)
    return {
        f"`start` runs 12 s with {gigabytes} GB": 1000 * 12 * gigabytes,
        "requests to `start`": 1000,
        f"{writes} writes of at most {units} units, and as many in the index": 1000 * writes * 2 * units,
        # One to come, two when the result is decided, one to go: the scenario counts the units.
        "4 changes of the index `overdue`": 4000,
        f"{updates} updates of a queue": 1000 * updates,
        "publishing": 1000 * calls["SNS Publish"],
        # As many as notifications: one for each outcome.
        "events": 1000 * calls["SNS Publish"],
        "paths": 1000 * calls["CloudFront CreateInvalidation"],
        f"`checker` runs 0.1 s with {gigabytes} GB, each minute": minutes * 0.1 * gigabytes,
        "requests to `checker`": minutes,
        "EventBridge Scheduler": minutes,
        "two queries": 2 * minutes,
        "metrics of each sweep": sum(row[1] == "in each sweep" for row in rows(METRICS.read_text(), "metric")),
        "metrics in alarms of high urgency": urgent,
        "metrics in alarms of low urgency": len(in_alarms) - urgent - of_events,
        "metrics in alarms on events": of_events,
        "traces of `checker`": minutes,
    }


def units_of_a_record() -> int:
    """How many units a write of a record consumes: the largest that the adapter's tests keep, and the longest owner."""
    records = json.loads(product.read("tests/adapters/records.json")).values()
    return math.ceil(max(size({"M": each}) + LONGEST_OWNER for each in records) / 1024)


def size(value: dict) -> int:
    """The size of a value: "An attribute of type List or Map requires 3 bytes of overhead", and "Each List or Map element also
    requires 1 byte of overhead". Numbers are taken for strings, which are longer.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
    (kind, inside), = value.items()
    if kind == "M":
        return 3 + sum(1 + len(name) + size(each) for name, each in inside.items())
    if kind == "L":
        return 3 + sum(1 + size(each) for each in inside)
    return len(str(inside).encode())


def faults_of_deploy(page: str, stack: Deployment) -> list[str]:
    return [*faults_of_parameters(page, stack), *faults_of_props(page), *faults_of_settings(page), *faults_of_outputs(page, stack)]


def faults_of_cost(page: str, stack: Deployment) -> list[str]:
    return [*faults_of_costs(page, stack), *faults_of_prices(page, stack)]


def commands(page: str) -> set[str]:
    """What the page asks its reader to type or to write, a line each."""
    blocks = re.findall(r"^```(?:console|ts)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return {line.strip() for block in blocks for line in re.split(r"\n| && ", re.sub(r" \\\n\s+", " ", block)) if line.strip()}


def faults_of_readme(page: str, stack: Deployment) -> list[str]:
    """The README has no command of deployment that the page of deployment does not have."""
    chapter = re.search(r"^## Deploy$(.*?)^## ", page, re.MULTILINE | re.DOTALL)
    assert chapter, "README.md has no chapter “Deploy”"
    return [f"{DEPLOY.name} does not have “{each}”" for each in sorted(commands(chapter[1]) - commands(DEPLOY.read_text()))]


def faults_of_metrics(page: str, stack: Deployment) -> Iterator[str]:
    documented = {row[0].strip("`"): row for row in rows(page, "metric")}
    yield from (f"the page does not have {name}" for name in sorted(product.metrics() - documented.keys()))
    yield from (f"no function writes {name}, which the page has" for name in sorted(documented.keys() - product.metrics()))
    basic = re.search(r"With `Monitoring=basic`, the functions write only ((?:`\w+`(?:, | and )?)+)", page)
    if not basic or set(re.findall(r"`(\w+)`", basic[1])) != product.basic_metrics():
        yield "the page does not name the metrics of a basic stack"
    used = list(alarm_metrics(stack))
    for name, (_, _, by, _, _, alarm) in documented.items():
        if not WRITERS[by] <= product.writers(name):
            yield f"{name} is not written by {by}"
        alarms = {each for each, namespace, metric, _ in used if (namespace, metric) == (OUR_NAMESPACE, name)}
        if alarms != (set() if alarm.startswith("none") else set(re.findall(r"`(\w+Alarm)`", alarm))):
            yield f"{name} has the alarms {sorted(alarms)}"
    of_aws = {each.metric for widget in widgets(stack) for each in widget.series if each.namespace.startswith("AWS/")}
    of_aws |= {metric for _, namespace, metric, _ in used if namespace.startswith("AWS/")}
    yield from (f"the page does not name {name} of AWS" for name in sorted(of_aws) if f"`{name}`" not in page)


READERS = (
    (DEPLOY, faults_of_deploy, SEEDED_DEPLOY),
    (OPERATIONS, faults_of_operations, SEEDED_OPERATIONS),
    (PERMISSIONS, faults_of_permissions, SEEDED_PERMISSIONS),
    (COST, faults_of_cost, SEEDED_COST),
    (METRICS, faults_of_metrics, SEEDED_METRICS),
    (PARAMETERS, lambda page, _: faults_of_user_parameters(page), SEEDED_PARAMETERS),
    (product.ROOT / "README.md", faults_of_readme, SEEDED_README),
)


def main() -> int:
    stack = deployments.full(expand(load()))
    failed = 0
    for path, reader, seeded in READERS:
        page = path.read_text()
        found = list(reader(page, stack))
        print(f"{path.relative_to(product.ROOT)}: {len(found)} faults", *found, sep="\n  ")
        failed += len(found)
        for right, wrong in seeded:
            assert right in page, f"{path.name} no longer has {right}"
            noticed = [each for each in reader(page.replace(right, wrong), stack) if each not in found]
            print(f"seeded {wrong}: {noticed[0] if noticed else 'NOT NOTICED'}")
            failed += not noticed
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
