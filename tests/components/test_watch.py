"""What rings for people and what they look at, as every stack is given it."""

import json

import pytest

from components.alarm_table import PEOPLE_ALARMS
from components.people_alarms import topic_policy
from tests.components.recording import PLACE, Recording

TOPIC = f"arn:aws:sns:{PLACE}:people-alarms-1a2b3c4"
FRONT_DOOR = {"front-door-slow", "front-door-errors"}


@pytest.mark.parametrize("alarm", [a.name for a in PEOPLE_ALARMS if a.name not in FRONT_DOOR])
def test_an_alarm_calls_people_by_the_topic_and_nobody_else(program: Recording, alarm: str):
    inputs = program.one("MetricAlarm", f"people-{alarm}").inputs
    assert inputs["alarmActions"] == [TOPIC]
    assert not inputs.keys() & {"okActions", "insufficientDataActions"}
    assert "docs/runbooks/" in inputs["alarmDescription"]


def test_every_dimension_of_every_alarm_is_named(program: Recording):
    metrics = [q["metric"] for a in program.all("MetricAlarm") for q in a.inputs["metricQueries"] if "metric" in q]
    assert all(value and isinstance(value, str) for metric in metrics for value in metric["dimensions"].values())
    functions = {m["dimensions"]["FunctionName"] for m in metrics if m["namespace"] == "AWS/Lambda"}
    assert functions == {"warmkeeper-function-1a2b3c4", "notifier-function-1a2b3c4"}
    queues = {m["dimensions"]["QueueName"] for m in metrics if m["namespace"] == "AWS/SQS"}
    assert queues == {
        "jobs-queue-1a2b3c4",
        "jobs-dead-letters-1a2b3c4",
        "notifications-dead-letters-1a2b3c4",
    }


def test_alarms_of_the_accounts_own_may_publish_over_tls_and_nobody_else():
    alarms, tls = json.loads(topic_policy(TOPIC))["Statement"]
    assert (alarms["Effect"], alarms["Principal"]) == ("Allow", {"Service": "cloudwatch.amazonaws.com"})
    assert alarms["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    assert alarms["Condition"]["ArnLike"] == {"aws:SourceArn": f"arn:aws:cloudwatch:{PLACE}:alarm:*"}
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert {(s["Action"], s["Resource"]) for s in (alarms, tls)} == {("sns:Publish", TOPIC)}


def test_nobody_is_written_to_who_did_not_ask(program: Recording):
    assert program.all("TopicSubscription") == []


def test_the_dashboard_is_the_fleets_and_shows_every_alarm_that_calls_people(program: Recording):
    dashboard = json.loads(program.one("Dashboard", "dashboard-dashboard").inputs["dashboardBody"])
    [alarms] = [w for w in dashboard["widgets"] if w["type"] == "alarm"]
    assert len(alarms["properties"]["alarms"]) == len(
        [a for a in program.all("MetricAlarm") if a.name.startswith("people-")]
    )
    logs = [w["properties"]["query"] for w in dashboard["widgets"] if w["type"] == "log"]
    assert {text.split("'")[1] for text in logs} == {"worker-logs-1a2b3c4", "warmkeeper-logs-1a2b3c4"}


def test_a_saved_query_reads_the_logs_that_it_is_about(program: Recording):
    read = {query.name: query.inputs["logGroupNames"] for query in program.all("QueryDefinition")}
    assert read["dashboard-decisions"] == ["warmkeeper-logs-1a2b3c4"]
    assert read["dashboard-slow-renders"] == ["worker-logs-1a2b3c4"]
    assert read["dashboard-one-job"] == ["worker-logs-1a2b3c4", "notifier-logs-1a2b3c4"]
    assert len(read["dashboard-errors"]) == 3
