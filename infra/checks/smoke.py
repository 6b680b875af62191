"""The smoke test, without an account: its commands exist and fit the templates and the product, it succeeds and fails when it must,
and it leaves nothing behind whichever of its commands fails. Seeded faults in copies of it are noticed."""

import contextlib
import io
import json
import shlex
import subprocess
import sys
import tempfile
import types
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name
from samcli.commands.deploy.command import cli as sam_deploy

import lint
import product
import wiring
from expand import expand, load
from resolve import ACCOUNT, Deployment

SCRIPT = product.ROOT / "infra/smoke-test"
PIPELINE = product.ROOT / "infra/smoke-test.yaml"
ID = "E2EXAMPLE1ABCD"
# Commands that the AWS CLI has beside the operations of the services.
HIGH_LEVEL = {("s3", "mb"): set(), ("s3", "cp"): set(), ("s3", "rb"): set(),
              ("cloudformation", "deploy"): {"--template-file", "--stack-name", "--capabilities", "--parameter-overrides"}}
GLOBAL_OPTIONS = {"--output", "--query"}
EVENTS = [("INFO", each) for each in ("job.received", "invalidation.created", "poll.status", "outcome.decided", "result.accepted")]
SEEDED = [
    ('"start-pipeline-execution", "--name"', '"start-pipeline-execution", "--pipeline-name"'),
    ('"list-object-versions", "--bucket"', '"list-objects-versions", "--bucket"'),
    ('"wait", "stack-delete-complete"', '"wait", "stack-deleted"'),
    ('"pipelineExecution": {"status"', '"execution": {"status"'),
    ('"--no-confirm-changeset"', '"--no-confirm"'),
    ('"Monitoring=none"', '"Alarms=none"'),
    ('f"SourceKey={SOURCE}"', 'f"Source={SOURCE}"'),
    ('outputs["CheckerLogGroupName"]', 'outputs["CheckerLogGroup"]'),
    ('"outcome.decided", "result.accepted"}', '"outcome.decided", "result.sent"}'),
    ('action["status"], "Succeeded"', 'action["status"], action["status"]'),
    ('variables.get("Status"), "Completed"', 'variables.get("Status"), variables.get("Status")'),
    ('reply["Invalidation"]["Status"], "Completed"', 'reply["Invalidation"]["Status"], reply["Invalidation"]["Status"]'),
    ('["Paths"]["Items"], [PATH]', '["Paths"]["Items"], reply["Invalidation"]["InvalidationBatch"]["Paths"]["Items"]'),
    ("sorted(EXPECTED_EVENTS - codes)", "sorted(EXPECTED_EVENTS & set())"),
    ('each.get("level") == "ERROR"', 'each.get("level") == "FATAL"'),
    ("except CommandFailed as failure:\n                failures.append", "except OSError as failure:\n                failures.append"),
    ("        finally:\n            left = [] if given.keep else test.remove()", "        else:\n            left = test.remove()"),
    ("lambda: self.remove_stack(self.name), ", ""),
    ("lambda: self.remove_stack(self.pipeline), ", ""),
    ("            self.shell.aws(\"s3api\", \"delete-object\"", "            self.shell.aws(\"s3api\", \"head-object\""),
    (" + versions.get(\"DeleteMarkers\", [])", ""),
    ("report(test.failures) or int(bool(left))", "report(test.failures)"),
    ('if summaries := listed["pipelineExecutionSummaries"]:', 'if (summaries := listed["pipelineExecutionSummaries"]) is not None:'),
    ("        if action is None:\n            self.shell.say", "        if False:\n            self.shell.say"),
    ('replace("Url: ../../"', 'replace("Url: ../../../"'),
    ("not NAME.fullmatch(given.remove)", "not given.remove"),
]


@cache
def templates() -> tuple[dict, dict]:
    """The SAM template, and that of the pipeline."""
    return load(), load(PIPELINE)


@cache
def aws() -> botocore.session.Session:
    return botocore.session.get_session()


def script(text: str) -> types.ModuleType:
    module = types.ModuleType("smoke_test")
    module.__file__ = str(SCRIPT)
    exec(compile(text, SCRIPT, "exec"), module.__dict__)
    return module


