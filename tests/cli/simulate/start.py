#!/usr/bin/env python3
"""A minimal invoke action: creates an invalidation, continues until it is completed, publishes and reports the result."""
import json
import os
import re
import urllib.parse
import urllib.request

API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
AWS = os.environ["AWS_ENDPOINT_URL"]


def call(path, body=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()} | {"Authorization": "AWS4-HMAC-SHA256 unchecked"}
    request = urllib.request.Request(AWS + path, data=body and body.encode(), headers=headers)
    return urllib.request.urlopen(request).read().decode()


def answer(job, **result):
    target = "CodePipeline_20150709.PutJobSuccessResult"
    call("/", json.dumps({"jobId": job} | result), X_Amz_Target=target, Content_Type="application/x-amz-json-1.1")


def publish(topic, message):
    form = {"Action": "Publish", "Version": "2010-03-31", "TopicArn": topic, "Message": message}
    call("/", urllib.parse.urlencode(form), Content_Type="application/x-www-form-urlencoded")


def handle(event):
    job = event["CodePipeline.job"]
    ask = json.loads(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])
    invalidations = f"/2020-05-31/distribution/{ask['DistributionId']}/invalidation"
    if token := job["data"].get("continuationToken"):
        status = re.search("<Status>(.*?)</Status>", call(f"{invalidations}/{token}"))[1]
        if status == "Completed":
            publish(ask["SnsTopicArn"], f"JobId: {job['id']}\nStatus: success\n")
            return answer(job["id"])
    else:
        batch = "<Paths><Quantity>1</Quantity><Items><Path>/*</Path></Items></Paths>"
        batch = f"<InvalidationBatch>{batch}<CallerReference>{job['id']}</CallerReference></InvalidationBatch>"
        token = re.search("<Id>(.*?)</Id>", call(invalidations, batch, Content_Type="application/xml"))[1]
    answer(job["id"], continuationToken=token, executionDetails={"percentComplete": 50, "summary": "waiting"})


while True:
    with urllib.request.urlopen(f"{API}/next") as response:
        event, request = json.load(response), response.headers["Lambda-Runtime-Aws-Request-Id"]
    handle(event)
    urllib.request.urlopen(f"{API}/{request}/response", data=b"null").read()
