"""Checks of the alarms, the dashboard and the saved queries that no linter can make: that they use what the product writes."""

import re
from collections.abc import Iterator

import product
import queries
from dashboard import names_in, widgets
from resolve import Deployment

OUR_NAMESPACE = "CloudFrontInvalidation"
FUNCTIONS = {"StartFunction", "CheckerFunction"}
# Metrics of DynamoDB and Lambda that the alarms and the dashboard use.
TABLE_METRICS = {"ReadThrottleEvents", "WriteThrottleEvents"}
LAMBDA_METRICS = {"AsyncEventsDropped", "DestinationDeliveryFailures", "Duration", "Errors", "Invocations", "Throttles"}
# Alarms of high urgency: a pipeline hangs, or will, or the step after a deployment does not start.
HIGH_URGENCY = {"CheckerErrorsAlarm", "CheckerSilentAlarm", "LostJobsAlarm", "LostFailedDeliveriesAlarm", "UndeliveredResultsAlarm",
                "RejectedEventsAlarm", "AbandonedEventsAlarm"}
# Those of a stack with an event bus alone.
ON_EVENTS = {"RejectedEventsAlarm", "AbandonedEventsAlarm"}
# A longer list would be hard to use in an incident.
QUERIES_AT_MOST = 8


def at_level(level: str, stack: Deployment) -> Deployment:
    """The same deployment with this level of monitoring."""
    return Deployment(stack.template, stack.parameters | {"Monitoring": level}, stack.stack_name)


