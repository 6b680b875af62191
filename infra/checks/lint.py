"""What the linters say: each a function from what it judges to its findings, a line each."""

import contextlib
import io
import json
import sys
from pathlib import Path

from cfnlint.api import ManualArgs, lint_file
from parliament import analyze_policy_string

import deployments
from resolve import Deployment

# The schemas differ a little from region to region.
REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]


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
    return [f"{each.issue} {each.detail}" for each in analyzed.findings]


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
