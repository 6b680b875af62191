"""Widgets as SVG, much as CloudWatch draws them. Each function gives the elements inside a frame of so many pixels."""

import math
import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from dashboard import Series

# CloudWatch's colours for lines that have none of their own, in its order.
COLORS = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f"]
INK, QUIET, LINK, GRID, GREEN = "#16191f", "#5f6b7a", "#0972d3", "#e9ebed", "#1d8102"
# The width of a character of the font, in parts of its size: enough for most, as nothing here can measure text.
WIDTH = 0.53
HOURS = 24

Lines = list[tuple[Series, list[float | None]]]


def text(x: float, y: float, words: str, size: int = 11, color: str = INK, more: str = "") -> str:
    return f'<text x="{number(x)}" y="{number(y)}" font-size="{size}" fill="{color}"{more}>{escape(words)}</text>'


def number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def told(value: float) -> str:
    """A number as an axis has it."""
    if value >= 1000:
        return f"{value / 1000:g}k"
    return f"{value:.3g}"


def title(words: str, width: float) -> str:
    assert len(words) * 14 * 0.56 < width - 20, f"the title “{words}” does not fit into its widget"
    return text(14, 25, words, 14, INK, ' font-weight="700"')


def color_of(series: Series, at: int) -> str:
    return series.color or COLORS[at % len(COLORS)]


def legend(lines: Lines, width: float) -> list[list[tuple[float, str, str]]]:
    """The labels in rows: where each begins, its colour and its words."""
    rows: list[list[tuple[float, str, str]]] = [[]]
    x = 14.0
    for at, (series, _) in enumerate(lines):
        needed = 18 + len(series.label) * 11 * WIDTH + 12
        if x + needed > width and rows[-1]:
            rows.append([])
            x = 14.0
        rows[-1].append((x, color_of(series, at), series.label))
        x += needed
    return rows


def top_of(lines: Lines, is_stacked: bool) -> float:
    """The least round number above all values, whose quarters are round, too."""
    values = [[each or 0 for each in line] for _, line in lines]
    most = max((sum(each) for each in zip(*values, strict=True)), default=0) if is_stacked else max(map(max, values), default=0)
    most = max(most, 1)
    step = 10 ** math.floor(math.log10(most))
    return next(step * each for each in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if step * each >= most)


def graph(lines: Lines, width: float, height: float, is_stacked: bool) -> Iterator[str]:
    rows = legend(lines, width)
    left, right, top, bottom = 46.0, width - 22, 40.0, height - 30 - 17 * len(rows)
    highest = top_of(lines, is_stacked)
    for quarter in range(5):
        y = bottom - (bottom - top) * quarter / 4
        yield f'<path d="M{number(left)} {number(y)}H{number(right)}" stroke="{GRID}"/>'
        yield text(left - 6, y + 4, told(highest * quarter / 4), 10, QUIET, ' text-anchor="end"')
    for hour in range(0, HOURS + 1, 6 if width < 500 else 3):
        x = left + (right - left) * hour / HOURS
        yield text(x, bottom + 15, f"{hour:02}:00", 10, QUIET, ' text-anchor="middle"')
    below = [0.0] * len(lines[0][1])
    for at, (series, values) in enumerate(lines):
        color = color_of(series, at)
        points = [None if each is None else (left + (right - left) * (place + 0.5) / len(values),
                                             bottom - (bottom - top) * (each + (below[place] if is_stacked else 0)) / highest)
                  for place, each in enumerate(values)]
        if is_stacked:
            yield area(points, [bottom - (bottom - top) * each / highest for each in below], color)
            below = [before + (each or 0) for before, each in zip(below, values, strict=True)]
        yield from strokes(points, color)
    if all(each is None for _, values in lines for each in values):
        middle = (top + bottom) / 2 + 4
        yield text((left + right) / 2, middle, "No data: nothing of this happened", 12, QUIET, ' text-anchor="middle"')
    for at, row in enumerate(rows):
        y = height - 14 - 17 * (len(rows) - 1 - at)
        for x, color, label in row:
            yield f'<rect x="{number(x)}" y="{number(y - 9)}" width="10" height="10" fill="{color}"/>' + text(x + 15, y, label)


Points = list[tuple[float, float] | None]


