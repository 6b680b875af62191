#!/usr/bin/env bash
# parliament 1.6.4 (PyPI), beside cfn-lint 1.58.0 (PyPI).
#
# Expected: condition values that the IAM user guide allows pass. Of dates it says: "You must specify date/time values with one
# of the W3C implementations of the ISO 8601 date formats or in epoch (UNIX) time"; its example of aws:SourceIp has an IPv4 and
# an IPv6 range, 2001:DB8:1234:5678::/64; and its grammar of policies has <condition_value> = ("string" | "number" | "Boolean").
#
# Seen: parliament reports MISMATCHED_TYPE for a date without a time, a date with an offset, a time in epoch seconds (even for
# aws:EpochTime) and each IPv6 range, and ends with a TypeError at a number that is written as a number. The date with a Z, the
# IPv4 range and the number as text pass. cfn-lint accepts all of them.
#
# Why it matters: parliament is used by other policy linters and in build steps. A role that may only be assumed from
# an IPv6 network, or until a given second, does not pass, and the message says that the value has the wrong type.
. "$(dirname "$(readlink -f "$0")")/lib"
python_packages parliament==1.6.4 cfn-lint==1.58.0

python3 - <<'PY'
import json, subprocess
from parliament import analyze_policy_string

CASES = { # name: (action, condition, what parliament reports)
    "date and time, Z": ("s3:GetObject", {"DateGreaterThan": {"aws:CurrentTime": "2026-11-30T00:00:00Z"}}, "nothing"),
    "date": ("s3:GetObject", {"DateGreaterThan": {"aws:CurrentTime": "2026-11-30"}}, "MISMATCHED_TYPE"),
    "date and time, +09:00": ("s3:GetObject", {"DateGreaterThan": {"aws:CurrentTime": "2026-11-30T00:00:00+09:00"}}, "MISMATCHED_TYPE"),
    "epoch seconds": ("s3:GetObject", {"DateGreaterThan": {"aws:EpochTime": "1796000000"}}, "MISMATCHED_TYPE"),
    "IPv4 range": ("s3:GetObject", {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, "nothing"),
    "IPv6 range": ("s3:GetObject", {"NotIpAddress": {"aws:SourceIp": "2001:DB8:1234:5678::/64"}}, "MISMATCHED_TYPE"),
    "number as text": ("s3:ListBucket", {"NumericGreaterThan": {"s3:max-keys": "10"}}, "nothing"),
    "number": ("s3:ListBucket", {"NumericGreaterThan": {"s3:max-keys": 10}}, "TypeError"),
}
resources, seen = {}, {}
for number, (name, (action, condition, _)) in enumerate(CASES.items()):
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": action, "Resource": "*", "Condition": condition}]}
    try:
        seen[name] = ", ".join(each.issue for each in analyze_policy_string(json.dumps(policy)).findings) or "nothing"
    except TypeError as error:
        seen[name] = type(error).__name__
    resources[f"Policy{number}"] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": policy}}
with open("template.json", "w") as out:
    json.dump({"Resources": resources}, out)
other = subprocess.run(["cfn-lint", "template.json"], capture_output=True, text=True)
for name, found in seen.items():
    print(f"{name}: parliament reports {found}")
print("cfn-lint:", other.stdout.strip() or "accepts all")
as_described = other.returncode == 0 and seen == {name: described for name, (_, _, described) in CASES.items()}
raise SystemExit(0 if as_described else "the behaviour has changed")
PY
