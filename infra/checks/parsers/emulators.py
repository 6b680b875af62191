"""Two emulators of EventBridge, SNS and SQS: what a rule or a subscription delivers to a queue."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import NamedTuple

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from table import named

SECONDS = 20
ALL = "all"
number = count()
# By the name of each rule or subscription: what it delivered, or that the emulator refuses it.
Arrived = dict[str, list[dict] | str]


class Emulator(NamedTuple):
    """An emulator that is running."""

    package: str
    client: Callable[[str], BaseClient]

    def __str__(self) -> str:
        return named(self.package)


# Starts each of them, and stops it at the end.
Emulators = list[Callable[[], AbstractContextManager[Emulator]]]


@contextmanager
def moto() -> Iterator[Emulator]:
    """In this process, and only while this lasts."""
    with mock_aws():
        yield Emulator("moto", cache(lambda service: boto3.client(service, "us-east-1")))


@contextmanager
def ministack() -> Iterator[Emulator]:
    """On a free port of this machine, in a process and a folder of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        # It needs nothing else of the environment.
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "TMPDIR": folder, "GATEWAY_PORT": str(port),
                       "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1"}
        log = Path(folder, "log").open("w")
        process = subprocess.Popen([Path(sys.executable).with_name("ministack")], cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            wait_for(port, process)
            settings = {"endpoint_url": f"http://127.0.0.1:{port}", "config": Config(retries={"total_max_attempts": 1}),
                        "aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
            yield Emulator("ministack", cache(lambda service: boto3.client(service, **settings)))
        finally:
            process.kill()
            process.wait()
            log.close()


def wait_for(port: int, process: subprocess.Popen):
    for _ in range(SECONDS * 20):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert process.poll() is None, "ministack does not start"
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("ministack does not listen")


class Queue:
    """A queue behind a rule or a subscription."""

    def __init__(self, emulator: Emulator):
        self.sqs = emulator.client("sqs")
        self.url = self.sqs.create_queue(QueueName=f"queue-{next(number)}")["QueueUrl"]
        self.arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def take(self) -> list[dict]:
        """What is in it now, each JSON."""
        found = []
        while messages := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            found += [json.loads(each["Body"]) for each in messages]
            for each in messages:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=each["ReceiptHandle"])
        return found

    def take_all(self, expected: int) -> list[dict]:
        found, until = [], time.monotonic() + SECONDS
        while len(found) < expected and time.monotonic() < until:
            found += self.take()
        assert len(found) == expected, f"{len(found)} of {expected} arrived without a filter"
        return found


def arrived(queues: dict[str, Queue | str], expected: int) -> Arrived:
    """The queue of ALL gets everything, and gets it last: once it has a message, the other queues have it as well."""
    found = {ALL: queues[ALL].take_all(expected)}
    return found | {name: each if isinstance(each, str) else each.take() for name, each in queues.items() if name != ALL}


def through_rules(emulator: Emulator, patterns: dict[str, dict], entries: list[dict]) -> Arrived:
    """Puts the entries on a bus with a rule for each pattern."""
    events = emulator.client("events")
    bus = f"bus-{next(number)}"
    events.create_event_bus(Name=bus)
    queues = {}
    for name, pattern in (patterns | {ALL: {"version": ["0"]}}).items():
        queues[name] = queue = Queue(emulator)
        try:
            events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
            events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": queue.arn}])
        except ClientError as refused:
            queues[name] = f"refused: {refused.response['Error']['Code']}"
    reply = events.put_events(Entries=[each | {"EventBusName": bus} for each in entries])
    assert reply["FailedEntryCount"] == 0, reply
    return arrived(queues, len(entries))


def through_subscriptions(emulator: Emulator, policies: dict[str, dict], messages: list[dict]) -> Arrived:
    """Publishes the messages to a topic with a queue subscribed for each filter policy."""
    sns = emulator.client("sns")
    topic = sns.create_topic(Name=f"topic-{next(number)}")["TopicArn"]
    queues = {}
    for name, policy in (policies | {ALL: None}).items():
        queues[name] = queue = Queue(emulator)
        filtered = {} if policy is None else {"FilterPolicy": json.dumps(policy)}
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes=filtered)
    for each in messages:
        sns.publish(TopicArn=topic, **each)
    return arrived(queues, len(messages))
