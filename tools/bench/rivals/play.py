"""One deployment with one of the alternatives in one scenario. The services record the result; each function here returns only the
amounts that are billed."""

import heapq
import importlib.util
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import boto3
from botocore.exceptions import ClientError

from aws import TOOL, TOPIC, Aws, Killed
from clock import RunnerClock
from scenarios import Scenario

SUBJECTS = Path(__file__).parent / "subjects"
JOB = "11111111-abcd-1111-abcd-111111abcdef"
# The waits before the second and the third attempt of an asynchronous invocation that fails.
BACKOFF_S = (60, 120)
# The interval in the log of the article.
CONTINUES_AFTER_S = 30
# How long an execution of the local runner may take, in real seconds.
REAL_TIMEOUT_S = 240
# The default of a custom resource's ServiceTimeout.
CUSTOM_RESOURCE_TIMER_S = 60 * 60


def load(path: Path) -> ModuleType:
    """The module anew, with clients of the current services."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Function:
    """A Lambda function that is invoked asynchronously: it is invoked twice more if it fails, and each event may arrive twice."""

    def __init__(self, aws: Aws, handler: Callable, copies: int) -> None:
        self._aws, self._handler, self._copies = aws, handler, copies
        self._due: list[tuple[float, int, int, dict]] = []
        self._sent = 0
        self.runs_s: list[float] = []

    def send(self, event: dict, after_s: float = 0, attempt: int = 0) -> None:
        self._sent += 1
        heapq.heappush(self._due, (self._aws.clock.now() + after_s, self._sent, attempt, event))

    def receive(self, event: dict, after_s: float = 0) -> None:
        for _ in range(self._copies):
            self.send(event, after_s)

    def run_next(self) -> bool:
        """Runs the handler with the event that is due first; false if there is none."""
        if not self._due:
            return False
        at_s, _, attempt, event = heapq.heappop(self._due)
        self._aws.clock.reach(at_s)
        began_s = self._aws.clock.now()
        try:
            self._handler(json.loads(json.dumps(event)), SimpleNamespace(log_stream_name="log"))
        except (Killed, Exception):
            # Whatever the reason is, the run has failed, and that is all that Lambda knows.
            if attempt < len(BACKOFF_S):
                self.send(event, BACKOFF_S[attempt], attempt + 1)
        self.runs_s.append(self._aws.clock.now() - began_s)
        return True


def job_event(job: str, parameters: str, token: str | None = None) -> dict:
    data = {"actionConfiguration": {"configuration": {"FunctionName": "invalidate", "UserParameters": parameters}}}
    return {"CodePipeline.job": {"id": job, "data": data | ({"continuationToken": token} if token else {})}}


def run_action(aws: Aws, handler: Callable, parameters: str, copies: int) -> Function:
    """A Lambda action of CodePipeline, until it has ended and no event is left."""
    function, jobs = Function(aws, handler, copies), 0
    aws.job = JOB
    function.receive(job_event(JOB, parameters))
    while function.run_next():
        if aws.token is not None:
            jobs += 1
            aws.job = f"{JOB[:-4]}{jobs:04}"
            function.receive(job_event(aws.job, parameters, aws.token), CONTINUES_AFTER_S)
            aws.token = None
    aws.end_by_timer()
    return function


def parameters(scenario: Scenario, **values) -> str:
    return '{"DistributionId":' if scenario.is_unreadable else json.dumps(values)


def python_function(scenario: Scenario, aws: Aws) -> dict:
    handler = load(SUBJECTS / "python_function.py").handler
    asked = parameters(scenario, DistributionId=scenario.distributions[0], SnsTopicArn=TOPIC)
    return {"lambda_runs": len(run_action(aws, handler, asked, scenario.copies).runs_s)}


def durable_function(scenario: Scenario, aws: Aws) -> dict:
    from aws_durable_execution_sdk_python_testing import runner as local
    from aws_durable_execution_sdk_python_testing.executor import Executor

    local.SkipClock = lambda: RunnerClock(aws.clock)
    # Real seconds between the attempts of an invocation that fails.
    Executor.RETRY_BACKOFF_SECONDS = 0.05
    os.environ["TOPIC_ARN"] = TOPIC
    subject, invocations = load(SUBJECTS / "durable_function.py"), []

    def process(event, context):
        invocations.append(event)
        try:
            return subject.handler(event, context)
        except Killed as error:
            raise RuntimeError("Runtime exited") from error

    with local.DurableFunctionTestRunner(process, execution_timeout=24 * 3600) as runner:
        arns: dict[str, str] = {}

        def start(name: str, payload: dict) -> None:
            # "If you invoke a durable function using a name that already exists with the same payload, Lambda returns the existing
            # execution instead of creating a duplicate", the service model of Lambda, Invoke. Both copies have the same payload.
            if name not in arns:
                arns[name] = runner.run_async(input=json.dumps(payload), execution_name=name)

        aws.invoke, aws.job = start, JOB
        dispatcher = Function(aws, subject.dispatch, scenario.copies)
        dispatcher.receive(job_event(JOB, parameters(scenario, DistributionIds=scenario.distributions)))
        while dispatcher.run_next():
            pass
        results = [runner.wait_for_result(arn, timeout=REAL_TIMEOUT_S) for arn in arns.values()]
        aws.end_by_timer()
    operations = sum(len(result.get_all_operations()) for result in results)
    return {"lambda_runs": len(dispatcher.runs_s) + len(invocations), "operations": operations}


def state_machine(scenario: Scenario, aws: Aws) -> dict:
    from moto import mock_aws
    from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

    retrier_decl.time = SimpleNamespace(sleep=aws.clock.sleep)
    WaitFunction._wait_interval = lambda self, env, wait_seconds: aws.clock.sleep(wait_seconds)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        aws.connect()
        machines = boto3.client("stepfunctions")
        machine = machines.create_state_machine(name="invalidate", definition=(SUBJECTS / "state_machine.asl.json").read_text(),
                                                roleArn="arn:aws:iam::111122223333:role/machine")["stateMachineArn"]
        asked = parameters(scenario, DistributionIds=scenario.distributions)
        try:
            run = machines.start_execution(stateMachineArn=machine, name=JOB, input=asked)["executionArn"]
        except ClientError:
            # InvalidExecutionInput in AWS; moto's error has no code.
            aws.end("Failed", TOOL)
            return {"transitions": 0}
        while (status := machines.describe_execution(executionArn=run)["status"]) == "RUNNING":
            time.sleep(0.02)
        aws.end("Succeeded" if status == "SUCCEEDED" else "Failed", TOOL)
        pages = machines.get_paginator("get_execution_history").paginate(executionArn=run)
        events = [event for page in pages for event in page["events"]]
    return {"transitions": sum(event["type"].endswith("StateEntered") for event in events)}


def bucket_deployment(scenario: Scenario, aws: Aws, handler: Path) -> dict:
    module = load(handler)
    # What follows the upload is compared.
    module.s3_deploy = lambda *_: None

    def respond(request):
        body = json.loads(request.data)
        aws.end("Succeeded" if body["Status"] == "SUCCESS" else "Failed", TOOL)
        return SimpleNamespace(reason="OK", close=lambda: None)

    module.urlopen = respond
    properties = {"SourceBucketNames": ["assets"], "SourceObjectKeys": ["site.zip"], "DestinationBucketName": "site",
                  "DistributionId": scenario.distributions[0], "DistributionPaths": ["/*"]}
    if scenario.is_unreadable:
        del properties["SourceBucketNames"]
    event = {"RequestType": "Update", "PhysicalResourceId": "site", "ResponseURL": "https://cloudformation.example.com/", "StackId": "s",
             "RequestId": "r", "LogicalResourceId": "Site", "ResourceProperties": properties}
    aws.timer_s = CUSTOM_RESOURCE_TIMER_S
    function = Function(aws, module.handler, scenario.copies)
    function.receive(event)
    while function.run_next():
        pass
    aws.end_by_timer()
    return {"lambda_runs": len(function.runs_s), "lambda_s": round(sum(function.runs_s))}
