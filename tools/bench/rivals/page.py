"""`docs/comparison.md`, from the record of the runs. `infra/check pages` compares the page with the record:

    python3 tools/bench/rivals/page.py --check
"""

import argparse
import hashlib
import json
import re
from pathlib import Path

from judge import GUARANTEES, broken, overlooked
from scenarios import SCENARIOS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
RECORD, PAGE = HERE / "results.jsonl", ROOT / "docs/comparison.md"
OURS = "this-action"
TOOLS = {OURS: "this action", "python-function": "Python function", "state-machine": "state machine", "durable-function": "durable function",
         "bucket-deployment": "`BucketDeployment`"}
# What cannot happen to a tool, or what it cannot do.
NOT_APPLICABLE = {
    ("state-machine", "twice"): "no event", ("state-machine", "dies-once"): "no process", ("state-machine", "dies-always"): "no process",
    ("python-function", "many"): "one distribution", ("bucket-deployment", "many"): "one distribution",
}
# What the runs depend on; the record has its hash, so that a changed file asks for another run.
INPUTS = [*sorted((HERE / "subjects").iterdir()), *(HERE / name for name in ("aws.py", "clock.py", "play.py", "scenarios.py", "requirements.txt"))]
KEPT = "✓"
WORDS_AT_MOST = 250
# Dollars: <https://aws.amazon.com/step-functions/pricing/> and <https://aws.amazon.com/lambda/pricing/>, in us-east-1.
STATE_TRANSITION, DURABLE_OPERATION = 25e-6, 8e-6
# A run of Python with 128 MB: 887 to 1,331 ms in the log of the article that published the Python function.
PYTHON_RUN_S, MEMORY_GB = 1.0, 0.125
# The functions or templates that a user writes, and what is set up before the first deployment, beside the action in the pipeline.
WRITTEN = {OURS: None, "python-function": "python_function.py", "state-machine": "state_machine.asl.json",
           "durable-function": "durable_function.py", "bucket-deployment": "bucket_deployment.ts"}
STEPS = {
    OURS: ("install Rust and the build tools", "build", "`sam deploy`", "role of the pipeline"),
    "python-function": ("role", "function", "role of the pipeline"),
    "state-machine": ("role", "state machine", "role of the pipeline"),
    "durable-function": ("two roles", "durable function with an alias", "dispatcher", "role of the pipeline"),
    "bucket-deployment": ("construct in the stack of the site",),
}


def inputs() -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in INPUTS if path.is_file())).hexdigest()[:16]


def lines_of(name: str) -> int:
    """Lines of code, without blank lines, comments and the description of the module."""
    text = re.sub(r'^""".*?"""\n', "", (HERE / "subjects" / name).read_text(), flags=re.DOTALL)
    return sum(bool(line.strip()) and not line.lstrip().startswith(("#", "//")) for line in text.splitlines())


def dollars(tool: str, run: dict) -> str:
    """The cost of 1,000 deployments, from the run without a fault; without emails, logs and CloudFront's paths."""
    if tool == OURS:
        performance = (ROOT / "docs/performance.md").read_text()
        default = re.search(r"^\| \*\*\d+\*\* \|.*\| (\$[\d.]+) \|$", performance, re.MULTILINE)
        return f"[{default[1]}](performance.md), and the [stack](cost.md)"
    source = (ROOT / "tools/bench/src/price.rs").read_text()
    prices = {name: float(value) for name, value in re.findall(r"const (\w+): f64 = ([\d._e-]+);", source)}
    runs = run.get("lambda_runs", 0)
    seconds = runs * PYTHON_RUN_S + run.get("lambda_s", 0)
    cost = (seconds * MEMORY_GB * prices["GB_SECOND_X86"] + runs * prices["LAMBDA_REQUEST"] + run.get("transitions", 0) * STATE_TRANSITION
            + run.get("operations", 0) * DURABLE_OPERATION + len(run.get("notifications", [])) * prices["PUBLISH"])
    return f"${cost * 1000:.3f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(runs: dict, tool: str, scenario: str) -> str:
    reason = NOT_APPLICABLE.get((tool, scenario))
    if reason:
        return f"– ({reason})"
    run = runs[tool, scenario]
    return "; ".join(said for _, said in broken(run) if said) or f"{KEPT} {run['at_s']} s"


def guarantee(runs: dict, tool: str, name: str) -> str:
    """In how many scenarios the tool kept a guarantee."""
    if name == GUARANTEES[-1] and "notifications" not in runs[tool, "none"]:
        return "no messages"
    of_tool = [run for (of, scenario), run in runs.items() if of == tool and "/" not in scenario]
    kept = sum(name not in dict(broken(run)) for run in of_tool)
    return f"{kept} of {len(of_tool)}"


def amounts(runs: dict, tool: str) -> list[str]:
    written = WRITTEN[tool]
    return [TOOLS[tool], str(lines_of(written)) if written else "1", f"{len(STEPS[tool])}: {', '.join(STEPS[tool])}",
            dollars(tool, runs[tool, "none"])]


def text() -> str:
    head, *lines = [json.loads(line) for line in RECORD.read_text().splitlines()]
    runs = {(run["tool"], run["scenario"]): run for run in lines}
    wanted = {(tool, scenario.name) for tool in TOOLS for scenario in SCENARIOS} - NOT_APPLICABLE.keys()
    missing = wanted - runs.keys()
    if missing:
        raise SystemExit(f"{RECORD.name} lacks {sorted(missing)}")
    names = [*TOOLS.values()]
    values = {
        "faults": table(["fault", *names], [[each.title, *(cell(runs, tool, each.name) for tool in TOOLS)] for each in SCENARIOS]),
        "guarantees": table(["guarantee", *names], [[name, *(guarantee(runs, tool, name) for tool in TOOLS)] for name in GUARANTEES]),
        "amounts": table(["tool", "lines", "steps before the first deployment", "1,000 deployments"],
                         [amounts(runs, tool) for tool in TOOLS]),
        "versions": ", ".join(f"{name} {version}" for name, version in head["versions"].items()),
        "day": head["day"], "kept": KEPT,
        "longer": cell(runs, OURS, "slow/60"), "both": cell(runs, OURS, "dies-always/both"),
    }
    return (HERE / "page.md.in").read_text().format(**values)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if not parser.parse_args().check:
        PAGE.write_text(text())
        return 0
    generated, found = text(), [*overlooked()]
    if PAGE.read_text() != generated:
        found.append("docs/comparison.md differs from the record; python3 tools/bench/rivals/page.py writes it")
    if json.loads(RECORD.read_text().splitlines()[0])["inputs"] != inputs():
        found.append("the record is older than what it is about; cargo run --bin bench -- rivals makes it")
    words = sum(len(line.split()) for line in generated.splitlines() if not line.startswith("|"))
    if words > WORDS_AT_MOST:
        found.append(f"docs/comparison.md has {words} words outside its tables, at most {WORDS_AT_MOST}")
    print(*found, f"{words} words outside the tables", sep="\n")
    return int(len(found) > 0)


if __name__ == "__main__":
    raise SystemExit(main())
