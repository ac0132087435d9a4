"""What CloudWatch kept of a queue becomes a trace."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from simulator.history import Minute, NoHistory, read_minutes, trace_of_minutes
from simulator.trace_files import Drawing

NOW = datetime.now(UTC).replace(second=30, microsecond=0)


def test_minutes_are_read_as_cloudwatch_has_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        client = boto3.client("cloudwatch", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
        start = NOW.replace(second=0) - timedelta(minutes=30)
        for minute, sent, deleted, in_flight in ((0, 3, 0, 2.5), (1, 0, 3, 0.5)):
            client.put_metric_data(
                Namespace="AWS/SQS",
                MetricData=[
                    {
                        "MetricName": name,
                        "Dimensions": [{"Name": "QueueName", "Value": "jobs"}],
                        "Timestamp": start + timedelta(minutes=minute),
                        "Value": value,
                    }
                    for name, value in (
                        ("NumberOfMessagesSent", sent),
                        ("NumberOfMessagesDeleted", deleted),
                        ("ApproximateNumberOfMessagesNotVisible", in_flight),
                    )
                ],
            )
        found = read_minutes(client, "jobs", 1, NOW)
        other = read_minutes(client, "another", 1, NOW)
    assert found == [
        Minute(start.timestamp(), 3.0, 0.0, 2.5),
        Minute(start.timestamp() + 60, 0.0, 3.0, 0.5),
    ]
    assert other == []


def test_each_message_is_a_job_in_its_minute_as_long_as_littles_law_says():
    minutes = [Minute(600.0 + 60 * n, sent=2.0, deleted=2.0, in_flight=3.0) for n in range(500)]
    trace = trace_of_minutes("jobs", minutes, Drawing(job_spread=0.5))
    assert len(trace) == 1000
    assert sorted(int(arrival // 60) for arrival in trace.arrivals) == [n // 2 for n in range(1000)]
    # Three in flight while two a minute end: 90 s each.
    assert trace.work_seconds / len(trace) == pytest.approx(90.0, rel=0.06)


@pytest.mark.parametrize("minutes", [[], [Minute(0.0, 4.0, 4.0, 1.0)], [Minute(0.0, 400.0, 0.0, 9.0)]])
def test_too_little_to_advise_on_is_said(minutes: list[Minute]):
    with pytest.raises(NoHistory, match="too few to advise on"):
        trace_of_minutes("jobs", minutes, Drawing())
