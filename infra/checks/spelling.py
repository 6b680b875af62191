"""The words of pages, comments, strings and names, compared with lists of common misspellings; pages are in American English.

spelling.txt has the words that are right here: a part of an encoded word, a path, names in code, a cache tag."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
IGNORED = Path(__file__).parent / "spelling.txt"
# Dictionaries of codespell, by the kind of file.
KINDS = {"clear,rare,en-GB_to_en-US": ["*.md"],
         "clear,rare": ["*.rs", "*.ts", "*.mts", "*.yaml", "*.yml", "*.py", "*.sh", "*.tf", "*.toml", "infra/check", "infra/smoke-test", ".ci/run"]}
SEEDED = [("page.md", "It will recieve a job."), ("page.md", "The behaviour is documented."),  # codespell:ignore recieve,behaviour
          ("lib.rs", "/// Whether it is neccessary."), ("index.ts", "// It occured once."),  # codespell:ignore neccessary,occured
          ("template.yaml", "Description: The seperate table."), ("check.py", "# The enviroment.")]  # codespell:ignore seperate,enviroment


def findings(codespell: str, dictionaries: str, paths: list[str]) -> list[str]:
    command = [codespell, "--builtin", dictionaries, "--ignore-words", str(IGNORED), *paths]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    # 65 means that there are findings.
    assert done.returncode in (0, 65), done.stderr
    return done.stdout.splitlines()


def files(patterns: list[str]) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns], cwd=ROOT, capture_output=True,
                            text=True, check=True).stdout.splitlines()
    found = [each for each in listed if (ROOT / each).is_file()]
    assert found, f"there is no file of {patterns}"
    return found


def main(codespell: str) -> int:
    found = [each for dictionaries, patterns in KINDS.items() for each in findings(codespell, dictionaries, files(patterns))]
    print(f"{len(found)} misspelled words", *found, sep="\n  ")
    failed = len(found)
    with tempfile.TemporaryDirectory() as folder:
        for name, sentence in SEEDED:
            dictionaries = next(each for each, patterns in KINDS.items() if f"*{Path(name).suffix}" in patterns)
            (Path(folder) / name).write_text(f"{sentence}\n")
            noticed = findings(codespell, dictionaries, [f"{folder}/{name}"])
            print(f"seeded {sentence} {'noticed' if noticed else 'NOT NOTICED'}")
            failed += not noticed
    used = set(IGNORED.read_text().split())
    everything = " ".join((ROOT / each).read_text(errors="replace") for patterns in KINDS.values() for each in files(patterns)).lower()
    for word in sorted(word for word in used if everything.count(word) < 1):
        print(f"spelling.txt has {word}, which is used nowhere")
        failed += 1
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
