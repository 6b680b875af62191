"""The workflows, linted by the strictest rules of the linter, and faults planted in copies of them."""

import subprocess
import sys
from pathlib import Path

WORKFLOWS = Path(__file__).parents[2] / ".github" / "workflows"
# What an attacker or a typo would make of release.yaml.
PLANTED = [
    ("an action by its tag", "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", "actions/checkout@v5"),
    ("a token that may write everywhere", "permissions:\n  contents: read\n", "permissions: write-all\n"),
    ("a tag's name run as a script", "          cd dist\n", "          cd dist && echo ${{ github.event.head_commit.message }}\n"),
    ("a needed job that does not exist", "needs: build", "needs: biuld"),
    ("a matrix value that does not exist", "${{ matrix.target }}", "${{ matrix.tagret }}"),
    ("a variable that breaks at a space", '--target "$TARGET" --package', "--target $TARGET --package"),
    ("a key that does not exist", "timeout-minutes: 60", "timeout: 60"),
]


def findings(bin_folder: str, text: str) -> list[str]:
    command = [f"{bin_folder}/jactionlint", "--profile", "pedantic", "--strict-exit", "--oneline",
               "--shellcheck", f"{bin_folder}/shellcheck", "--stdin-filename", ".github/workflows/workflow.yaml", "-"]
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert run.returncode in (0, 1), run.stderr
    return run.stdout.splitlines()


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
        print(f"planted: {name}: {found[0][:120] if found else 'NOT NOTICED'}")
        failed += not found
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