def levels_are_as_agreed(stack: Deployment) -> Iterator[str]:
    """The alarms and the dashboard of each level, and that the functions write the metrics of the alarms."""
    wanted = {"none": set(), "basic": HIGH_URGENCY, "full": None}
    for level, alarms in wanted.items():
        deployed = at_level(level, stack)
        found = {name for name, each in deployed.resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
        every = {name for name, each in stack.resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
        if found != (every if alarms is None else every & alarms):
            yield f"with Monitoring {level}, the alarms are {', '.join(sorted(found))}"
        if ("Dashboard" in deployed.resources) != ("DashboardUrl" in deployed.outputs) or ("Dashboard" in deployed.resources) != (level == "full"):
            yield f"with Monitoring {level}, the dashboard is wrong"
        for name in FUNCTIONS:
            if deployed.properties(name)["Environment"]["Variables"].get("METRICS") != level:
                yield f"with Monitoring {level}, {name} writes other metrics"
    used = {metric for _, namespace, metric, _ in alarm_metrics(at_level("basic", stack)) if namespace == OUR_NAMESPACE}
    if used != product.basic_metrics() - (set() if stack.parameters["EventBusName"] else {"RejectedEvents", "AbandonedEvents"}):
        yield f"with Monitoring basic, the alarms use {', '.join(sorted(used))}"


def alarms_look_at_metrics_that_are_written(stack: Deployment) -> Iterator[str]:
    shown = [(f"“{widget.title}”", each.namespace, each.metric, each.of)
             for widget in widgets(stack) for each in widget.series if not each.expression]
    for where, namespace, metric, of in [*alarm_metrics(stack), *shown]:
        writers = {stack.physical_id(name) for name in writers_of(namespace, metric)}
        if of not in writers:
            yield f"{where} uses {namespace} {metric} of {of}, which no function writes"


def writers_of(namespace: str, metric: str) -> set[str]:
    """The resources, by logical id, that write a metric or of which AWS writes it."""
    if namespace == "AWS/DynamoDB" and metric in TABLE_METRICS:
        return {"Table"}
    if namespace == "AWS/Lambda" and metric in LAMBDA_METRICS:
        return FUNCTIONS
    if namespace == OUR_NAMESPACE:
        return product.writers(metric)
    return set()


def alarm_metrics(stack: Deployment) -> Iterator[tuple]:
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        single = [alarm] if "MetricName" in alarm else []
        queried = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
        for metric in single + queried:
            dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}
            yield name, metric["Namespace"], metric["MetricName"], dimensions.get("FunctionName")


def each_metric_is_shown(stack: Deployment) -> Iterator[str]:
    shown = {each.metric for widget in widgets(stack) for each in widget.series if each.namespace == OUR_NAMESPACE}
    yield from (f"the dashboard does not show {name}" for name in sorted(product.metrics() - shown))


def expressions_use_what_is_there(stack: Deployment) -> Iterator[str]:
    """An id without a metric breaks the widget; a hidden metric that no expression uses shows nothing."""
    for widget in widgets(stack):
        ids = [each.id for each in widget.series if each.id]
        used = {name for each in widget.series for name in names_in(each.expression)}
        if len(ids) != len(set(ids)) or used != {each.id for each in widget.series if not each.is_visible}:
            yield f"the expressions of “{widget.title}” do not use its hidden metrics"


def widgets_fill_the_page(stack: Deployment) -> Iterator[str]:
    """Each has a title or is a text, and lies beside the others: CloudWatch's page is 24 wide."""
    taken: set[tuple[int, int]] = set()
    for widget in widgets(stack):
        x, y, width, height = widget.place
        cells = {(left, top) for left in range(x, x + width) for top in range(y, y + height)}
        if x + width > 24 or taken & cells:
            yield f"“{widget.title or widget.kind}” lies on another or beyond the page"
        if not widget.title and widget.kind != "text":
            yield f"a widget at {x}, {y} has no title"
        taken |= cells


def metrics_pass_the_log_level(stack: Deployment) -> Iterator[str]:
    """A metric is a line in the log, and Lambda treats a line without a level as INFO."""
    levels = stack.template["Parameters"]["LogLevel"]["AllowedValues"]
    if not {"TRACE", "DEBUG", "INFO"}.issuperset(levels):
        yield f"LogLevel may be {', '.join(levels)}, and Lambda would drop the metrics"


def alarms_act_as_agreed(stack: Deployment) -> Iterator[str]:
    yield from alarms_notify_the_topic_of_their_urgency(stack)
    shown = next(each for each in widgets(stack) if each.kind == "alarm")
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        missing = "breaching" if name == "CheckerSilentAlarm" else "notBreaching"
        if alarm.get("TreatMissingData") != missing:
            yield f"{name} treats missing data as {alarm.get('TreatMissingData')}"
        if stack.attribute(name, "Arn") not in shown.properties["alarms"]:
            yield f"the dashboard does not show {name}"
    if (ON_EVENTS & stack.resources.keys()) != (ON_EVENTS if stack.parameters["EventBusName"] else set()):
        yield "the alarms on events do not exist with events alone"


def alarms_notify_the_topic_of_their_urgency(stack: Deployment) -> Iterator[str]:
    """In both directions, and with one topic alone all alarms notify that one, if it is the one for urgent alarms."""
    urgent, other = stack.parameters["AlarmTopicArn"], stack.parameters["LowUrgencyAlarmTopicArn"]
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        topic = urgent if name in HIGH_URGENCY else other or urgent
        for key in ("AlarmActions", "OKActions"):
            if alarm.get(key) != ([topic] if topic else None):
                yield f"{name} has the {key} {alarm.get(key)}, not {topic or 'none'}"


def alarm_topics_are_told_apart(stack: Deployment) -> Iterator[str]:
    urgent, other = "arn:aws:sns:us-east-1:111111111111:urgent", "arn:aws:sns:us-east-1:111111111111:other"
    for topics in ({"AlarmTopicArn": urgent}, {"LowUrgencyAlarmTopicArn": other}, {"AlarmTopicArn": urgent, "LowUrgencyAlarmTopicArn": other}):
        given = {"DistributionArns": "E2EXAMPLE1ABCD", "EventBusName": "default", "Monitoring": "full"} | topics
        yield from alarms_notify_the_topic_of_their_urgency(Deployment(stack.template, given))


def queries_ask_for_lines_that_are_logged(stack: Deployment) -> Iterator[str]:
    groups = {stack.physical_id(name) for name in stack.of_type("AWS::Logs::LogGroup")}
    saved = stack.of_type("AWS::Logs::QueryDefinition")
    if len(saved) > QUERIES_AT_MOST:
        yield f"there are {len(saved)} saved queries"
    for name, query in saved.items():
        if set(query["LogGroupNames"]) != groups:
            yield f"{name} does not ask both logs"
        yield from queries.faults(name, query["QueryString"])


def descriptions_end(stack: Deployment) -> Iterator[str]:
    """An alarm's description is the text of its notification: whole sentences."""
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        if not re.fullmatch(r"[^\n]{30,250}\.", alarm["AlarmDescription"]):
            yield f"{name} is described as “{alarm['AlarmDescription']}”"


CHECKS = [
    levels_are_as_agreed,
    alarms_look_at_metrics_that_are_written,
    each_metric_is_shown,
    expressions_use_what_is_there,
    widgets_fill_the_page,
    metrics_pass_the_log_level,
    alarms_act_as_agreed,
    alarm_topics_are_told_apart,
    queries_ask_for_lines_that_are_logged,
    descriptions_end,
]
