"""The metrics of the local stack: what Lambdas write in embedded metric format, and what AWS publishes itself."""

import json
import math
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import starmap
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.sqs.models import Queue, sqs_backends

from local.cloud import ACCOUNT_ID, REGION
from local.pace import Pace

KEPT_SAMPLES = 5_000
"""Of one metric: more than any alarm looks back over, few enough to run for days."""


@dataclass(frozen=True)
class Metric:
    """What CloudWatch tells metrics apart by."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str] | None = None) -> "Metric":
        """Name a metric by a mapping of its dimensions."""
        return cls(namespace, name, frozenset((dimensions or {}).items()))


@dataclass(frozen=True)
class Sample:
    """One value of one metric, at a time in seconds since the epoch."""

    metric: Metric
    value: float
    at: float
    unit: str = "None"


class MetricStore:
    """Samples in memory for the alarms, and in moto for whoever reads CloudWatch. Any thread may use it.

    Moto runs in this process and takes them without a request.
    """

    def __init__(self) -> None:
        self._samples: dict[Metric, deque[Sample]] = defaultdict(lambda: deque(maxlen=KEPT_SAMPLES))
        self._lock = threading.Lock()

    def put(self, samples: Iterable[Sample]) -> None:
        """Take samples."""
        by_namespace: dict[str, list[Sample]] = defaultdict(list)
        with self._lock:
            for sample in samples:
                self._samples[sample.metric].append(sample)
                by_namespace[sample.metric.namespace].append(sample)
        for namespace, taken in by_namespace.items():
            cloudwatch_backends[ACCOUNT_ID][REGION].put_metric_data(namespace, [_datum(sample) for sample in taken])

    def values(self, metric: Metric, *, after: float, until: float) -> list[float]:
        """The values with `after` < time <= `until`, in the order in which they came."""
        with self._lock:
            known = tuple(self._samples.get(metric, ()))
        return [sample.value for sample in known if after < sample.at <= until]

    def latest(self, metric: Metric) -> Sample | None:
        """The sample that came last, if any did."""
        with self._lock:
            known = self._samples.get(metric)
            return known[-1] if known else None


def _datum(sample: Sample) -> Any:
    return {
        "MetricName": sample.metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(sample.metric.dimensions)],
        "Timestamp": datetime.fromtimestamp(sample.at, UTC).replace(tzinfo=None),  # as moto reads requests
        "Value": sample.value,
        "Unit": sample.unit,
    }


def embedded_metrics(line: str) -> list[Sample]:
    """The samples that a log line in CloudWatch's embedded metric format carries; none for any other line.

    As CloudWatch does, it passes over what does not keep to the format instead of complaining.
    """
    if '"_aws"' not in line:
        return []
    try:
        document = json.loads(line)
        metadata = document["_aws"]
        at = float(metadata["Timestamp"]) / 1000
        return [
            sample
            for directive in metadata["CloudWatchMetrics"]
            for dimension_names in directive["Dimensions"] or [[]]
            for definition in directive["Metrics"]
            for sample in _embedded_samples(document, directive["Namespace"], dimension_names, definition, at)
        ]
    except (ValueError, KeyError, TypeError):
        return []


def _embedded_samples(
    document: Mapping[str, Any], namespace: str, dimension_names: list[str], definition: Mapping[str, str], at: float
) -> list[Sample]:
    metric = Metric.of(namespace, definition["Name"], {name: str(document[name]) for name in dimension_names})
    raw = document[definition["Name"]]
    values = [float(value) for value in (raw if isinstance(raw, list) else [raw])]
    return [Sample(metric, value, at, definition.get("Unit", "None")) for value in values if math.isfinite(value)]


class QueueMetrics:
    """Publishes AWS/SQS metrics of every queue, as SQS does once a minute.

    SQS's own lags (minutes to settle, up to 15 after an inactive spell) are not played.
    """

    def __init__(self, pace: Pace, store: MetricStore) -> None:
        self._pace = pace
        self._store = store

    def publish(self, at: float) -> None:
        """Put one sample a queue and metric, taken now, at the time `at`."""
        queues = tuple(sqs_backends[ACCOUNT_ID][REGION].queues.items())
        self._store.put(sample for name, queue in queues for sample in self._of_queue(name, queue, at))

    def _of_queue(self, name: str, queue: Queue, at: float) -> list[Sample]:
        counts = {  # as GetQueueAttributes tells them
            "ApproximateNumberOfMessagesVisible": queue.approximate_number_of_messages,
            "ApproximateNumberOfMessagesNotVisible": queue.approximate_number_of_messages_not_visible,
            "ApproximateNumberOfMessagesDelayed": queue.approximate_number_of_messages_delayed,
        }
        samples = [Sample(_queue_metric(name, metric), float(count), at, "Count") for metric, count in counts.items()]
        age_seconds = oldest_message_age_seconds(name, now=time.time()) * 60 / self._pace.minute_seconds
        return [*samples, Sample(_queue_metric(name, "ApproximateAgeOfOldestMessage"), age_seconds, at, "Seconds")]


def _queue_metric(queue_name: str, name: str) -> Metric:
    return Metric.of("AWS/SQS", name, {"QueueName": queue_name})


def oldest_message_age_seconds(queue_name: str, *, now: float) -> float:
    """The age of a queue's oldest message that is not deleted, 0 without any, in real seconds.

    No API tells it, so this looks into moto, which runs in this process. (SQS leaves out messages received more than
    three times; moto's count of that is per receipt, so they count here.)
    """
    queue = sqs_backends[ACCOUNT_ID][REGION].queues.get(queue_name)
    messages = [] if queue is None else list(queue._messages)  # noqa: SLF001 - `messages` hides those in flight
    return max((now - (message.sent_timestamp or now * 1000) / 1000 for message in messages), default=0.0)


def function_metrics(name: str, values: Mapping[str, float]) -> list[Sample]:
    """What AWS/Lambda says of a run of the function `name`: metric -> value, with and without the dimension."""
    now = time.time()

    def both(metric: str, value: float) -> tuple[Sample, Sample]:
        unit = "Milliseconds" if metric == "Duration" else "Count"
        return (
            Sample(Metric.of("AWS/Lambda", metric, {"FunctionName": name}), value, now, unit),
            Sample(Metric.of("AWS/Lambda", metric), value, now, unit),
        )

    return [sample for pair in starmap(both, values.items()) for sample in pair]
