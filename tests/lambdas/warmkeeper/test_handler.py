import json
import logging
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fleet.environment import ConfigurationError
from fleet.state import FleetState
from lambdas.warmkeeper import aws, handler, lease, telemetry
from lambdas.warmkeeper.events import UnknownEventError
from lambdas.warmkeeper.lease import LeaseLostError, StateLease
from tests.lambdas.warmkeeper.conftest import Clock, Stack

TICK = {"source": "tick"}
ALARM = json.loads((Path(__file__).parent / "alarm.json").read_text())


def emf(out: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, out.splitlines()) if "_aws" in line]


def throttled(*_: Any, **__: Any) -> Any:
    raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "UpdateService")


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"source": "aws.s3"}, "'aws.cloudwatch', 'tick', 'poke', 'operator'"),
        ({}, "source"),
        ("tick", "event"),
        ({"source": "aws.cloudwatch"}, "alarmData"),
        ({"source": "operator", "command": "explode"}, "command"),
        ({"source": "operator", "command": "hold", "counts": 3}, "counts"),
        ({"source": "operator", "command": "hold", "count": -1}, "count"),
        ({"source": "operator", "command": "hold", "until": "2026-11-22T10:00:00"}, "timezone"),
        ({"source": "operator", "command": "wake", "count": 3}, "count and until go with hold"),
    ],
)
def test_an_unknown_event_is_refused_by_name_of_what_is_wrong(stack: Stack, event: Any, said: str):
    with pytest.raises(UnknownEventError, match=said):
        stack.handle(event)
    assert stack.table.state() == FleetState()


