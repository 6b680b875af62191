"""Prints the license texts and notices of every crate that is built into some packages, for one target.

    python3 infra/release/notices.py x86_64-unknown-linux-gnu start checker

The licenses ask that copies carry these texts. `cargo deny` decides which licenses may be there.
"""

import json
import subprocess
import sys
from pathlib import Path

NAMES = ("licen", "notice", "copying", "unlicense")


def metadata(target: str) -> dict:
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def built_in(graph: dict, roots: set[str]) -> set[str]:
    """The ids of all packages that these packages of the workspace link, without those of their tests and builds."""
    nodes = {node["id"]: node for node in graph["resolve"]["nodes"]}
    names = {package["id"]: package["name"] for package in graph["packages"]}
    waiting = [each for each in graph["workspace_members"] if names[each] in roots]
    assert len(waiting) == len(roots), waiting
    found = set()
    while waiting:
        package = waiting.pop()
        if package not in found:
            found.add(package)
            waiting += [dependency["pkg"] for dependency in nodes[package]["deps"]
                        if any(kind["kind"] is None for kind in dependency["dep_kinds"])]
    return found


def texts(package: dict) -> list[str]:
    folder = Path(package["manifest_path"]).parent
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name.lower().startswith(NAMES))
    return [path.read_text(errors="replace").strip() for path in files]


def main(target: str, *roots: str) -> None:
    graph = metadata(target)
    ids = built_in(graph, set(roots)) - set(graph["workspace_members"])
    packages = sorted((each for each in graph["packages"] if each["id"] in ids), key=lambda each: (each["name"], each["version"]))
    print(f"{', '.join(roots)}: built from these {len(packages)} crates.")
    for package in packages:
        assert package["license"], f"{package['name']} states no license"
        print(f"\n{'=' * 80}\n{package['name']} {package['version']} ({package['license']})")
        print(f"{package['repository'] or ''}\n{', '.join(package['authors'])}".strip())
        for text in texts(package) or ["The crate has no license text of its own; see the license that it names."]:
            print(f"\n{text}")


if __name__ == "__main__":
    main(*sys.argv[1:])
