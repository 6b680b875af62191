"""CodePipeline's job events, by Powertools' data class and by the types of DefinitelyTyped."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from aws_lambda_powertools.utilities.data_classes import CodePipelineJobEvent
from aws_lambda_powertools.utilities.parser import models

from samples import Samples
from table import Node, Row, named, reading

TOPIC = "arn:aws:sns:us-east-1:111111111111:deploys"
PARAMETERS = {"PipelineName": "example-pipeline", "DistributionId": "E2EXAMPLE1ABCD", "SnsTopicArn": TOPIC}
PATHS = PARAMETERS | {"Paths": ["/index.html", "/images/*", "/caf%C3%A9/menu.html"]}
# The content has four faults, but it is JSON like any other.
FAULTY = {"PipelineName": "example-pipeline", "DistributonId": "E2EXAMPLE1ABCD", "SnsTopicArn": TOPIC,
          "Paths": ["index.html", "/images/*.png"], "TimeoutMinutes": 0}


class Job(NamedTuple):
    """What the product reads of a job event; `refused` is the member that it misses."""

    id: str
    token: str | None = None
    parameters: dict | None = None
    refused: str = ""

    def __str__(self) -> str:
        return summary(self.id, self.token, self.parameters)


def summary(job: str, token: str | None, parameters: dict | None) -> str:
    return f"{job}, {'no token' if token is None else f'token {token}'}, {json.dumps(parameters) if parameters else 'no parameters'}"


# As events/README.md says.
JOBS = {
    "start-first-job": Job("11111111-abcd-1111-abcd-111111abcdef", None, PARAMETERS),
    "start-first-job-with-paths": Job("22222222-abcd-2222-abcd-222222abcdef", None, PATHS),
    "start-continuation-job": Job("33333333-abcd-3333-abcd-333333abcdef", "1.11111111-abcd-1111-abcd-111111abcdef.1", PARAMETERS),
    "start-python-token": Job("44444444-abcd-4444-abcd-444444abcdef", '{"InvalidationId": "I2J0I21PCUYOIK"}', PARAMETERS),
    "start-bad-parameters": Job("55555555-abcd-5555-abcd-555555abcdef", None, FAULTY),
    "start-paths-file": Job("88888888-abcd-8888-abcd-888888abcdef", None, PARAMETERS | {"PathsFile": "invalidation.txt"}),
    "start-without-parameters": Job("66666666-abcd-6666-abcd-666666abcdef"),
    "start-without-job-id": Job("", refused="id"),
    # The job of the first file, inside Lambda's record of it.
    "checker-failed-delivery": Job("11111111-abcd-1111-abcd-111111abcdef", None, PARAMETERS),
}
MISSING = "models of a job"
TYPES_WANT_PARAMETERS = "the types ask for UserParameters, which an action need not have"


def read(event: dict) -> str:
    job = CodePipelineJobEvent(event)
    return summary(job.get_id, job.data.continuation_token, job.decoded_user_parameters or None)


def rows(samples: Samples, node: Node) -> Iterator[Row]:
    files = {path.removeprefix("events/").removesuffix(".json"): json.loads(text)
             for path, text in samples.items() if path.startswith("events/") and "schedule" not in path}
    assert files.keys() == JOBS.keys(), f"the table of jobs is not that of events/: {files.keys() ^ JOBS.keys()}"
    events = {name: each["requestPayload"] if name == "checker-failed-delivery" else each for name, each in files.items()}
    for name, event in events.items():
        expected = f"refused: '{JOBS[name].refused}'" if JOBS[name].refused else str(JOBS[name])
        yield Row(named("aws-lambda-powertools", "data class"), name, reading(lambda event=event: read(event)), expected)
    compiled = node.says([{"kind": "type", "type": "CodePipelineEvent", "value": each} for each in events.values()], str)
    for name, says in zip(events, compiled, strict=True):
        missing = JOBS[name].refused or ("" if JOBS[name].parameters else "UserParameters")
        yield Row(node.named("@types/aws-lambda"), name, says, f"refused: Property '{missing}' is missing" if missing else "accepted",
                  TYPES_WANT_PARAMETERS if missing == "UserParameters" else "")
    yield from rows_of_models_that_are_missing(node)


def rows_of_models_that_are_missing(node: Node) -> Iterator[Row]:
    """Neither of Powertools' parsers has a model of a job. A version that has one shows here, and should then read the samples."""
    found = [each for each in models.__all__ if "pipeline" in each.lower()]
    yield Row(named("aws-lambda-powertools", "parser"), MISSING, str(found), "[]")
    (schemas,) = node.ask([{"kind": "exports"}])
    found = [each for each in schemas["value"] if "pipeline" in each.lower()]
    yield Row(node.named("@aws-lambda-powertools/parser"), MISSING, str(found), "[]")
