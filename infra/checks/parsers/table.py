"""The table of what each parser says of each sample."""

import json
import re
import subprocess
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

CHARACTERS = 110


class Row(NamedTuple):
    """What a parser says of a sample, and what is expected. `reason` says why a parser is expected to differ from AWS."""

    parser: str
    sample: str
    says: str
    expected: str
    reason: str = ""

    def is_right(self) -> bool:
        return self.says == self.expected

    def of(self) -> str:
        """The parser without its version."""
        return re.sub(r" \d[\w.]*", "", self.parser, count=1)

    def __str__(self) -> str:
        text = f"{'  ' if self.is_right() else '✗ '}{self.parser:<44} {self.sample:<40} {short(self.says)}"
        text += "" if self.is_right() else f"\n    expected {short(self.expected)}"
        return text + (f"\n      ({self.reason})" if self.reason else "")


def short(text: str) -> str:
    return text if len(text) <= CHARACTERS else f"{text[:CHARACTERS]}…"


def named(package: str, what: str = "") -> str:
    """A Python package with its version, and the part of it that reads the sample."""
    return f"{package} {version(package)} {what}".strip()


def reading(read: Callable[[], str]) -> str:
    """What a reader says; an exception means that it refuses the sample."""
    try:
        return read()
    except Exception as error:  # Each library has its own exceptions.
        return f"refused: {reason_of(error)}"


def reason_of(error: Exception) -> str:
    """The first line; of pydantic, the first field and what is wrong with it."""
    if hasattr(error, "errors"):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return (str(error) or type(error).__name__).splitlines()[0]


class Node:
    """The parsers in npm packages, run by read.mjs as long as this is open."""

    def __init__(self, folder: Path):
        self.folder = folder
        command = ["node", str(Path(__file__).with_name("read.mjs")), str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> "Node":
        return self

    def __exit__(self, *_: object):
        self.process.stdin.close()
        self.process.wait()

    def named(self, package: str, what: str = "") -> str:
        found = json.loads((self.folder / "node_modules" / package / "package.json").read_text())
        return f"{package} {found['version']} {what}".strip()

    def ask(self, requests: list[dict]) -> list[dict]:
        """One reply for each request: `{"value": …}` or `{"refused": …}`."""
        self.process.stdin.write(f"{json.dumps(requests)}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def says(self, requests: list[dict], read: Callable[[object], str]) -> list[str]:
        """What `read` says of each value, or that the parser refuses it."""
        replies = self.ask(requests)
        return [f"refused: {each['refused']}" if "refused" in each else reading(lambda each=each: read(each["value"])) for each in replies]