def test_a_wrong_environment_is_told_whole(stack: Stack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CLUSTER")
    monkeypatch.setenv("FLOOR", "9")
    monkeypatch.setenv("SCALE_TO_ZERO", "perhaps")
    monkeypatch.setenv("WARM_HOURS", "at noon")
    with pytest.raises(
        ConfigurationError,
        match=r"CLUSTER.*CEILING: .*5 is below FLOOR, which is 9.*SCALE_TO_ZERO.*WARM_HOURS: .*at noon",
    ):
        stack.handle(TICK)


@pytest.mark.parametrize(("hours", "desired"), [("Fri 08:00-20:00 UTC", 2), ("Sat-Thu 08:00-20:00 UTC", 0), ("", 0)])
def test_the_warm_hours_of_the_environment_keep_the_fleet_awake(
    hours: str, desired: int, stack: Stack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WARM_HOURS", hours)
    keeper = replace(handler.warmkeeper(), clock=Clock())
    monkeypatch.setattr(handler, "warmkeeper", lambda: keeper)
    assert stack.handle(TICK)["desired"] == stack.desired() == desired


def test_a_service_that_is_missing_is_an_error_that_holds(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("SERVICE", "elsewhere")
    stack.send()
    answer = stack.handle(TICK)
    assert answer["reason"] == "hold at 0: DescribeServices: service elsewhere of cluster pool is MISSING"
    [metrics] = emf(capsys.readouterr().out)
    assert metrics["Failed"] == [1.0]
    assert "Running" not in metrics


def test_a_call_wakes_the_floor_though_the_queue_cannot_be_read(stack: Stack):
    stack.sqs.delete_queue(QueueUrl=stack.queue_url)
    assert stack.handle(TICK)["desired"] == 0
    answer = stack.handle({"source": "poke", "reason": "the editor was opened"})
    assert (answer["desired"], answer["level"]) == (2, "waking")
    assert "called 0 s ago (the editor was opened)" in answer["reason"]
    assert stack.desired() == 2


def test_a_throttled_resize_is_told_and_decided_again_by_the_next_tick(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    stack.send(3)
    keeper = handler.warmkeeper()
    with monkeypatch.context() as fault:
        fault.setattr(keeper.fleet.ecs, "update_service", throttled)
        answer = stack.handle(TICK)
    assert (answer["desired"], answer["level"]) == (0, "asleep")
    assert answer["reason"].endswith("not carried out, UpdateService: ThrottlingException (Rate exceeded)")
    assert emf(capsys.readouterr().out)[0]["Failed"] == [1.0]
    assert stack.table.state() == FleetState()
    assert stack.table.decisions() == []

    assert stack.handle(TICK)["desired"] == 3
    assert stack.desired() == 3


def test_a_command_outlives_a_throttled_resize(stack: Stack, monkeypatch: pytest.MonkeyPatch):
    keeper = handler.warmkeeper()
    with monkeypatch.context() as fault:
        fault.setattr(keeper.fleet.ecs, "update_service", throttled)
        stack.handle({"source": "operator", "command": "wake", "by": "ana"})
    assert stack.handle(TICK) == {
        "desired": 2,
        "level": "waking",
        "reason": "wake (ana); wake: called 0 s ago; 0 waiting + 0 in flight need 0, floor 2, ceiling 5",
    }


def test_a_table_that_does_not_answer_changes_nothing(stack: Stack):
    stack.send(3)
    stack.dynamodb.delete_table(TableName="fleet")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        stack.handle(TICK)
    assert stack.desired() == 0


def test_a_state_that_cannot_be_read_is_begun_afresh(stack: Stack):
    key = {"pk": {"S": "fleet"}, "sk": {"S": "state"}}
    stack.dynamodb.put_item(TableName="fleet", Item={**key, "document": {"S": '{"demand": "many"}'}})
    stack.send()
    assert stack.handle(TICK)["desired"] == 2
    assert stack.table.state().desired == 2


def test_a_run_that_died_blocks_no_longer_than_its_lease(stack: Stack, clock: Clock):
    dead = StateLease(stack.dynamodb, "fleet", "dead", clock)
    assert dead.take() is not None
    stack.send()
    assert "another run is looking" in stack.handle(TICK)["reason"]
    clock.forward(lease.LEASE_SECONDS + 0.001)
    assert stack.handle(TICK)["desired"] == 2
    with pytest.raises(LeaseLostError):
        dead.end(FleetState(desired=9))
    assert stack.table.state().desired == 2


def test_a_run_that_outlasts_its_lease_resizes_nothing(stack: Stack, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    stack.send()
    observe = aws.Fleet.observe

    def slow(fleet: aws.Fleet) -> Any:
        clock.forward(lease.LEASE_SECONDS)
        return observe(fleet)

    with monkeypatch.context() as fault:
        fault.setattr(aws.Fleet, "observe", slow)
        with pytest.raises(LeaseLostError):
            stack.handle(TICK)
    assert stack.desired() == 0
    assert stack.handle(TICK)["desired"] == 2


def test_a_poke_during_another_run_is_seen_by_that_run(stack: Stack, monkeypatch: pytest.MonkeyPatch):
    """The tick has read everything when the poke comes: without `again`, nobody would wake the fleet until later."""
    observed, go_on = threading.Event(), threading.Event()
    observe = aws.Fleet.observe

    def held_up(fleet: aws.Fleet) -> Any:
        snapshot = observe(fleet)
        if not observed.is_set():
            observed.set()
            assert go_on.wait(10)
        return snapshot

    monkeypatch.setattr(aws.Fleet, "observe", held_up)
    handler.warmkeeper()
    answers: list[dict[str, Any]] = []
    tick = threading.Thread(target=lambda: answers.append(stack.handle(TICK)))
    tick.start()
    assert observed.wait(10)
    poke = stack.handle({"source": "poke"})
    go_on.set()
    tick.join(10)
    assert poke["reason"] == "another run is looking, and looks once more before it ends"
    assert answers[0]["desired"] == 2
    assert stack.desired() == 2


def test_calls_without_end_do_not_keep_a_run_for_ever(stack: Stack, monkeypatch: pytest.MonkeyPatch):
    looks = 0
    observe = aws.Fleet.observe

    def called_meanwhile(fleet: aws.Fleet) -> Any:
        nonlocal looks
        looks += 1
        assert StateLease(stack.dynamodb, "fleet", "other", time.time).take() is None
        return observe(fleet)

    with monkeypatch.context() as calls:
        calls.setattr(aws.Fleet, "observe", called_meanwhile)
        stack.handle(TICK)
    assert looks == 10
    assert "another run" not in stack.handle(TICK)["reason"]


def test_an_error_in_a_run_gives_the_lease_back(stack: Stack, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as fault:
        fault.setattr(aws.Fleet, "observe", throttled)
        with pytest.raises(ClientError):
            stack.handle(TICK)
    assert stack.handle(TICK)["reason"] == "asleep: 0 waiting + 0 in flight"


def test_a_real_alarm_payload_wakes_a_fleet_that_has_work(stack: Stack):
    stack.send(4)
    assert stack.handle(ALARM) == {
        "desired": 4,
        "level": "waking",
        "reason": "wake: 4 waiting + 0 in flight need 4, floor 2, ceiling 5",
    }
    [row] = stack.table.decisions()
    assert (row.event, row.was, row.desired, row.visible) == ("alarm jobs-backlog-1a2b3c4 ALARM", 0, 4, 4)
    assert row.expires_at == int(row.at) + 30 * 86_400


def test_a_tick_without_work_leaves_the_fleet_asleep_and_the_history_short(stack: Stack):
    for _ in range(3):
        assert stack.handle(TICK) == {"desired": 0, "level": "asleep", "reason": "asleep: 0 waiting + 0 in flight"}
    assert len(stack.table.decisions()) == 1


def test_ecs_is_not_called_when_nothing_changes(stack: Stack, monkeypatch: pytest.MonkeyPatch):
    stack.send(3)
    assert stack.handle(TICK)["desired"] == 3
    monkeypatch.setattr(handler.warmkeeper().fleet.ecs, "update_service", throttled)
    assert "not carried out" not in stack.handle(TICK)["reason"]


def test_a_fleet_wakes_works_and_sleeps_again_by_ticks_alone(stack: Stack, clock: Clock):
    stack.send(3)
    desired = [stack.handle(TICK)["desired"]]
    for _ in range(3):
        stack.receive()
    clock.forward(60)
    desired.append(stack.handle(TICK)["desired"])
    stack.sqs.purge_queue(QueueUrl=stack.queue_url)
    for _ in range(8):
        clock.forward(60)
        desired.append(stack.handle(TICK)["desired"])
    assert desired == [3, 3, 3, 2, 2, 2, 0, 0, 0, 0]
    assert stack.desired() == 0
    kinds = [row.kind for row in reversed(stack.table.decisions())]
    assert kinds == ["wake", "steady", "idle", "in", "idle", "sleep", "asleep"]


def test_every_command_is_obeyed_and_leaves_a_row_with_its_reason(stack: Stack, clock: Clock):
    operator = {"source": "operator", "by": "ana"}
    assert stack.handle({**operator, "command": "wake", "reason": "a demo"})["desired"] == 2
    clock.forward(1)
    until = "2100-01-01T00:00:00+00:00"
    assert stack.handle({**operator, "command": "hold", "count": 4, "until": until})["desired"] == 4
    clock.forward(1)
    assert stack.handle(TICK)["desired"] == 4
    clock.forward(1)
    assert stack.handle({**operator, "command": "resume"})["reason"].startswith("resume (ana); in: 0 waiting")
    clock.forward(1)
    stack.send()
    stack.receive()
    sleep = stack.handle({**operator, "command": "sleep", "reason": "going home"})
    assert sleep["desired"] > 0
    assert "sleep (ana: going home) waits for the work to end" in sleep["reason"]
    stack.sqs.purge_queue(QueueUrl=stack.queue_url)
    clock.forward(1)
    assert stack.handle(TICK)["desired"] > 0
    clock.forward(60)
    assert stack.handle(TICK)["desired"] == 0
    commands = [row.command for row in reversed(stack.table.decisions()) if row.command is not None]
    assert commands == [
        "wake (ana: a demo)",
        f"hold 4 until {until} (ana)",
        "resume (ana)",
        "sleep (ana: going home)",
    ]


def test_metrics_have_one_dimension_and_the_wake_is_told_once(
    stack: Stack, clock: Clock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    stack.send()
    running = 0
    observe = aws.Fleet._read_service

    def played(fleet: aws.Fleet) -> aws.Service:
        service = observe(fleet)
        return aws.Service(service.desired, min(running, service.desired), service.desired - running)

    monkeypatch.setattr(aws.Fleet, "_read_service", played)
    for running in (0, 0, 1, 2):  # noqa: B007 -- read by `played`
        stack.handle(TICK)
        clock.forward(30)
    lines = emf(capsys.readouterr().out)
    assert [line.get("WakeToRunningSeconds") for line in lines] == [None, None, [60.0], None]
    assert [line["Waited"] for line in lines] == [[0.0], [30.0], [60.0], [90.0]]
    assert [line["Level"] for line in lines] == [[1.0], [1.0], [2.0], [2.0]]
    assert lines[2]["Running"] == [1.0]
    for line in lines:
        assert line["service"] == "pool"
        [directive] = line["_aws"]["CloudWatchMetrics"]
        assert (directive["Namespace"], directive["Dimensions"]) == ("WarmPool", [["service"]])
        names = {metric["Name"] for metric in directive["Metrics"]} - {"WakeToRunningSeconds"}
        assert names == {
            "Level",
            "Desired",
            "Running",
            "Pending",
            "Visible",
            "InFlight",
            "Waited",
            "BreakerTripped",
            "Failed",
        }


def test_each_decision_is_one_log_line_with_every_input(stack: Stack, capsys: pytest.CaptureFixture[str]):
    [output] = [each for each in telemetry.logger.handlers if isinstance(each, logging.StreamHandler)]
    before = output.setStream(sys.stdout)
    try:
        stack.send(2)
        stack.handle({"source": "poke", "reason": "hello"})
    finally:
        output.setStream(before or sys.__stdout__)
    [line] = [each for each in map(json.loads, capsys.readouterr().out.splitlines()) if "_aws" not in each]
    assert line["message"] == "wake: 2 waiting + 0 in flight need 2, floor 2, ceiling 5"
    assert line["event"] == "poke: hello"
    assert line["reading"]["queue"] == {"visible": 2, "in_flight": 0, "delayed": 0}
    assert line["reading"]["service"]["desired"] == 0
    assert line["reading"]["activity"]["reason"] == "hello"
    assert line["rules"]["ceiling"] == 5
    assert line["decision"]["desired"] == 2
    assert line["state"]["demand"]["samples"]
