"""A made-up day, from which the dashboard's picture gets its numbers: the executions of some pipelines, one after another, and
what the two functions and AWS would have written of them.

CloudFront is slow around noon, and throttles; one execution times out then, and one whose action lets it go on is excused. A
new pipeline fails in the morning. In the afternoon several pipelines invalidate wildcards of one distribution at once, and queue.
"""

import math
import random
import re
from typing import NamedTuple

from dashboard import Series, Widget

SECONDS = 24 * 60 * 60
# How many executions begin in each hour of the day, on average.
PER_HOUR = [0.3, 0.2, 0.2, 0.2, 0.4, 0.8, 2, 4, 8, 11, 12, 11, 7, 9, 12, 13, 12, 9, 5, 3, 2, 1.5, 1, 0.6]
SLOW = range(11 * 3600 + 1800, 12 * 3600 + 2700)
QUEUED = range(15 * 3600, 16 * 3600 + 1800)
PASS = 60


class Execution(NamedTuple):
    """What one of them came to."""

    begins: int
    lasts: int
    waits: int
    outcome: str
    by: str

    @property
    def ends(self) -> int:
        return self.begins + self.lasts


# The points of a metric: a moment of the day, in seconds, and a value.
Points = list[tuple[float, float]]


def executions() -> list[Execution]:
    # `random()` of a seeded generator gives the same numbers with every version of Python; other methods need not.
    chance = random.Random(6).random
    made, at = [], 0.0
    while (at := at + -math.log(1 - chance()) * 3600 / PER_HOUR[min(23, int(at // 3600))]) < SECONDS - 1200:
        begins = int(at)
        waits = int(20 + 160 * chance()) if begins in QUEUED and chance() < 0.6 else 0
        lasts = waits + int(90 + 420 * chance() if begins in SLOW else 7 + 14 * chance() ** 2)
        by = "Checker" if lasts > 60 and chance() < 0.5 else "Start"
        made.append(Execution(begins, lasts, waits, "Succeeded", by))
    slow = [each for each in made if each.begins in SLOW]
    morning = [each for each in made if 8.5 * 3600 < each.begins < 9.5 * 3600]
    made[made.index(slow[4])] = slow[4]._replace(lasts=900, outcome="TimedOut", by="Checker")
    made[made.index(slow[-2])] = slow[-2]._replace(lasts=300, outcome="Excused", by="Start")
    for each in morning[2:4]:
        made[made.index(each)] = each._replace(lasts=1, outcome="Failed", by="Start")
    return made


def written() -> dict[tuple[str, str], Points]:
    """What is written of that day: the points of each metric, by its name and by whether start or the checker writes it."""
    chance = random.Random(7).random
    found: dict[tuple[str, str], Points] = {}

    def write(metric: str, by: str, at: float, value: float) -> None:
        found.setdefault((metric, by), []).append((at, value))

    made = executions()
    for each in made:
        write(each.outcome, each.by, each.ends, 1)
        write("CompletionSeconds", each.by, each.ends, each.lasts)
        write("CloudFrontCalls", each.by, each.ends, 1 if each.lasts < 3 else 2 + each.lasts // 30)
        write("QueueSeconds", "Start" if each.waits < 60 else "Checker", each.begins + each.waits, each.waits)
        visits = 1 + each.lasts // 45
        for visit in range(visits):
            write("Duration", "Start", each.begins + 45 * visit, min(25_400, 1000 * each.lasts) + 600 * chance())
        if each.outcome == "Succeeded" and each.by == "Start":
            write("HoldSavedSeconds", "Start", each.ends, 30 - min(25, each.lasts % 45))
        for at in range(each.begins, each.ends, 40):
            if each.begins in SLOW and chance() < 0.25:
                write("Throttles", "Start" if chance() < 0.6 else "Checker", at, 1)
    for tick in range(0, SECONDS, PASS):
        due = [each for each in made if each.begins + 30 < tick < each.ends]
        write("UnfinishedExecutions", "Checker", tick, len(due))
        write("OpenExecutions", "Checker", tick, sum(each.begins < tick < each.ends for each in made))
        # An action that timed out is decided by the pass after its deadline.
        write("OldestOverdueSeconds", "Checker", tick,
              max((min(PASS, tick - each.ends) for each in made if each.outcome == "TimedOut" and 0 < tick - each.ends < PASS), default=0))
        write("Duration", "Checker", tick, 95 + 40 * chance() + 160 * len(due))
    for by in ("Start", "Checker"):
        # Lambda writes these for each run, zeros included.
        found["AWS Invocations", by] = [(at, 1) for at, _ in found["Duration", by]]
        found["AWS Duration", by] = found.pop(("Duration", by))
        found["AWS Errors", by] = found["AWS Throttles", by] = [(at, 0) for at, _ in found["AWS Duration", by]]
    return found


def values(widget: Widget, day: dict[tuple[str, str], Points]) -> list[tuple[Series, list[float | None]]]:
    """The visible lines of a widget, with a value for each of its periods; none where nothing was written."""
    is_one = bool(widget.properties.get("setPeriodToTimeRange"))
    by_id = {each.id: statistic(each, day, is_one) for each in widget.series if each.id}
    return [(each, expression(each.expression, by_id) if each.expression else statistic(each, day, is_one))
            for each in widget.series if each.is_visible]


def statistic(series: Series, day: dict[tuple[str, str], Points], is_one: bool) -> list[float | None]:
    period = SECONDS if is_one else series.period
    name = series.metric if series.namespace == "CloudFrontInvalidation" else f"AWS {series.metric}"
    by = (re.search(r"-(Start|Checker)Function-", series.of) or ["", ""])[1]
    periods: list[list[float]] = [[] for _ in range(0, SECONDS, period)]
    for at, value in day.get((name, by), []):
        periods[min(int(at // period), len(periods) - 1)].append(value)
    return [summary(series.stat, each) if each else None for each in periods]


def summary(stat: str, values_of_period: list[float]) -> float:
    if percent := re.fullmatch(r"p(\d+)", stat):
        ordered = sorted(values_of_period)
        return ordered[min(len(ordered) - 1, int(len(ordered) * int(percent[1]) / 100))]
    return {"Sum": sum, "Maximum": max, "Average": lambda each: sum(each) / len(each)}[stat](values_of_period)


def expression(text: str, by_id: dict[str, list[float | None]]) -> list[float | None]:
    """The two forms of expressions that the dashboard has: a sum, and one sum in a hundred of another."""
    a_sum = r"SUM\(\[(FILL\(\w+, 0\)(?:, FILL\(\w+, 0\))*)\]\)"

    def total(terms: str) -> list[float]:
        filled = [[each or 0 for each in by_id[name]] for name in re.findall(r"FILL\((\w+), 0\)", terms)]
        return [sum(each) for each in zip(*filled, strict=True)]

    if found := re.fullmatch(a_sum, text):
        return [*total(found[1])]
    if found := re.fullmatch(rf"100 \* {a_sum} / {a_sum}", text):
        return [100 * part / all_of_it if all_of_it else None
                for part, all_of_it in zip(total(found[1]), total(found[2]), strict=True)]
    raise ValueError(f"{text} is not known")
