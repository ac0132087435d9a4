"""`docs/reference/alarms.md`, written from the table: `python -m components.alarm_reference`."""

from collections.abc import Sequence
from pathlib import Path

from components.alarm_definition import Alarm, Metric, Subject
from components.alarm_table import FLEET_ALARMS, PEOPLE_ALARMS

PAGE_FILE = Path(__file__).parent.parent / "docs" / "reference" / "alarms.md"

SIGNS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}
SILENCE = {"breaching": "rings", "notBreaching": "is well", "ignore": "changes nothing"}
HEAD = """\
# Alarms

Written from `components/alarm_table.py` by `python -m components.alarm_reference`; a test fails when they differ.
Every alarm has a page in [docs/runbooks](../runbooks). All act when they begin to ring, once."""
FLEET = """\
## To the warmkeeper

They invoke it, and it reads everything afresh: hints that may come earlier than its tick."""
PEOPLE = """\
## To people

They publish to the stack's SNS topic (output `alarmsTopicArn`); `alertEmail` subscribes an address to it, which its
owner confirms once. Those of the front door are there where there is a load balancer. The alarms watch CloudWatch's
metrics, which are a minute or two late."""


def page() -> str:
    """The page as Markdown."""
    return "\n\n".join([HEAD, FLEET, *_sections(FLEET_ALARMS), PEOPLE, *_sections(PEOPLE_ALARMS)]) + "\n"


def _sections(alarms: Sequence[Alarm]) -> list[str]:
    return [_section(alarm) for alarm in alarms]


def _section(alarm: Alarm) -> str:
    minutes = alarm.period_seconds // 60
    each = "each minute" if minutes == 1 else f"each {minutes} minutes"
    rows = [
        ("rings when", f"`{_judged(alarm)} {SIGNS[alarm.comparison]} {alarm.threshold:g}`"),
        ("judged", f"{each}; {alarm.datapoints_to_alarm} of {alarm.periods} must breach"),
        *((f"`{metric_id}`", _metric(metric)) for metric_id, metric in alarm.metrics.items()),
        (f"silence {SILENCE[alarm.missing]}", alarm.missing_because),
        ("first", f"{alarm.action} [Runbook](../runbooks/{alarm.name}.md)"),
    ]
    table = "\n".join(["| | |", "| --- | --- |", *(f"| {left} | {right} |" for left, right in rows)])
    return f"### {alarm.name}\n\n{alarm.meaning}\n\n{table}"


def _judged(alarm: Alarm) -> str:
    return alarm.expression or next(iter(alarm.metrics))


def _metric(metric: Metric) -> str:
    of = ", ".join(value.value if isinstance(value, Subject) else f"`{value}`" for value in metric.of.values())
    return f"{metric.statistic} of `{metric.namespace}` `{metric.name}`: {of}"


if __name__ == "__main__":
    PAGE_FILE.write_text(page(), "utf-8")
