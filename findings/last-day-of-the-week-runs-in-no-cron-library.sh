#!/usr/bin/env bash
# aws-cron-parser 1.1.12 (npm), pyawscron 1.0.7 and aws-croniter 2.1.1 (PyPI).
#
# Expected: the reference of EventBridge's cron expressions lists L among the wildcards of the field Day-of-week, and says:
# "The L wildcard in the Day-of-month or Day-of-week fields specifies the last day of the month or week." The week's days are
# 1-7 or SUN-SAT, so cron(0 9 ? * L *) is each Saturday at 9:00, as cron(0 9 ? * 7 *).
#
# Seen: the three libraries for this syntax accept the expression and then find no run: aws-cron-parser and pyawscron end with
# an error that says that it should not happen, and aws-croniter returns None for each run. All three know 7 in that place, L
# in Day-of-month, and 6L (the last Friday of the month).
#
# Why it matters: tools that show when a schedule runs next, or check that a schedule runs at all, use these libraries. They
# report a weekly schedule as one that never runs.
. "$(dirname "$(readlink -f "$0")")/lib"
python_packages pyawscron==1.0.7 aws-croniter==2.1.1
node_packages aws-cron-parser@1.1.12

cat >next.mjs <<'JS'
import cron from 'aws-cron-parser';
const parsed = cron.parse(process.argv[2]);
try {
    console.log(cron.next(parsed, new Date(process.argv[3])).toISOString().slice(0, 10));
} catch (error) {
    console.log('error');
}
JS

python3 - <<'PY'
import datetime, subprocess
from aws_croniter import AwsCroniter
from pyawscron import AWSCron

FROM = datetime.datetime(2026, 11, 1, tzinfo=datetime.timezone.utc)
day = lambda time: time.strftime("%Y-%m-%d") if time else "None"

def with_pyawscron(expression):
    parsed = AWSCron(expression)
    try:
        return day(parsed.occurrence(FROM).next())
    except Exception:
        return "error"

as_described = True
for expression, right in (("0 9 ? * 7 *", "2026-11-07"), ("0 9 L * ? *", "2026-11-30"), ("0 9 ? * 6L *", "2026-11-27"),
                          ("0 9 ? * L *", "2026-11-07")):
    seen = {
        "aws-cron-parser": subprocess.run(["node", "next.mjs", expression, FROM.isoformat()], capture_output=True, text=True,
                                          check=True).stdout.strip(),
        "pyawscron": with_pyawscron(expression),
        "aws-croniter": day(AwsCroniter(expression).get_next(FROM, 1)[0]),
    }
    print(f"cron({expression}), next run {right}:", seen)
    wanted = ["error", "error", "None"] if expression == "0 9 ? * L *" else [right] * 3
    as_described &= list(seen.values()) == wanted
raise SystemExit(0 if as_described else "the behaviour has changed")
PY
