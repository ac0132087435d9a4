"""Clocks that jump by an hour, and hours in which nobody looked: neither proves anything."""

from dataclasses import replace

import pytest

from fleet.activity import Activity
from fleet.command import Command
from fleet.state import Breaker, Demand, FleetState
from lambdas.warmkeeper.breaker import FRUITLESS_MINUTES, SOUND_MINUTES, watch
from lambdas.warmkeeper.decision import Decision, decide
from lambdas.warmkeeper.rules import Rules
from lambdas.warmkeeper.snapshot import Queue, Service, Snapshot

NOW = 1_800_000_000.0
HOUR = 3600.0
RULES = Rules(floor=2, ceiling=50, jobs_per_worker=1, scale_to_zero=True, sleep_after_seconds=300.0)
EMPTY = Queue(visible=0, in_flight=0)


def look(
    queue: Queue,
    service: Service,
    state: FleetState,
    now: float,
    *,
    activity: Activity | None = None,
    command: Command | None = None,
) -> Decision:
    return decide(Snapshot(queue, service, activity, command), state, RULES, now)


@pytest.mark.parametrize(("later_seconds", "desired"), [(300, 0), (301, 2), (HOUR, 2)])
def test_two_empty_readings_with_a_hole_between_them_put_nobody_to_sleep(later_seconds: float, desired: int):
    first = look(EMPTY, Service(2, 2), FleetState(busy_at=NOW - HOUR), NOW)
    second = look(EMPTY, Service(2, 2), first.state, NOW + later_seconds)
    assert second.desired == desired
    assert look(EMPTY, Service(2, 2), second.state, NOW + later_seconds + 60).desired == 0


def test_two_phantoms_with_a_hole_between_them_wake_nobody():
    first = look(Queue(0, 4), Service(0, 0), FleetState(), NOW)
    second = look(Queue(0, 4), Service(0, 0), first.state, NOW + HOUR)
    assert second.desired == 0
    assert look(Queue(0, 4), Service(0, 0), second.state, NOW + HOUR + 60).desired == 4


def test_two_fruitless_readings_with_a_hole_between_them_do_not_trip_the_breaker():
    state = look(Queue(9, 0), Service(9, 0), FleetState(), NOW).state
    for minute in range(FRUITLESS_MINUTES + 1):
        decision = look(Queue(9, 0), Service(9, 0), state, NOW + HOUR + 60 * minute)
        assert decision.desired == (9 if minute < FRUITLESS_MINUTES else 1)
        state = decision.state


def test_spells_from_the_future_begin_now():
    dead, whole = Service(9, 0), Service(1, 1)
    ahead = Breaker(fruitless_since=NOW + HOUR, least_load=9)
    began = watch(ahead, Queue(9, 0), dead, NOW, 60.0)
    assert began.fruitless_since == NOW
    assert watch(began, Queue(9, 0), dead, NOW + 60 * FRUITLESS_MINUTES, 60.0).tripped_at is not None
    tripped = Breaker(tripped_at=NOW + HOUR, sound_since=NOW + HOUR, least_load=1)
    sound = watch(tripped, Queue(0, 1), whole, NOW, 60.0)
    assert watch(sound, Queue(0, 1), whole, NOW + 60 * SOUND_MINUTES, 60.0) == Breaker()


def test_a_call_noted_by_a_clock_that_was_ahead_does_not_keep_the_fleet_awake_for_an_hour():
    idle = FleetState(busy_at=NOW - 300, empty_since=NOW - 60, called_at=NOW + HOUR)
    first = look(EMPTY, Service(2, 2), idle, NOW, activity=Activity(NOW + HOUR))
    assert first.state.called_at == NOW
    later = replace(first.state, empty_since=NOW, demand=Demand(read_at=NOW + 240))
    assert look(EMPTY, Service(2, 2), later, NOW + 300, activity=Activity(NOW + HOUR)).desired == 0


def test_a_call_by_a_clock_that_is_some_seconds_ahead_is_heard():
    assert look(EMPTY, Service(0, 0), FleetState(), NOW, activity=Activity(NOW + 5)).desired == 2


def test_an_order_to_sleep_from_a_clock_that_was_ahead_silences_no_later_call():
    command = Command(id="1", name="sleep", at=NOW + HOUR)
    ordered = look(EMPTY, Service(2, 2), FleetState(), NOW + HOUR, command=command)
    assert ordered.state.order == command
    called = look(EMPTY, Service(2, 2), ordered.state, NOW, activity=Activity(NOW - 1), command=command)
    assert (called.desired, called.state.order, called.state.called_at) == (2, None, NOW - 1)
    asleep = replace(ordered.state, order=None, desired=0)
    assert look(EMPTY, Service(0, 0), asleep, NOW, activity=Activity(NOW - 1), command=command).desired == 2
