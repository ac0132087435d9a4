import json
import time
from typing import Any

import pytest

from local.cloud import Cloud
from local.pace import Pace
from local.players.metrics import Metric, MetricStore, QueueMetrics, Sample, embedded_metrics


def embedded(**overrides: Any) -> str:
    directive = {
        "Namespace": "WarmPool",
        "Dimensions": [["service"], []],
        "Metrics": [{"Name": "Desired", "Unit": "Count"}, {"Name": "Waits", "Unit": "Seconds"}],
    }
    document = {
        "_aws": {"Timestamp": 5_000, "CloudWatchMetrics": [directive]},
        "service": "warm",
        "Desired": 3,
        "Waits": [1, 2.5],
    }
    return json.dumps({**document, **overrides})


@pytest.mark.parametrize(
    "line",
    [
        "",
        "START RequestId: 1",
        '{"level": "INFO", "message": "_aws"}',
        '{"_aws": 1}',
        '{"_aws": {"Timestamp": "soon", "CloudWatchMetrics": []}}',
        '{"_aws": {"Timestamp": 1, "CloudWatchMetrics": [{}]}}',
        '{"_aws": ',
        '["_aws"]',
        embedded(Desired="three"),
        embedded(Desired=None),
    ],
)
def test_a_line_that_is_no_embedded_metric_is_passed_over(line: str):
    assert embedded_metrics(line) == []


def test_an_embedded_line_gives_each_value_under_each_set_of_dimensions():
    with_service, alone = Metric.of("WarmPool", "Desired", {"service": "warm"}), Metric.of("WarmPool", "Desired")
    samples = embedded_metrics(embedded())
    assert [sample for sample in samples if sample.metric.name == "Desired"] == [
        Sample(with_service, 3.0, 5.0, "Count"),
        Sample(alone, 3.0, 5.0, "Count"),
    ]
    waits = [sample.value for sample in samples if sample.metric == Metric.of("WarmPool", "Waits")]
    assert waits == [1.0, 2.5]


def test_values_are_those_after_one_time_and_until_another(metrics: MetricStore):
    one, other = Metric.of("N", "one", {"a": "1", "b": "2"}), Metric.of("N", "other")
    metrics.put([Sample(one, float(at), at) for at in range(5)] + [Sample(other, 9.0, 2)])
    assert metrics.values(Metric.of("N", "one", {"b": "2", "a": "1"}), after=1, until=3) == [2.0, 3.0]
    assert metrics.values(Metric.of("N", "one", {"a": "1"}), after=0, until=9) == []
    assert metrics.latest(other) == Sample(other, 9.0, 2)
    assert metrics.latest(Metric.of("N", "none")) is None


def test_users_read_the_same_from_cloudwatch(metrics: MetricStore, cloud: Cloud):
    metrics.put([Sample(Metric.of("N", "Desired", {"service": "warm"}), 3.0, time.time(), "Count")])
    now = time.time()
    (point,) = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="N",
        MetricName="Desired",
        Dimensions=[{"Name": "service", "Value": "warm"}],
        StartTime=now - 60,
        EndTime=now + 60,
        Period=120,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert point["Maximum"] == 3.0


def test_a_queue_is_counted_as_its_attributes_say(metrics: MetricStore, cloud: Cloud, pace: Pace):
    sqs = cloud.moto_client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    for _ in range(3):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=60)
    sqs.receive_message(QueueUrl=url)
    QueueMetrics(pace, metrics).publish(100.0)

    def value(name: str) -> float:
        (only,) = metrics.values(Metric.of("AWS/SQS", name, {"QueueName": "jobs"}), after=99, until=100)
        return only

    assert value("ApproximateNumberOfMessagesVisible") == 2
    assert value("ApproximateNumberOfMessagesNotVisible") == 1
    assert value("ApproximateNumberOfMessagesDelayed") == 1
    assert value("ApproximateAgeOfOldestMessage") > 0


def test_the_age_of_the_oldest_message_is_told_in_the_seconds_of_the_pace(metrics: MetricStore, cloud: Cloud):
    sqs = cloud.moto_client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    sqs.create_queue(QueueName="empty")
    sent_at = time.time()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    QueueMetrics(Pace(minute_seconds=0.06), metrics).publish(100.0)
    age = metrics.latest(Metric.of("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": "jobs"}))
    empty = metrics.latest(Metric.of("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": "empty"}))
    assert age is not None
    assert 0 < age.value <= (time.time() - sent_at + 0.001) * 1000  # moto notes whole milliseconds
    assert empty is not None
    assert empty.value == 0