def area(points: Points, floor: list[float], color: str) -> str:
    known = [(*each, floor[at]) for at, each in enumerate(points) if each]
    there = straight([(x, y) for x, y, _ in known])
    back = straight([(x, y) for x, _, y in reversed(known)])
    return f'<path d="M{joined(there)}L{joined(back)}Z" fill="{color}" fill-opacity="0.55"/>'


def strokes(points: Points, color: str) -> Iterator[str]:
    """A line for each stretch without a gap; a dot for a value that stands alone."""
    stretches: list[list[tuple[float, float]]] = [[]]
    for each in points:
        if each:
            stretches[-1].append(each)
        elif stretches[-1]:
            stretches.append([])
    lines = "".join(f"M{joined(straight(each))}" for each in stretches if len(each) > 1)
    dots = "".join(f"M{joined(each)}h0" for each in stretches if len(each) == 1)
    if lines:
        yield f'<path d="{lines}" fill="none" stroke="{color}" stroke-width="1.5" stroke-linejoin="round"/>'
    if dots:
        yield f'<path d="{dots}" fill="none" stroke="{color}" stroke-width="4" stroke-linecap="round"/>'


def straight(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same line without the points that lie between two of the same height."""
    return [each for at, each in enumerate(points)
            if not 0 < at < len(points) - 1 or not points[at - 1][1] == each[1] == points[at + 1][1]]


def joined(points: list[tuple[float, float]]) -> str:
    return "L".join(f"{number(x)} {number(y)}" for x, y in points)


def single_value(lines: Lines, width: float, height: float, has_line: bool) -> Iterator[str]:
    (series, values), = lines
    known = [each for each in values if each is not None]
    middle = height / 2 + (0 if has_line else 14)
    yield text(width / 2, middle, f"{known[-1]:.1f}".removesuffix(".0"), 40, INK, ' text-anchor="middle" font-weight="300"')
    yield text(width / 2, middle + 22, series.label, 12, QUIET, ' text-anchor="middle"')
    if has_line:
        most = max(known)
        points: Points = [None if each is None else (14 + (width - 28) * at / (len(values) - 1), height - 18 - 50 * each / most)
                          for at, each in enumerate(values)]
        yield from strokes(points, COLORS[0])


def alarms(names: list[str], width: float) -> Iterator[str]:
    """All are well on the made-up day: what went wrong is what pipelines are told themselves."""
    columns, tile = 4, (width - 28 - 3 * 8) / 4
    for at, name in enumerate(names):
        x, y = 14 + (tile + 8) * (at % columns), 42 + 34 * (at // columns)
        yield f'<rect x="{number(x)}" y="{number(y)}" width="{number(tile)}" height="27" rx="4" fill="#f2fcf3" stroke="{GREEN}"/>'
        yield text(x + 10, y + 18, "✓", 12, GREEN, ' font-weight="700"') + text(x + 25, y + 18, name, 12)


SPAN = re.compile(r"\*\*(?P<bold>[^*]+)\*\*|\*(?P<slanted>[^*]+)\*|\[(?P<link>[^]]+)\]\([^)]+\)|(?P<plain>[^*\[]+)")
STYLES = {"bold": ' font-weight="700"', "slanted": ' font-style="italic"', "link": f' fill="{LINK}"', "plain": ""}


def markdown(source: str, width: float) -> Iterator[str]:
    """The part of Markdown that the dashboard's text has: bold, italic, links, and lines that are wrapped."""
    y = 30.0
    for line in source.split("\n"):
        indent = 18 if re.match(r"\d\. ", line) else 0
        x, row = 14.0, ""
        for span in SPAN.finditer(line):
            style = str(span.lastgroup)
            for word in re.findall(r"\S+\s*|\s+", span[style]):
                needed = len(word) * 13 * WIDTH
                if x + needed > width - 10:
                    yield f'<text x="14" y="{number(y)}" font-size="13" fill="{INK}" xml:space="preserve">{row}</text>'
                    x, row, y = 14.0 + indent, "\u00a0" * (indent // 4), y + 19
                row += f"<tspan{STYLES[style]}>{escape(word)}</tspan>"
                x += needed
        if row:
            yield f'<text x="14" y="{number(y)}" font-size="13" fill="{INK}" xml:space="preserve">{row}</text>'
        y += 19 if row else 8
