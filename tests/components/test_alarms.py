"""Idle and backlog: both act on the warmkeeper, once, on their transition."""

import pytest

from tests.components.recording import PLACE, Recording


@pytest.mark.parametrize("name", ["fleet-idle", "fleet-backlog"])
def test_an_alarm_wakes_the_warmkeeper_and_nothing_else(program: Recording, name: str):
    inputs = program.one("MetricAlarm", name).inputs
    assert inputs["alarmActions"] == [f"arn:aws:lambda:{PLACE}:function:warmkeeper-function-1a2b3c4"]
    assert not inputs.keys() & {"okActions", "insufficientDataActions"}


def test_idle_means_nothing_waiting_in_work_or_put_off_for_five_minutes_and_silence_counts_as_nothing(
    program: Recording,
):
    inputs = program.one("MetricAlarm", "fleet-idle").inputs
    assert (inputs["comparisonOperator"], inputs["threshold"]) == ("LessThanOrEqualToThreshold", 0)
    assert (inputs["evaluationPeriods"], inputs["datapointsToAlarm"]) == (5, 5)
    assert inputs["treatMissingData"] == "breaching"
    expression, *readings = inputs["metricQueries"]
    assert (expression["expression"], expression["returnData"]) == ("visible + in_flight + delayed", True)
    assert {reading["id"]: reading["metric"]["metricName"] for reading in readings} == {
        "visible": "ApproximateNumberOfMessagesVisible",
        "in_flight": "ApproximateNumberOfMessagesNotVisible",
        "delayed": "ApproximateNumberOfMessagesDelayed",
    }
    assert {reading["returnData"] for reading in readings} == {False}


def test_backlog_means_one_job_waiting_for_a_minute_and_silence_rearms_it(program: Recording):
    inputs = program.one("MetricAlarm", "fleet-backlog").inputs
    assert inputs["metricName"] == "ApproximateNumberOfMessagesVisible"
    assert (inputs["comparisonOperator"], inputs["threshold"]) == ("GreaterThanOrEqualToThreshold", 1)
    assert inputs["evaluationPeriods"] == 1
    assert inputs["treatMissingData"] == "notBreaching"


def test_both_read_the_jobs_queue_at_the_pace_at_which_sqs_publishes(program: Recording):
    idle = program.one("MetricAlarm", "fleet-idle").inputs
    backlog = program.one("MetricAlarm", "fleet-backlog").inputs
    for metric in [backlog, *(query["metric"] for query in idle["metricQueries"][1:])]:
        assert metric["namespace"] == "AWS/SQS"
        assert metric["dimensions"] == {"QueueName": "jobs-queue-1a2b3c4"}
        assert metric["period"] == 60
