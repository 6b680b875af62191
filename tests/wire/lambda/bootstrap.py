#!/usr/bin/env python3
"""A Lambda bootstrap that executes its event, and returns its process id and settings."""
import json
import os
import sys
import time
import urllib.request

API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime"


def post(path, body):
    urllib.request.urlopen(f"{API}/{path}", data=json.dumps(body).encode()).read()


def error(kind):
    return {"errorType": kind, "errorMessage": f"{kind} as asked"}


if os.environ.get("FAIL_INIT"):
    post("init/error", error("InitFailed"))
    sys.exit(1)

while True:
    with urllib.request.urlopen(f"{API}/invocation/next") as response:
        event, headers = json.load(response), response.headers
    request = f"invocation/{headers['Lambda-Runtime-Aws-Request-Id']}"
    print("handling", event["do"], flush=True)
    match event["do"]:
        case "answer":
            left = int(headers["Lambda-Runtime-Deadline-Ms"]) / 1000 - time.time()
            post(f"{request}/response", {"pid": os.getpid(), "left": left, "settings": dict(os.environ)})
        case "fail":
            post(f"{request}/error", error("Asked"))
        case "exit":
            sys.exit(3)
        case "hang":
            time.sleep(60)
