#!/usr/bin/env bash
# aws-cron-parser 1.1.12 (npm), beside aws-croniter 2.1.1 (PyPI).
#
# Expected: a day that a month does not have is skipped. The EventBridge guide gives the field Day-of-month the meaning of a
# day of the month; cron(0 9 31 * ? *) is the 31st at 9:00, and a month without one has no such day. aws-croniter, by other
# authors, omits such months.
#
# Seen: aws-cron-parser moves the run to the beginning of the next month. "The 31st" runs on 1 December for November and on
# 3 March for February; "29 February" runs on 1 March in the three years of four that have none; and "31 April", which never
# is, runs each 1 May.
#
# Why it matters: users and dashboards get the next run of a schedule from the library. A report or a clean-up at the end of
# each month is shown at dates at which EventBridge does nothing, and real dates (31 December) look like a second run.
. "$(dirname "$(readlink -f "$0")")/lib"
python_packages aws-croniter==2.1.1
node_packages aws-cron-parser@1.1.12

cat >next.mjs <<'JS'
import cron from 'aws-cron-parser';
const [expression, from, count] = process.argv.slice(2);
const parsed = cron.parse(expression);
let at = new Date(from);
const days = [];
for (let i = 0; i < Number(count); i++) {
    at = cron.next(parsed, at);
    days.push(at.toISOString().slice(0, 10));
}
console.log(days.join(' '));
JS

python3 - <<'PY'
import datetime, subprocess
from aws_croniter import AwsCroniter

FROM = datetime.datetime(2026, 11, 1, tzinfo=datetime.timezone.utc)
SEEN = {
    "0 9 31 * ? *": "2026-12-01 2026-12-31 2027-01-31 2027-03-03",
    "0 9 29 2 ? *": "2027-03-01 2028-02-29 2029-03-01 2030-03-01",
    "0 9 31 4 ? *": "2027-05-01 2028-05-01 2029-05-01 2030-05-01",
}
RIGHT = {
    "0 9 31 * ? *": "2026-12-31 2027-01-31 2027-03-31 2027-05-31",
    "0 9 29 2 ? *": "2028-02-29 2032-02-29 2036-02-29 2040-02-29",
    "0 9 31 4 ? *": "",
}
as_described = True
for expression in SEEN:
    seen = subprocess.run(["node", "next.mjs", expression, FROM.isoformat(), "4"], capture_output=True, text=True, check=True)
    other = " ".join(day.strftime("%Y-%m-%d") for day in AwsCroniter(expression).get_next(FROM, 4) if day)
    print(f"cron({expression}): aws-cron-parser {seen.stdout.strip()}; aws-croniter {other or 'never'}")
    as_described &= seen.stdout.strip() == SEEN[expression] and other == RIGHT[expression]
raise SystemExit(0 if as_described else "the behaviour has changed")
PY
