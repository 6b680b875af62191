#!/usr/bin/env bash
# moto 5.2.5 and ministack 1.5.33 (PyPI), called with boto3 1.43.106.
#
# Expected: CloudWatch keeps values of different units apart. Its service model on GetMetricStatistics: "If you omit Unit, all
# data that was collected with any unit is returned, along with the corresponding units that were specified when the data was
# reported to CloudWatch. If you specify a unit, the operation returns only data that was collected with that unit specified.
# […] CloudWatch does not perform unit conversions."
#
# Seen: for 1 second and 500 milliseconds under one name, both return a single data point with the sum 501: moto calls it
# Milliseconds, ministack Seconds. With a Unit, moto returns that unit's data; ministack returns 501 Seconds to each question,
# also to the one for Milliseconds.
#
# Why it matters: two versions of a function that name another unit for one metric are a common fault of a deployment. On AWS
# it shows as two series; in these emulators it is one plausible number.
. "$(dirname "$(readlink -f "$0")")/lib"
python_packages moto==5.2.5 ministack==1.5.33 boto3==1.43.106
start_ministack

python3 - <<'PY'
import datetime, os
import boto3
from moto import mock_aws

now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0) - datetime.timedelta(minutes=5)

def look(cloudwatch):
    for value, unit in ((1, "Seconds"), (500, "Milliseconds")):
        cloudwatch.put_metric_data(Namespace="Example", MetricData=[
            {"MetricName": "Latency", "Timestamp": now, "Value": value, "Unit": unit}])
    def points(**unit):
        found = cloudwatch.get_metric_statistics(
            Namespace="Example", MetricName="Latency", Period=60, Statistics=["Sum"], **unit,
            StartTime=now - datetime.timedelta(minutes=5), EndTime=now + datetime.timedelta(minutes=5))["Datapoints"]
        return [(point["Sum"], point["Unit"]) for point in found]
    return points(), points(Unit="Seconds"), points(Unit="Milliseconds")

with mock_aws():
    moto = look(boto3.client("cloudwatch"))
ministack = look(boto3.client("cloudwatch", endpoint_url=os.environ["MINISTACK"]))
for name, (any_unit, seconds, milliseconds) in (("moto", moto), ("ministack", ministack)):
    print(f"{name}: no unit asked {any_unit}, Seconds {seconds}, Milliseconds {milliseconds}")
as_described = (moto == ([(501, "Milliseconds")], [(1, "Seconds")], [(500, "Milliseconds")])
                and ministack == ([(501, "Seconds")],) * 3)
raise SystemExit(0 if as_described else "the behaviour has changed")
PY
