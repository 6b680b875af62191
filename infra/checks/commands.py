"""The commands on the pages: each is run by a check, or its block says what it requires.

A command is a line of a `console` or `sh` block; if the block shows output, a line that begins with `$ `. The commands of
docs/command-line.md are run by the tests of the command-line tool."""

import re
from collections.abc import Iterator

import product
from words import pages

# The first line of a block whose commands no check can run.
REQUIRES = re.compile(r"# Requires (an AWS account|a deployed site|a nightly toolchain)\.")
CLI_PAGE = "docs/command-line.md"
# What the command-line tool does without an account.
CLI = re.compile(r"(cargo run|target/debug/cfi)\b(?!.* --table )")
# A command, the file that runs it, and how it stands there.
RUN = [
    (r"cargo run", ".ci/run", "cargo run --locked"),
    (r"cargo test --workspace", ".ci/run", "cargo test --workspace"),
    (r"cargo test --workspace --test searches fuzz", ".ci/run", "cargo test --workspace"),
    (r"pip install aws-sam-cli==(\S+).*", "infra/checks/requirements.txt", r"aws-sam-cli==\1 "),
    (r"pip install .*cargo-lambda==(\S+).*", "infra/release/requirements.txt", r"cargo-lambda==\1 "),
    (r"pip install .*ziglang==(\S+).*", "infra/release/requirements.txt", r"ziglang==\1 "),
    (r"rustup target add (\S+)", ".github/workflows/release.yaml", r"\1"),
    (r"npm ci --ignore-scripts", ".github/workflows/release.yaml", "npm ci --ignore-scripts"),
    (r"npm pack", "infra/release/build", '"npm", "pack"'),
    (r"infra/smoke-test --distribution-id \S+ --print", "infra/checks/smoke.py", "--print"),
]
SEEDED = [
    ("docs/page.md", "```console\naws s3 ls\n```\n"),
    ("docs/page.md", "```console\nnpm run nothing\n```\n"),
    ("docs/page.md", "```console\npip install aws-sam-cli==0.0.1\n```\n"),
    (CLI_PAGE, "```console\n$ aws logs tail group\n```\n"),
    (CLI_PAGE, "```console\n$ cargo run -- explain --table records 1\n```\n"),
]
RIGHT = [
    ("docs/page.md", "```console\n# Requires an AWS account.\naws s3 ls\n```\n"),
    ("docs/page.md", "```console\ncargo run\n```\n"),
    (CLI_PAGE, "```console\n$ cargo run -- plan x\noutput\n```\n"),
]


def blocks(page: str) -> Iterator[list[str]]:
    """The lines of each block of commands, with a continued line as one."""
    for block in re.findall(r"^ *```(?:console|sh)\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL):
        yield [line.strip() for line in block.replace("\\\n", " ").splitlines() if line.strip()]


def commands(block: list[str]) -> list[str]:
    shown = [line.removeprefix("$ ") for line in block if line.startswith("$ ")]
    return shown or [line for line in block if not line.startswith("#")]


def is_run(path: str, command: str) -> bool:
    """Whether a check runs the command."""
    if path == CLI_PAGE:
        return CLI.match(command) is not None
    rows = [(re.fullmatch(pattern, command), file, text) for pattern, file, text in RUN]
    found = [(row.expand(text), product.read(file)) for row, file, text in rows if row]
    return bool(found) and all(text in source for text, source in found)


def faults(path: str, page: str) -> Iterator[str]:
    for block in blocks(page):
        if not REQUIRES.fullmatch(block[0]):
            yield from (f"{command}: no check runs it" for command in commands(block) if not is_run(path, command))


def main() -> int:
    failed = 0
    for path, text in pages().items():
        found = [*faults(path, text)]
        if found:
            print(f"{path}: {len(found)} commands", *found, sep="\n  ")
        failed += len(found)
    for seeds, is_right in ((SEEDED, False), (RIGHT, True)):
        for path, text in seeds:
            if not any(faults(path, text)) != is_right:
                print(f"seeded {text!r}: {'NOT NOTICED' if not is_right else 'NOT ACCEPTED'}")
                failed += 1
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
