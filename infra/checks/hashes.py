"""Writes the hashes of all files of each pinned package into requirement files, after a pin has changed. Needs uv:

    python3 infra/checks/hashes.py infra/checks/requirements.txt ...
"""

import re
import subprocess
import sys
from pathlib import Path

COMPILE = ["uv", "pip", "compile", "--quiet", "--no-deps", "--generate-hashes", "--no-header", "--no-annotate", "-"]
PIN = re.compile(r"^[\w.-]+(\[[\w,]+\])?==[\w.+!]+$", re.MULTILINE)
HASHES = re.compile(r" \\\n +--hash=\S+")


def name(pin: str) -> str:
    """A package's name as the index normalizes it."""
    return re.sub(r"[-_.]+", "-", re.split(r"==|\[", pin)[0]).lower()


def with_hashes(text: str) -> str:
    pins = HASHES.sub("", text)
    compiled = subprocess.run(COMPILE, input=pins, capture_output=True, text=True, check=True).stdout
    hashes = {name(entry): entry[entry.index(" \\\n"):].rstrip("\n") for entry in re.split(r"^(?=\w)", compiled, flags=re.MULTILINE) if entry}
    return PIN.sub(lambda pin: pin[0] + hashes[name(pin[0])], pins)


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_text(with_hashes(path.read_text()))
