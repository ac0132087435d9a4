"""A large wake against the rate at which ECS launches tasks: 500 a minute of one service on Fargate, by its quotas."""

import pytest

from fleet.state import Breaker, FleetState
from lambdas.warmkeeper.decision import Decision, Kind, decide
from lambdas.warmkeeper.rules import Rules
from lambdas.warmkeeper.snapshot import Queue, Service, Snapshot

NOW = 1_800_000_000.0
LAUNCHED_A_MINUTE = 500
COLD_START_MINUTES = 3
RENDER_MINUTES = 30
RULES = Rules(floor=2, ceiling=5000, jobs_per_worker=1, scale_to_zero=True, sleep_after_seconds=300.0)


def wake(jobs: int, ahead: int, dying: int = 0) -> list[Decision]:
    """Half an hour of looks at a wake for as many jobs, all longer than that.

    SQS is asked a moment later than ECS, and counts the jobs of `ahead` workers more. `dying` of those that run crash
    each minute, and leave their jobs hidden.
    """
    decisions: list[Decision] = []
    state, desired = FleetState(), 0
    for minute in range(RENDER_MINUTES):
        launched = min(jobs, max(0, minute - COLD_START_MINUTES + 1) * LAUNCHED_A_MINUTE) if minute else 0
        running = max(0, launched - dying)
        in_flight = min(jobs, launched + ahead) if launched else 0
        snapshot = Snapshot(Queue(jobs - in_flight, in_flight), Service(desired, running, desired - running))
        decision = decide(snapshot, state, RULES, NOW + 60 * minute)
        state, desired = decision.state, decision.desired
        decisions.append(decision)
    return decisions


@pytest.mark.parametrize("jobs", [200, 2000, 5000])
@pytest.mark.parametrize("ahead", [0, 8])
def test_what_is_needed_is_asked_for_at_once_and_launching_it_is_no_crash_loop(jobs: int, ahead: int):
    decisions = wake(jobs, ahead)
    assert [decision.desired for decision in decisions] == [jobs] * RENDER_MINUTES
    assert decisions[-1].state.breaker == Breaker()


def test_a_large_fleet_that_dies_as_it_is_launched_still_trips_once_it_grows_no_more():
    kinds = [decision.kind for decision in wake(2000, ahead=0, dying=400)]
    assert Kind.BREAKER in kinds[:18]


def test_more_than_the_ceiling_is_never_asked_for():
    assert {decision.desired for decision in wake(9000, ahead=0)} == {5000}
