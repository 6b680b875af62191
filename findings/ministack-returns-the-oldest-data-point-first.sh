#!/usr/bin/env bash
# ministack 1.5.33, beside moto 5.2.5 (PyPI), called with boto3 1.43.106.
#
# Expected: GetMetricData returns the newest value first unless it is asked for the other order. CloudWatch's service model on
# ScanBy: "TimestampDescending returns the newest data first […] If you omit this parameter, the default of
# TimestampDescending is used."
#
# Seen: ministack returns the oldest value first in each case, even if ScanBy is TimestampDescending. moto follows the rule.
#
# Why it matters: Values[0] is the usual way to read the present value of a metric. Against ministack it is the oldest value
# of the window, so that a loop that waits for the value to change reads an old one.
. "$(dirname "$(readlink -f "$0")")/lib"
python_packages moto==5.2.5 ministack==1.5.33 boto3==1.43.106
start_ministack

python3 - <<'PY'
import datetime, os
import boto3
from moto import mock_aws

now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0) - datetime.timedelta(minutes=5)
minutes = lambda count: datetime.timedelta(minutes=count)

def look(cloudwatch):
    for age in (2, 1, 0):
        cloudwatch.put_metric_data(Namespace="Example", MetricData=[
            {"MetricName": "AgeInMinutes", "Timestamp": now - minutes(age), "Value": age}])
    def ages(**order):
        return cloudwatch.get_metric_data(StartTime=now - minutes(10), EndTime=now + minutes(5), **order, MetricDataQueries=[{
            "Id": "a", "MetricStat": {"Metric": {"Namespace": "Example", "MetricName": "AgeInMinutes"}, "Period": 60,
                                      "Stat": "Sum"}}])["MetricDataResults"][0]["Values"]
    return ages(), ages(ScanBy="TimestampDescending"), ages(ScanBy="TimestampAscending")

with mock_aws():
    moto = look(boto3.client("cloudwatch"))
ministack = look(boto3.client("cloudwatch", endpoint_url=os.environ["MINISTACK"]))
for name, (default, descending, ascending) in (("moto", moto), ("ministack", ministack)):
    print(f"{name}: ages by default {default}, TimestampDescending {descending}, TimestampAscending {ascending}")
as_described = moto == ([0, 1, 2], [0, 1, 2], [2, 1, 0]) and ministack == ([2, 1, 0],) * 3
raise SystemExit(0 if as_described else "the behaviour has changed")
PY