class Account:
    """What the commands change, limited to the needs of the smoke test, on a clock of its own. The command number `fails_at` fails."""

    def __init__(self, smoke: types.ModuleType, fails_at: int | None = None, **replies: object) -> None:
        self.smoke, self.fails_at, self.replies = smoke, fails_at, replies
        self.commands: list[tuple[list[str], object]] = []
        self.stacks, self.buckets, self.objects, self.clock, self.executions = set(), set(), set(), 0.0, 0

    def shell(self) -> object:
        account = self

        class Recorded(self.smoke.Shell):
            def run(self, *command: str, sample: object = None) -> object:
                account.commands.append((list(command), sample))
                if len(account.commands) - 1 == account.fails_at:
                    raise account.replies.get("raises", account.smoke.CommandFailed)("seeded")
                return account.reply(list(command))

            def now(self) -> float:
                return account.clock

            def sleep(self, seconds: float) -> None:
                account.clock += seconds

        return Recorded()

    def reply(self, command: list[str]) -> object:
        option = dict(zip(command, command[1:], strict=False))
        what = " ".join(command[1:3]) if command[0] == "aws" else " ".join(command[:2])
        name = option.get("--stack-name", "")
        bucket = option.get("--bucket") or command[-1].removeprefix("s3://").partition("/")[0]
        if what == "s3 mb":
            self.buckets.add(bucket)
        elif what == "s3 cp":
            # Versions of the source, of an artifact, and a marker that a deletion by hand left.
            self.objects |= {"source", "artifact", "marker"}
        elif what in ("sam deploy", "cloudformation deploy"):
            self.stacks.add(name)
        elif what == "cloudformation delete-stack":
            self.stacks.discard(name)
        elif what == "s3api delete-object":
            self.objects.discard(option["--version-id"])
        elif what == "s3 rb":
            if self.objects:
                raise self.smoke.CommandFailed("the bucket is not empty")
            self.buckets.discard(bucket)
        return self.result(what, option)

    def result(self, what: str, option: dict[str, str]) -> object:
        late = self.clock < self.replies.get("seconds", 0)
        is_early = self.replies.get("early_end") and self.executions == 0
        if what == "codepipeline start-pipeline-execution":
            self.executions += 1
        action = {"actionName": "Invalidate", "status": self.replies.get("status", "Succeeded"), "output": {"outputVariables": {
            "InvalidationId": "I1", "Status": self.replies.get("variable", "Completed")}}}
        lines = self.replies.get("events", EVENTS)
        return {
            "sts get-caller-identity": {"Account": ACCOUNT, "Arn": f"arn:aws-cn:iam::{ACCOUNT}:user/x"},
            "cloudfront get-distribution": "Deployed",
            "cloudformation describe-stacks": [{"OutputKey": key, "OutputValue": key} for key in templates()[0]["Outputs"]],
            "codepipeline list-pipeline-executions": {"pipelineExecutionSummaries": [] if self.replies.get("no_first")
                                                      else [{"pipelineExecutionId": "first"}]},
            "codepipeline start-pipeline-execution": {"pipelineExecutionId": "second"},
            "codepipeline get-pipeline-execution": {"pipelineExecution": {"status": "InProgress" if late else "Failed"}},
            "codepipeline list-action-executions": {"actionExecutionDetails": [] if is_early else [action]},
            "cloudfront get-invalidation": {"Invalidation": {
                "Status": self.replies.get("invalidation", "Completed"),
                "InvalidationBatch": {"Paths": {"Items": [self.replies.get("path", self.smoke.PATH)]}}}},
            "logs filter-log-events": {"events": [] if late else [
                {"message": json.dumps({"level": level, "event": event, "span": {"function": "start"}})} for level, event in lines]
                + [{"message": "INIT_START"}, {"message": "7"}]},
            "s3api list-buckets": sorted(self.buckets),
            "s3api list-object-versions": {
                "Versions": [{"Key": "k", "VersionId": each} for each in sorted(self.objects - {"marker"})],
                "DeleteMarkers": [{"Key": "k", "VersionId": each} for each in sorted(self.objects & {"marker"})]},
        }.get(what)

    def left(self) -> list[str]:
        return sorted(self.stacks | self.buckets)


def run(smoke: types.ModuleType, account: Account, *more: str) -> tuple[int, str]:
    """The status and the output of a run; an interrupted one has the status 130."""
    output = io.StringIO()
    with tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        (Path(place) / "template.yaml").touch()
        try:
            code = smoke.main(["--distribution-id", ID, "--build", place, *more], account.shell())
        except KeyboardInterrupt:
            code = 130
    return code, output.getvalue()


def faults(text: str) -> list[str]:
    """What is wrong with the script, in one list: a script that cannot even run has one fault."""
    try:
        smoke = script(text)
        return [fault for check in (of_commands, of_replies, of_removal, of_arguments, of_zips) for fault in check(smoke)]
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]


