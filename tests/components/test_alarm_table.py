"""What holds for every alarm of the table, and the few numbers that were promised."""

import re

import pytest

from components.alarm_definition import Alarm, Subject
from components.alarm_reference import PAGE_FILE, page
from components.alarm_table import FLEET_ALARMS, PEOPLE_ALARMS
from local.players import metric_math

ROOT = PAGE_FILE.parents[2]
ALARMS = [*FLEET_ALARMS, *PEOPLE_ALARMS]
BY_NAME = {alarm.name: alarm for alarm in ALARMS}


def judged(name: str, **values: float | None) -> float | None:
    """What the alarm's expression makes of one minute."""
    alarm = BY_NAME[name]
    return metric_math.evaluate(alarm.expression, {metric: (values[metric],) for metric in alarm.metrics}, 1)[0]


def rings(name: str, **values: float | None) -> bool:
    alarm, value = BY_NAME[name], judged(name, **values)
    assert alarm.comparison == "GreaterThanThreshold"
    return value is not None and value > alarm.threshold


def test_the_page_in_the_docs_is_that_of_the_code():
    assert PAGE_FILE.read_text("utf-8") == page(), "write it anew: python -m components.alarm_reference"


def test_every_alarm_has_its_runbook_and_every_runbook_its_alarm():
    pages = {str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "runbooks").glob("*.md")}
    assert pages == {alarm.runbook for alarm in ALARMS}


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_a_runbook_tells_symptom_cause_what_to_look_at_and_what_to_do(alarm: Alarm):
    text = (ROOT / alarm.runbook).read_text("utf-8")
    assert re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE) == [
        alarm.name,
        "Symptom",
        "Why",
        "What to look at",
        "What to do",
    ]
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert ((ROOT / alarm.runbook).parent / link).exists(), f"{alarm.name} links to {link}"


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_a_mail_says_what_to_do_and_where_to_read_on_within_cloudwatchs_limit(alarm: Alarm):
    assert alarm.action in alarm.description
    assert alarm.description.endswith(f"docs/runbooks/{alarm.name}.md")
    assert len(alarm.description) <= 1024


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_an_alarm_watches_what_it_measures_within_cloudwatchs_day(alarm: Alarm):
    assert metric_math.names_in(alarm.expression or next(iter(alarm.metrics))) == set(alarm.metrics)
    assert len(alarm.metrics) == 1 or alarm.expression
    assert alarm.breaches <= alarm.periods
    assert alarm.period_seconds * alarm.periods <= 24 * 3600


def test_no_two_alarms_share_a_name():
    assert len(BY_NAME) == len(ALARMS)


def test_silence_rings_where_something_should_happen_each_minute_and_nowhere_else():
    assert {alarm.name for alarm in ALARMS if alarm.missing == "breaching"} == {"idle", "fleet-unwatched"}


@pytest.mark.parametrize(
    ("name", "threshold", "minutes"),
    [
        ("queue-long", 20, 5),
        ("queue-very-long", 100, 5),
        ("cpu-high", 80, 10),
        ("pool-too-large", 20, 60),
        ("slow-wake", 60, 1),
        ("awake-but-nothing-runs", 0, 10),
        ("front-door-slow", 0.5, 15),
    ],
)
def test_an_alarm_rings_at_the_promised_figure_after_the_promised_time(name: str, threshold: float, minutes: int):
    alarm = BY_NAME[name]
    assert (alarm.threshold, alarm.period_seconds * alarm.datapoints_to_alarm) == (threshold, minutes * 60)


def test_traffic_counts_only_while_the_fleet_is_asleep_and_when_nobody_knows():
    assert rings("traffic", requests=1.0, level=0.0)
    assert rings("traffic", requests=1.0, level=None)
    assert not rings("traffic", requests=60_000.0, level=1.0)
    assert not rings("traffic", requests=None, level=0.0)


def test_a_queue_outgrows_its_workers_at_more_than_ten_jobs_each():
    assert not rings("queue-outgrows-workers", waiting=20.0, running=2.0)
    assert rings("queue-outgrows-workers", waiting=21.0, running=2.0)
    assert rings("queue-outgrows-workers", waiting=1.0, running=None)


def test_one_running_worker_is_enough_for_an_awake_fleet_of_any_size():
    assert rings("awake-but-nothing-runs", desired=1.0, running=0.0)
    assert not rings("awake-but-nothing-runs", desired=5000.0, running=1.0)
    assert not rings("awake-but-nothing-runs", desired=0.0, running=0.0)
    assert not rings("awake-but-nothing-runs", desired=None, running=None)


def test_reading_a_dead_letter_does_not_end_its_alarm():
    assert rings("jobs-dead-letters", waiting=0.0, read=1.0)
    assert not rings("jobs-dead-letters", waiting=0.0, read=0.0)


def test_an_alarm_of_the_front_door_concerns_only_a_stack_that_has_one():
    there = dict.fromkeys(set(Subject) - {Subject.LOAD_BALANCER, Subject.WORKER_TARGETS}, "x")
    absent = {alarm.name for alarm in PEOPLE_ALARMS if not alarm.concerns(there)}
    assert absent == {"front-door-slow", "front-door-errors"}
