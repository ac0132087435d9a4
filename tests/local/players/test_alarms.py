import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from local.cloud import Cloud
from local.history import History
from local.pace import Pace
from local.players.alarm_event import StateSince, alarm_event, may_invoke, timestamp
from local.players.alarms import AlarmPlayer
from local.players.lambdas import LambdaPlayer
from local.players.metrics import MetricStore
from tests.waiting import wait_until

ALARM_ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:backlog"


class RecordingLambdas:
    """Stands for the Lambda player: notes what would run."""

    def __init__(self) -> None:
        self.invoked: list[dict[str, Any]] = []

    def invoke_async(self, name: str, payload: dict[str, Any], *, source: str) -> None:
        assert source == "alarm"
        self.invoked.append(payload)


@pytest.fixture
def recorder() -> RecordingLambdas:
    return RecordingLambdas()


@pytest.fixture
def player(cloud: Cloud, history: History, recorder: Any, metrics: MetricStore) -> Iterator[AlarmPlayer]:
    player = AlarmPlayer(cloud, Pace(minute_seconds=0.05), history, recorder, metrics)
    yield player
    player.stop()


@pytest.fixture
def queue(cloud: Cloud) -> str:
    return cloud.moto_client("sqs").create_queue(QueueName="jobs")["QueueUrl"]


@pytest.fixture
def warmkeeper(deploy: Any) -> str:
    return deploy("warmkeeper", "def handle(event, context): return event")


def permit(cloud: Cloud, function: str, alarm_arn: str = ALARM_ARN) -> None:
    cloud.moto_client("lambda").add_permission(
        FunctionName=function,
        StatementId="alarm",
        Action="lambda:InvokeFunction",
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
        SourceArn=alarm_arn,
        SourceAccount="123456789012",
    )


def put_alarm(cloud: Cloud, **settings: Any) -> None:
    plain = {
        "AlarmName": "backlog",
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": "jobs"}],
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }
    cloud.moto_client("cloudwatch").put_metric_alarm(**{**plain, **settings})


def state(cloud: Cloud) -> str:
    return cloud.moto_client("cloudwatch").describe_alarms(AlarmNames=["backlog"])["MetricAlarms"][0]["StateValue"]


def transitions(history: History) -> list[tuple[str, str]]:
    return [(entry.fields["from"], entry.fields["to"]) for entry in history.entries("alarm.state")]


def test_without_permission_the_action_fails_and_is_recorded(
    cloud: Cloud, player: AlarmPlayer, history: History, recorder: RecordingLambdas, queue: str, *, warmkeeper: str
):
    put_alarm(cloud, OKActions=[warmkeeper], AlarmActions=["arn:aws:ssm:eu-west-1:123456789012:opsitem:1"])
    permit(cloud, warmkeeper, "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:another")
    player.tick()
    cloud.moto_client("sqs").send_message(QueueUrl=queue, MessageBody="x")
    player.tick()
    problems = [entry.fields["problem"] for entry in history.entries("alarm.action_failed")]
    assert problems == [
        "the function's policy does not let CloudWatch invoke it for this alarm",
        "only Lambda functions and topics are played as actions",
    ]
    assert recorder.invoked == []


def test_a_topic_is_told_of_a_transition_and_one_that_is_gone_is_recorded(
    cloud: Cloud, player: AlarmPlayer, history: History, queue: str
):
    sns, sqs = cloud.moto_client("sns"), cloud.moto_client("sqs")
    topic = sns.create_topic(Name="people")["TopicArn"]
    inbox = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:123456789012:inbox")
    put_alarm(cloud, AlarmActions=[topic, f"{topic}-gone"], AlarmDescription="See the runbook")
    sqs.send_message(QueueUrl=queue, MessageBody="job")
    player.tick()
    [letter] = sqs.receive_message(QueueUrl=inbox)["Messages"]
    told = json.loads(json.loads(letter["Body"])["Message"])
    assert (told["AlarmName"], told["NewStateValue"]) == ("backlog", "ALARM")
    assert told["AlarmDescription"] == "See the runbook"
    assert [entry.fields["problem"] for entry in history.entries("alarm.action_failed")] == ["there is no such topic"]


def test_an_alarm_that_cannot_be_played_is_said_once_and_the_others_are_played(
    cloud: Cloud, player: AlarmPlayer, history: History, queue: str
):
    put_alarm(cloud, AlarmName="bands", ComparisonOperator="GreaterThanUpperThreshold")
    put_alarm(cloud)
    player.tick()
    player.tick()
    (refused,) = history.entries("alarm.refused")
    assert refused.fields["name"] == "bands"
    assert transitions(history) == [("INSUFFICIENT_DATA", "OK")]


