"""The state machine of `fleet_machine`, let loose, and the stories that it once told of faults that are mended."""

from collections.abc import Callable, Iterator
from unittest.mock import Mock

import pytest
from hypothesis import settings

from lambdas.warmkeeper import aws, keeper
from tests.lambdas.warmkeeper.fake_fleet import LONGEST_CALL_SECONDS, InTurn, Twist
from tests.lambdas.warmkeeper.fleet_machine import FleetMachine
from tests.thoroughness import examples


@pytest.fixture(autouse=True, scope="module")
def reads_in_turn_and_no_telemetry() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(aws, "ThreadPoolExecutor", InTurn)
        patches.setattr(keeper, "telemetry", Mock())
        yield


TestFleetMachine = FleetMachine.TestCase
TestFleetMachine.settings = settings(max_examples=examples(100), stateful_step_count=30, deadline=None)


def a_call_comes_after_the_run_has_read_everything(fleet: FleetMachine) -> None:
    fleet.tick(0.0, ())
    fleet.tick(0.0, (Twist("UpdateItem", nth=2, meanwhile="poke"),))


def a_slow_run_that_would_sleep_is_overtaken_by_one_that_sees_a_job(fleet: FleetMachine) -> None:
    fleet.order(0.0, "wake", ())
    fleet.order(1.0, "sleep", ())
    overtaken = Twist("UpdateService", seconds=LONGEST_CALL_SECONDS, meanwhile="job tick")
    fleet.tick(0.0, (Twist("GetItem", seconds=4.0), Twist("GetItem", nth=2, seconds=LONGEST_CALL_SECONDS), overtaken))


def a_tick_finds_a_job_while_another_run_puts_the_fleet_to_sleep(fleet: FleetMachine) -> None:
    fleet.order(0.0, "wake", ())
    fleet.order(1.0, "sleep", ())
    fleet.tick(0.0, (Twist("UpdateService", meanwhile="job tick"),))


def only_a_message_that_is_not_due_is_left(fleet: FleetMachine) -> None:
    fleet.order(0.0, "wake", ())
    fleet.send(1, "delayed")
    fleet.order(1.0, "sleep", ())
    fleet.tick(0.0, ())


def a_run_that_outlasts_its_lease_finds_another_in_its_place(fleet: FleetMachine) -> None:
    fleet.order(0.0, "wake", ())
    fleet.order(1.0, "sleep", ())
    slow = [Twist(call, seconds=LONGEST_CALL_SECONDS) for call in ("GetQueueAttributes", "DescribeServices")]
    fleet.tick(0.0, (*slow, Twist("GetItem", seconds=LONGEST_CALL_SECONDS, meanwhile="job tick")))


def blank_counts_follow_an_order_to_sleep(fleet: FleetMachine) -> None:
    fleet.send(2, "waiting")
    fleet.tick(0.0, ())
    fleet.start_and_take(1)
    fleet.order(1.0, "sleep", ())
    fleet.blank(59.0, ["alarm", "alarm"])


def the_clock_jumps_between_two_blank_counts(fleet: FleetMachine) -> None:
    blank_counts_follow_an_order_to_sleep(fleet)
    fleet.jump(1)
    fleet.alarm(1.0, 1, ())


def a_run_dies_whose_clock_was_an_hour_ahead(fleet: FleetMachine) -> None:
    fleet.jump(1)
    fleet.tick(0.0, (Twist("GetQueueAttributes", fault="killed"),))
    fleet.jump(-1)
    fleet.send(1, "waiting")
    fleet.tick(0.0, ())


def calls_and_orders_come_by_a_clock_that_is_set_back_after_them(fleet: FleetMachine) -> None:
    fleet.jump(1)
    fleet.poke(0.0, ())
    fleet.order(1.0, "sleep", ())
    fleet.wait(2, ())
    fleet.jump(-1)
    fleet.poke(0.0, ())
    fleet.tick(0.0, ())


def the_answer_to_a_resize_is_lost(fleet: FleetMachine) -> None:
    fleet.send(3, "waiting")
    fleet.tick(0.0, (Twist("UpdateService", fault="lost"),))
    fleet.tick(0.0, ())


@pytest.mark.parametrize(
    "story",
    [
        a_call_comes_after_the_run_has_read_everything,
        a_slow_run_that_would_sleep_is_overtaken_by_one_that_sees_a_job,
        a_tick_finds_a_job_while_another_run_puts_the_fleet_to_sleep,
        only_a_message_that_is_not_due_is_left,
        a_run_that_outlasts_its_lease_finds_another_in_its_place,
        blank_counts_follow_an_order_to_sleep,
        the_clock_jumps_between_two_blank_counts,
        a_run_dies_whose_clock_was_an_hour_ahead,
        calls_and_orders_come_by_a_clock_that_is_set_back_after_them,
        the_answer_to_a_resize_is_lost,
    ],
)
def test_nothing_that_must_hold_is_broken_when(story: Callable[[FleetMachine], None]):
    fleet = FleetMachine()
    fleet.configure(floor=1, jobs_per_worker=1, spares=0, scale_to_zero=True)
    story(fleet)
    fleet.teardown()
