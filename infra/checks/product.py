"""What the product's source says of the names and numbers that a deployment must agree with.

Each reader finds what it looks for or fails: a rename in the source must not silently empty a check.
"""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


def read(path: str) -> str:
    return (ROOT / path).read_text()


@cache
def sources(*folders: str) -> str:
    """The text of the Rust files in these folders, without their unit tests."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.rs"))]
    texts = [path.read_text().split("#[cfg(test)]")[0] for path in paths if path.name != "tests.rs"]
    assert texts, f"{folders} have no source"
    return "\n".join(texts)


@cache
def says(text: str) -> bool:
    """Whether the product has this text as a string, or as the name of a field that it stores."""
    return re.search(rf'"{re.escape(text)}"|\b{re.escape(text)}:', sources("shared", "functions")) is not None


@cache
def says_word(word: str) -> bool:
    """Whether the product's source has this word, as a name of its own."""
    return re.search(rf"\b{re.escape(word)}\b", sources("shared", "functions")) is not None


def is_whole_number(parameter: dict) -> bool:
    """Whether a parameter of the template is a number. Each is a text with a pattern, because a Number may have a fraction."""
    return parameter["Type"] == "String" and parameter.get("ConstraintDescription", "").startswith("must be a whole number")


def whole_numbers(parameter: dict) -> tuple[int, int]:
    """The least and the greatest number that a parameter accepts."""
    accepted = [number for number in range(4_000) if re.search(parameter["AllowedPattern"], str(number))]
    least, greatest = accepted[0], accepted[-1]
    return least, greatest


class Line(NamedTuple):
    """A line of the log, as the product's list of events has it: its level, its message, and the fields that it may have."""

    level: str
    message: str
    fields: frozenset[str]


EVENTS = "shared/runtime/src/telemetry/code.rs"


@cache
def lines() -> dict[str, Line]:
    """The lines that the functions write, by their events. A line may have the fields of the spans that can be around it."""
    text = read(EVENTS)
    scopes = re.search(r"pub const fn fields\(self\).*?^    }$", text, re.MULTILINE | re.DOTALL)
    assert scopes, f"{EVENTS} has no fields of scopes"
    around = frozenset(re.findall(r'"(\w+)"', scopes[0]))
    found = {each[1]: Line(each[2].upper(), each[4], around | set(re.findall(r"\w+", each[3])))
             for each in re.finditer(r'^    \w+ = "([^"]+)" (\w+) \w+\s+\[([^\]]*)\]\s+"([^"]+)";$', text, re.MULTILINE)}
    assert len(found) > 40 and len(around) == 9, (found.keys(), around)
    return found


METRICS = "shared/runtime/src/telemetry/metrics.rs"


@cache
def metrics() -> frozenset[str]:
    """The names of the metrics that the product can write, as they are in CloudWatch."""
    body = re.search(r"^    pub const fn name\(.*?^    }$", read(METRICS), re.MULTILINE | re.DOTALL)
    assert body, f"{METRICS} has no names"
    pairs = re.findall(r'^ +Self::(\w+) => "(\w+)",$', body[0], re.MULTILINE)
    assert len(pairs) >= 6 and all(variant == name for variant, name in pairs), pairs
    return frozenset(name for _, name in pairs)


def basic_metrics() -> set[str]:
    """The metrics that the functions write with METRICS=basic."""
    found = re.search(r"const fn is_basic\(self\) -> bool \{\s+matches!\(\s*self,([^)]*)\)", read(METRICS))
    assert found, f"{METRICS} has no basic metrics"
    return set(re.findall(r"Self::(\w+)", found[1]))


@cache
def writers(metric: str) -> frozenset[str]:
    """The functions, by logical id, that write a metric of the product: those whose source names it where it is not declared."""
    if metric not in metrics():
        return frozenset()
    folders = {"shared": {"StartFunction", "CheckerFunction"}, "functions/start/src": {"StartFunction"},
               "functions/checker/src": {"CheckerFunction"}}
    found = [names for folder, names in folders.items()
             if re.search(rf"\bMetric::{metric}\b", sources(folder).replace(read(METRICS).split("#[cfg(test)]")[0], ""))]
    return frozenset().union(*found)


def settings() -> set[str]:
    """The environment variables that the functions read."""
    pairs = re.findall(r'^pub const (\w+): &str = "(\w+)";$', read("shared/runtime/src/settings.rs"), re.MULTILINE)
    assert len(pairs) >= 7 and all(name == value for name, value in pairs), pairs
    return {name for name, _ in pairs}


def number(name: str) -> tuple[float, float, float]:
    """The default of a setting that is a number, its least and its greatest value."""
    pattern = rf"reader\.(?:duration\({name}, [\w.]+|count\({name}), ([\d_.]+), ([\d_.]+?)\.\.=([\w.]+(?: - 1)?)\)"
    found = re.search(pattern, read("shared/runtime/src/settings.rs"))
    assert found, f"{name} is not read as a number"
    default, least, greatest = map(value, found.groups())
    return default, least, greatest


def value(text: str) -> float:
    """A number as it is written, or one less than the constant of the queue that is named."""
    if re.fullmatch(r"[\d_.]+", text):
        return float(text.replace("_", ""))
    name = text.removesuffix(" - 1")
    found = re.search(rf"^pub const {name}: u32 = (\d+);$", read("shared/core/src/model/queue.rs"), re.MULTILINE)
    assert found and name != text, f"{text} is no number"
    return int(found[1]) - 1


def seconds(path: str, constant: str) -> int:
    found = re.search(rf"const {constant}: Duration = Duration::from_secs\((\d+)\);", read(path))
    assert found, f"{path} has no {constant}"
    return int(found[1])


def operation_timeout() -> int:
    return seconds("shared/core/src/model/time_budget.rs", "OPERATION_TIMEOUT")


def reserve() -> int:
    return seconds("shared/core/src/model/time_budget.rs", "RESERVE")


def user_parameter_keys() -> set[str]:
    return keys("shared/core/src/input/user_parameters.rs")


def target_keys() -> set[str]:
    return keys("shared/core/src/input/user_parameters/targets.rs")


def keys(path: str) -> set[str]:
    """The keys that an object may have, as the file that reads it lists them."""
    found = re.search(r"^(?:pub\(super\) )?const KEYS: \[&str; (\d+)\] = \[(.*?)\];", read(path), re.MULTILINE | re.DOTALL)
    assert found, f"{path} has no KEYS"
    listed = set(re.findall(r'"(\w+)"', found[2]))
    assert len(listed) == int(found[1]), listed
    return listed


def user_parameter_characters() -> int:
    found = re.search(r"^pub const CHARACTERS_AT_MOST: usize = ([\d_]+);", read("shared/core/src/input/user_parameters.rs"), re.MULTILINE)
    assert found, "parameters.rs has no CHARACTERS_AT_MOST"
    return int(found[1].replace("_", ""))


def version() -> str:
    found = re.search(r'^\[workspace\.package\]\nversion = "([^"]+)"', read("Cargo.toml"), re.MULTILINE)
    assert found, "Cargo.toml has no version"
    return found[1]
