"""CloudFront, CodePipeline, SNS and Lambda's Invoke for programs that use botocore, in this process, in virtual time and with faults.

The requests come from the real clients, so their retries, waiters and parsers are part of the comparison."""

import io
import json
import re
import threading
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field

import boto3
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError

from clock import Clock
from scenarios import Fault

# "If the Lambda function has sent no reply after 20 minutes, the action times out", user guide of CodePipeline, limits.
JOB_TIMER_S = 20 * 60
# What ended an action.
TOOL, TIMER = "tool", "timer"
TOPIC = "arn:aws:sns:us-east-1:111122223333:deploys"


class Killed(BaseException):
    """The process ends at this line. No handler of errors sees it."""


@dataclass
class Invalidation:
    distribution: str
    reference: str
    created_s: float
    completed_s: float


@dataclass
class Aws:
    """The services, and what they did."""

    clock: Clock
    faults: tuple[Fault, ...] = ()
    complete_after_s: float = 10.0
    # CloudFront's calls at once and in each second, if they are limited.
    rate: tuple[int, int] | None = None
    invalidations: list[Invalidation] = field(default_factory=list)
    notifications: list[str] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    # The open job, and what its action waits for.
    job: str | None = None
    timer_s: float = JOB_TIMER_S
    token: str | None = None
    result: dict | None = None
    invoke: Callable[[str, dict], None] | None = None
    # When the tokens of the limit were counted, and how many there were.
    _tokens: tuple[float, float] | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def connect(self) -> None:
        """Every client that is created from now on uses these services."""
        boto3.setup_default_session(aws_access_key_id="id", aws_secret_access_key="secret", region_name="us-east-1")
        boto3.DEFAULT_SESSION.events.register_first("before-send.*", self._receive)

    def end(self, status: str, by: str, at_s: float | None = None) -> None:
        """Ends the action, unless it has ended."""
        if self.result is None:
            self.result = {"status": status, "by": by, "at_s": round(self.clock.now() if at_s is None else at_s)}

    def end_by_timer(self) -> None:
        """Ends an action that has no result."""
        if self.result is None:
            self.clock.reach(self.timer_s)
            self.end("Failed", TIMER, self.timer_s)

    def _receive(self, request, event_name: str, **_) -> AWSResponse | None:
        _, service, operation = event_name.split(".")
        handler = getattr(self, f"_{service.replace('-', '_')}_{operation}".lower(), None)
        if handler is None:
            return None
        self.clock.note_activity()
        with self._lock:
            self.calls[operation] = self.calls.get(operation, 0) + 1
            fault = self._fault(service, operation)
            if fault == "throttle" or (service == "cloudfront" and not self._admits()):
                return _reply(request, 400, _xml_error("Throttling", "Rate exceeded"))
            if fault == "kill before":
                raise Killed
            status, body = handler(request)
            if fault == "kill after":
                raise Killed
            if fault == "lose reply":
                raise ConnectionClosedError(endpoint_url=request.url)
            return _reply(request, status, body)

    def _fault(self, service: str, operation: str) -> str | None:
        for fault in self.faults:
            is_meant = fault.operation == operation or (fault.operation == "*" and service == "cloudfront")
            if is_meant and self.calls[operation] <= fault.count and self.clock.now() < fault.until_s:
                return fault.kind
        return None

    def _admits(self) -> bool:
        """Whether the token bucket of CloudFront has a token; a throttled call costs none."""
        if self.rate is None:
            return True
        burst, per_second = self.rate
        filled_s, tokens = self._tokens or (0.0, burst)
        now = self.clock.now()
        tokens = min(burst, tokens + (now - filled_s) * per_second)
        self._tokens = (now, tokens - 1 if tokens >= 1 else tokens)
        return tokens >= 1

    def _cloudfront_createinvalidation(self, request) -> tuple[int, str]:
        body = _text(request.body)
        distribution = re.search(r"/distribution/([^/]+)/", request.url)[1]
        reference = re.search("<CallerReference>(.*)</CallerReference>", body)[1]
        for number, known in enumerate(self.invalidations):
            if (known.distribution, known.reference) == (distribution, reference):
                return 201, self._invalidation(number)
        now = self.clock.now()
        self.invalidations.append(Invalidation(distribution, reference, now, now + self.complete_after_s))
        return 201, self._invalidation(len(self.invalidations) - 1)

    def _cloudfront_getinvalidation(self, request) -> tuple[int, str]:
        return 200, self._invalidation(int(re.search(r"/invalidation/I(\d+)", request.url)[1]))

    def _invalidation(self, number: int) -> str:
        known = self.invalidations[number]
        status = "Completed" if known.completed_s <= self.clock.now() else "InProgress"
        return (f"<Invalidation><Id>I{number}</Id><Status>{status}</Status><CreateTime>2026-12-01T00:00:00Z</CreateTime>"
                f"<InvalidationBatch><Paths><Quantity>1</Quantity><Items><Path>/*</Path></Items></Paths>"
                f"<CallerReference>{known.reference}</CallerReference></InvalidationBatch></Invalidation>")

    def _codepipeline_putjobsuccessresult(self, request) -> tuple[int, str]:
        asked = json.loads(_text(request.body))
        if not self._is_open(asked["jobId"]):
            return 400, _json_error("InvalidJobStateException")
        self.token, self.job = asked.get("continuationToken"), None
        self.timer_s = self.clock.now() + JOB_TIMER_S
        if self.token is None:
            self.end("Succeeded", TOOL)
        return 200, "{}"

    def _codepipeline_putjobfailureresult(self, request) -> tuple[int, str]:
        if not self._is_open(json.loads(_text(request.body))["jobId"]):
            return 400, _json_error("InvalidJobStateException")
        self.job = None
        self.end("Failed", TOOL)
        return 200, "{}"

    def _is_open(self, job: str) -> bool:
        return job == self.job and self.clock.now() < self.timer_s

    def _sns_publish(self, request) -> tuple[int, str]:
        body = request.body if isinstance(request.body, dict) else dict(urllib.parse.parse_qsl(_text(request.body)))
        status = "failed" if "failed" in body["Message"].lower() else "success"
        self.notifications.append(status)
        return 200, ("<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult>"
                     "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>")

    def _lambda_invoke(self, request) -> tuple[int, str]:
        name = request.headers["X-Amz-Durable-Execution-Name"]
        self.invoke(_text(name), json.loads(_text(request.body)))
        return 202, ""


def _text(value: str | bytes | io.IOBase) -> str:
    value = value.read() if hasattr(value, "read") else value
    return value.decode() if isinstance(value, bytes) else value


def _xml_error(code: str, message: str) -> str:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return f"<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>"


def _json_error(code: str) -> str:
    return json.dumps({"__type": code, "message": "The job is no longer waiting for a result."})


class _Body(io.BytesIO):
    def stream(self, **_):
        yield self.read()


def _reply(request, status: int, body: str) -> AWSResponse:
    return AWSResponse(request.url, status, {"x-amzn-RequestId": "r"}, _Body(body.encode()))
