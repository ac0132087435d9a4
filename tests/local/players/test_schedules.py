import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from local.cloud import Cloud
from local.history import History
from local.pace import Pace
from local.players.lambdas import LambdaPlayer, UnknownFunctionError
from local.players.schedules import SchedulePlayer, UnplayableScheduleError, minutes_of, payload_of
from tests.waiting import wait_until

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:warmkeeper"


class RecordingLambdas:
    """Stands for the Lambda player: notes what would run, and when."""

    def __init__(self) -> None:
        self.invoked: list[tuple[float, str, Any]] = []

    def invoke_async(self, name: str, payload: Any, *, source: str) -> None:
        assert source == "schedule"
        if name != FUNCTION:
            raise UnknownFunctionError(f"Function not found: {name}")
        self.invoked.append((time.monotonic(), name, payload))


@pytest.fixture
def recorder() -> RecordingLambdas:
    return RecordingLambdas()


@pytest.fixture
def player(cloud: Cloud, history: History, recorder: Any) -> Iterator[SchedulePlayer]:
    player = SchedulePlayer(cloud, Pace(minute_seconds=0.2), history, recorder)
    yield player
    player.stop()


def put_schedule(cloud: Cloud, method: str = "create_schedule", **settings: Any) -> None:
    target = {"Arn": FUNCTION, "RoleArn": "arn:aws:iam::123456789012:role/any", "Input": '{"source": "tick"}'}
    plain = {"Name": "tick", "ScheduleExpression": "rate(1 minute)", "FlexibleTimeWindow": {"Mode": "OFF"}}
    getattr(cloud.moto_client("scheduler"), method)(**{**plain, "Target": target, **settings})


@pytest.mark.parametrize(
    "expression", ["cron(0 9 * * ? *)", "at(2026-11-22T00:00:00)", "rate(0 minutes)", "rate(1 second)"]
)
def test_an_expression_that_is_not_played_is_refused(expression: str):
    with pytest.raises(UnplayableScheduleError, match="is not played"):
        minutes_of(expression)


@pytest.mark.parametrize(
    ("expression", "minutes"),
    [("rate(1 minute)", 1), ("rate(5 minutes)", 5), ("rate(2 hours)", 120), ("rate(1 day)", 1440)],
)
def test_a_rate_is_read_in_minutes(expression: str, minutes: int):
    assert minutes_of(expression) == minutes


def test_a_schedule_that_cannot_be_played_is_said_once_and_the_others_fire(
    cloud: Cloud, player: SchedulePlayer, history: History, recorder: RecordingLambdas
):
    put_schedule(cloud, Name="nightly", ScheduleExpression="cron(0 0 * * ? *)")
    put_schedule(cloud)
    player.round()
    player.round()
    (refused,) = history.entries("schedule.refused")
    assert refused.fields["name"] == "nightly"
    assert len(recorder.invoked) == 1


def test_a_target_that_is_gone_is_said_and_does_not_end_the_player(
    cloud: Cloud, player: SchedulePlayer, history: History
):
    target = {"Arn": f"{FUNCTION}-gone", "RoleArn": "arn:aws:iam::123456789012:role/any"}
    put_schedule(cloud, Target=target)
    player.round()
    assert "Function not found" in history.entries("schedule.refused")[0].fields["problem"]


def test_a_rate_fires_at_once_and_then_every_minute_of_the_pace(
    cloud: Cloud, player: SchedulePlayer, history: History, recorder: RecordingLambdas
):
    put_schedule(cloud)
    player.start()
    wait_until(lambda: len(recorder.invoked) >= 4, what="four firings")
    player.stop()
    fired = [at for at, _, _ in recorder.invoked]
    assert fired[3] - fired[0] >= 0.5
    assert {json.dumps(payload) for _, _, payload in recorder.invoked} == {'{"source": "tick"}'}
    assert history.entries("schedule.fired")[0].fields == {"name": "tick", "target": FUNCTION}
    count = len(recorder.invoked)
    assert not player._beat._thread or not player._beat._thread.is_alive()
    assert len(recorder.invoked) == count


def test_a_disabled_schedule_does_not_fire_until_it_is_enabled(
    cloud: Cloud, player: SchedulePlayer, recorder: RecordingLambdas
):
    put_schedule(cloud, State="DISABLED")
    player.round()
    assert recorder.invoked == []
    put_schedule(cloud, "update_schedule", State="ENABLED")
    player.round()
    assert len(recorder.invoked) == 1


def test_a_changed_rate_counts_from_its_change(cloud: Cloud, player: SchedulePlayer, recorder: RecordingLambdas):
    put_schedule(cloud, ScheduleExpression="rate(1 day)")
    player.round()
    player.round()
    assert len(recorder.invoked) == 1
    put_schedule(cloud, "update_schedule", ScheduleExpression="rate(2 hours)")
    player.round()
    assert len(recorder.invoked) == 2


def test_the_input_is_handed_on_with_its_context_attributes_filled_in():
    given = '{"at": "<aws.scheduler.scheduled-time>", "try": <aws.scheduler.attempt-number>}'
    schedule: Any = {"Arn": "arn:aws:scheduler:…:schedule/default/tick", "Target": {"Input": given}}
    at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert payload_of(schedule, at=at) == {"at": "2026-11-22T12:00:00Z", "try": 1}


def test_without_an_input_the_target_is_handed_schedulers_own_event():
    schedule: Any = {"Arn": "arn:aws:scheduler:…:schedule/default/tick", "Target": {}}
    event = payload_of(schedule, at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    assert (event["source"], event["resources"]) == ("aws.scheduler", [schedule["Arn"]])


def test_a_running_player_has_the_real_function_run(
    cloud: Cloud, pace: Pace, history: History, lambdas: LambdaPlayer, deploy: Any
):
    deploy("warmkeeper", "def handle(event, context): return event")
    put_schedule(cloud)
    player = SchedulePlayer(cloud, pace, history, lambdas)
    player.start()
    try:
        run = wait_until(lambda: history.entries("lambda.invoked"), what="the run")[0]
        assert (run.fields["source"], run.fields["error"]) == ("schedule", None)
    finally:
        player.stop()
