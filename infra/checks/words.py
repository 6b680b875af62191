"""The prose of the pages: words of the list below fail, and so does a page or a set of pages that is too long.

Code blocks and inline code are not prose. Generated pages take their words from the code."""

import re
import subprocess
from collections.abc import Iterator

import product

WORDS_AT_MOST = 20_000
README_WORDS_AT_MOST = 1_300
README_LINES_AT_MOST = 170
# Neither counted nor read: the history, and pages that are generated from the code.
NOT_COUNTED = {"CHANGELOG.md", "docs/comparison.md", "docs/failures.md", "docs/logs.md"}
GENERATED = NOT_COUNTED | {"tests/deploy/conformance.md"}
# A term, and what to write instead.
TERMS = {
    r"visit(s|ed|or)?|return visits?": "job, continuation job",
    r"(the|a|no|this|longer|shorter) holds?|held": "wait",
    r"ticks?": "scheduled run",
    r"pass(es)? of the checker": "sweep",
    r"crowds?": "backlog",
    r"rescue[sd]?": "failed delivery",
    r"answer(s|ed|ing)?": "result, report, reply",
    r"owed": "pending",
    r"excused": "succeeded with a warning",
    r"troubles?": "service error",
    r"put(s|ting)? (us )?off": "throttle, defer, retry later",
    r"refused for good": "rejected",
    r"reference is taken": "caller reference conflict",
    r"drain(s|ed|ing)?": "finalize",
    r"tickets?": "queue entry",
    r"no room|has room": "capacity",
    r"left to people|people": "reserved for manual invalidations; subscribers, operators, users",
    r"notices?": "notification",
    r"promises?|judges?|judged": "guarantee, invariant, invariant checker",
    r"strikes?|struck": "fault injection, fault",
    r"stories|story": "scenario, timeline",
    r"poison(ed)?": "malformed",
    r"planted": "seeded",
    r"overheard": "log capture",
    r"an aws (that fits )?in memory": "in-memory AWS",
    r"old function": "Python function",
    r"nobody|no one|whoever|somebody|anybody|everybody": "the actor, or the passive",
    r"of ours|our own|ours|our|we|(?-i:us)": "the component",
    r"all the same": "regardless",
    r"to the letter|letter by letter": "exactly",
    r"mend(s|ed)?": "fix",
    r"hears?|heard|is told|are told|told|tells": "receive, report, log",
    r"(good|bad|stormy) days?": "normal operation, failure",
    r"so-manieth|how manieth": "nth",
    r"as far as": "if known",
    r"also with": "even if",
    r"and away again": "to uninstall",
    r"by (its|their) own fault": "internal error",
}
# "For" in the sense of "because": a clause follows.
FOR = r"[,;] for (it|they|he|she|there|who|that|CloudFront|CodePipeline|DynamoDB|Lambda|AWS) (?!\w+ing\b)\w+"
PATTERNS = [(re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE), term) for pattern, term in TERMS.items()]
PATTERNS += [(re.compile(FOR), "because"), (re.compile(r", too(?=[.;:)])"), "also")]
SEEDED = [
    "Nobody is notified.", "It is ours.", "The action fails all the same.", "It is copied to the letter.",
    "It is estimated, for CloudFront reports none.", "The return visit finds it.", "The hold is 35 s.", "Subscribers are told once.",
    "It has a dimension, too.", "A rescue follows.", "CodePipeline takes the answer.", "It runs also with one function.",
]
SEEDED_LINKS = ["[a](nowhere.md)", "[a](deploy.md#no-such-heading)", "[a](#no-such-heading)", "![a](images/nowhere.svg)",
                "[a](../infra/nowhere.yaml)"]
RIGHT_LINKS = ["[a](deploy.md#aliases)", "[a](#heading)", "![a](images/wait.svg)", "[a](../infra/snippets)", "[a](https://example.com/a.md)"]


def pages() -> dict[str, str]:
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=product.ROOT,
                            capture_output=True, text=True, check=True).stdout.splitlines()
    return {path: product.read(path) for path in sorted(listed) if (product.ROOT / path).is_file()}


def prose(page: str) -> Iterator[tuple[int, str]]:
    """The lines that are prose, with their numbers."""
    is_code = False
    for number, line in enumerate(page.splitlines(), 1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code:
            # Inline code, the targets of links, and quotations are not prose.
            yield number, re.sub(r"`[^`]*`|(?<=\])\([^)]*\)|<https?:[^>]*>|\"[^\"]*\"|^> .*", "…", line)


def faults(page: str) -> Iterator[str]:
    for number, line in prose(page):
        for pattern, term in PATTERNS:
            if found := pattern.search(line):
                yield f"line {number}: “{found[0]}”; write: {term}"


def count(page: str) -> int:
    """Words: what has a letter or a digit. The bars of a table have none."""
    return sum(re.search(r"\w", word) is not None for word in page.split())


def anchors(page: str) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(path: str, text: str, all_pages: dict[str, str]) -> Iterator[str]:
    """Links to pages, headings, pictures and other files that are not there."""
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)):
        file, _, anchor = target.partition("#")
        if target.startswith(("https:", "http:", "mailto:")):
            continue
        if file and not file.endswith(".md"):
            if not (product.ROOT / path).parent.joinpath(file).exists():
                yield f"{target} is not there"
            continue
        name = str((product.ROOT / path).parent.joinpath(file).resolve().relative_to(product.ROOT)) if file else path
        if name not in all_pages:
            yield f"{target} is not there"
        elif anchor and anchor not in anchors(all_pages[name]):
            yield f"{target} has no such heading"


def main() -> int:
    all_pages, failed = pages(), 0
    for path, text in all_pages.items():
        found = [] if path == "CHANGELOG.md" else [*broken_links(path, text, all_pages)]
        if path not in GENERATED and not path.endswith(".ja.md"):
            found += faults(text)
        if found:
            print(f"{path}: {len(found)} faults", *found, sep="\n  ")
        failed += len(found)
    readme = all_pages["README.md"]
    total = sum(count(text) for path, text in all_pages.items() if path not in NOT_COUNTED)
    limits = (("README.md has", count(readme), "words", README_WORDS_AT_MOST),
              ("README.md has", len(readme.splitlines()), "lines", README_LINES_AT_MOST), ("all pages have", total, "words", WORDS_AT_MOST))
    for subject, number, unit, most in limits:
        print(f"{subject} {number:,} {unit}, at most {most:,}{'' if number <= most else ': TOO MANY'}")
        failed += number > most
    for sentence in SEEDED:
        noticed = next(faults(sentence), None)
        print(f"seeded {sentence}: {noticed or 'NOT NOTICED'}")
        failed += noticed is None
    for links, count_wanted in ((SEEDED_LINKS, 1), (RIGHT_LINKS, 0)):
        for link in links:
            noticed = [*broken_links("docs/page.md", link, all_pages | {"docs/page.md": "## Heading\n"})]
            if len(noticed) != count_wanted:
                print(f"seeded {link}: {noticed or 'NOT NOTICED'}")
                failed += 1
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
