"""The project's own samples, read by parsers that others wrote: the events that the functions get, the events and notifications that
they send, and the lines that they log. Each parser says what it reads in each sample; the table compares this with what the product
reads or means.

Where a parser is known to differ from AWS, the table expects the difference and gives the reason. When a newer version no longer
differs, this check fails, and the row must be corrected. Faults are planted in copies of the samples: each parser must detect one.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import emulators
import events
import jobs
import lines
import topics
from samples import LOG, NOTIFICATION_PAGE, RULES, Samples, load
from table import Node, Row

CHECKER, START = LOG
FIRST, RETURN = "events/start-first-job.json", "events/start-continuation-job.json"
NO_ID, SCHEDULER = "events/start-without-job-id.json", "events/checker-schedule-scheduler.json"


class Fault(NamedTuple):
    """A part of the table, the text in a sample, the text that replaces it, and the parsers that must detect."""

    part: str
    sample: str
    right: str
    wrong: str
    by: tuple[str, ...]


DATA_CLASS, MODEL = "aws-lambda-powertools data class", "aws-lambda-powertools model"
SCHEMA, TYPES = "@aws-lambda-powertools/parser", "@types/aws-lambda"
EMULATORS = ("moto", "ministack")
NOTIFICATIONS = (DATA_CLASS, "aws-lambda-powertools SnsModel", f"{MODEL} for queues", SCHEMA, f"{SCHEMA} for queues")
TIMES = ("ciso8601 RFC 3339", "zod the same moment")
EMF_SCHEMA, WRITERS = "aws-lambda-powertools schema", ("aws-lambda-powertools writes the same", "aws-embedded-metrics writes the same")
PLANTED = [
    Fault("jobs", FIRST, '"CodePipeline.job"', '"CodePipelineJob"', (DATA_CLASS, TYPES)),
    Fault("jobs", FIRST, '"UserParameters"', '"userParameters"', (DATA_CLASS, TYPES)),
    Fault("jobs", FIRST, r'{\"PipelineName', r'\"PipelineName', (DATA_CLASS,)),
    Fault("jobs", FIRST, '"type": "S3"', '"type": "s3"', (TYPES,)),
    Fault("jobs", RETURN, '"continuationToken"', '"ContinuationToken"', (DATA_CLASS, TYPES)),
    Fault("jobs", RETURN, '"33333333', '"11111111', (DATA_CLASS,)),
    # It would no longer be refused.
    Fault("jobs", NO_ID, '"accountId"', '"id": "77777777-abcd-7777-abcd-777777abcdef", "accountId"', (DATA_CLASS, TYPES)),
    Fault("envelopes", NOTIFICATION_PAGE, '"detail-type"', '"detailType"', (DATA_CLASS, MODEL, SCHEMA, TYPES)),
    Fault("envelopes", NOTIFICATION_PAGE, '"time": "2026-01-31T12:00:34Z"', '"time": "2026-01-31 12:00:34"', (DATA_CLASS, MODEL, SCHEMA)),
    Fault("envelopes", NOTIFICATION_PAGE, '"resources": []', '"resources": {}', (MODEL, SCHEMA, TYPES)),
    Fault("envelopes", NOTIFICATION_PAGE, '"account": "111111111111"', '"account": 111111111111', (MODEL, SCHEMA, TYPES)),
    Fault("envelopes", SCHEDULER, '"detail": "{}"', '"detail": "none"', (DATA_CLASS, MODEL, SCHEMA)),
    Fault("rules", NOTIFICATION_PAGE, '"detail": {\n    "version": "1"', '"detail": {\n    "version": "2"', ("jsonschema",)),
    Fault("rules", RULES, "pipeline: [!Ref PipelineName]", "pipelines: [!Ref PipelineName]", ("aws-eventbridge-rule-syncer",)),
    Fault("rules", RULES, "status: [failed, warning]", "status: failed", EMULATORS),
    Fault("rules", NOTIFICATION_PAGE, '"source": "cloudfront-invalidation-action"', '"source": "cloudfront-invalidation"', EMULATORS),
    Fault("topics", NOTIFICATION_PAGE, "| `distribution` | String.Array |", "| `distribution` | String |", (*NOTIFICATIONS, "ministack")),
    Fault("topics", NOTIFICATION_PAGE, "| `status` | String |", "| `Status` | String |", (*EMULATORS, "the page's table")),
    Fault("lines", START, '"level":"WARN"', '"level":"WARNING"', ("botocore levels of Lambda",)),
    Fault("lines", START, '"level":"INFO"', '"level":"INFO","level":"INFO"', ("jiter without duplicate keys",)),
    Fault("lines", START, '"span":{', '"span":{"function":"start",', ("jiter without duplicate keys",)),
    Fault("lines", START, '"name":"invocation"', '"name":null', ("pydantic spans of texts",)),
    Fault("lines", CHECKER, '"timestamp":"2026-01-01T00:01:00.000000Z"', '"timestamp":"2026-01-01T00:01:00"', TIMES),
    Fault("lines", CHECKER, '"timestamp":"2026-01-01T00:01:00.000000Z"', '"timestamp":"2026-01-01 00:01:00.000000Z"', TIMES[1:]),
    Fault("lines", CHECKER, '"timestamp":"2026-01-01T00:01:00.000000Z"', '"timestamp":"2026-02-30T00:01:00.000000Z"', TIMES),
    Fault("lines", CHECKER, '"Unit":"Seconds"', '"Unit":"s"', (EMF_SCHEMA, *WRITERS)),
    Fault("lines", CHECKER, '"Timestamp":1767225660300', '"Timestamp":"1767225660300"', (EMF_SCHEMA,)),
    Fault("lines", CHECKER, '"OpenExecutions":1,', "", WRITERS),
    Fault("lines", CHECKER, '"OpenExecutions":1,', '"OpenExecutions":"1",', WRITERS[:1]),
    Fault("lines", CHECKER, '"Dimensions":[["FunctionName"]]', '"Dimensions":["FunctionName"]', (EMF_SCHEMA, *WRITERS)),
    Fault("lines", CHECKER, '"Namespace":"CloudFrontInvalidation"', '"Namespace":""', (EMF_SCHEMA, WRITERS[1])),
]


def parts(node: Node, emf: Path, running: emulators.Emulators) -> dict[str, Callable[[Samples], Iterator[Row]]]:
    return {
        "jobs": lambda samples: jobs.rows(samples, node),
        "envelopes": lambda samples: events.rows_of_envelopes(samples, node),
        "rules": lambda samples: events.rows_of_rules(samples, node, running),
        "topics": lambda samples: topics.rows(samples, node, running),
        "lines": lambda samples: lines.rows(samples, node, emf),
    }


def unnoticed(part: Callable[[Samples], Iterator[Row]], samples: Samples, fault: Fault) -> set[str]:
    """Which parsers do not notification a planted fault that they must."""
    assert fault.right in samples[fault.sample], f"{fault.sample} no longer has {fault.right}"
    damaged = samples | {fault.sample: samples[fault.sample].replace(fault.right, fault.wrong, 1)}
    left = set(fault.by)
    for each in part(damaged):
        if not each.is_right():
            left.discard(each.of())
        if not left:
            break
    return left


def main(tools: Path) -> int:
    samples = load()
    with Node(tools / "parsers-npm") as node, emulators.ministack() as ministack:
        found = parts(node, tools / "emf", [emulators.moto, lambda: nullcontext(ministack)])
        rows = [each for part in found.values() for each in part(samples)]
        wrong = [each for each in rows if not each.is_right()]
        print(*rows, f"{len(rows)} rows: {len(wrong)} wrong", sep="\n")
        missed = [f"{each} has no planted fault to detect" for each in
                  {row.of() for row in rows if row.sample != jobs.MISSING} - {name for fault in PLANTED for name in fault.by}]
        for fault in PLANTED:
            left = unnoticed(found[fault.part], samples, fault)
            missed += [f"{each} does not notification {fault.wrong}" for each in left]
            print(f"seeded in {fault.sample}: {fault.wrong[:60]!r}: {f'NOT NOTICED by {left}' if left else ', '.join(fault.by)}")
        print(*missed, sep="\n")
    return int(bool(wrong or missed))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
