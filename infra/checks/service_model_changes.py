"""What changed in AWS's service models between two versions of botocore, around the operations that the functions call.

    python3 infra/checks/service_model_changes.py 1.43.127 1.44.8

For an update of the SDK or botocore. Installs both versions into a temporary folder; documentation is not compared.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from service_models import SERVICES, load, operations

# What CloudFormation calls to deploy the functions; they call none of these themselves.
DEPLOYED = {"lambda": ["CreateFunction", "PutFunctionEventInvokeConfig"]}
KEPT = ("type", "required", "min", "max", "pattern", "enum", "error", "deprecated", "payload")


def reachable(model: dict, shape: str, found: dict[str, dict]) -> None:
    """Collects the shape and all shapes that it is made of."""
    if shape in found:
        return
    definition = model["shapes"][shape]
    found[shape] = definition
    for part in (*definition.get("members", {}).values(), *(definition[key] for key in ("member", "key", "value") if key in definition)):
        reachable(model, part["shape"], found)


def facts(model: dict, names: list[str]) -> dict[str, str]:
    """One line for each fact of the operations of these names, by what it is about."""
    lines, shapes = {}, {}
    for name in names:
        operation = model["operations"].get(name)
        if operation is None:
            continue
        lines[name] = f"{operation['http']} errors {sorted(error['shape'] for error in operation.get('errors', []))}"
        for each in (operation.get("input"), operation.get("output"), *operation.get("errors", [])):
            if each:
                reachable(model, each["shape"], shapes)
    for name, shape in shapes.items():
        lines |= {f"{name}.{key}": str(shape[key]) for key in KEPT if key in shape}
        lines |= {f"{name}.{member}": part["shape"] for member, part in shape.get("members", {}).items()}
    return lines


def changes(old: dict[str, str], new: dict[str, str]) -> Iterator[str]:
    for about in sorted(old.keys() | new.keys()):
        before, after = old.get(about), new.get(about)
        if before is None:
            yield f"+ {about}: {after}"
        elif after is None:
            yield f"- {about}: {before}"
        elif before != after:
            yield f"~ {about}: {before} -> {after}"


def installed(version: str, folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", str(folder)]
    subprocess.run([*pip, f"botocore=={version}"], check=True)
    return folder / "botocore"


def main(old: str, new: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        packages = [installed(version, Path(folder) / version) for version in (old, new)]
        for service in SERVICES:
            names = [name for of, name in operations() if of == service] + DEPLOYED.get(service, [])
            before, after = (facts(load(package, service), names) for package in packages)
            lines = list(changes(before, after))
            print(f"{service}: {len(names)} operations, {len(after)} facts, {len(lines)} changed", *lines, sep="\n  ")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    raise SystemExit(main(*sys.argv[1:]))
