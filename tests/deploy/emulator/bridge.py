"""Calls of AWS's SDK for Python. Each input line is a JSON object with a service, an operation and its parameters; each
output line is a JSON object with the reply or the error. A parameter {"file": path} stands for the bytes of that file."""

import json
import sys

import boto3
from botocore.exceptions import ClientError


def parameter(value):
    if isinstance(value, dict):
        if value.keys() == {"file"}:
            with open(value["file"], "rb") as file:
                return file.read()
        return {key: parameter(each) for key, each in value.items()}
    if isinstance(value, list):
        return [parameter(each) for each in value]
    return value


def plain(value):
    return value.read().decode() if hasattr(value, "read") else str(value)


clients = {}
for line in sys.stdin:
    call = json.loads(line)
    service = call["service"]
    if service not in clients:
        clients[service] = boto3.client(
            service,
            endpoint_url=sys.argv[1],
            region_name="us-east-1",
            aws_access_key_id="111111111111",
            aws_secret_access_key="not-a-secret",
        )
    try:
        reply = getattr(clients[service], call["operation"])(**parameter(call["parameters"]))
        reply.pop("ResponseMetadata", None)
        result = {"reply": reply}
    except ClientError as error:
        result = {"error": error.response["Error"] | {"Item": error.response.get("Item")}}
    print(json.dumps(result, default=plain), flush=True)
