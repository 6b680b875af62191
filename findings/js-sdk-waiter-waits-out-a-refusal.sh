#!/usr/bin/env bash
# @aws-sdk/client-cloudfront 3.1164.0 (npm), beside boto3 1.44.8 (PyPI).
#
# Expected: a waiter ends at once if its call fails and no rule of the waiter names the error. The specification of waiters in
# Smithy, the language of the models behind the SDK for JavaScript, says in its workflow: "If none of the acceptors are matched
# and an error was encountered while calling the operation, then transition to the failure state and stop waiting."
#
# Seen: waitUntilInvalidationCompleted of the SDK for JavaScript keeps retrying. AccessDenied (the role lacks
# cloudfront:GetInvalidation) and NoSuchInvalidation (a wrong id) are both retried until maxWaitTime is over, and end as
# TimeoutError. boto3's invalidation_completed fails after one call, as specified.
#
# Why it matters: a deployment step that waits 15 minutes for an invalidation takes those 15 minutes to report a missing
# permission, in a build or function that is billed by the second, and reports it as a slow invalidation.
. "$(dirname "$(readlink -f "$0")")/lib"
python_packages boto3==1.44.8
node_packages @aws-sdk/client-cloudfront@3.1164.0

cat >waiter.mjs <<'JS'
import { CloudFrontClient, waitUntilInvalidationCompleted } from '@aws-sdk/client-cloudfront';
const client = new CloudFrontClient({ endpoint: process.argv[2], region: 'us-east-1' });
try {
    await waitUntilInvalidationCompleted({ client, maxWaitTime: 5, minDelay: 1, maxDelay: 1 }, { DistributionId: 'E1', Id: 'I1' });
    console.log('no error');
} catch (error) {
    console.log(error.name);
}
JS

python3 - <<'PY'
import http.server, subprocess, threading
import boto3
from botocore.exceptions import WaiterError

reply, calls = None, 0

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global calls
        calls += 1
        status, code = reply
        body = (f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error>"
                "<RequestId>r</RequestId></ErrorResponse>").encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
as_described = True
for reply in ((403, "AccessDenied"), (404, "NoSuchInvalidation")):
    calls = 0
    try:
        boto3.client("cloudfront", endpoint_url=address).get_waiter("invalidation_completed").wait(
            DistributionId="E1", Id="I1", WaiterConfig={"Delay": 1, "MaxAttempts": 5})
        python_end = "no error"
    except WaiterError as error:
        python_end = type(error).__name__
    python_calls, calls = calls, 0
    node_end = subprocess.run(["node", "waiter.mjs", address], capture_output=True, text=True, check=True).stdout.strip()
    print(f"{reply[1]}: Python {python_end} after {python_calls} call; JavaScript {node_end} after {calls} calls")
    as_described &= python_calls == 1 and python_end == "WaiterError" and calls >= 3 and node_end == "TimeoutError"
raise SystemExit(0 if as_described else "the behaviour has changed")
PY
