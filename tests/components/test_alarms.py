"""Idle, backlog and traffic while asleep: all act on the warmkeeper, once, on their transition."""

import pytest

from tests.components.recording import PLACE, Recording

NAMES = ["fleet-idle", "fleet-backlog", "fleet-traffic"]


@pytest.mark.parametrize("name", NAMES)
def test_an_alarm_wakes_the_warmkeeper_and_nothing_else(program: Recording, name: str):
    inputs = program.one("MetricAlarm", name).inputs
    assert inputs["alarmActions"] == [f"arn:aws:lambda:{PLACE}:function:warmkeeper-function-1a2b3c4"]
    assert not inputs.keys() & {"okActions", "insufficientDataActions"}


@pytest.mark.parametrize("name", NAMES)
def test_an_alarm_and_no_other_may_invoke_the_warmkeeper(program: Recording, name: str):
    inputs = program.one("Permission", name).inputs
    assert inputs["principal"] == "lambda.alarms.cloudwatch.amazonaws.com"
    assert inputs["sourceArn"] == f"arn:aws:cloudwatch:{PLACE}:alarm:{name}-1a2b3c4"
    assert inputs["sourceAccount"] == PLACE.rpartition(":")[2]


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
    [query] = inputs["metricQueries"]
    assert (query["metric"]["metricName"], query["returnData"]) == ("ApproximateNumberOfMessagesVisible", True)
    assert (inputs["comparisonOperator"], inputs["threshold"]) == ("GreaterThanOrEqualToThreshold", 1)
    assert inputs["evaluationPeriods"] == 1
    assert inputs["treatMissingData"] == "notBreaching"


def test_traffic_reads_what_the_api_and_the_warmkeeper_publish_of_this_fleet_alone(program: Recording):
    _, *readings = program.one("MetricAlarm", "fleet-traffic").inputs["metricQueries"]
    assert {reading["metric"]["metricName"] for reading in readings} == {"AuthenticatedRequests", "Level"}
    for reading in readings:
        assert reading["metric"]["namespace"] == "WarmPool"
        assert reading["metric"]["dimensions"] == {"service": "worker-cluster-1a2b3c4"}


@pytest.mark.parametrize("name", ["fleet-idle", "fleet-backlog"])
def test_the_queues_alarms_read_the_jobs_queue_at_the_pace_at_which_sqs_publishes(program: Recording, name: str):
    queries = program.one("MetricAlarm", name).inputs["metricQueries"]
    for metric in [query["metric"] for query in queries if "metric" in query]:
        assert metric["namespace"] == "AWS/SQS"
        assert metric["dimensions"] == {"QueueName": "jobs-queue-1a2b3c4"}
        assert metric["period"] == 60
