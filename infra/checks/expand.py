"""The SAM template as CloudFormation sees it: expanded by AWS's own translator, without an account.

Linters look through SAM's own resource types only in part, so what they must judge is the expansion.
"""

import json
import logging
import os
import sys
from pathlib import Path

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).parents[1] / "sam" / "template.yaml"
# `sam package` puts a place in S3 here; the translator accepts nothing else.
PACKAGED_CODE = "s3://packaged-code/function.zip"

# It counts its own use, and warns that no collector is configured.
logging.getLogger("samtranslator.metrics").setLevel(logging.ERROR)


def load(path: Path = TEMPLATE) -> dict:
    return yaml_parse(path.read_text())


def expand(template: dict) -> dict:
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource.setdefault("Properties", {})["CodeUri"] = PACKAGED_CODE
    template["Globals"]["Function"].pop("CodeUri", None)
    # The translator asks for a region, to determine the partition, and makes no call.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    session = boto3.Session(region_name=os.environ["AWS_DEFAULT_REGION"])
    return Translator({}, Parser(), boto_session=session).translate(template, {})


if __name__ == "__main__":
    json.dump(expand(load(Path(sys.argv[1]))), sys.stdout, indent=2)
    print()
