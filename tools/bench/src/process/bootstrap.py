"""The least that can stand between Lambda's Runtime API and a handler in Python."""
import http.client
import json
import os
import sys

sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
import handler  # noqa: E402  (it is found only now)

API = "/2018-06-01/runtime/invocation"
server = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])


def ask(method, path, body=None):
    server.request(method, API + path, body)
    response = server.getresponse()
    return response.headers, response.read()


while True:
    headers, event = ask("GET", "/next")
    answer = handler.lambda_handler(json.loads(event), None)
    request = headers["Lambda-Runtime-Aws-Request-Id"]
    ask("POST", f"/{request}/response", json.dumps(answer))
