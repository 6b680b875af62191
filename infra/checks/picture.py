"""The dashboard's picture in the docs, drawn from the dashboard's own definition and the numbers of a made-up day.

    picture.py          whether docs/images/dashboard.svg is what is drawn
    picture.py write    draws it anew
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import chart
import deployments
import made_up_day
from dashboard import Widget, widgets
from expand import expand, load
from resolve import Deployment

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "dashboard.svg"
# The size of one of the 24 columns and of a row, and the space around a widget.
COLUMN, ROW, GAP, HEADER = 52, 40, 5, 46
# What is changed in the definition or the numbers, each of which must show.
PLANTED = [
    ('"title": "Jobs that went astray"', '"title": "Jobs that went away"'),
    ('"x": 8, "y": 17', '"x": 8, "y": 18'),
    ('"stat": "p50", "label": "P50, ended by start"', '"stat": "p99", "label": "P50, ended by start"'),
    ('"stacked": true', '"stacked": false'),
    ("its description says what to do", "its name says what to do"),
    ('"label": "Timed out", "color": "#ff7f0e"', '"label": "Timed out", "color": "#ff7f0f"'),
    ('"QueueSeconds"', '"CompletionSeconds"'),
]


def page(stack: Deployment) -> str:
    shown, day = widgets(stack), made_up_day.written()
    width = 24 * COLUMN + 2 * GAP
    height = HEADER + ROW * max(y + rows for _, y, _, rows in (each.place for each in shown)) + 2 * GAP
    inside = "\n".join(frame(each, day) for each in shown)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" \
font-family="'Amazon Ember', 'Open Sans', 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif" role="img">
<title>The CloudWatch dashboard of the stack, with the numbers of a made-up day</title>
<!-- Drawn by infra/checks/picture.py from the dashboard's definition in infra/sam/template.yaml. -->
<rect width="{width}" height="{height}" fill="#f2f3f3"/>
{chart.text(GAP + 10, 30, "CloudWatch · Dashboards · cloudfront-invalidation", 16, chart.INK, ' font-weight="700"')}
{chart.text(width - GAP - 10, 30, "1 day, by 5 minutes: a made-up one", 12, chart.QUIET, ' text-anchor="end"')}
{inside}
</svg>
"""


def frame(widget: Widget, day: dict) -> str:
    x, y, columns, rows = widget.place
    width, height = columns * COLUMN - 2 * GAP, rows * ROW - 2 * GAP
    elements = "\n".join(content(widget, day, width, height))
    is_plain = widget.properties.get("background") == "transparent"
    box = "" if is_plain else f'<rect width="{width}" height="{height}" rx="8" fill="#fff" stroke="#d5dbdb"/>\n'
    return f'<g transform="translate({x * COLUMN + 2 * GAP} {HEADER + y * ROW + GAP})">\n{box}{elements}\n</g>'


def content(widget: Widget, day: dict, width: float, height: float) -> Iterator[str]:
    properties = widget.properties
    if widget.kind == "text":
        yield from chart.markdown(properties["markdown"], width)
        return
    yield chart.title(widget.title, width)
    if widget.kind == "alarm":
        yield from chart.alarms([re.split(r"[:-]", each)[-2] for each in properties["alarms"]], width)
    elif properties.get("view", "timeSeries") == "singleValue":
        yield from chart.single_value(made_up_day.values(widget, day), width, height, properties.get("sparkline", False))
    else:
        yield from chart.graph(made_up_day.values(widget, day), width, height, properties.get("stacked", False))


def drawn(template: dict) -> str:
    return page(deployments.with_default_bus(template))


def planted(template: dict, right: str, wrong: str) -> dict:
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert right in body[0], f"the dashboard no longer has {right}"
    changed = [body[0].replace(right, wrong, 1), *body[1:]]
    dashboard = {**template["Resources"]["Dashboard"], "Properties": {"DashboardBody": {"Fn::Sub": changed}}}
    return {**template, "Resources": {**template["Resources"], "Dashboard": dashboard}}


def main(arguments: list[str]) -> int:
    template = expand(load())
    now = drawn(template)
    if arguments == ["write"]:
        PICTURE.write_text(now)
        return 0
    is_right = PICTURE.is_file() and PICTURE.read_text() == now
    print(f"{PICTURE.name}: {'as it is drawn' if is_right else 'NOT as it is drawn; picture.py write draws it anew'}")
    missed = 0
    for right, wrong in PLANTED:
        is_noticed = drawn(planted(template, right, wrong)) != now
        missed += not is_noticed
        print(f"planted {wrong}: {'noticed' if is_noticed else 'NOT NOTICED'}")
    return int(not is_right or missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
