"""When each alarm of the template changes its state in an incident, compared with `incidents.txt`.

An incident is a set of metric series, a value in some minutes. CloudWatch evaluates an alarm each minute over the last periods, so the
periods slide here as well. Missing periods are treated as the alarm says; the older data points that CloudWatch can use instead are not
modelled, so an alarm on missing data can fire a few minutes later than here.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import deployments
from expand import expand, load
from resolve import Deployment

SNAPSHOT = Path(__file__).with_name("incidents.txt")
OWN, LAMBDA = "CloudFrontInvalidation", "AWS/Lambda"
START, CHECKER = "StartFunction", "CheckerFunction"
# Evaluated from an hour before an incident until four hours after its begin.
FROM, UNTIL = -60, 240
BACKLOG_MINUTES = range(21)
# The notification is abandoned at the 20th attempt.
ABANDONED_AT = 147
# The third attempt, from which on a permanent rejection is counted, and the following ones.
REJECTED_AT = [2, 3, 5, 9, *range(17, ABANDONED_AT + 1, 10)]

# The values of a metric by the minute in which they are written.
Series = dict[tuple[str, str, str], dict[int, float]]


class Incident(NamedTuple):
    title: str
    series: Series


def sweeps(without: range = range(0)) -> Series:
    """A checker that runs each minute, except in some, and has nothing to report."""
    minutes = [minute for minute in range(FROM - 60, UNTIL) if minute not in without]
    return {(LAMBDA, "Invocations", CHECKER): dict.fromkeys(minutes, 1), (OWN, "OldestOverdueSeconds", CHECKER): dict.fromkeys(minutes, 0)}


def throttled() -> Series:
    """The runs of `checker` wait in Lambda's queue, and are dropped after ten minutes."""
    return sweeps(BACKLOG_MINUTES) | {
        (LAMBDA, "Throttles", CHECKER): dict.fromkeys(BACKLOG_MINUTES, 2),
        (LAMBDA, "AsyncEventsDropped", CHECKER): dict.fromkeys(range(10, 21), 1),
    }


def overdue(minutes: int) -> Series:
    """A message that is pending from minute 0 on."""
    runs = sweeps()
    runs[OWN, "OldestOverdueSeconds", CHECKER] |= {minute: 60 * minute for minute in range(minutes)}
    return runs


def failing_job() -> Series:
    """Lambda delivers a job three times to `start`, which fails each time."""
    return {(LAMBDA, "Errors", START): {-3: 1, -2: 1, 0: 1}, (LAMBDA, "AsyncEventsDropped", START): {0: 1}}


INCIDENTS = [
    Incident("The checker is throttled for 20 minutes", throttled()),
    Incident("The same, and start fails to process a job", throttled() | failing_job()),
    Incident("start fails to process a job, and the checker reports it", sweeps() | failing_job() | {(OWN, "FailedDeliveries", CHECKER): {0: 1}}),
    Incident("The checker fails to report a failed delivery, three times", sweeps() | failing_job() | {
        (LAMBDA, "Errors", CHECKER): {0: 1, 1: 1, 3: 1}, (OWN, "FailedDeliveryErrors", CHECKER): {0: 1, 1: 1, 3: 1},
        (LAMBDA, "AsyncEventsDropped", CHECKER): {3: 1}}),
    Incident("The topic of the notifications is deleted", overdue(ABANDONED_AT) | {(OWN, "AbandonedNotifications", CHECKER): {ABANDONED_AT: 1}, (OWN, "RejectedNotifications", CHECKER): dict.fromkeys(REJECTED_AT, 1)}),
    Incident("The event bus is deleted", overdue(ABANDONED_AT) | {(OWN, "AbandonedEvents", CHECKER): {ABANDONED_AT: 1}, (OWN, "RejectedEvents", CHECKER): dict.fromkeys(REJECTED_AT, 1)}),
    Incident("CloudFront is unavailable for an hour", sweeps() | {
        (OWN, "Throttles", CHECKER): dict.fromkeys(range(60), 3), (OWN, "Failed", CHECKER): {15: 4}}),
    Incident("One error and one throttle of start", sweeps() | {(LAMBDA, "Errors", START): {0: 1}, (LAMBDA, "Throttles", START): {0: 1}}),
    Incident("start is throttled for 20 minutes", sweeps() | {(LAMBDA, "Throttles", START): dict.fromkeys(BACKLOG_MINUTES, 1)}),
    Incident("The checker is stopped for good", sweeps(range(0, UNTIL))),
]
# Changes of an alarm that the time lines must show.
SEEDED = [
    ("CheckerSilentAlarm", "TreatMissingData", "notBreaching"),
    ("CheckerSilentAlarm", "Period", 60),
    ("RejectedNotificationsAlarm", "Threshold", 2),
    ("CheckerErrorsAlarm", "DatapointsToAlarm", 2),
    ("StartErrorsAlarm", "DatapointsToAlarm", 1),
    ("ThrottlesAlarm", "EvaluationPeriods", 3),
    ("OldestOverdueAlarm", "Threshold", 3600),
    ("OldestOverdueAlarm", "EvaluationPeriods", 1),
    ("LostFailedDeliveriesAlarm", "Threshold", 20),
    ("AbandonedEventsAlarm", "AlarmActions", []),
    ("CheckerSilentAlarm", "OKActions", []),
]


