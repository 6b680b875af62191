"""The linters: each is a function from its input to its findings, a line each."""

import contextlib
import io
import json
import sys
from pathlib import Path

from cfnlint.api import ManualArgs, lint_file
from parliament import analyze_policy_string, iam_definition

import deployments
from resolve import Deployment

# The schemas differ a little from region to region.
REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]
# Actions that are younger than parliament's list of them, each with its access level; their resource type is the tenant.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html
TENANT_ACTIONS = {
    "CreateInvalidationForDistributionTenant": "Write",
    "GetDistributionTenantByDomain": "Read",
    "GetInvalidationForDistributionTenant": "Read",
    "ListInvalidationsForDistributionTenant": "List",
}
TENANT = {"resource": "distribution-tenant", "arn": "arn:${Partition}:cloudfront::${Account}:distribution-tenant/${Id}",
          "condition_keys": ["aws:ResourceTag/${TagKey}"]}
# The call returns the tenant of a domain, so no policy can name it; see the template.
IGNORED = {"RESOURCE_STAR ['cloudfront:GetDistributionTenantByDomain']"}


def tell_parliament_of_tenants() -> None:
    (cloudfront,) = (each for each in iam_definition if each["prefix"] == "cloudfront")
    known = {each["privilege"] for each in cloudfront["privileges"]} | {each["resource"] for each in cloudfront["resources"]}
    present = known & {*TENANT_ACTIONS, TENANT["resource"]}
    assert not present, f"parliament now has {sorted(present)} itself: add only the others"
    cloudfront["resources"].append(TENANT)
    on_tenants = [{"resource_type": f"{TENANT['resource']}*", "condition_keys": [], "dependent_actions": []}]
    cloudfront["privileges"] += [{"privilege": name, "access_level": level, "description": "", "resource_types": on_tenants}
                                 for name, level in TENANT_ACTIONS.items()]


tell_parliament_of_tenants()


def cfn_lint(path: Path) -> list[str]:
    findings = lint_file(path, config=ManualArgs(regions=REGIONS))
    return [f"{path.name}:{each.linenumber} {each.rule.id} {each.message}" for each in findings]


def parliament(stack: Deployment) -> list[str]:
    """Each policy of the deployment, with its ARNs in place."""
    policies = [(f"{name}/{policy['PolicyName']}", policy["PolicyDocument"])
                for name, role in stack.of_type("AWS::IAM::Role").items() for policy in role.get("Policies", [])]
    policies += [(name, policy["PolicyDocument"]) for name, policy in stack.of_type("AWS::IAM::Policy").items()]
    return [f"{name}: {finding}" for name, document in policies for finding in findings(document)]


def findings(document: dict) -> list[str]:
    # It also prints what it reports.
    with contextlib.redirect_stdout(io.StringIO()):
        analyzed = analyze_policy_string(json.dumps(document))
    found = [f"{each.issue} {each.detail}" for each in analyzed.findings]
    return [each for each in found if each not in IGNORED]


def main(template: Path, expanded: Path) -> int:
    expansion = json.loads(expanded.read_text())
    judged = {
        f"cfn-lint of {template.name}": cfn_lint(template),
        f"cfn-lint of {expanded.name}": cfn_lint(expanded),
        "parliament of the small deployment": parliament(deployments.small(expansion)),
        "parliament of the full deployment": parliament(deployments.full(expansion)),
    }
    for what, found in judged.items():
        print(f"{what}: {len(found)} findings")
        for finding in found:
            print(f"  {finding}")
    return int(any(judged.values()))


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2])))
