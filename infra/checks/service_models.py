"""AWS's service models, as botocore ships them, contain the facts that the product relies on: operations, errors, limits and enums.

The models are pinned with botocore in requirements.txt. When the pin moves, this check names each fact that changed, and
`service_model_changes.py` prints everything that changed around the operations that the functions call.
"""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import product

CALLED = Path(__file__).parents[1] / "permissions.json"
# The folder of each service in botocore, by the prefix that IAM gives its actions.
SERVICES = ("cloudfront", "codepipeline", "dynamodb", "events", "lambda", "sns")

# The errors of an operation that the adapters tell apart. Other errors that an operation may have are none of these facts.
ERRORS = {
    "cloudfront:CreateInvalidation": "AccessDenied BatchTooLarge InvalidArgument NoSuchDistribution TooManyInvalidationsInProgress",
    "cloudfront:CreateInvalidationForDistributionTenant":
        "AccessDenied BatchTooLarge EntityNotFound InvalidArgument TooManyInvalidationsInProgress",
    "cloudfront:GetDistributionTenantByDomain": "AccessDenied EntityNotFound",
    "cloudfront:GetInvalidation": "AccessDenied NoSuchDistribution NoSuchInvalidation",
    "cloudfront:GetInvalidationForDistributionTenant": "AccessDenied EntityNotFound NoSuchInvalidation",
    "cloudfront:ListInvalidations": "AccessDenied NoSuchDistribution",
    "codepipeline:GetJobDetails": "JobNotFoundException ValidationException",
    "codepipeline:PutJobFailureResult": "InvalidJobStateException JobNotFoundException ValidationException",
    "codepipeline:PutJobSuccessResult":
        "InvalidJobStateException JobNotFoundException OutputVariablesSizeExceededException ValidationException",
    "dynamodb:PutItem": "ConditionalCheckFailedException",
    "dynamodb:UpdateItem": "ConditionalCheckFailedException",
    "sns:Publish": "AuthorizationErrorException InvalidParameterException NotFoundException",
}


class Limit(NamedTuple):
    """A bound, pattern or enum of a shape; and the constant of the product that must stay within the bound."""

    shape: str
    key: str
    value: object
    constant: tuple[str, str] | None = None


MESSAGE = "shared/core/src/output.rs"
LIMITS = (
    Limit("codepipeline:ActionConfigurationValue", "max", 1_000, ("shared/core/src/input/user_parameters.rs", "CHARACTERS_AT_MOST")),
    Limit("codepipeline:ContinuationToken", "max", 2_048),
    Limit("codepipeline:ContinuationToken", "min", 1),
    Limit("codepipeline:ExecutionSummary", "max", 2_048, (MESSAGE, "SUMMARY_AT_MOST")),
    Limit("codepipeline:ExecutionSummary", "min", 1),
    Limit("codepipeline:ExecutionId", "max", 1_500, (MESSAGE, "EXTERNAL_ID_AT_MOST")),
    Limit("codepipeline:Message", "max", 5_000, (MESSAGE, "FAILURE_MESSAGE_AT_MOST")),
    Limit("codepipeline:Message", "min", 1),
    Limit("codepipeline:Percentage", "max", 100),
    Limit("codepipeline:OutputVariablesKey", "pattern", r"[A-Za-z0-9@\-_]+"),
    Limit("codepipeline:JobId", "pattern", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    Limit("codepipeline:FailureType", "enum", ["JobFailed", "ConfigurationError", "PermissionError", "RevisionOutOfSync",
                                               "RevisionUnavailable", "SystemUnavailable"]),
    Limit("dynamodb:ReturnValuesOnConditionCheckFailure", "enum", ["ALL_OLD", "NONE"]),
    Limit("events:PutEventsRequestEntryList", "max", 10),
    Limit("lambda:MaximumEventAgeInSeconds", "min", 60),
    Limit("lambda:MaximumEventAgeInSeconds", "max", 21_600),
    Limit("lambda:MaximumRetryAttempts", "max", 2),
)
# Values that an enum must have, whatever else it has.
AMONG = {"lambda:Runtime": "provided.al2023", "lambda:Architecture": "arm64", "lambda:LogFormat": "JSON"}
# Members that are required in what is sent or received, so that the product may count on them.
REQUIRED = {
    "cloudfront:Invalidation": "Id Status CreateTime InvalidationBatch",
    "cloudfront:InvalidationSummary": "Id CreateTime Status",
    "cloudfront:InvalidationBatch": "Paths CallerReference",
    "cloudfront:Paths": "Quantity",
    "codepipeline:FailureDetails": "type message",
}
# The longest time-out of a function, in seconds, must allow that of `start` as it is deployed.
LONGEST_TIMEOUT = 900
# Errors of single entries stand in no list, only in a sentence. A bus that does not exist is not among them.
ENTRY_ERRORS = {"InternalFailure", "ThrottlingException", "AccessDeniedException", "InvalidAccountIdException", "InvalidArgument",
                "MalformedDetail", "RedactionFailure", "NotAuthorizedForSourceException", "NotAuthorizedForDetailTypeException"}


def load(package: Path, service: str) -> dict:
    """The newest model of a service in a folder that has botocore's data."""
    version = max((package / "data" / service).iterdir())
    (path,) = version.glob("service-2.json*")
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)


