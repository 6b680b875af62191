"""Faults seeded in copies of the template, each of which some check must detect.

A check that has never failed proves nothing. The table names the check that must detect each fault; a fault that this check does not
detect fails the run.
"""

import json
import subprocess
import sys
import tempfile
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple

import assertions
import deployments
import lint
from expand import TEMPLATE, expand, load

CHECKOV_RULES = Path(__file__).with_name("checkov.yaml")


class Fault(NamedTuple):
    """A mistake: what stands in the template, what stands there instead, and which check is there for it."""

    name: str
    right: str
    wrong: str
    noticed_by: str


LINT, EXPANSION, TRANSLATOR = "cfn-lint", "cfn-lint of the expansion", "translator"
PARLIAMENT, CHECKOV, OURS = "parliament", "checkov", "assertions"

FAULTS = [
    Fault("a runtime that does not exist", "provided.al2023", "provided.al2033", EXPANSION),
    Fault("an architecture that does not exist", "Architectures: [!Ref Architecture]", "Architectures: [arm65]", EXPANSION),
    Fault("a parameter that nothing uses", "        RETENTION_DAYS: !Ref RetentionDays\n", "", EXPANSION),
    Fault("a misspelt property in Globals", "MemorySize: 128", "MemorySzie: 128", TRANSLATOR),
    Fault("a misspelt resource", "Destination: !GetAtt CheckerFunction.Arn", "Destination: !GetAtt ChekcerFunction.Arn", LINT),
    Fault("a circle of permissions", "DependsOn: ExecutionPolicy", "DependsOn: [ExecutionPolicy, FailedDeliveryPolicy]", EXPANSION),
    Fault("an action that does not exist", "cloudfront:CreateInvalidation,", "cloudfront:CreateInvalidations,", PARLIAMENT),
    Fault("a resource of another kind", "Resource: !GetAtt CheckerLogGroup.Arn", "Resource: !GetAtt Table.Arn",
          PARLIAMENT),
    Fault("every distribution", '- !Split [",", !Ref DistributionArns]', '- "*"', OURS),
    Fault("every tenant", '- !Split [",", !Ref DistributionTenantArns]', '- "*"', OURS),
    Fault("an action on tenants that does not exist", "cloudfront:CreateInvalidationForDistributionTenant",
          "cloudfront:CreateInvalidationForTenant", PARLIAMENT),
    Fault("tenants' actions on distributions", '- !Split [",", !Ref DistributionTenantArns]',
          '- !Split [",", !Ref DistributionArns]', PARLIAMENT),
    Fault("a tenant whose invalidations cannot be looked at", "                - cloudfront:GetInvalidationForDistributionTenant\n", "",
          OURS),
    Fault("tenants although none is named", 'NamesTenants: !Not [!Equals [!Ref DistributionTenantArns, ""]]',
          'NamesTenants: !Not [!Equals [!Ref DistributionArns, ""]]', OURS),
    Fault("aliases that are not requested", 'AllowsAliases: !Equals [!Ref AllowAliases, "true"]',
          'AllowsAliases: !Not [!Equals [!Ref AllowAliases, "true"]]', OURS),
    Fault("more than aliases need", "cloudfront:ListDistributions]", "cloudfront:ListDistributions, cloudfront:ListInvalidations]",
          OURS),
    Fault("a stack that may invalidate nothing", "            - Fn::And:\n", "            - Fn::Or:\n", OURS),
    Fault("a comma too many", "(,dt_[A-Za-z0-9]+){0,9}", "(,(dt_[A-Za-z0-9]+)?){0,9}", OURS),
    Fault("more ids than the policy has", "(,[A-Z0-9]+){0,9}", "(,[A-Z0-9]+){0,10}", OURS),
    Fault("an id that is forgotten", "!If [NamesDistribution10,", "!If [NamesDistributionsByArn,", OURS),
    Fault("an id in the place of another", 'Id: !Select [3, !Split [",", !Sub "${DistributionTenantArns}',
          'Id: !Select [2, !Split [",", !Sub "${DistributionTenantArns}', OURS),
    Fault("ids for ARNs", '!Select [0, !Split [":", !Ref DistributionArns]], arn]', '!Select [0, !Split [":", !Ref DistributionArns]], aws]',
          OURS),
    Fault("keys of no topic", "- Fn::Equals: [!Ref TopicKeyArns, \"\"]", "- Fn::Equals: [!Ref TopicArns, \"\"]", OURS),
    Fault("a distribution's ARN for a tenant's", ":distribution-tenant/(dt_[A-Za-z0-9]+|", ":distribution-?[a-z]*/([A-Za-z0-9_]+|",
          OURS),
    Fault("every event bus", "Resource: !If\n                - NamesBusByArn\n                - !Ref EventBusName\n"
          "                - !Sub arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${EventBusName}\n",
          'Resource: "*"\n', OURS),
    Fault("a bus's ARN used as its name", '!Split [":", !Ref EventBusName]], arn]', '!Split [":", !Ref EventBusName]], aws]', OURS),
    Fault("events although no bus is named", 'PutsEvents: !Not [!Equals [!Ref EventBusName, ""]]',
          'PutsEvents: !Equals [!Ref EventBusName, ""]', OURS),
    Fault("a bus of another account is looked for", "NamesBusByName: !And [!Condition PutsEvents, !Not [!Condition NamesBusByArn]]",
          "NamesBusByName: !Condition PutsEvents", OURS),
    Fault("an event bus's rule for the bus", ":event-bus/)?[", ":(event-bus|rule)/)?[", OURS),
    Fault("an action on buses that does not exist", "Action: events:PutEvents", "Action: events:PutEvent", PARLIAMENT),
    Fault("every action on the table", "Action: [dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem]", "Action: dynamodb:*", OURS),
    Fault("a key for more than a service", "              Condition:\n                StringLike:\n"
          "                  kms:ViaService: !Sub sns.*.${AWS::URLSuffix}\n", "", OURS),
    Fault("a role without the boundary", "      PermissionsBoundary: !If [HasBoundary, !Ref PermissionsBoundary, !Ref AWS::NoValue]\n"
          "      Policies:\n        - PolicyName: schedule", "      Policies:\n        - PolicyName: schedule", OURS),
    Fault("a schedule's role for any account", "                aws:SourceAccount: !Ref AWS::AccountId",
          '                aws:SourceOrgID: ""', OURS),
    Fault("no TTL", "      TimeToLiveSpecification:\n        AttributeName: expires_at\n        Enabled: true\n", "", OURS),
    Fault("TTL on another attribute", "AttributeName: expires_at", "AttributeName: due_at", OURS),
    Fault("another index", "IndexName: unfinished", "IndexName: due", OURS),
    Fault("no index of what is overdue", "AttributeName: overdue_at, KeyType", "AttributeName: due_at, KeyType", OURS),
    Fault("a table that is not under its key", "SSEEnabled: true", "SSEEnabled: false", CHECKOV),
    Fault("no point-in-time recovery", "      PointInTimeRecoverySpecification:\n"
          "        PointInTimeRecoveryEnabled: !Ref PointInTimeRecovery\n", "", CHECKOV),
    Fault("a topic in the clear", "      KmsMasterKeyId: !If [HasKey, !Ref KmsKeyArn, !Ref AWS::NoValue]\n",
          "      DisplayName: notifications\n", CHECKOV),
    Fault("notifications that may be sent in the clear", 'aws:SecureTransport: "false"', 'aws:SecureTransport: "true"', OURS),
    Fault("another on-failure destination", "          Destination: !GetAtt CheckerFunction.Arn\n",
          "          Destination: !GetAtt StartFunction.Arn\n", OURS),
    Fault("a topic as destination", "          Destination: !GetAtt CheckerFunction.Arn\n",
          "          Destination: !Ref AlarmTopicArn\n", OURS),
    Fault("a dead-letter queue", "      # The wait (MaxWaitSeconds), and time to report a result after it.\n",
          "      DeadLetterQueue: { Type: SQS, TargetArn: !Sub 'arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:q' }\n", OURS),
    Fault("events that outlive the action", "MaximumEventAgeInSeconds: 480", "MaximumEventAgeInSeconds: 9000", OURS),
    Fault("a failed delivery that is not tried again", "        MaximumRetryAttempts: 2\n        MaximumEventAgeInSeconds: 600",
          "        MaximumRetryAttempts: 0\n        MaximumEventAgeInSeconds: 600", OURS),
    Fault("a table with a name of its own", "      BillingMode: PAY_PER_REQUEST", "      TableName: invalidations\n"
          "      BillingMode: PAY_PER_REQUEST", OURS),
    Fault("a schedule with a name of its own", "      Description: Invokes the checker of CloudFront invalidations.",
          "      Name: every-minute", OURS),
    Fault("a time-out shorter than the SDK's calls", "Timeout: 55", "Timeout: 15", OURS),
    Fault("a wait longer than the function lives", "5[0-7][0-9]|580)$", "5[0-9]{2})$", OURS),
    Fault("a setting that the product does not read", "        MAX_WAIT_SECONDS:", "        HOLD_SECS:", OURS),
    Fault("a default that is not the product's", "    Default: \"540\"", "    Default: \"20\"", OURS),
    Fault("more wildcards than CloudFront has", "^([0-9]|1[0-4])$", "^([0-9]|1[0-5])$", OURS),
    Fault("a half of a wildcard", "^([0-9]|1[0-4])$", "^([0-9](.5)?|1[0-4])$", OURS),
    Fault("a number of wildcards that is forgotten", "^([0-9]|1[0-4])$", "^([0-9]|1[0-24])$", OURS),
    Fault("a topic to which every principal may publish", "              ArnNotEquals:\n                aws:PrincipalArn: [!GetAtt StartRole.Arn, !GetAtt "
          "CheckerRole.Arn]\n\n  # The permissions.", "              ArnNotEquals:\n                aws:PrincipalArn: '*'\n\n  # The permissions.", OURS),
    Fault("a setting of one function alone", "          START_FUNCTION_ARN: !GetAtt StartFunction.Arn\n",
          "          START_FUNCTION_ARN: !GetAtt StartFunction.Arn\n          RESERVED_WILDCARDS: 0\n", OURS),
    Fault("an empty list of topics that is no list", "!If [CreatesTopic, !Ref Topic, none]", "!If [CreatesTopic, !Ref Topic, !Ref AWS::NoValue]", OURS),
    Fault("pipelines that are not restricted", "!If [RestrictsPipelines, !Ref AllowedPipelines, !Ref AWS::NoValue]", "!Ref AWS::NoValue", OURS),
    Fault("a name of a pipeline with a space", "[A-Za-z0-9.@_-]{1,100}|", "[A-Za-z0-9.@_ -]{1,100}|", OURS),
    Fault("more targets than the product accepts", "1[0-9]{2}|200)$", "[12][0-9]{2})$", OURS),
    Fault("paths by default that are not the product's", 'Default: "3000"', 'Default: "300"', OURS),
    Fault("failure records of another function", "START_FUNCTION_ARN: !GetAtt StartFunction.Arn",
          "START_FUNCTION_ARN: !GetAtt ScheduleRole.Arn", OURS),
    Fault("an alarm on a metric that no function writes", "MetricName: FailedDeliveries", "MetricName: JobsHandled", OURS),
    Fault("an alarm on the function that does not write it", "MetricName: StuckExecutions\n      Dimensions: "
          "[{ Name: FunctionName, Value: !Ref CheckerFunction }]", "MetricName: StuckExecutions\n      Dimensions: "
          "[{ Name: FunctionName, Value: !Ref StartFunction }]", OURS),
    Fault("a dashboard of a metric that no function writes", '"OldestOverdueSeconds"', '"OldestSeconds"', OURS),
    Fault("silence that is no fault", "TreatMissingData: breaching", "TreatMissingData: notBreaching", OURS),
    Fault("an alarm's typo", "ComparisonOperator: LessThanThreshold", "ComparisonOperator: LessThenThreshold", LINT),
    Fault("a metric that no widget shows", '"WaitSavedSeconds"', '"QueueSeconds"', OURS),
    Fault("a sum of a metric that is not in its widget", 'FILL(succeededWithWarningStart, 0), FILL(succeededWithWarningChecker, 0)])", "label"',
          'FILL(reasonStart, 0), FILL(succeededWithWarningChecker, 0)])", "label"', OURS),
    Fault("a widget that lies on another", '"x": 8, "y": 11', '"x": 7, "y": 11', OURS),
    Fault("a graph without a title", '"title": "Undelivered results and notifications"', '"title": ""', OURS),
    Fault("an alarm on events without a bus", "    Condition: MonitorsEvents\n", "    Condition: Monitors\n", OURS),
    Fault("an alarm of low urgency in a basic stack", "    Condition: MonitorsFully\n", "    Condition: Monitors\n", OURS),
    Fault("an alarm in a stack without monitoring", "    Condition: Monitors\n", "", OURS),
    Fault("a topic for alarms of low urgency in a basic stack", "            - Fn::Equals: [!Ref Monitoring, full]\n",
          "            - Fn::Not: [Fn::Equals: [!Ref Monitoring, none]]\n", OURS),
    Fault("traces in a basic stack", "!If [MonitorsFully, Active, PassThrough]", "Active", OURS),
    Fault("metrics of another level", "METRICS: !Ref Monitoring", "METRICS: full", OURS),
    Fault("an alarm of high urgency on a metric of full monitoring", "MetricName: UndeliveredResults", "MetricName: InvalidEvents", OURS),
    Fault("an alarm that notifies the wrong topic", "      AlarmActions: !If [HasLowUrgencyTopic,", "      AlarmActions: !If [HasAlarmTopic,", OURS),
    Fault("an alarm whose end is not reported", "      OKActions: !If [HasAlarmTopic, [!Ref AlarmTopicArn], !Ref AWS::NoValue]\n", "", OURS),
    Fault("low urgency without a topic of its own", "!If [HasAlarmTopic, [!Ref AlarmTopicArn], !Ref AWS::NoValue]]\n",
          "!Ref AWS::NoValue]\n", OURS),
    Fault("an alarm with half a sentence", "Check the schedule, its role, and throttles.", "Look at the schedule, its role", OURS),
    Fault("a query for an event that is not logged", '"job.rejected"', '"job.refused"', OURS),
    Fault("a query that CloudWatch cannot read", "stats count(*) as times,", "stats counts(*) as times,", OURS),
    Fault("a query for a field that no line has", "max(ahead)", "max(aheads)", OURS),
    Fault("a query of one log alone", "LogGroupNames: [!Ref StartLogGroup, !Ref CheckerLogGroup]",
          "LogGroupNames: [!Ref StartLogGroup]", OURS),
    Fault("too many saved queries", "  TimelineQuery:\n", "  NinthQuery:\n    Type: AWS::Logs::QueryDefinition\n    Properties:\n"
          "      Name: !Sub ${AWS::StackName}/Ninth\n      LogGroupNames: [!Ref StartLogGroup, !Ref CheckerLogGroup]\n"
          "      QueryString: fields @message | limit 20\n\n  TimelineQuery:\n", OURS),
    Fault("a log level that drops metrics", "AllowedValues: [TRACE, DEBUG, INFO]", "AllowedValues: [INFO, WARN]", OURS),
    Fault("logs for ever", "      RetentionInDays: !Ref LogRetentionDays\n", "", OURS),
    Fault("a version that is not the product's", "SemanticVersion: 0.0.0", "SemanticVersion: 9.9.9", OURS),
]


