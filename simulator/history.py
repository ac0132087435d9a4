"""A trace of one's own: what CloudWatch kept of a queue, minute by minute."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from simulator.trace import Trace
from simulator.trace_files import Drawing, spread_counts

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

MINUTE_SECONDS = 60
MOST_DAYS = 15
"""How long CloudWatch keeps metrics of a minute."""
FEWEST_JOBS = 10
"""With fewer, a percentile says nothing."""


class NoHistory(ValueError):  # noqa: N818 - what it is, as the terminal says it
    """CloudWatch has too little of the queue; the message says what and what to do instead."""


@dataclass(frozen=True, slots=True)
class Minute:
    """A minute of the queue, from `start` in seconds of the epoch: messages sent, deleted, and in flight on average."""

    start: float
    sent: float
    deleted: float
    in_flight: float


def read_minutes(client: "CloudWatchClient", queue_name: str, days: int, now: datetime) -> list[Minute]:
    """The last `days` of a queue; minutes without metrics are left out, as SQS has none for a queue at rest.

    boto3's errors pass through. A page of GetMetricData is one call for each 100,800 values.
    """
    queries: list[MetricDataQueryTypeDef] = [
        _query("sent", queue_name, "NumberOfMessagesSent", "Sum"),
        _query("deleted", queue_name, "NumberOfMessagesDeleted", "Sum"),
        _query("inflight", queue_name, "ApproximateNumberOfMessagesNotVisible", "Average"),
    ]
    series: dict[str, dict[float, float]] = {"sent": {}, "deleted": {}, "inflight": {}}
    end = now.astimezone(UTC).replace(second=0, microsecond=0)
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=end - timedelta(days=days), EndTime=end, ScanBy="TimestampAscending"
    )
    for page in pages:
        for result in page["MetricDataResults"]:
            stamps, values = result.get("Timestamps", []), result.get("Values", [])
            series[result.get("Id", "")].update(
                (stamp.timestamp(), value) for stamp, value in zip(stamps, values, strict=True)
            )
    starts = sorted({start for values in series.values() for start in values})
    return [
        Minute(
            start,
            series["sent"].get(start, 0.0),
            series["deleted"].get(start, 0.0),
            series["inflight"].get(start, 0.0),
        )
        for start in starts
    ]


def trace_of_minutes(name: str, minutes: Sequence[Minute], drawing: Drawing) -> Trace:
    """The trace that a history makes likely: each minute's messages spread over it, each as long as jobs were.

    What a job takes is known by Little's law alone: the jobs in flight, over those that ended, is the mean time of
    one. The spread about it is `drawing`'s.

    Raises:
        NoHistory: too few messages were sent or deleted.
    """
    sent = sum(minute.sent for minute in minutes)
    deleted = sum(minute.deleted for minute in minutes)
    if sent < FEWEST_JOBS or deleted <= 0:
        raise NoHistory(
            f"CloudWatch has {sent:.0f} messages sent and {deleted:.0f} deleted of {name}: too few to advise on. "
            "Name a longer time (--days), another queue, or a file (--trace)"
        )
    mean_seconds = MINUTE_SECONDS * sum(minute.in_flight for minute in minutes) / deleted
    # A log-normal's mean is its median times exp(spread^2 / 2).
    median_seconds = max(1.0, mean_seconds / math.exp(drawing.job_spread**2 / 2))
    counts = [(minute.start, float(MINUTE_SECONDS), minute.sent) for minute in minutes]
    return spread_counts(name, counts, replace(drawing, job_seconds=median_seconds, exact_counts=True))


def _query(name: str, queue_name: str, metric: str, statistic: str) -> "MetricDataQueryTypeDef":
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/SQS",
                "MetricName": metric,
                "Dimensions": [{"Name": "QueueName", "Value": queue_name}],
            },
            "Period": MINUTE_SECONDS,
            "Stat": statistic,
        },
    }