def operations() -> list[tuple[str, str]]:
    """The service and the name of each operation that a function calls: IAM gives the actions the same names."""
    called = json.loads(CALLED.read_text())
    actions = {action for of_function in called.values() for action in of_function}
    return sorted((service, name) for service, name in (action.split(":") for action in actions) if service in SERVICES)


def faults(models: dict[str, dict]) -> Iterator[str]:
    for service, name in operations():
        if name not in models[service]["operations"]:
            yield f"{service} has no operation {name}"
    for operation, relied_on in ERRORS.items():
        service, name = operation.split(":")
        errors = {error["shape"] for error in models[service]["operations"].get(name, {}).get("errors", [])}
        yield from (f"{operation} no longer has the error {error}" for error in relied_on.split() if error not in errors)
    for limit in LIMITS:
        yield from limit_faults(models, limit)
    for shape, wanted in AMONG.items():
        if wanted not in shape_of(models, shape).get("enum", []):
            yield f"{shape} does not have the value {wanted}"
    for shape, members in REQUIRED.items():
        required = shape_of(models, shape).get("required", [])
        yield from (f"{shape} no longer requires {member}" for member in members.split() if member not in required)
    if shape_of(models, "lambda:Timeout").get("max", 0) < LONGEST_TIMEOUT:
        yield "lambda:Timeout is shorter than before"
    sentence = models["events"]["shapes"]["PutEventsResultEntry"]["members"]["ErrorCode"]["documentation"]
    named = set(re.findall(r"<code>\s*(?:<a [^>]*>)?(\w+)", sentence))
    if named != ENTRY_ERRORS:
        yield f"PutEventsResultEntry names other error codes: {sorted(named ^ ENTRY_ERRORS)}"


def limit_faults(models: dict[str, dict], limit: Limit) -> Iterator[str]:
    found = shape_of(models, limit.shape).get(limit.key)
    if found != limit.value:
        yield f"{limit.shape} has the {limit.key} {found}, not {limit.value}"
    if limit.constant:
        path, name = limit.constant
        declared = re.search(rf"const {name}: usize = ([\d_]+);", product.read(path))
        assert declared, f"{path} has no {name}"
        if int(declared[1]) > limit.value:
            yield f"{name} in {path} is greater than the {limit.key} of {limit.shape}"


def shape_of(models: dict[str, dict], shape: str) -> dict:
    service, name = shape.split(":")
    return models[service]["shapes"].get(name, {})


def without(models: dict[str, dict], right: str, wrong: str) -> dict[str, dict]:
    text = json.dumps(models)
    assert right in text, f"the models no longer have {right}"
    return json.loads(text.replace(right, wrong))


# What is changed in the models, to test that the check detects it.
SEEDED = (
    ('"TooManyInvalidationsInProgress"', '"TooManyInvalidations"'),
    ('"GetInvalidation"', '"ReadInvalidation"'),
    ('"max": 2048', '"max": 1024'),
    ('"ALL_OLD"', '"OLD"'),
    ('"provided.al2023"', '"provided.al2026"'),
    ("<code>MalformedDetail</code>", "<code>ResourceNotFoundException</code>"),
)


def main() -> int:
    import botocore

    package = Path(botocore.__file__).parent
    models = {service: load(package, service) for service in SERVICES}
    found = list(faults(models))
    print(f"botocore {botocore.__version__}: {len(SERVICES)} service models, {len(found)} facts changed", *found, sep="\n  ")
    missed = 0
    for right, wrong in SEEDED:
        noticed = list(faults(without(models, right, wrong)))
        missed += not noticed
        print(f"with {wrong} for {right}: {noticed[0] if noticed else 'NOT NOTICED'}")
    return int(bool(found) or missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
