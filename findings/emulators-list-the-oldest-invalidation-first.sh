#!/usr/bin/env bash
# moto 5.2.5 and ministack 1.5.33 (PyPI), called with boto3 1.43.106.
#
# Expected: ListInvalidations names the newest invalidation first. CloudFront's service model says of its Marker: "Because the
# results are returned in decreasing order from most recent to oldest, the most recent results are on the first page".
#
# Seen: both emulators list in the order of creation, so that the first item is the oldest. ministack also ignores
# MaxItems: it returns five items to a request for two, and says that there are no more.
#
# Why it matters: "take the first item" is how a script finds the invalidation that was made last. Tested on an emulator it
# finds the oldest; a script that was made to pass there finds the oldest of the first page on AWS.
. "$(dirname "$(readlink -f "$0")")/lib"
python_packages moto==5.2.5 ministack==1.5.33 boto3==1.43.106
start_ministack

python3 - <<'PY'
import os, time
import boto3
from moto import mock_aws

def look(client):
    distribution = client.create_distribution(DistributionConfig={
        "CallerReference": "one", "Comment": "", "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "origin.example.com", "CustomOriginConfig": {
            "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}}]},
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all",
                                 "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6"}})["Distribution"]["Id"]
    made = []
    for number in range(5):
        made.append(client.create_invalidation(DistributionId=distribution, InvalidationBatch={
            "CallerReference": f"deploy-{number}", "Paths": {"Quantity": 1, "Items": [f"/{number}"]}})["Invalidation"]["Id"])
        time.sleep(1.1)
    names = lambda **more: client.list_invalidations(DistributionId=distribution, **more)["InvalidationList"]
    listed = [made.index(item["Id"]) for item in names()["Items"]]
    page = names(MaxItems="2")
    return listed, len(page["Items"]), page["IsTruncated"]

with mock_aws():
    moto = look(boto3.client("cloudfront"))
ministack = look(boto3.client("cloudfront", endpoint_url=os.environ["MINISTACK"]))
for name, (listed, size, truncated) in (("moto", moto), ("ministack", ministack)):
    print(f"{name}: lists the five in the order {listed} of their creation; MaxItems 2 gives {size}, IsTruncated {truncated}")
as_described = moto == ([0, 1, 2, 3, 4], 2, True) and ministack == ([0, 1, 2, 3, 4], 5, False)
raise SystemExit(0 if as_described else "the behaviour has changed")
PY
