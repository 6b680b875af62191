"""What the product's source says of the names and numbers that a deployment must agree with.

Each reader finds what it looks for or fails: a rename in the source must not silently empty a check.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def read(path: str) -> str:
    return (ROOT / path).read_text()


def sources(*folders: str) -> str:
    """The text of the Rust files in these folders, without their unit tests."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.rs"))]
    texts = [path.read_text().split("#[cfg(test)]")[0] for path in paths if path.name != "tests.rs"]
    assert texts, f"{folders} have no source"
    return "\n".join(texts)


def says(text: str) -> bool:
    """Whether the product has this text as a string, or as the name of a field that it stores."""
    return re.search(rf'"{re.escape(text)}"|\b{re.escape(text)}:', sources("shared/src", "functions")) is not None


def writers(metric: str) -> set[str]:
    """The functions, by logical id, that write a metric of ours."""
    call = re.compile(rf'\b(?:count|measure)\(\s*(?:"{metric}"|Metric::{metric}\b)')
    folders = {"shared/src": {"StartFunction", "CheckerFunction"}, "functions/start/src": {"StartFunction"},
               "functions/checker/src": {"CheckerFunction"}}
    found = [names for folder, names in folders.items() if call.search(sources(folder))]
    return set().union(*found)


def settings() -> set[str]:
    """The environment variables that the functions read."""
    pairs = re.findall(r'^pub const (\w+): &str = "(\w+)";$', read("shared/src/config.rs"), re.MULTILINE)
    assert len(pairs) >= 7 and all(name == value for name, value in pairs), pairs
    return {name for name, _ in pairs}


def number(name: str) -> tuple[float, float, float]:
    """The default of a setting that is a number, its least and its greatest value."""
    pattern = rf"reader\.(?:duration\({name}, [\w.]+|count\({name}), ([\d_.]+), ([\d_.]+?)\.\.=([\w.]+(?: - 1)?)\)"
    found = re.search(pattern, read("shared/src/config.rs"))
    assert found, f"{name} is not read as a number"
    default, least, greatest = map(value, found.groups())
    return default, least, greatest


def value(text: str) -> float:
    """A number as it is written, or one less than the constant of the queue that is named."""
    if re.fullmatch(r"[\d_.]+", text):
        return float(text.replace("_", ""))
    name = text.removesuffix(" - 1")
    found = re.search(rf"^pub const {name}: u32 = (\d+);$", read("shared/src/queue.rs"), re.MULTILINE)
    assert found and name != text, f"{text} is no number"
    return int(found[1]) - 1


def seconds(path: str, constant: str) -> int:
    found = re.search(rf"const {constant}: Duration = Duration::from_secs\((\d+)\);", read(path))
    assert found, f"{path} has no {constant}"
    return int(found[1])


def operation_timeout() -> int:
    return seconds("shared/src/aws/mod.rs", "OPERATION_TIMEOUT")


def reserve() -> int:
    return seconds("shared/src/invalidation.rs", "RESERVE")


def user_parameter_keys() -> set[str]:
    return keys("shared/src/parameters.rs")


def target_keys() -> set[str]:
    return keys("shared/src/parameters/targets.rs")


def keys(path: str) -> set[str]:
    """The keys that an object may have, as the file that reads it lists them."""
    found = re.search(r"^const KEYS: \[&str; (\d+)\] = \[(.*?)\];", read(path), re.MULTILINE | re.DOTALL)
    assert found, f"{path} has no KEYS"
    listed = set(re.findall(r'"(\w+)"', found[2]))
    assert len(listed) == int(found[1]), listed
    return listed


def user_parameter_characters() -> int:
    found = re.search(r"^pub const CHARACTERS_AT_MOST: usize = ([\d_]+);", read("shared/src/parameters.rs"), re.MULTILINE)
    assert found, "parameters.rs has no CHARACTERS_AT_MOST"
    return int(found[1].replace("_", ""))


def version() -> str:
    found = re.search(r'^\[workspace\.package\]\nversion = "([^"]+)"', read("Cargo.toml"), re.MULTILINE)
    assert found, "Cargo.toml has no version"
    return found[1]
