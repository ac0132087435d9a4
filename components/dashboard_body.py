"""The dashboard as CloudWatch's JSON, and the saved queries: pure functions of names and prices.

What the workers alone know (render times, results) is read from their log lines when somebody looks, by Logs Insights:
a metric filter would cost a custom metric a month for each figure, watched or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.alarm_definition import Subject

Widget = dict[str, Any]

COLUMNS = 24
HEIGHT = 6
MINUTE_SECONDS = 60
HOURS_A_DAY = 24

ENDED = 'filter message = "a job ended"'
"""The worker's one line for each job that came to an end, with its state and the seconds of its stages."""

SLEEPS_AND_WAKES = """\
fields @timestamp, decision.kind as kind, message as reason, decision.desired as desired, WakeToRunningSeconds
| filter decision.kind in ["wake", "sleep", "breaker"] or ispresent(WakeToRunningSeconds)
| sort @timestamp desc
| limit 50"""
"""A wake's duration is on the figures' line of the look that first saw a worker run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the dashboard shows, all of it known."""

    region: str
    names: Mapping[Subject, str]
    worker_log_group: str
    warmkeeper_log_group: str
    task_usd_per_hour: float
    alarm_arns: Sequence[str]


def body(shown: Shown) -> dict[str, Any]:
    """The dashboard: rows from what rings, over what runs and waits, to what it costs."""
    names = shown.names
    rows = [
        [_alarms(shown.alarm_arns)],
        [_fleet(shown), _queue(shown)],
        [_decisions(shown)],
        [_render_times(shown), _results(shown), _processor(shown)],
        [_dead_letters(shown), _cost(shown), _wakes(shown)],
        *([[_requests(shown), _latency(shown)]] if Subject.LOAD_BALANCER in names else []),
    ]
    widgets: list[Widget] = []
    top = 0
    for row in rows:
        width = COLUMNS // len(row)
        for position, widget in enumerate(row):
            place = {"x": position * width, "y": top, "width": width, "height": HEIGHT}
            widget["properties"].setdefault("region", shown.region)
            widgets.append({**widget, **place})
        top += HEIGHT
    return {"start": "-PT3H", "widgets": widgets}


def _alarms(arns: Sequence[str]) -> Widget:
    return {"type": "alarm", "properties": {"title": "Alarms", "alarms": list(arns), "sortBy": "stateUpdatedTimestamp"}}


def _fleet(shown: Shown) -> Widget:
    service = shown.names[Subject.CLUSTER]
    return _graph(
        "Workers: desired, running, pending (level: 0 asleep, 1 waking, 2 warm, 3 burst)",
        [
            ["WarmPool", "Desired", "service", service, {"stat": "Maximum"}],
            ["WarmPool", "Running", "service", service, {"stat": "Maximum"}],
            ["WarmPool", "Pending", "service", service, {"stat": "Maximum"}],
            ["WarmPool", "Level", "service", service, {"stat": "Maximum", "yAxis": "right"}],
        ],
    )


def _queue(shown: Shown) -> Widget:
    queue = shown.names[Subject.JOBS_QUEUE]
    return _graph(
        "Jobs: waiting, in work, and the oldest one's age in seconds",
        [
            ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue, {"label": "waiting"}],
            ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", queue, {"label": "in work"}],
            [
                "AWS/SQS",
                "ApproximateAgeOfOldestMessage",
                "QueueName",
                queue,
                {"label": "oldest (s)", "yAxis": "right"},
            ],
        ],
    )


def _processor(shown: Shown) -> Widget:
    service = ["ClusterName", shown.names[Subject.CLUSTER], "ServiceName", shown.names[Subject.SERVICE]]
    return _graph(
        "Workers' CPU and memory, % on average",
        [
            ["AWS/ECS", "CPUUtilization", *service, {"stat": "Average"}],
            ["AWS/ECS", "MemoryUtilization", *service, {"stat": "Average"}],
        ],
    )


def _dead_letters(shown: Shown) -> Widget:
    queues = {"jobs": Subject.JOBS_DEAD_LETTERS, "notifications": Subject.NOTIFICATIONS_DEAD_LETTERS}
    return _graph(
        "Dead letters",
        [
            ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", shown.names[subject], {"label": label}]
            for label, subject in queues.items()
        ],
    )


def _wakes(shown: Shown) -> Widget:
    service = shown.names[Subject.CLUSTER]
    return _graph(
        "Seconds: from wake to the first worker, and that work has waited",
        [
            ["WarmPool", "WakeToRunningSeconds", "service", service, {"stat": "Maximum"}],
            ["WarmPool", "Waited", "service", service, {"stat": "Maximum"}],
        ],
    )


def _cost(shown: Shown) -> Widget:
    """Running workers on average, times 24 hours, times a task's price.

    A look more often than each minute weighs a busy moment more, so it errs upwards. Not in it: what the price table
    leaves out (addresses, disk, traffic) and Spot's discount.
    """
    usd = f"{HOURS_A_DAY * shown.task_usd_per_hour:.6f}"
    return {
        "type": "metric",
        "properties": {
            "title": "Workers of the last 24 hours, US dollars (estimate, on demand)",
            "view": "singleValue",
            "start": f"-PT{HOURS_A_DAY}H",
            "end": "P0D",
            "setPeriodToTimeRange": True,
            "metrics": [
                [{"expression": f"running * {usd}", "label": "USD", "id": "cost"}],
                [
                    "WarmPool",
                    "Running",
                    "service",
                    shown.names[Subject.CLUSTER],
                    {"id": "running", "stat": "Average", "visible": False},
                ],
            ],
        },
    }


def _render_times(shown: Shown) -> Widget:
    spread = "pct(render_seconds, 50) as p50, pct(render_seconds, 95) as p95"
    query = f'{ENDED} and state = "done"\n| stats {spread} by bin(5m)'
    return _log("Render time in seconds", shown.worker_log_group, query, view="timeSeries")


def _results(shown: Shown) -> Widget:
    return _log("Jobs by result", shown.worker_log_group, f"{ENDED}\n| stats count(*) as jobs by state", view="bar")


def _decisions(shown: Shown) -> Widget:
    title = "Last wakes and sleeps: why, and how long a wake took"
    return _log(title, shown.warmkeeper_log_group, SLEEPS_AND_WAKES, view="table")


def _requests(shown: Shown) -> Widget:
    balancer = ["LoadBalancer", shown.names[Subject.LOAD_BALANCER]]
    return _graph(
        "Requests and errors at the front door",
        [
            ["AWS/ApplicationELB", "RequestCount", *balancer, {"stat": "Sum"}],
            ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", *balancer, {"stat": "Sum"}],
            ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", *balancer, {"stat": "Sum"}],
        ],
    )


def _latency(shown: Shown) -> Widget:
    metric = ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", shown.names[Subject.LOAD_BALANCER]]
    return _graph(
        "Seconds to an answer at the front door",
        [[*metric, {"stat": "p50"}], [*metric, {"stat": "p95"}]],
    )


def _graph(title: str, metrics: Sequence[Sequence[Any]]) -> Widget:
    properties = {
        "title": title,
        "view": "timeSeries",
        "period": MINUTE_SECONDS,
        "stat": "Maximum",
        "metrics": [list(metric) for metric in metrics],
        "yAxis": {"left": {"min": 0}, "right": {"min": 0}},
    }
    return {"type": "metric", "properties": properties}


def _log(title: str, log_group: str, query: str, *, view: str) -> Widget:
    return {"type": "log", "properties": {"title": title, "query": f"SOURCE '{log_group}' | {query}", "view": view}}
