#!/usr/bin/env bash
# moto 5.2.5 and ministack 1.5.33 (PyPI), called with boto3 1.43.106.
#
# Expected: the example of the CloudWatch user guide ("Dimension combinations"). ServerStats is published for four pairs of
# Server and Domain; statistics exist for these four pairs, and "You can't retrieve statistics for the following dimensions or
# if you specify no dimensions": Server=Prod, Server=Beta, Domain=Frankfurt, Domain=Rio. The service model says the same:
# "If a specific combination of dimensions was not published, you can't retrieve statistics for it."
#
# Seen: with no dimensions both emulators return the sum of all four metrics (412), from GetMetricStatistics and from
# GetMetricData. With Server=Prod alone, moto's GetMetricStatistics returns 200 from two metrics, while its own GetMetricData
# returns nothing; ministack returns nothing, as documented.
#
# Why it matters: an alarm or a dashboard that forgets a dimension is the usual mistake with custom metrics, and it shows as
# an alarm that never has data. A test against these emulators finds the data and cannot detect the mistake.
. "$(dirname "$(readlink -f "$0")")/lib"
python_packages moto==5.2.5 ministack==1.5.33 boto3==1.43.106
start_ministack

python3 - <<'PY'
import datetime, os
import boto3
from moto import mock_aws

now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0) - datetime.timedelta(minutes=5)
window = {"StartTime": now - datetime.timedelta(minutes=5), "EndTime": now + datetime.timedelta(minutes=5)}

def look(cloudwatch):
    dimensions = lambda **pairs: [{"Name": name, "Value": value} for name, value in pairs.items()]
    for value, server, domain in ((105, "Prod", "Frankfurt"), (115, "Beta", "Frankfurt"), (95, "Prod", "Rio"), (97, "Beta", "Rio")):
        cloudwatch.put_metric_data(Namespace="Guide", MetricData=[{
            "MetricName": "ServerStats", "Timestamp": now, "Value": value, "Dimensions": dimensions(Server=server, Domain=domain)}])
    def sums(**pairs):
        metric = {"Namespace": "Guide", "MetricName": "ServerStats", "Dimensions": dimensions(**pairs)}
        statistics = cloudwatch.get_metric_statistics(**metric, Period=60, Statistics=["Sum"], **window)["Datapoints"]
        data = cloudwatch.get_metric_data(**window, MetricDataQueries=[{
            "Id": "a", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}])["MetricDataResults"][0]["Values"]
        return [point["Sum"] for point in statistics], data
    return {"both": sums(Server="Prod", Domain="Rio"), "Server=Prod": sums(Server="Prod"), "none": sums()}

with mock_aws():
    moto = look(boto3.client("cloudwatch"))
ministack = look(boto3.client("cloudwatch", endpoint_url=os.environ["MINISTACK"]))
print("(GetMetricStatistics, GetMetricData)")
print("moto:", moto)
print("ministack:", ministack)
as_described = (moto == {"both": ([95], [95]), "Server=Prod": ([200], []), "none": ([412], [412])}
                and ministack == {"both": ([95], [95]), "Server=Prod": ([], []), "none": ([412], [412])})
raise SystemExit(0 if as_described else "the behaviour has changed")
PY
