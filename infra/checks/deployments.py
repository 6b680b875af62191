"""The two deployments that every check looks at: as little as can be said, and everything that a security team asks for."""

import json
import sys
from pathlib import Path

from resolve import ACCOUNT, REGION, Deployment

DISTRIBUTION = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E2EXAMPLE1ABCD"
SECOND_DISTRIBUTION = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E3EXAMPLE2BCDE"
TENANT = f"arn:aws:cloudfront::{ACCOUNT}:distribution-tenant/dt_2wjDZi3hD1ivOXf6rpZJOSNE1AB"
SECOND_TENANT = f"arn:aws:cloudfront::{ACCOUNT}:distribution-tenant/dt_3xkEAj4iE2jwPYg7sqAKPTOF2BC"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:deploys"
ALLOWED_PIPELINES = '{"site":["E2EXAMPLE1ABCD","dt_2wjDZi3hD1ivOXf6rpZJOSNE1AB"],"shop-*":"*"}'
TOPIC_KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/99999999-2222-3333-4444-555555555555"
EVENT_BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/deploys"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
ALARM_TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:on-call"
LOW_URGENCY_TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:low-urgency"

SMALL = {"DistributionArns": DISTRIBUTION}
# The maximum that the template accepts.
BY_IDS = {
    "DistributionArns": ",".join(f"E{nth}EXAMPLE1ABCD" for nth in range(10)),
    "DistributionTenantArns": ",".join(f"dt_{nth}wjDZi3hD1ivOXf6rpZJOSNE1AB" for nth in range(10)),
}
FULL = {
    "DistributionArns": f"{DISTRIBUTION},{SECOND_DISTRIBUTION}",
    "DistributionTenantArns": f"{TENANT},{SECOND_TENANT}",
    "AllowAliases": "true",
    "CreateTopic": "true",
    "TopicArns": TOPIC,
    "TopicKeyArns": TOPIC_KEY,
    "EventBusName": EVENT_BUS,
    "AllowedPipelines": ALLOWED_PIPELINES,
    "MaxTargetsPerAction": "20",
    "MaxPathsPerAction": "500",
    "Architecture": "x86_64",
    "StartReservedConcurrency": "5",
    "DeletionProtection": "true",
    "RetainData": "true",
    "LockTable": "true",
    "LogRetentionDays": "365",
    "KmsKeyArn": KEY,
    "PermissionsBoundary": BOUNDARY,
    "Monitoring": "full",
    "AlarmTopicArn": ALARM_TOPIC,
    "LowUrgencyAlarmTopicArn": LOW_URGENCY_TOPIC,
}


def small(template: dict) -> Deployment:
    return Deployment(template, SMALL)


def with_default_bus(template: dict) -> Deployment:
    return Deployment(template, SMALL | {"EventBusName": "default"})


def by_ids(template: dict) -> Deployment:
    return Deployment(template, BY_IDS)


def full(template: dict) -> Deployment:
    return Deployment(template, FULL, stack_name="second")


if __name__ == "__main__":
    # The full deployment as a plain template, for tools that do not resolve conditions.
    json.dump(full(json.loads(Path(sys.argv[1]).read_text())).as_template(), sys.stdout, indent=2)
    print()
