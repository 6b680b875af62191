"""Runs what could be used instead of this project under the same faults, and writes `docs/comparison.md`.

    cargo run --bin bench -- rivals

It installs the packages of `requirements.txt` and the handler of `aws-cdk-lib`, as locked by `infra/cdk`, in a temporary folder, and
needs Python 3.11 and the package registries. The runs of this project's functions come from standard input, a JSON line each.
"""

import base64
import datetime
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
INSTALLED = "RIVALS_INSTALLED"
PACKAGE = "aws-cdk-lib"
HANDLER = "package/custom-resource-handlers/dist/aws-s3-deployment/bucket-deployment-handler/index.py"


def locked() -> dict:
    return json.loads((ROOT / "infra/cdk/package-lock.json").read_text())["packages"][f"node_modules/{PACKAGE}"]


def fetch_handler(folder: Path) -> Path:
    """The handler of BucketDeployment, from the package whose hash is locked."""
    wanted = locked()
    subprocess.run(["npm", "pack", f"{PACKAGE}@{wanted['version']}", "--silent", "--ignore-scripts"], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    (archive,) = folder.glob("*.tgz")
    if wanted["integrity"] != "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode():
        raise SystemExit(f"{archive.name} is not the package that infra/cdk/package-lock.json locks")
    with tarfile.open(archive) as package:
        package.extract(HANDLER, folder, filter="data")
    return folder / HANDLER


def install(folder: Path) -> None:
    """This program again, with the packages."""
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    pip = [environment / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    subprocess.run([*pip, "--requirement", HERE / "requirements.txt"], check=True)
    settings = os.environ | {INSTALLED: str(fetch_handler(folder)), "AWS_EC2_METADATA_DISABLED": "true"}
    ended = subprocess.run([environment / "bin/python", "-B", HERE], env=settings, check=False)
    raise SystemExit(ended.returncode)


def run_rivals(handler: Path):
    """Each run of each tool, as a line of the record."""
    import logging
    import random
    from types import SimpleNamespace

    import botocore.endpoint
    import botocore.waiter

    import play
    from aws import Aws
    from clock import Clock
    from page import NOT_APPLICABLE
    from scenarios import SCENARIOS

    logging.disable(logging.CRITICAL)
    tools = {"python-function": play.python_function, "state-machine": play.state_machine, "durable-function": play.durable_function,
             "bucket-deployment": lambda scenario, aws: play.bucket_deployment(scenario, aws, handler)}
    for tool, run in tools.items():
        for scenario in SCENARIOS:
            if (tool, scenario.name) in NOT_APPLICABLE:
                continue
            random.seed(1)
            # Threads of many targets need longer to begin to wait.
            clock = Clock(quiet_s=0.02 if scenario.targets == 1 else 0.2)
            aws = Aws(clock, scenario.faults, scenario.complete_after_s, scenario.rate)
            aws.connect()
            for module in (botocore.endpoint, botocore.waiter):
                module.time = SimpleNamespace(sleep=aws.clock.sleep)
            billed = run(scenario, aws)
            of_targets = [[each.completed_s for each in aws.invalidations if each.distribution == one] for one in scenario.distributions]
            told = {} if tool == "bucket-deployment" else {"notifications": aws.notifications}
            yield {"tool": tool, "scenario": scenario.name, **aws.result, "most_per_target": max(map(len, of_targets)),
                   "least_per_target": min(map(len, of_targets)),
                   "completed_s": round(max((min(each) for each in of_targets if each), default=0)), **told, **billed}
            print(f"{tool}: {scenario.title}", file=sys.stderr)


def head(page) -> dict:
    """The first line of the record: what ran, and when."""
    from importlib.metadata import version

    names = ["moto", "aws-durable-execution-sdk-python", "aws-durable-execution-sdk-python-testing", "boto3"]
    versions = {name: version(name) for name in names} | {PACKAGE: locked()["version"]}
    return {"day": datetime.date.today().isoformat(), "versions": versions, "inputs": page.inputs()}


def main() -> None:
    if INSTALLED not in os.environ:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            install(Path(folder))
    import page

    ours = [json.loads(line) for line in sys.stdin]
    runs = [*run_rivals(Path(os.environ[INSTALLED])), *ours]
    record = [head(page), *runs]
    page.RECORD.write_text("".join(json.dumps(line) + "\n" for line in record))
    page.PAGE.write_text(page.text())
    print(page.text())


if __name__ == "__main__":
    main()
