"""The dashboard as its reader gets it: each widget with its place, its title and what it shows."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from resolve import Deployment


class Series(NamedTuple):
    """A line of a graph: a metric of AWS or of the product, or an expression of others."""

    label: str
    color: str
    id: str
    is_visible: bool
    period: int
    stat: str = ""
    namespace: str = ""
    metric: str = ""
    dimension: str = ""
    of: str = ""
    expression: str = ""


class Widget(NamedTuple):
    """One tile of the page."""

    kind: str
    title: str
    place: tuple[int, int, int, int]
    properties: dict
    series: list[Series]


def widgets(stack: Deployment) -> list[Widget]:
    return list(map(widget, json.loads(stack.properties("Dashboard")["DashboardBody"])["widgets"]))


def widget(definition: dict) -> Widget:
    known = {"type", "x", "y", "width", "height", "properties"}
    assert definition.keys() == known, f"{definition.keys() ^ known} of a widget"
    place = tuple(definition[key] for key in ("x", "y", "width", "height"))
    properties = definition["properties"]
    return Widget(definition["type"], properties.get("title", ""), place, properties, list(series_of(properties)))


def series_of(shown: dict) -> Iterator[Series]:
    before: list[str] = []
    for row in shown.get("metrics", []):
        own = row[-1] if isinstance(row[-1], dict) else {}
        known = {"color", "expression", "id", "label", "period", "stat", "visible"}
        assert own.keys() <= known, f"{own.keys() - known} of a metric is not known here"
        # "Average" and 300 are the defaults of CloudWatch for a statistic and a period that are not given.
        common = {"label": own.get("label", ""), "color": own.get("color", ""), "id": own.get("id", ""),
                  "is_visible": own.get("visible", True), "period": own.get("period", shown.get("period", 300))}
        if "expression" in own:
            yield Series(**common, expression=own["expression"])
            continue
        fields = [field for field in row if field is not own]
        # "..." repeats the row before, but for its end; "." repeats one field of it.
        fields = before[:len(before) + 1 - len(fields)] + fields[1:] if fields[0] == "..." else fields
        before = [before[at] if field == "." else field for at, field in enumerate(fields)]
        assert len(before) == 4, f"{before} has not one dimension"
        stat = own.get("stat", shown.get("stat", "Average"))
        yield Series(**common, stat=stat, **dict(zip(("namespace", "metric", "dimension", "of"), before, strict=True)))


def names_in(expression: str) -> set[str]:
    """The ids of metrics that an expression uses: CloudWatch's functions are in capitals."""
    return set(re.findall(r"\b[a-z]\w*\b", expression))
