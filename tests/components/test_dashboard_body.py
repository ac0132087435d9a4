"""The dashboard and the saved queries, as far as they can be judged without CloudWatch."""

import json
from itertools import combinations

import pytest

from components.alarm_definition import Subject
from components.dashboard_body import ENDED, Shown, body
from components.log_queries import LOG_QUERIES, LogQuery

NAMES = {subject: subject.name.lower() for subject in Subject}
DOOR = {Subject.LOAD_BALANCER, Subject.WORKER_TARGETS}
SHOWN = Shown(
    region="eu-west-1",
    names=NAMES,
    worker_log_group="worker-logs",
    warmkeeper_log_group="warmkeeper-logs",
    task_usd_per_hour=0.1,
    alarm_arns=["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a"],
)
WIDGETS = {widget["properties"]["title"]: widget for widget in body(SHOWN)["widgets"]}


def test_every_widget_has_its_region_and_its_place_beside_the_others():
    taken = [
        {(x, y) for x in range(w["x"], w["x"] + w["width"]) for y in range(w["y"], w["y"] + w["height"])}
        for w in WIDGETS.values()
    ]
    assert all(max(x for x, _ in place) < 24 for place in taken)
    assert not any(one & other for one, other in combinations(taken, 2))
    assert {widget["properties"]["region"] for widget in WIDGETS.values()} == {"eu-west-1"}


def test_the_graphs_show_what_operators_ask_for():
    shown = {metric[1] for w in WIDGETS.values() for metric in w["properties"].get("metrics", []) if len(metric) > 1}
    assert shown >= {
        *("Level", "Desired", "Running", "Pending", "WakeToRunningSeconds"),
        *("ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"),
        *("ApproximateAgeOfOldestMessage", "CPUUtilization", "MemoryUtilization"),
    }


def test_without_a_load_balancer_nothing_of_it_is_shown():
    without = Shown(
        region=SHOWN.region,
        names={subject: name for subject, name in NAMES.items() if subject not in DOOR},
        worker_log_group=SHOWN.worker_log_group,
        warmkeeper_log_group=SHOWN.warmkeeper_log_group,
        task_usd_per_hour=SHOWN.task_usd_per_hour,
        alarm_arns=SHOWN.alarm_arns,
    )
    assert "AWS/ApplicationELB" in json.dumps(body(SHOWN))
    assert "AWS/ApplicationELB" not in json.dumps(body(without))


def test_the_cost_is_a_days_price_of_the_workers_that_ran_on_average():
    [cost, running] = WIDGETS["Workers of the last 24 hours, US dollars (estimate, on demand)"]["properties"]["metrics"]
    assert cost[0]["expression"] == "running * 2.400000"
    assert (running[1], running[-1]["id"], running[-1]["stat"]) == ("Running", "running", "Average")


def test_render_times_and_results_are_read_from_the_line_that_a_worker_writes_at_a_jobs_end():
    texts = [w["properties"]["query"] for w in WIDGETS.values() if "worker-logs" in w["properties"].get("query", "")]
    assert len(texts) == 2
    assert all(text.startswith(f"SOURCE 'worker-logs' | {ENDED}") for text in texts)
    assert any("pct(render_seconds, 50)" in text and "pct(render_seconds, 95)" in text for text in texts)


def test_the_body_fits_cloudwatchs_limit():
    assert len(json.dumps(body(SHOWN))) < 1_000_000
    assert len(WIDGETS) <= 500


def test_the_saved_queries_are_those_that_operators_ask_for():
    assert [query.name for query in LOG_QUERIES] == ["errors", "slow renders", "one job", "decisions"]


@pytest.mark.parametrize("query", LOG_QUERIES, ids=lambda query: query.name)
def test_a_query_is_a_pipeline_of_known_commands(query: LogQuery):
    assert {stage.split()[0] for stage in query.text.split("\n| ")} <= {"fields", "filter", "sort", "limit", "stats"}
