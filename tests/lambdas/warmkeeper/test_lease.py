import random
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from fleet.activity import Activity
from fleet.state import FleetState
from fleet.table import FleetTable
from lambdas.warmkeeper.lease import CALL_SECONDS, LEASE_SECONDS, LeaseLostError, StateLease
from tests.fleet.tables import create_fleet_table
from tests.lambdas.warmkeeper.conftest import Clock
from tests.lambdas.warmkeeper.fake_table import FakeTable


@pytest.fixture
def table(clients: dict[str, Any]) -> Iterator[Any]:
    with mock_aws():
        create_fleet_table(clients["dynamodb"])
        yield clients["dynamodb"]


def lease(table: Any, clock: Clock, run: str = "ours") -> StateLease:
    return StateLease(table, "fleet", run, clock)


def test_nothing_is_begun_that_might_end_after_the_lease():
    clock = Clock()
    ours = lease(FakeTable(), clock)
    ours.take()
    clock.forward(LEASE_SECONDS - CALL_SECONDS - 0.001)
    ours.check()
    clock.forward(0.001)
    with pytest.raises(LeaseLostError, match="took too long"):
        ours.check()


def test_a_clock_that_is_set_back_tells_nobody_what_is_left_of_the_lease():
    clock = Clock()
    ours = lease(FakeTable(), clock)
    ours.take()
    clock.forward(-1)
    with pytest.raises(LeaseLostError):
        ours.check()


def test_a_dead_run_whose_clock_was_ahead_keeps_nobody_out(table: Any):
    ahead, clock = Clock(), Clock()
    ahead.forward(3600)
    assert lease(table, ahead, "dead").take() is not None
    assert lease(table, clock).take() is not None


def test_clocks_that_differ_by_seconds_take_nothing_from_each_other(table: Any):
    ahead, clock = Clock(), Clock()
    ahead.forward(5)
    theirs = lease(table, ahead, "theirs")
    assert theirs.take() is not None
    assert lease(table, clock).take() is None
    assert not theirs.end(FleetState(desired=3))
    assert theirs.end(None)


def test_a_taking_whose_answer_was_lost_may_be_repeated(table: Any):
    ours = lease(table, Clock())
    ours.take()
    assert ours.take() is not None


def test_the_table_of_the_state_machine_judges_as_dynamodb_does(table: Any):
    """The same steps of two runs, on both, by clocks that jump: the same answers, and the same items in the end."""
    fake: Any = FakeTable()
    answers: dict[str, list[Any]] = {}
    for name, client in {"dynamodb": table, "fake": fake}.items():
        chance, clock, told = random.Random(7), Clock(), answers.setdefault(name, [])
        runs = [lease(client, clock, run) for run in ("first", "second")]
        fleet = FleetTable(client, "fleet")
        for step in range(60):
            clock.forward(chance.choice([0.5, 0.5, 3, 15, 25, 3600, -3600]))
            run = chance.choice(runs)
            match chance.choice(["take", "take", "end", "end", "leave", "release", "call"]):
                case "take":
                    told.append(run.take())
                case "end" | "leave" as how:
                    try:
                        told.append(run.end(FleetState(desired=step) if how == "end" else None))
                    except LeaseLostError:
                        told.append("lost")
                case "release":
                    run.release()
                case _:
                    fleet.record_activity(Activity(clock(), str(step)))
                    told.append(fleet.activity())
        told.append(fleet.state())
    assert answers["fake"] == answers["dynamodb"]
    assert {str(answer) for answer in answers["fake"]} >= {"None", "True", "False", "lost"}