def missing_as_none(function):
    return lambda values: function(values) if values else None


STATISTICS = {"Sum": missing_as_none(sum), "Maximum": missing_as_none(max)}
COMPARISONS = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}
# The functions of metric math that alarms use.
MATH = {
    "FILL": lambda value, instead: instead if value is None else value,
    "SUM": sum,
    "IF": lambda condition, then, otherwise: then if condition else otherwise,
}


def value(stack: Deployment, alarm: dict, series: Series, end: int) -> float | None:
    """The value of an alarm's metric or expression in the period that ends before the minute `end`."""
    if "MetricName" in alarm:
        return statistic(stack, alarm, alarm["Period"], alarm["Statistic"], series, end)
    (expression,) = (each["Expression"] for each in alarm["Metrics"] if "Expression" in each)
    stats = {each["Id"]: each["MetricStat"] for each in alarm["Metrics"] if "MetricStat" in each}
    terms = {name: statistic(stack, each["Metric"], each["Period"], each["Stat"], series, end) for name, each in stats.items()}
    return eval(expression, {"__builtins__": {}}, MATH | terms)  # noqa: S307 The template's own text.


def statistic(stack: Deployment, metric: dict, period: int, name: str, series: Series, end: int) -> float | None:
    (dimension,) = metric["Dimensions"]
    of = next(each for each in (START, CHECKER) if stack.physical_id(each) == dimension["Value"])
    values = series.get((metric["Namespace"], metric["MetricName"], of), {})
    return STATISTICS[name]([values[minute] for minute in range(end - period // 60, end) if minute in values])


def is_raised(stack: Deployment, alarm: dict, series: Series, minute: int) -> bool:
    periods = {alarm["Period"]} if "Period" in alarm else {each["MetricStat"]["Period"] for each in alarm["Metrics"] if "MetricStat" in each}
    (period,) = periods
    values = [value(stack, alarm, series, minute - nth * period // 60) for nth in range(alarm["EvaluationPeriods"])]
    missing, threshold = alarm["TreatMissingData"] == "breaching", float(alarm["Threshold"])
    breaching = [missing if each is None else COMPARISONS[alarm["ComparisonOperator"]](each, threshold) for each in values]
    return sum(breaching) >= alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"])


def changes(stack: Deployment, name: str, series: Series) -> Iterator[tuple[int, str, str]]:
    """The minutes in which an alarm changes its state, and the topics that it notifies then."""
    alarm, was_raised = stack.properties(name), False
    for minute in range(FROM, UNTIL):
        raised = is_raised(stack, alarm, series, minute)
        if raised != was_raised:
            topics = alarm.get("AlarmActions" if raised else "OKActions", [])
            yield minute, name, f"{'ALARM' if raised else 'OK':<5} {name} -> {', '.join(each.split(':')[-1] for each in topics) or 'no topic'}"
        was_raised = raised


def time_lines(stack: Deployment) -> str:
    parts = []
    for title, series in INCIDENTS:
        found = sorted(each for name in stack.of_type("AWS::CloudWatch::Alarm") for each in changes(stack, name, series))
        parts.append("\n".join([title, *([f"{minute:>5} min  {text}" for minute, _, text in found] or ["           no alarm"])]))
    return "\n\n".join(parts) + "\n"


def main() -> int:
    expansion = expand(load())
    found = time_lines(deployments.full(expansion))
    if "--accept" in sys.argv:
        SNAPSHOT.write_text(found)
    wanted = SNAPSHOT.read_text()
    failed = found != wanted
    print(f"{len(INCIDENTS)} incidents: the time lines are {'not ' if failed else ''}those of {SNAPSHOT.name}", *([found] if failed else []), sep="\n")
    for name, key, wrong in SEEDED:
        changed = json.loads(json.dumps(expansion))
        properties = changed["Resources"][name]["Properties"]
        assert properties.get(key) != wrong, f"{name} has the {key} {wrong}"
        properties[key] = wrong
        noticed = time_lines(deployments.full(changed)) != wanted
        failed |= not noticed
        print(f"seeded in {name} {key} {wrong}: {'noticed' if noticed else 'NOT NOTICED'}")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