def of_commands(smoke: types.ModuleType) -> Iterator[str]:
    """Every command exists, with its options, and its sample is a reply that AWS can give; names of both templates agree."""
    account = Account(smoke, no_first=True)
    run(smoke, account)
    for command, sample in account.commands:
        if command[0] == "sam":
            options = {option for each in sam_deploy.params for option in (*each.opts, *each.secondary_opts)}
            yield from (f"sam deploy has no {each}" for each in command if each.startswith("--") and each not in options)
            yield from of_overrides(command, templates()[0], set())
        elif tuple(command[1:3]) in HIGH_LEVEL:
            known = HIGH_LEVEL[command[1], command[2]]
            yield from (f"{shlex.join(command[:3])} has no {each}" for each in command if each.startswith("--") and each not in known)
            if command[2] == "deploy":
                yield from of_overrides(command, templates()[1], set(templates()[1]["Parameters"]))
        else:
            yield from of_operation(command, sample)
    unknown = smoke.EXPECTED_EVENTS - product.lines().keys()
    yield from (f"the product has no event {each}" for each in sorted(unknown))
    used = {each["OutputKey"] for command, sample in account.commands if "describe-stacks" in command for each in sample}
    yield from (f"the stack has no output {each}" for each in sorted(used - templates()[0]["Outputs"].keys()))


def of_overrides(command: list[str], template: dict, required: set[str]) -> Iterator[str]:
    given = {each.partition("=")[0] for each in command[command.index("--parameter-overrides") + 1:]}
    yield from (f"the template has no parameter {each}" for each in sorted(given - template["Parameters"].keys()))
    yield from (f"the parameter {each} is not given" for each in sorted(required - given))


def of_operation(command: list[str], sample: object) -> Iterator[str]:
    service, operation = command[1:3]
    service = {"s3api": "s3"}.get(service, service)
    if operation == "wait":
        waiters = aws().get_waiter_model(service)
        names = {xform_name(each, "-"): each for each in waiters.waiter_names}
        if command[3] not in names:
            yield f"{service} has no waiter {command[3]}"
            return
        waiter = waiters.get_waiter(names[command[3]])
        # A stack that was never created ends the wait as well.
        if not any((each.expected, each.state) == ("ValidationError", "success") for each in waiter.acceptors):
            yield f"the waiter {command[3]} does not accept a stack that does not exist"
        operation = xform_name(waiter.operation, "-")
    model = aws().get_service_model(service)
    names = {xform_name(each, "-"): each for each in model.operation_names}
    if operation not in names:
        yield f"{service} has no operation {operation}"
        return
    shape = model.operation_model(names[operation])
    known = {f"--{xform_name(each, '-')}" for each in shape.input_shape.members} | GLOBAL_OPTIONS
    yield from (f"{service} {operation} has no {each}" for each in command if each.startswith("--") and each not in known)
    required = {f"--{xform_name(each, '-')}" for each in shape.input_shape.required_members}
    yield from (f"{service} {operation} needs {each}" for each in sorted(required - set(command)))
    if sample is not None and "--query" not in command:
        yield from of_sample(shape.output_shape, sample)


def of_sample(shape: object, sample: object) -> Iterator[str]:
    if shape.type_name == "structure":
        for key, value in sample.items():
            if key not in shape.members:
                yield f"{shape.name} has no {key}"
            else:
                yield from of_sample(shape.members[key], value)
    elif shape.type_name == "list":
        for each in sample:
            yield from of_sample(shape.member, each)


def of_replies(smoke: types.ModuleType) -> Iterator[str]:
    """A right execution passes, even a slow one; each wrong reply of AWS fails the test, and all of them leave nothing."""
    passing = [{}, {"seconds": 600}, {"no_first": True}, {"early_end": True}, {"events": [*EVENTS, ("WARN", "job.unchecked.denied")]}]
    wrong = [{"status": "Failed"}, {"variable": "InProgress"}, {"invalidation": "InProgress"}, {"path": "/*"}, {"events": EVENTS[:-1]},
             {"events": [*EVENTS, ("ERROR", "execution.stuck")]}, {"seconds": 9000}]
    for wanted, cases in ((0, passing), (1, wrong)):
        for replies in cases:
            account = Account(smoke, **replies)
            code, output = run(smoke, account)
            if code != wanted or ("PASSED" in output) != (wanted == 0):
                yield f"with {replies}, the status is {code}: {output[-300:]}"
            if account.left():
                yield f"with {replies}, {account.left()} are left"
    account = Account(smoke)
    run(smoke, account, "--keep")
    if len(account.left()) != 3:
        yield f"--keep keeps {account.left()}"


