"""The saved queries, asked of log lines as the functions write them (log/), and their answers held against what they must be.

The lines are of six executions and events: one that succeeds, whose notice SNS takes at the second try; one that fails; one
that the checker rescues; one that times out; an event that nobody can answer; and one that waits in the queue.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import deployments
import insights
import product
from expand import expand, load
from resolve import ACCOUNT, Deployment

LOG = Path(__file__).with_name("log")
FILES = {"start.jsonl": "StartLogGroup", "checker.jsonl": "CheckerLogGroup"}
# What each line of ours has beside the fields of its macro, and what CloudWatch adds to each line.
OF_ALL = {"timestamp", "level", "message", "target", "span"}
OF_CLOUDWATCH = {"@timestamp", "@message", "@log"}
# Fields within the span, which the product names where it opens it.
OF_THE_SPAN = {"span.function", "span.request_id"}
SUCCESS, FAILURE, RESCUE, TIME_OUT, QUEUED = (f"{str(number) * 8}-abcd-4abc-8abc-{'a' * 12}" for number in range(1, 6))
# What a person puts into a query before running it.
PASTED = {
    "StoryQuery": ("the id of the execution: the first job id", TIME_OUT),
    "RequestQuery": ("the request id of Lambda", "00000000-0000-4000-8000-000000000005"),
}
# Of each query, the columns that are compared, and the rows that must come, in this order.
ANSWERS: dict[str, tuple[list[str], list[tuple]]] = {
    "StoryQuery": (["@timestamp", "span.function", "message", "outcome", "trouble"], [
        ("03:00:00", "start", "CodePipeline came with a job", None, None),
        ("03:00:01", "start", "CloudFront put us off; trying again later", None, "Throttling: Rate exceeded"),
        ("03:00:26", "start", "answered the job", "continue", None),
        ("03:05:00", "checker", "CloudFront put us off; trying again later", None, "Throttling: Rate exceeded"),
        ("03:10:00", "start", "CodePipeline came with a job", None, None),
        ("03:10:25", "start", "answered the job", "continue", None),
        ("03:14:00", "checker", "CloudFront put us off; trying again later", None, "Throttling: Rate exceeded"),
        ("03:15:05", "start", "CodePipeline came with a job", None, None),
        ("03:15:05", "start", "the outcome is decided", "timed out", None),
        ("03:15:05", "start", "answered the job", "timed out", None),
        ("03:15:05", "start", "published the notice", "timed out", None),
    ]),
    "FailuresQuery": (["@timestamp", "execution_id", "pipeline", "message", "outcome", "reason"], [
        ("03:15:05", TIME_OUT, "example-pipeline", "the outcome is decided", "timed out", None),
        ("02:03:00", None, None, "this run failed", None, None),
        ("02:01:00", None, None, "this run failed", None, None),
        ("02:00:00", None, None, "this run failed", None, None),
        ("01:00:01", FAILURE, "second-pipeline", "the outcome is decided", "failed", None),
        ("01:00:01", FAILURE, "second-pipeline", "CloudFront refused for good", None,
         'AccessDenied { action: "cloudfront:CreateInvalidation" }'),
    ]),
    "SlowestQuery": (["execution_id", "seconds", "visits", "of"], [
        (TIME_OUT, 905.1, 3, "example-pipeline"),
        (QUEUED, 101.1, 2, "example-pipeline"),
        (RESCUE, 33.1, 2, "example-pipeline"),
        (SUCCESS, 11.1, 1, "example-pipeline"),
        (FAILURE, 1.1, 1, "second-pipeline"),
    ]),
    "WaitingQuery": (["execution_id", "distribution_id", "seconds_at_least", "ahead_at_most", "of"], [
        (QUEUED, "E2EXAMPLE1ABCD", 59, 2, "example-pipeline"),
    ]),
    "PutOffQuery": (["message", "trouble", "times", "last", "such_as"], [
        ("CloudFront put us off; trying again later", "Throttling: Rate exceeded", 3, "03:14:00", TIME_OUT),
        ("SNS did not take the notice; trying again later", "InternalError: We encountered an internal error", 1, "00:00:11", SUCCESS),
    ]),
    "UnheardQuery": (["@timestamp", "pipeline", "execution_id", "trouble"], [
        ("01:00:01", "second-pipeline", FAILURE, "NotFound: Topic does not exist"),
    ]),
    "RequestQuery": (["@timestamp", "@log", "level", "message", "job_id"], [
        ("02:03:01", f"{ACCOUNT}:stack-CheckerLogGroup-1A2B3C4D", "WARN",
         "each delivery of this job to the start function failed; answering in its place", RESCUE),
        ("02:03:02", f"{ACCOUNT}:stack-CheckerLogGroup-1A2B3C4D", "INFO", "CodePipeline came with a job", RESCUE),
        ("02:03:03", f"{ACCOUNT}:stack-CheckerLogGroup-1A2B3C4D", "INFO", "created the invalidation", RESCUE),
        ("02:03:04", f"{ACCOUNT}:stack-CheckerLogGroup-1A2B3C4D", "INFO", "answered the job", RESCUE),
    ]),
    "UnanswerableQuery": (["@timestamp", "@log", "error", "span.request_id"], [
        ("04:00:00", f"{ACCOUNT}:stack-StartLogGroup-1A2B3C4D", "the event has no job id", "00000000-0000-4000-8000-000000000012"),
    ]),
}
# What stands in a query, what stands there instead, and what notices it: the answers, or the reader.
PLANTED = [
    ("StoryQuery", "sort @timestamp asc", "sort @timestamp desc"),
    ("StoryQuery", "span.function", "function"),
    ("StoryQuery", "limit 1000", "limit 10"),
    ("FailuresQuery", '"timed out"', '"timedout"'),
    ("FailuresQuery", "reason, error", "reasons, error"),
    ("FailuresQuery", '"CloudFront refused for good"', '"CloudFront refused"'),
    ("FailuresQuery", 'message = "the outcome is decided" and outcome in', "outcome in"),
    ("SlowestQuery", "max(at) - min(at)", "min(at) - max(at)"),
    ("SlowestQuery", "latest(pipeline)", "earliest(pipeline)"),
    ("SlowestQuery", "by execution_id", "by job_id"),
    ("WaitingQuery", "max(ahead)", "min(ahead)"),
    ("PutOffQuery", "by message, trouble", "by trouble"),
    ("PutOffQuery", "sort times desc", "sort times"),
    # What CloudWatch makes of a comparison with a field that a line has not, its documentation does not say.
    ("UnheardQuery", "filter message in", 'filter topic != "x" and message in'),
    ("FailuresQuery", "sort @timestamp desc", "sort reason desc"),
    ("WaitingQuery", "(max(at) - min(at)) / 1000", "max(at) - min(at) / 1000"),
    ("UnheardQuery", "it is given up", "it is given away"),
    ("RequestQuery", "@message like", "message like"),
    ("UnanswerableQuery", "fields @timestamp,", "display @timestamp,"),
]
# The same for lines of the log.
PLANTED_LINES = [
    ('"message":"answered the job"', '"message":"has answered the job"'),
    ('"level":"WARN"', '"level":"INFO"'),
    ('"trouble":', '"problem":'),
    ('"request_id":', '"requestId":'),
    ('"TimedOut"', '"TimeOuts"'),
]


def texts() -> dict[str, str]:
    return {name: (LOG / name).read_text() for name in FILES}


def rows(stack: Deployment, logs: dict[str, str]) -> list[insights.Row]:
    """The lines as CloudWatch keeps them: the fields of their JSON, those within others with a dot, and its own."""
    found = []
    for name, group in FILES.items():
        for text in logs[name].splitlines():
            told = json.loads(text)
            at = told["_aws"]["Timestamp"] if "_aws" in told else round(datetime.fromisoformat(told["timestamp"]).timestamp() * 1000)
            own = {"@timestamp": at, "@message": text, "@log": f"{ACCOUNT}:{stack.physical_id(group)}"}
            found.append(flat(told) | own)
    return found


def flat(value: dict, start: str = "") -> dict:
    found = {}
    for key, each in value.items():
        found |= flat(each, f"{start}{key}.") if isinstance(each, dict) else {start + key: each}
    return found


def faults_of_lines(logs: dict[str, str]) -> Iterator[str]:
    """Each line of ours is one that some macro writes: with this message, at this level, with no other fields."""
    for name, text in logs.items():
        for number, told in enumerate(map(json.loads, text.splitlines()), 1):
            where, message = f"{name}:{number}", told.get("message")
            if "_aws" in told:
                names = {each["Name"] for each in told["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
                if told.keys() - {"FunctionName", "_aws"} != names or not names <= product.metrics():
                    yield f"{where}: nobody writes the metrics {sorted(names)}"
                continue
            line = product.lines().get(message)
            if not line or told["level"] not in line.levels:
                yield f"{where}: nobody writes “{message}” at the level {told['level']}"
            elif others := told.keys() - OF_ALL - line.fields:
                yield f"{where}: “{message}” has no {', '.join(sorted(others))}"
            elif not {"function", "request_id"} <= told["span"].keys() or told["span"]["function"] != name.removesuffix(".jsonl"):
                yield f"{where}: the span is {told['span']}"


def faults_of_fields(name: str, query: insights.Query) -> Iterator[str]:
    written = OF_ALL | OF_CLOUDWATCH | {field for line in product.lines().values() for field in line.fields}
    written |= {field for field in OF_THE_SPAN if product.says_word(field.removeprefix("span."))}
    yield from (f"{name} asks for {field}, which no line has" for field in sorted(query.fields() - written))


def faults_of_answer(name: str, query: insights.Query, asked: list[insights.Row]) -> Iterator[str]:
    columns, wanted = ANSWERS[name]
    found = [tuple(shown(column, row.get(column)) for column in columns) for row in query.run(asked)]
    if found != wanted:
        yield f"{name} answers {found}"


def shown(column: str, value):
    """A moment by its time of day; a number without a fraction that is none."""
    if column in ("@timestamp", "last"):
        return f"{datetime.fromtimestamp(value / 1000, tz=UTC):%H:%M:%S}"
    return round(value, 3) if isinstance(value, float) else value


def faults(queries: dict[str, str], asked: list[insights.Row]) -> list[str]:
    found = [f"{name} has no answer here" for name in sorted(queries.keys() ^ ANSWERS.keys())]
    for name, text in queries.items():
        hint, pasted = PASTED.get(name, ("", ""))
        if hint not in text:
            found.append(f"{name} does not say “{hint}”")
        try:
            query = insights.Query(text.replace(hint, pasted) if hint else text)
            found += [*faults_of_fields(name, query), *faults_of_answer(name, query, asked)]
        except insights.NotKnown as error:
            found.append(f"{name} is not known: {error}")
    return found


def main() -> int:
    stack = deployments.full(expand(load()))
    queries = {name: each["QueryString"] for name, each in stack.of_type("AWS::Logs::QueryDefinition").items()}
    logs = texts()
    asked = rows(Deployment(stack.template, deployments.SMALL), logs)
    found = [*faults_of_lines(logs), *faults(queries, asked)]
    print(f"{len(queries)} saved queries asked of {len(asked)} lines: {len(found)} faults", *found, sep="\n  ")
    missed = 0
    for name, right, wrong in PLANTED:
        assert right in queries[name], f"{name} no longer has {right}"
        noticed = [each for each in faults(queries | {name: queries[name].replace(right, wrong)}, asked) if each not in found]
        missed += not noticed
        print(f"planted in {name} {wrong}: {noticed[0][:100] if noticed else 'NOT NOTICED'}")
    for right, wrong in PLANTED_LINES:
        assert any(right in text for text in logs.values()), f"no line has {right}"
        noticed = [each for each in faults_of_lines({name: text.replace(right, wrong) for name, text in logs.items()}) if each not in found]
        missed += not noticed
        print(f"planted in the lines {wrong}: {noticed[0][:100] if noticed else 'NOT NOTICED'}")
    return int(bool(found) or missed > 0)


if __name__ == "__main__":
    sys.exit(main())