def test_actions_are_invoked_on_transitions_only(
    cloud: Cloud, player: AlarmPlayer, history: History, recorder: RecordingLambdas, queue: str, *, warmkeeper: str
):
    put_alarm(cloud, AlarmActions=[warmkeeper])
    permit(cloud, warmkeeper)
    player.tick()
    assert state(cloud) == "OK"
    cloud.moto_client("sqs").send_message(QueueUrl=queue, MessageBody="x")
    for _ in range(3):
        player.tick()
    assert state(cloud) == "ALARM"
    assert len(recorder.invoked) == 1
    cloud.moto_client("sqs").purge_queue(QueueUrl=queue)
    player.tick()
    cloud.moto_client("sqs").send_message(QueueUrl=queue, MessageBody="x")
    player.tick()
    assert len(recorder.invoked) == 2
    assert transitions(history) == [
        ("INSUFFICIENT_DATA", "OK"),
        ("OK", "ALARM"),
        ("ALARM", "OK"),
        ("OK", "ALARM"),
    ]


def test_the_payload_is_cloudwatchs(
    cloud: Cloud, player: AlarmPlayer, recorder: RecordingLambdas, queue: str, warmkeeper: str
):
    put_alarm(cloud, AlarmActions=[warmkeeper], AlarmDescription="work waits")
    permit(cloud, warmkeeper)
    player.tick()
    cloud.moto_client("sqs").send_message(QueueUrl=queue, MessageBody="x")
    player.tick()
    (event,) = recorder.invoked
    data = event.pop("alarmData")
    moment = event.pop("time")
    assert datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%f%z").tzinfo == UTC
    assert event == {
        "source": "aws.cloudwatch",
        "alarmArn": ALARM_ARN,
        "accountId": "123456789012",
        "region": "eu-west-1",
    }
    assert data["alarmName"] == "backlog"
    assert (data["state"]["value"], data["previousState"]["value"]) == ("ALARM", "OK")
    assert data["state"]["timestamp"] == moment
    assert "greater than or equal to the threshold (1.0)" in data["state"]["reason"]
    figures = json.loads(data["state"]["reasonData"])
    assert (figures["recentDatapoints"], figures["threshold"], figures["period"]) == ([1.0], 1.0, 60)
    assert data["configuration"] == {
        "description": "work waits",
        "metrics": [
            {
                "id": "m1",
                "metricStat": {
                    "metric": {
                        "namespace": "AWS/SQS",
                        "name": "ApproximateNumberOfMessagesVisible",
                        "dimensions": {"QueueName": "jobs"},
                    },
                    "period": 60,
                    "stat": "Maximum",
                },
                "returnData": True,
            }
        ],
    }


def test_metric_math_of_several_minutes_is_watched_over_real_minutes(
    cloud: Cloud, player: AlarmPlayer, history: History, queue: str
):
    def stat(query_id: str, name: str) -> dict[str, Any]:
        dimensions = [{"Name": "QueueName", "Value": "jobs"}]
        metric = {"Namespace": "AWS/SQS", "MetricName": name, "Dimensions": dimensions}
        return {"Id": query_id, "ReturnData": False, "MetricStat": {"Metric": metric, "Period": 120, "Stat": "Sum"}}

    cloud.moto_client("cloudwatch").put_metric_alarm(
        AlarmName="backlog",
        EvaluationPeriods=1,
        Threshold=3,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=[
            {"Id": "load", "Expression": "visible + hidden", "ReturnData": True},
            stat("visible", "ApproximateNumberOfMessagesVisible"),
            stat("hidden", "ApproximateNumberOfMessagesNotVisible"),
        ],
    )
    for _ in range(2):
        cloud.moto_client("sqs").send_message(QueueUrl=queue, MessageBody="x")
    cloud.moto_client("sqs").receive_message(QueueUrl=queue)
    player.tick()
    assert state(cloud) == "OK"
    player.tick()
    assert state(cloud) == "ALARM"


def test_a_metric_that_is_not_there_leaves_a_new_alarm_without_data_or_breaching_as_it_says(
    cloud: Cloud, player: AlarmPlayer, history: History
):
    put_alarm(cloud, TreatMissingData="missing")
    put_alarm(cloud, AlarmName="silent", TreatMissingData="breaching")
    player.tick()
    assert state(cloud) == "INSUFFICIENT_DATA"
    assert [entry.fields["name"] for entry in history.entries("alarm.state")] == ["silent"]


def test_an_alarm_that_is_put_anew_keeps_its_state(cloud: Cloud, player: AlarmPlayer, history: History, queue: str):
    cloud.moto_client("sqs").send_message(QueueUrl=queue, MessageBody="x")
    put_alarm(cloud)
    player.tick()
    put_alarm(cloud, Threshold=0.5)
    player.tick()
    assert state(cloud) == "ALARM"
    assert transitions(history) == [("INSUFFICIENT_DATA", "ALARM")]