def noticed(fault: Fault | None, folder: Path) -> dict[str, list[str]]:
    """What each check says of the template with this fault. The slow linters are asked where they are there for it, the
    others always; the resolved deployment is left in `folder` where checkov shall look."""
    text = TEMPLATE.read_text()
    if fault:
        assert fault.right in text, f"the template no longer has what «{fault.name}» replaces"
        text = text.replace(fault.right, fault.wrong, 1)
    copy = folder / "template.yaml"
    copy.write_text(text)
    is_for = {fault.noticed_by} if fault else {LINT, EXPANSION, CHECKOV}
    found = {LINT: lint.cfn_lint(copy)} if LINT in is_for else {}
    try:
        expansion = expand(load(copy))
        full = deployments.full(expansion)
    except Exception as error:  # There are many kinds, and whatever stops the expansion stops a deployment.
        return found | {TRANSLATOR: [str(error)]}
    found |= {PARLIAMENT: lint.parliament(full), OURS: assertions.faults(expansion)}
    if EXPANSION in is_for:
        expanded = folder / "expanded.json"
        expanded.write_text(json.dumps(expansion))
        found[EXPANSION] = lint.cfn_lint(expanded)
    if CHECKOV in is_for:
        (folder / "full.json").write_text(json.dumps(full.as_template()))
    return {check: each for check, each in found.items() if each}


