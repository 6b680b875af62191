"""Checks of the template that no linter can make: that it deploys what the product needs, as docs/deploy.md says.

A check gets one deployment and yields its faults, a sentence each.
"""

import itertools
import re
from collections.abc import Iterator

import deployments
import product
import monitoring
from expand import expand, load
from resolve import ACCOUNT, REGION, Deployment, Request

# Actions without a resource type in the service authorization reference, but for GetDistributionTenantByDomain: which tenant
# has a domain, if any, is the result of that call.
UNSCOPED = {
    "cloudfront:GetDistributionTenantByDomain",
    "cloudfront:ListDistributions",
    "codepipeline:GetJobDetails",
    "codepipeline:PutJobFailureResult",
    "codepipeline:PutJobSuccessResult",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
# The permissions of the roles on the resources that a parameter names.
BY_ARN = {
    "DistributionArns": ("CreateInvalidation", "GetInvalidation", "ListInvalidations"),
    "DistributionTenantArns": ("CreateInvalidationForDistributionTenant", "GetInvalidationForDistributionTenant",
                               "ListInvalidationsForDistributionTenant"),
}
# The additional permissions if actions may name aliases.
OF_ALIASES = ("GetDistributionTenantByDomain", "ListDistributions")
# Properties by which a resource gets a name of its own. A saved query must have one.
NAME = re.compile(r"^(AlarmName|DashboardName|FunctionName|GroupName|LogGroupName|Name|RoleName|TableName|TopicName)$")
# Times of the two functions: time-out, age and retries of an asynchronous event.
TIMES = {"StartFunction": (600, 480, 2), "CheckerFunction": (55, 600, 2)}


def functions_are_as_agreed(stack: Deployment) -> Iterator[str]:
    for name, (timeout, _, _) in TIMES.items():
        function = stack.properties(name)
        agreed = {"Runtime": "provided.al2023", "Handler": "bootstrap", "MemorySize": 128, "Timeout": timeout}
        for key, value in agreed.items():
            if function.get(key) != value:
                yield f"{name} has {key} {function.get(key)}, not {value}"
        if function.get("TracingConfig") != {"Mode": "Active" if stack.parameters["Monitoring"] == "full" else "PassThrough"}:
            yield f"{name} is traced with {function.get('TracingConfig')}"
        if function["LoggingConfig"].get("LogFormat") != "JSON" or function["LoggingConfig"].get("SystemLogLevel") != "WARN":
            yield f"{name} does not log as agreed"
        if "DeadLetterConfig" in function:
            yield f"{name} has a dead-letter queue, which would store the event's credentials"


def calls_fit_into_the_time_outs(stack: Deployment) -> Iterator[str]:
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        if not 2 * product.operation_timeout() < product.reserve() < function["Timeout"]:
            yield f"{name}'s time-out of {function['Timeout']} s leaves the SDK's calls no time"
    _, wait = product.whole_numbers(stack.template["Parameters"]["MaxWaitSeconds"])
    if wait + product.reserve() > stack.properties("StartFunction")["Timeout"]:
        yield f"a wait of {wait} s does not fit into start's timeout"


def settings_are_what_the_product_reads(stack: Deployment) -> Iterator[str]:
    environments = [function.get("Environment", {}).get("Variables", {})
                    for function in stack.of_type("AWS::Lambda::Function").values()]
    # Only the checker accepts failure records; failure_records_come_from_start checks of which function.
    alike = [{name: value for name, value in each.items() if name != "START_FUNCTION_ARN"} for each in environments]
    if any(each != alike[0] for each in alike):
        yield "the functions have different settings"
    for name in environments[0].keys() - product.settings():
        yield f"{name} is no setting of the product"
    if environments[0].get("TABLE_NAME") != stack.physical_id("Table"):
        yield "TABLE_NAME is not the table"
    for name in ("MAX_WAIT_SECONDS", "TIMEOUT_MINUTES", "RETENTION_DAYS", "RESERVED_WILDCARDS"):
        yield from range_is_the_products(stack, name)
    for name in ("MAX_TARGETS_PER_ACTION", "MAX_PATHS_PER_ACTION"):
        yield from limit_is_the_products(stack, name)


def numbers_are_whole(stack: Deployment) -> Iterator[str]:
    """A parameter accepts each number of its range, and neither a fraction nor another way to write a number."""
    for name, parameter in stack.template["Parameters"].items():
        if not product.is_whole_number(parameter):
            continue
        least, greatest = product.whole_numbers(parameter)
        others = ["", "-1", "01", f"{least}.5", f"{greatest - 1}.5", " 5", "5\n"]
        accepted = [text for text in [*map(str, range(4_000)), *others] if re.fullmatch(parameter["AllowedPattern"], text)]
        if accepted != [str(each) for each in range(least, greatest + 1)]:
            yield f"{name} does not accept each number from {least} to {greatest} and nothing else"
        if parameter["ConstraintDescription"] != f"must be a whole number from {least} to {greatest}":
            yield f"{name} accepts {least} to {greatest}, and says: {parameter['ConstraintDescription']}"


def range_is_the_products(stack: Deployment, setting: str) -> Iterator[str]:
    parameter = stack.template["Parameters"][setting.title().replace("_", "")]
    default, least, greatest = product.number(setting)
    if int(parameter["Default"]) != default:
        yield f"{setting} defaults to {parameter['Default']} here and to {default} in the product"
    accepted = product.whole_numbers(parameter)
    if accepted[0] < least or accepted[1] > greatest:
        yield f"{setting} may have a value that the product rejects"


def limit_is_the_products(stack: Deployment, setting: str) -> Iterator[str]:
    """A whole number, which a pattern restricts."""
    name = setting.title().replace("_", "")
    default, least, most = map(int, product.number(setting))
    if stack.template["Parameters"][name]["Default"] != str(default):
        yield f"{setting} does not default to {default}, as in the product"
    taken = {text for text in map(str, range(least - 1, most + 2)) if is_taken(stack, {**deployments.SMALL, name: text})}
    for text in sorted(taken ^ set(map(str, range(least, most + 1)))):
        yield f"{name} {'may' if text in taken else 'cannot'} be {text}"
    yield from (f"{name} may be {text!r}" for text in ("", "1.5", "01", "-1") if is_taken(stack, {**deployments.SMALL, name: text}))


def pipelines_are_restricted_in_one_form(stack: Deployment) -> Iterator[str]:
    """The template accepts what the product accepts, but for more spaces, and rejects what it rejects."""
    allowed = stack.properties("StartFunction")["Environment"]["Variables"].get("ALLOWED_PIPELINES", "")
    if allowed != stack.parameters["AllowedPipelines"]:
        yield f"ALLOWED_PIPELINES is {allowed}"
    for text, is_right in [
        ("", True), (deployments.ALLOWED_PIPELINES, True), ('{"*": ["E1"]}', True), ('{"a.b@c_d-e": "*", "f*": ["E1", "dt_1"]}', True),
        ("{}", False), ("[]", False), ('{"a": []}', False), ('{"a": "E1"}', False), ('{"a": ["*"]}', False), ('{"": "*"}', False),
        ('{"a b": "*"}', False), ('{"*a": "*"}', False), ('{"a": ["www.example.com"]}', False), ('{"a": "*",}', False), ("a=E1", False),
        (f'{{"{"a" * 100}": "*"}}', True), (f'{{"{"a" * 101}": "*"}}', False), (f'{{"{"a" * 100}*": "*"}}', False),
    ]:
        if is_right != is_taken(stack, {**deployments.SMALL, "AllowedPipelines": text}):
            yield f"AllowedPipelines {'cannot' if is_right else 'may'} be {text}"


def nothing_is_invalidated_but_what_is_named(stack: Deployment) -> Iterator[str]:
    wanted = {(f"cloudfront:{action}", arn) for name, actions in BY_ARN.items() for action in actions
              for arn in arns_of(name, stack.parameters[name])}
    if stack.parameters["AllowAliases"] == "true":
        wanted |= {(f"cloudfront:{action}", "*") for action in OF_ALIASES}
    for role in ("StartRole", "CheckerRole"):
        granted = {(action, resource) for statement in statements_of(stack, role) for action in listed(statement["Action"])
                   for resource in listed(statement["Resource"]) if action.startswith("cloudfront:")}
        for action, resource in sorted(granted ^ wanted):
            yield f"{role} {'may' if (action, resource) in granted else 'may not'} {action} on {resource or 'nothing'}"


def arns_of(parameter: str, text: str) -> list[str]:
    """The ARNs of a list of ids or ARNs; an id is of this account."""
    path = f"arn:aws:cloudfront::{ACCOUNT}:{'distribution-tenant' if 'Tenant' in parameter else 'distribution'}"
    return [each if ":" in each else f"{path}/{each}" for each in text.split(",") if each]


def parameters_go_together(stack: Deployment) -> Iterator[str]:
    """The parameters that the rules of the template accept and reject."""
    one, tenant = deployments.DISTRIBUTION, deployments.TENANT
    for distributions, tenants, is_right in [
        (one, "", True), ("", tenant, True), (one, tenant, True), (f"{one},{one}", f"{tenant},{tenant}", True), ("", "", False),
        (",", ",", False), (f"{one},", "", False), (f"{one},,{one}", tenant, False), (one, f",{tenant}", False),
        ("E1", "", True), ("E1,E2", "dt_1,dt_2", True), ("E1,", "", False), ("E1,,E2", "", False), ("E1, E2", "", False),
        (f"E1,{one}", "", False), (f"{one},E1", "", False), ("", "dt_1,", False), ("", f"dt_1,{tenant}", False),
    ]:
        given = {"DistributionArns": distributions, "DistributionTenantArns": tenants, "AllowAliases": "true"}
        if is_right != is_taken(stack, given):
            yield f"the template {'rejects' if is_right else 'accepts'} {given}"
    for topics, keys, is_right in [("", "", True), (deployments.TOPIC, "", True), (deployments.TOPIC, deployments.TOPIC_KEY, True),
                                   ("", deployments.TOPIC_KEY, False)]:
        given = {"DistributionArns": one, "TopicArns": topics, "TopicKeyArns": keys}
        if is_right != is_taken(stack, given):
            yield f"the template {'rejects' if is_right else 'accepts'} {given}"
    for level, topic, other in itertools.product(("none", "basic", "full"), ("", deployments.ALARM_TOPIC), ("", deployments.LOW_URGENCY_TOPIC)):
        given = {"DistributionArns": one, "Monitoring": level, "AlarmTopicArn": topic, "LowUrgencyAlarmTopicArn": other}
        is_right = level == "full" or not other and (level == "basic" or not topic)
        if is_right != is_taken(stack, given):
            yield f"the template {'rejects' if is_right else 'accepts'} {given}"


def is_taken(stack: Deployment, given: dict[str, str]) -> bool:
    """Whether the patterns and the rules of the template accept these parameters."""
    declared = stack.template["Parameters"]
    fits = all(re.fullmatch(declared[name].get("AllowedPattern", ".*"), value) for name, value in given.items())
    return fits and not Request(stack.template, given).broken_rules()


def arns_are_told_apart(stack: Deployment) -> Iterator[str]:
    one, tenant = deployments.DISTRIBUTION, deployments.TENANT
    foreign = [one.replace("distribution/E", "streaming-distribution/E"), one.replace("cloudfront", "s3"), "*", "/"]
    for name, right, wrong in [("DistributionArns", one, [tenant, one.lower(), "dt_1", "e2example1abcd"]),
                               ("DistributionTenantArns", tenant, [one, tenant.replace("dt_", "cg_"), f"{tenant}/*", "E1", "cg_1"])]:
        pattern = re.compile(stack.template["Parameters"][name]["AllowedPattern"])
        first, every = right.split("/")[1], f"{right.split('/')[0]}/*"
        accepted = (right, every, "", first, ",".join([first] * 10), ",".join([right] * 11))
        yield from (f"{name} cannot be {each}" for each in accepted if not pattern.fullmatch(each))
        refused = [*wrong, *foreign, ",".join([first] * 11), f"{first},{right}", f"{right},{first}"]
        yield from (f"{name} may be {each}" for each in refused if pattern.fullmatch(each))
    bus, pattern = deployments.EVENT_BUS, re.compile(stack.template["Parameters"]["EventBusName"]["AllowedPattern"])
    yield from (f"EventBusName cannot be {each}" for each in (bus, "default", "a/b.c-d_e", "") if not pattern.fullmatch(each))
    wrong = [deployments.TOPIC, bus.replace("event-bus", "rule"), bus.replace("deploys", ""), f"{bus},{bus}", "*", "a b", f"{bus}/*"]
    yield from (f"EventBusName may be {each}" for each in wrong if pattern.fullmatch(each))


def topics_are_told_to_the_product(stack: Deployment) -> Iterator[str]:
    """The list has what the roles may publish to. Without a topic it says so: a missing list would allow every topic."""
    allowed = stack.properties("StartFunction")["Environment"]["Variables"].get("ALLOWED_TOPIC_ARNS", "")
    granted = {topic for role in ("StartRole", "CheckerRole") for statement in statements_of(stack, role)
               if "sns:Publish" in listed(statement["Action"]) for topic in listed(statement["Resource"])}
    if set(allowed.split(",")) != (granted or {"none"}):
        yield f"the product may name {allowed or 'anything'}, and the roles may publish to {sorted(granted)}"


def events_go_to_the_bus_that_is_named(stack: Deployment) -> Iterator[str]:
    """The setting is what was named, or nothing, and each role may put events on that bus alone; and find it, if a name says that
    it is one of this account."""
    named = stack.parameters["EventBusName"]
    configured = stack.properties("StartFunction")["Environment"]["Variables"].get("EVENT_BUS_NAME", "")
    if configured != named:
        yield f"the product puts events on {configured or 'no bus'}, not on {named or 'no bus'}"
    own = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{named}"
    right = {("events:PutEvents", named)} if named.startswith("arn:") else {("events:PutEvents", own), ("events:DescribeEventBus", own)}
    right = right if named else set()
    for role in ("StartRole", "CheckerRole"):
        granted = {(action, resource) for statement in statements_of(stack, role) for action in listed(statement["Action"])
                   for resource in listed(statement["Resource"]) if action.startswith("events:")}
        if granted != right:
            yield f"{role} may do {sorted(granted)}, and the product puts events on {configured or 'no bus'}"


def topic_is_published_to_by_the_functions_over_tls_alone(stack: Deployment) -> Iterator[str]:
    in_the_clear = {"Bool": {"aws:SecureTransport": "false"}}
    by_others = {"ArnNotEquals": {"aws:PrincipalArn": [stack.attribute(role, "Arn") for role in ("StartRole", "CheckerRole")]}}
    policies = [each["Properties"] for each in stack.resources.values() if each["Type"] == "AWS::SNS::TopicPolicy"]
    denying = [topic for policy in policies for topic in policy["Topics"] for each in policy["PolicyDocument"]["Statement"]
                if (each["Effect"], each["Action"], each["Principal"], each["Resource"]) == ("Deny", "sns:Publish", "*", topic)
                and each["Condition"] in (in_the_clear, by_others)]
    if denying != ([stack.attribute("Topic", "Arn")] * 2 if "Topic" in stack.resources else []):
        yield "the created topic can be published to in the clear, or by others than the functions"


def events_are_retried_and_handed_over(stack: Deployment) -> Iterator[str]:
    configs = {each["FunctionName"]: each for each in stack.of_type("AWS::Lambda::EventInvokeConfig").values()}
    for name, (_, age, retries) in TIMES.items():
        config = configs.get(stack.physical_id(name), {})
        if (config.get("MaximumEventAgeInSeconds"), config.get("MaximumRetryAttempts")) != (age, retries):
            yield f"the asynchronous events of {name} are not tried as agreed"
        target = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if target != (stack.attribute("CheckerFunction", "Arn") if name == "StartFunction" else None):
            yield f"failed deliveries to {name} go to {target}"


def failure_records_come_from_start(stack: Deployment) -> Iterator[str]:
    configured = stack.properties("CheckerFunction")["Environment"]["Variables"].get("START_FUNCTION_ARN")
    if configured != stack.attribute("StartFunction", "Arn"):
        yield f"the checker accepts the failure records of {configured or 'any function'}"


def schedule_wakes_the_checker(stack: Deployment) -> Iterator[str]:
    (schedule,) = stack.of_type("AWS::Scheduler::Schedule").values()
    if schedule["Target"]["Arn"] != stack.attribute("CheckerFunction", "Arn"):
        yield "the schedule invokes something else than the checker"
    if (schedule["ScheduleExpression"], schedule["State"]) != ("rate(1 minute)", "ENABLED"):
        yield f"the schedule is {schedule['ScheduleExpression']}, {schedule['State']}"
    if schedule["FlexibleTimeWindow"] != {"Mode": "OFF"}:
        yield "the schedule may be late"
    if schedule["Target"]["RetryPolicy"] != {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}:
        yield "the schedule's ticks are not retried as agreed"
    trust = stack.properties("ScheduleRole")["AssumeRolePolicyDocument"]["Statement"][0]
    if not trust.get("Condition", {}).get("StringEquals", {}).get("aws:SourceAccount"):
        yield "the schedule's role can be used for another account"


def table_is_what_the_product_reads(stack: Deployment) -> Iterator[str]:
    table = stack.properties("Table")
    key = {"AttributeName": "id", "KeyType": "HASH"}
    if table["KeySchema"] != [key] or table["BillingMode"] != "PAY_PER_REQUEST":
        yield "the table's key or billing is not as agreed"
    if table.get("TimeToLiveSpecification") != {"AttributeName": "expires_at", "Enabled": True}:
        yield "finished records never expire: the table has no TTL on expires_at"
    indexes = [{
        "IndexName": name,
        "KeySchema": [{"AttributeName": "due_shard", "KeyType": "HASH"}, {"AttributeName": key, "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    } for name, key in (("unfinished", "due_at"), ("overdue", "overdue_at"))]
    if table.get("GlobalSecondaryIndexes") != indexes:
        yield "the table's indexes are not those that the checker asks"
    kinds = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    if kinds != {"id": "S", "due_shard": "S", "due_at": "N", "overdue_at": "N"}:
        yield f"the table's attributes are {kinds}"
    for name in ("unfinished", "overdue", "due_shard", "due_at", "overdue_at", "expires_at"):
        if not product.says(name):
            yield f"the product does not read {name}"
    if table.get("PointInTimeRecoverySpecification") != {"PointInTimeRecoveryEnabled": "true"}:
        yield "the table has no point-in-time recovery"
    if (stack.resources["Table"].get("DeletionPolicy") == "Retain") != (stack.parameters["RetainData"] == "true"):
        yield "the table is not kept or deleted as RetainData specifies"


def table_is_written_by_the_functions_alone(stack: Deployment) -> Iterator[str]:
    policy = stack.properties("Table").get("ResourcePolicy", {}).get("PolicyDocument", {"Statement": []})
    if bool(policy["Statement"]) != (stack.parameters["LockTable"] == "true"):
        yield "the table is not locked as LockTable specifies"
    roles = {stack.attribute(name, "Arn") for name in ("StartRole", "CheckerRole")}
    for each in policy["Statement"]:
        if (each["Effect"], each["Principal"]) != ("Deny", "*"):
            yield "the table's policy does more than deny"
        if set(each["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]) != roles:
            yield "the table is locked for the functions, or open to others"
        if not {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}.issubset(each["Action"]):
            yield "the table's policy lets others write"


def nothing_has_a_name_of_its_own(stack: Deployment) -> Iterator[str]:
    for logical_id, resource in stack.resources.items():
        for key, value in resource["Properties"].items():
            is_reference = key == "FunctionName" and resource["Type"] != "AWS::Lambda::Function"
            if NAME.match(key) and not is_reference and stack.stack_name not in str(value):
                yield f"{logical_id} has the {key} {value}, with which a second stack collides"


def logs_are_kept_for_a_time(stack: Deployment) -> Iterator[str]:
    groups = stack.of_type("AWS::Logs::LogGroup")
    for name, group in groups.items():
        if group.get("RetentionInDays") != stack.parameters["LogRetentionDays"]:
            yield f"{name} keeps its lines for ever"
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        if function["LoggingConfig"].get("LogGroup") not in map(stack.physical_id, groups):
            yield f"{name} logs to a group that the stack does not own"


def roles_are_bounded_and_scoped(stack: Deployment) -> Iterator[str]:
    for name, role in stack.of_type("AWS::IAM::Role").items():
        if role.get("PermissionsBoundary", "") != stack.parameters["PermissionsBoundary"]:
            yield f"{name} is not bounded"
        if role.get("ManagedPolicyArns"):
            yield f"{name} has managed policies"
        for statement in statements_of(stack, name):
            yield from statement_is_scoped(name, statement)


def statement_is_scoped(role: str, statement: dict) -> Iterator[str]:
    actions, resources = listed(statement["Action"]), listed(statement["Resource"])
    if "NotAction" in statement or "NotResource" in statement:
        yield f"{role} is allowed all but something"
    for action in actions:
        if "*" in action and not action.startswith("kms:"):
            yield f"{role} may {action}"
        if action == "kms:*":
            yield f"{role} may do anything with a key"
    if any("*" in each.removesuffix(":*") for each in resources) and not UNSCOPED.issuperset(actions):
        yield f"{role} may {', '.join(actions)} on {', '.join(resources)}"
    if any(action.startswith("kms:") for action in actions) and "kms:ViaService" not in str(statement.get("Condition")):
        yield f"{role} may use a key by itself, not only through a service"


def statements_of(stack: Deployment, role: str) -> list[dict]:
    """Every statement of a role, in its own policies and in those attached to it."""
    own = stack.properties(role).get("Policies", [])
    others = [each["Properties"] for each in stack.resources.values() if each["Type"] == "AWS::IAM::Policy"]
    attached = [each for each in others if stack.physical_id(role) in each["Roles"]]
    return [statement for policy in own + attached for statement in policy["PolicyDocument"]["Statement"]]


def listed(value) -> list:
    return value if isinstance(value, list) else [value]


def keys_are_used_everywhere(stack: Deployment) -> Iterator[str]:
    key = stack.parameters["KmsKeyArn"] or None
    found = {name: each.get("KmsKeyArn") for name, each in stack.of_type("AWS::Lambda::Function").items()}
    found |= {name: each.get("KmsKeyId") for name, each in stack.of_type("AWS::Logs::LogGroup").items()}
    found["Table"] = stack.properties("Table").get("SSESpecification", {}).get("KMSMasterKeyId")
    if "Topic" in stack.resources:
        found["Topic"] = stack.properties("Topic").get("KmsMasterKeyId")
    for name, value in found.items():
        if value != key:
            yield f"{name} is encrypted with {value}, not with {key}"


def the_release_is_the_products(stack: Deployment) -> Iterator[str]:
    release = stack.template["Metadata"]["AWS::ServerlessRepo::Application"]
    if release["SemanticVersion"] != product.version():
        yield f"the template is of version {release['SemanticVersion']}, the product of {product.version()}"
    for key in ("LicenseUrl", "ReadmeUrl"):
        if not (product.ROOT / "infra/sam" / release[key]).is_file():
            yield f"{key} names {release[key]}, which is not there"


def parameters_are_explained(stack: Deployment) -> Iterator[str]:
    interface = stack.template["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    declared = stack.template["Parameters"]
    if sorted(grouped) != sorted(declared) or sorted(interface["ParameterLabels"]) != sorted(declared):
        yield "not every parameter has its group and its label, once"
    for name, parameter in declared.items():
        if len(parameter.get("Description", "")) < 30:
            yield f"{name} is not explained"
        if "AllowedPattern" in parameter and "ConstraintDescription" not in parameter:
            yield f"{name} is rejected without a reason"


CHECKS = [
    numbers_are_whole,
    functions_are_as_agreed,
    calls_fit_into_the_time_outs,
    settings_are_what_the_product_reads,
    nothing_is_invalidated_but_what_is_named,
    parameters_go_together,
    arns_are_told_apart,
    topics_are_told_to_the_product,
    pipelines_are_restricted_in_one_form,
    events_go_to_the_bus_that_is_named,
    topic_is_published_to_by_the_functions_over_tls_alone,
    events_are_retried_and_handed_over,
    failure_records_come_from_start,
    schedule_wakes_the_checker,
    table_is_what_the_product_reads,
    table_is_written_by_the_functions_alone,
    nothing_has_a_name_of_its_own,
    logs_are_kept_for_a_time,
    roles_are_bounded_and_scoped,
    keys_are_used_everywhere,
    the_release_is_the_products,
    parameters_are_explained,
]


def faults(expansion: dict) -> list[str]:
    stacks = [make(expansion) for make in (deployments.small, deployments.full, deployments.with_default_bus, deployments.by_ids)]
    found = {fault for stack in stacks for check in CHECKS for fault in check(stack)}
    return sorted(found | {fault for stack in stacks for check in monitoring.CHECKS for fault in check(monitoring.at_level("full", stack))})


if __name__ == "__main__":
    found = faults(expand(load()))
    for fault in found:
        print(f"FAULT {fault}")
    print(f"{len(CHECKS)} assertions on 4 deployments: {len(found)} faults")
    raise SystemExit(bool(found))
