"""The packaged template: plain CloudFormation without a transform, with the functions' zips in a bucket of the user.

    python3 infra/checks/expand.py infra/sam/template.yaml | python3 infra/release/template.py > cloudfront-invalidation.json

Without a transform, the console, StackSets and Service Catalog accept the template, and no CAPABILITY_AUTO_EXPAND is needed. A
parameter cannot decide a DeletionPolicy then, so RetainData is not among the parameters: the table is deleted with the stack.
"""

import json
import sys

FUNCTIONS = {"StartFunction": "start", "CheckerFunction": "checker"}
PARAMETERS = {
    "CodeBucket": {
        "Type": "String",
        "Description": "The S3 bucket with the zips of the release, in the region of the stack.",
        "AllowedPattern": r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "ConstraintDescription": "must be the name of an S3 bucket",
    },
    "CodePrefix": {
        "Type": "String",
        "Default": "",
        "Description": "The prefix of the zips in the bucket, such as cloudfront-invalidation/0.1.0/. Another prefix deploys another release.",
        "AllowedPattern": "([^/].*/)?",
        "ConstraintDescription": "must be empty, or end with a slash and not begin with one",
    },
}
RETAIN = "RetainData"


def without_retain_data(template: dict) -> None:
    """Removes the parameter, its condition, and what they decide."""
    [condition] = [name for name, value in template["Conditions"].items() if RETAIN in json.dumps(value)]
    del template["Conditions"][condition], template["Parameters"][RETAIN]
    for resource in template["Resources"].values():
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if isinstance(resource.get(policy), dict):
                resource[policy] = "Delete"


def interface_without_retain_data(interface: dict) -> None:
    del interface["ParameterLabels"][RETAIN]
    for group in interface["ParameterGroups"]:
        group["Parameters"] = [name for name in group["Parameters"] if name != RETAIN]


def packaged(template: dict) -> dict:
    """Makes the expansion of the SAM template a packaged template."""
    without_retain_data(template)
    del template["Metadata"]["AWS::ServerlessRepo::Application"]
    template["Parameters"] = PARAMETERS | template["Parameters"]
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    interface_without_retain_data(interface)
    interface["ParameterGroups"].insert(0, {"Label": {"default": "Release"}, "Parameters": [*PARAMETERS]})
    for name, zip_name in FUNCTIONS.items():
        function = template["Resources"][name]
        del function["Metadata"]
        key = {"Fn::Sub": f"${{CodePrefix}}{zip_name}-${{Architecture}}.zip"}
        function["Properties"]["Code"] = {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": key}
    rest = json.dumps(template)
    assert RETAIN not in rest and "packaged-code" not in rest, "the template still names what it does not have"
    return template


if __name__ == "__main__":
    json.dump(packaged(json.load(sys.stdin)), sys.stdout, separators=(",", ":"))
    print()