def test_a_state_that_a_user_sets_is_a_transition_until_the_next_evaluation(
    cloud: Cloud, player: AlarmPlayer, history: History, recorder: RecordingLambdas, queue: str, *, warmkeeper: str
):
    put_alarm(cloud, AlarmActions=[warmkeeper])
    permit(cloud, warmkeeper)
    player.tick()
    cloud.client("cloudwatch").set_alarm_state(AlarmName="backlog", StateValue="ALARM", StateReason="a drill")
    player.tick()
    assert [event["alarmData"]["state"]["reason"] for event in recorder.invoked] == ["a drill"]
    assert transitions(history)[1:] == [("OK", "ALARM"), ("ALARM", "OK")]


def test_disabled_actions_are_not_invoked(
    cloud: Cloud, player: AlarmPlayer, recorder: RecordingLambdas, queue: str, warmkeeper: str
):
    put_alarm(cloud, OKActions=[warmkeeper], ActionsEnabled=False)
    permit(cloud, warmkeeper)
    player.tick()
    assert state(cloud) == "OK"
    assert recorder.invoked == []


def test_a_running_player_rings_the_real_function_within_minutes_of_its_pace(
    cloud: Cloud,
    pace: Pace,
    history: History,
    metrics: MetricStore,
    lambdas: LambdaPlayer,
    *,
    queue: str,
    warmkeeper: str,
):
    put_alarm(cloud, AlarmActions=[warmkeeper])
    permit(cloud, warmkeeper)
    player = AlarmPlayer(cloud, pace, history, lambdas, metrics)
    player.start()
    try:
        wait_until(lambda: transitions(history) == [("INSUFFICIENT_DATA", "OK")], what="the first evaluation")
        cloud.moto_client("sqs").send_message(QueueUrl=queue, MessageBody="x")
        (run,) = wait_until(lambda: history.entries("lambda.invoked"), what="the action")
        assert (run.fields["function"], run.fields["source"], run.fields["error"]) == ("warmkeeper", "alarm", None)
    finally:
        player.stop()


ALLOWED: dict[str, Any] = {
    "Effect": "Allow",
    "Action": "lambda:InvokeFunction",
    "Principal": {"Service": "lambda.alarms.cloudwatch.amazonaws.com"},
    "Condition": {
        "ArnLike": {"AWS:SourceArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:back*"},
        "StringEquals": {"AWS:SourceAccount": "123456789012"},
    },
}


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Deny"},
        {"Action": "lambda:GetFunction"},
        {"Principal": {"Service": "events.amazonaws.com"}},
        {"Principal": {"Service": "cloudwatch.amazonaws.com"}},
        {"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:other"}}},
        {"Condition": {"StringEquals": {"AWS:SourceAccount": "999999999999"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
    ],
)
def test_a_policy_that_does_not_name_alarms_lets_none_in(change: dict[str, Any]):
    assert not may_invoke([{**ALLOWED, **change}], alarm_arn=ALARM_ARN)


@pytest.mark.parametrize("change", [{}, {"Action": ["lambda:*"]}, {"Principal": "*"}, {"Condition": {}}])
def test_a_policy_that_names_alarms_lets_them_in(change: dict[str, Any]):
    assert may_invoke([{"Effect": "Deny"}, {**ALLOWED, **change}], alarm_arn=ALARM_ARN)


def test_the_payload_of_metric_math_carries_each_query():
    at = datetime(2026, 11, 22, 12, 30, 1, 500_000, tzinfo=UTC)
    metric = {"Namespace": "AWS/SQS", "MetricName": "m", "Dimensions": []}
    alarm: Any = {
        "AlarmName": "load",
        "Metrics": [
            {"Id": "e1", "Expression": "m1 * 2", "Label": "load"},
            {
                "Id": "m1",
                "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum", "Unit": "Count"},
                "ReturnData": False,
            },
        ],
    }
    event = alarm_event(alarm, StateSince("ALARM", "r", "", at), StateSince("OK", "r", "{}", at))
    assert event["time"] == timestamp(at) == "2026-11-22T12:30:01.500+0000"
    assert "reasonData" not in event["alarmData"]["previousState"]
    assert event["alarmData"]["configuration"]["metrics"] == [
        {"id": "e1", "expression": "m1 * 2", "label": "load", "returnData": True},
        {
            "id": "m1",
            "metricStat": {
                "metric": {"namespace": "AWS/SQS", "name": "m", "dimensions": {}},
                "period": 60,
                "stat": "Sum",
                "unit": "Count",
            },
            "returnData": False,
        },
    ]
