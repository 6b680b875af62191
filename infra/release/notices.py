"""Prints the licence texts of every crate that is built into the two functions, for one target.

Their licences ask that copies carry these texts. `cargo deny` decides which licences may be there; this only tells.
"""

import json
import subprocess
import sys
from pathlib import Path

FUNCTIONS = {"start", "checker"}
NAMES = ("licen", "notification", "copying", "unlicense")


def metadata(target: str) -> dict:
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def built_in(graph: dict) -> set[str]:
    """The ids of all packages that the functions link, without those of their tests and builds."""
    nodes = {node["id"]: node for node in graph["resolve"]["nodes"]}
    names = {package["id"]: package["name"] for package in graph["packages"]}
    waiting = [each for each in graph["workspace_members"] if names[each] in FUNCTIONS]
    assert len(waiting) == len(FUNCTIONS), waiting
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


def main(target: str) -> None:
    graph = metadata(target)
    ids = built_in(graph) - set(graph["workspace_members"])
    packages = sorted((each for each in graph["packages"] if each["id"] in ids), key=lambda each: (each["name"], each["version"]))
    print(f"The functions are built from these {len(packages)} crates.")
    for package in packages:
        assert package["license"], f"{package['name']} states no licence"
        print(f"\n{'=' * 80}\n{package['name']} {package['version']} ({package['license']})")
        print(f"{package['repository'] or ''}\n{', '.join(package['authors'])}".strip())
        for text in texts(package) or ["The crate carries no licence text of its own; see the licence that it names."]:
            print(f"\n{text}")


if __name__ == "__main__":
    main(sys.argv[1])