def of_removal(smoke: types.ModuleType) -> Iterator[str]:
    """Whichever command fails or is interrupted, the test fails, and nothing is left unless the removal itself failed."""
    account = Account(smoke)
    run(smoke, account)
    first = next(number for number, (command, _) in enumerate(account.commands) if "delete-stack" in command)
    for number, (command, _) in enumerate(account.commands):
        for raises, wanted in ((smoke.CommandFailed, 1), (KeyboardInterrupt, 130)):
            if raises is KeyboardInterrupt and number >= first:
                continue
            account = Account(smoke, number, raises=raises)
            code, output = run(smoke, account)
            if code != wanted or "PASSED" in output:
                yield f"if {shlex.join(command)} fails with {raises.__name__}, the status is {code}"
            if number >= first and "--remove smoke-" not in output:
                yield f"if {shlex.join(command)} fails, the output does not say how to remove the rest"
            if number < first and account.left():
                yield f"if {shlex.join(command)} fails, {account.left()} are left"
            if number >= first and len(account.left()) > 1:
                yield f"if {shlex.join(command)} fails, {account.left()} are left, not only its own resource"


def of_arguments(smoke: types.ModuleType) -> Iterator[str]:
    """What the arguments may be; and `--print` runs nothing, as the process itself."""
    for argv in ([], ["--distribution-id", "www.example.com"], ["--distribution-id", ID, "--build", "/nowhere"], ["--remove", "production"],
                 ["--distribution-id", ID, "--architecture", "arm"]):
        with contextlib.redirect_stderr(io.StringIO()):
            try:
                smoke.arguments(argv)
                yield f"{argv} is accepted"
            except SystemExit as end:
                if end.code != 2:
                    yield f"{argv} ends with {end.code}"
    account = Account(smoke)
    run(smoke, account, "--keep")
    name = next(iter(account.stacks)).removesuffix("-pipeline")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        smoke.main(["--remove", name], account.shell())
    if account.left():
        yield f"--remove leaves {account.left()}"


def of_zips(smoke: types.ModuleType) -> Iterator[str]:
    """With the zips of a release, each function has its own code, and every file that the template names exists."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for each in ("start", "checker"):
            with zipfile.ZipFile(folder / f"{each}-x86_64.zip", "w") as archive:
                archive.writestr("bootstrap", "")
        template = load(smoke.with_zips(folder, folder, "x86_64"))
        codes = [template["Resources"][f"{each}Function"]["Properties"].get("CodeUri") for each in ("Start", "Checker")]
        metadata = template["Metadata"]["AWS::ServerlessRepo::Application"]
        for path in (*codes, metadata["LicenseUrl"], metadata["ReadmeUrl"]):
            if not path or not (folder / path).is_file():
                yield f"{path} does not exist"
        if len(set(codes)) != 2:
            yield f"both functions have the code {codes[0]}"
        expand(template)


def of_process() -> Iterator[str]:
    """The script as a process: it prints every command without an account, the AWS CLI or the SAM CLI."""
    done = subprocess.run([sys.executable, SCRIPT, "--distribution-id", ID, "--print"], capture_output=True, text=True, check=False,
                          env={"PATH": "/nowhere"})
    for each in ("sam deploy ", "aws cloudformation deploy ", "aws cloudfront get-invalidation ", "aws s3 rb ", "# Nothing was run."):
        if f"\n{each}" not in done.stdout:
            yield f"--print does not print “{each}”: {done.stderr[-300:]}"
    if done.returncode != 0 or "PASSED" in done.stdout:
        yield f"--print ends with {done.returncode}"


def of_pipeline() -> Iterator[str]:
    """The template of the pipeline, as the snippets are checked."""
    yield from lint.cfn_lint(PIPELINE)
    values = {"PipelineName": "pipeline", "Bucket": "bucket", "SourceKey": "source.zip", "StartFunctionName": "start",
              "StartFunctionArn": wiring.ARN, "DistributionId": ID, "Path": "/smoke"}
    stack = Deployment(load(PIPELINE), values)
    action = stack.properties("Pipeline")["Stages"][1]["Actions"][0]
    (policy,) = stack.properties("PipelineRole")["Policies"]
    yield from lint.findings(policy["PolicyDocument"])
    yield from wiring.faults_of_action({key.lower(): value for key, value in action["ActionTypeId"].items()}, action["Configuration"])
    yield from wiring.faults_of_permission(policy["PolicyDocument"]["Statement"])


def main() -> int:
    text = SCRIPT.read_text()
    found = [*faults(text), *of_process(), *of_pipeline()]
    print(f"{SCRIPT.name}: {len(found)} faults", *found, sep="\n  ")
    failed = len(found)
    for right, wrong in SEEDED:
        assert right in text, f"{SCRIPT.name} no longer has {right}"
        noticed = faults(text.replace(right, wrong))
        print(f"seeded {wrong.strip()}: {noticed[0][:160] if noticed else 'NOT NOTICED'}")
        failed += not noticed
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