def noticed_by_checkov(checkov: str, folder: Path) -> set[str]:
    """The folders in whose deployment checkov finds something; one run for all, since it starts slowly."""
    files = [str(path) for path in sorted(folder.glob("*/full.json"))]
    command = [checkov, "--config-file", str(CHECKOV_RULES), "--output", "json", "--file", *files]
    reply = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    assert reply["summary"]["passed"] and not reply["summary"]["parsing_errors"], reply["summary"]
    return {Path(each["file_path"]).parent.name for each in reply["results"]["failed_checks"]}


def work(job: tuple[int, Fault | None, Path]) -> dict[str, list[str]]:
    number, fault, folder = job
    place = folder / str(number)
    place.mkdir()
    return noticed(fault, place)


def main(checkov: str) -> int:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        jobs = [(number, fault, folder) for number, fault in enumerate([None, *FAULTS])]
        with Pool() as pool:
            results = pool.map(work, jobs, chunksize=1)
        for number in noticed_by_checkov(checkov, folder):
            results[int(number)][CHECKOV] = ["a rule"]
    missed = int(bool(results[0]))
    print(f"  {'the template as it is':<48} noticed by {', '.join(results[0]) or 'no check, as expected'}")
    for fault, result in zip(FAULTS, results[1:], strict=True):
        is_noticed = fault.noticed_by in result
        missed += not is_noticed
        mark = " " if is_noticed else "!"
        print(f"{mark} {fault.name:<48} noticed by {', '.join(result) or 'no check'}")
    print(f"{len(FAULTS)} seeded faults, {missed} not detected by the check that is for them")
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
