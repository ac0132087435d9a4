"""What no decision may ever break, whatever was read, remembered or ordered."""

import math
from dataclasses import replace

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from fleet.level import Level
from fleet.state import Breaker, FleetState, from_json, to_json
from lambdas.warmkeeper.decision import Decision, Kind, decide
from lambdas.warmkeeper.rules import Rules
from lambdas.warmkeeper.snapshot import Queue, Service, Snapshot
from tests.lambdas.warmkeeper.readings import EMPTY, NOW, QUEUES, SNAPSHOTS, STATES, rules
from tests.thoroughness import examples

everything = given(snapshot=SNAPSHOTS, state=STATES, config=rules())
MANY = settings(max_examples=examples(80), deadline=None)


def current(snapshot: Snapshot) -> int:
    assert snapshot.service is not None
    return snapshot.service.desired


def resized(snapshot: Snapshot, decision: Decision) -> Snapshot:
    """The same readings after the decision was carried out."""
    assert snapshot.service is not None
    return replace(snapshot, service=replace(snapshot.service, desired=decision.desired))


@everything
@MANY
def test_it_never_raises_above_the_ceiling(snapshot: Snapshot, state: FleetState, config: Rules):
    assert decide(snapshot, state, config, NOW).desired <= max(config.ceiling, current(snapshot))


@everything
@MANY
def test_it_never_lowers_below_what_is_in_flight(snapshot: Snapshot, state: FleetState, config: Rules):
    """A tripped breaker alone counts only those in flight that have a running worker: the rest are orphans."""
    decision = decide(snapshot, state, config, NOW)
    assume(snapshot.queue is not None)
    assert snapshot.queue is not None
    assert snapshot.service is not None
    busy = snapshot.queue.in_flight
    if decision.kind is Kind.BREAKER:
        busy = min(busy, snapshot.service.running)
    assert decision.desired >= min(busy, current(snapshot))


@everything
@MANY
def test_it_never_lowers_on_a_failed_reading(snapshot: Snapshot, state: FleetState, config: Rules):
    assert decide(replace(snapshot, queue=None), state, config, NOW).desired >= current(snapshot)


@everything
@MANY
def test_a_service_that_cannot_be_read_is_held_and_keeps_its_command(
    snapshot: Snapshot, state: FleetState, config: Rules
):
    decision = decide(replace(snapshot, service=None, problems=("it is gone",)), state, config, NOW)
    assert decision.desired == state.desired
    assert decision.reason == f"hold at {state.desired}: it is gone"
    assert decision.state.command_id == state.command_id


@everything
@MANY
def test_it_never_lowers_during_a_deployment(snapshot: Snapshot, state: FleetState, config: Rules):
    assert snapshot.service is not None
    deploying = replace(snapshot, service=replace(snapshot.service, deploying=True))
    assert decide(deploying, state, config, NOW).desired >= current(snapshot)


@everything
@MANY
def test_it_never_goes_to_zero_with_load_or_on_one_empty_reading(snapshot: Snapshot, state: FleetState, config: Rules):
    assume(current(snapshot) > 0)
    decision = decide(snapshot, state, config, NOW)
    if decision.desired == 0:
        assert snapshot.queue == EMPTY
        assert config.kept_awake_by(NOW) is None
        assert state.empty_since is not None
        assert NOW - state.empty_since >= config.minute_seconds


@given(snapshot=SNAPSHOTS, state=STATES, config=rules(may_sleep=False))
@MANY
def test_a_fleet_that_may_not_sleep_is_at_the_floor_from_the_first_look(
    snapshot: Snapshot, state: FleetState, config: Rules
):
    decision = decide(snapshot, replace(state, order=None), config, NOW)
    if decision.kind not in {Kind.ORDERED, Kind.BREAKER}:
        assert decision.desired >= config.floor
    assert decision.desired >= 1
    assert decision.kind is not Kind.SLEEP


@everything
@MANY
@example(
    snapshot=Snapshot(EMPTY, Service(desired=1, running=0, pending=0, deploying=True, failed_tasks=0), None, None),
    state=FleetState(busy_at=NOW - 1000, empty_since=NOW - 60),
    config=Rules(floor=2, ceiling=2, jobs_per_worker=1, scale_to_zero=True, sleep_after_seconds=60.0),
)
def test_the_floor_is_held_while_awake(snapshot: Snapshot, state: FleetState, config: Rules):
    """A fleet whose sleep waits for a deployment to end is not raised to a floor that was raised meanwhile."""
    decision = decide(snapshot, state, config, NOW)
    if decision.kind is Kind.SLEEP:
        assert decision.desired in {0, current(snapshot)}
    elif decision.desired > 0 and decision.kind not in {Kind.ORDERED, Kind.BREAKER}:
        assert decision.desired >= config.floor


@everything
@MANY
def test_any_waiting_job_wakes_it_straight_to_what_is_needed(snapshot: Snapshot, state: FleetState, config: Rules):
    assert snapshot.service is not None
    queue = Queue(visible=1 + (snapshot.queue.visible if snapshot.queue else 0), in_flight=2)
    asleep = replace(snapshot, queue=queue, service=replace(snapshot.service, desired=0), command=None)
    decision = decide(asleep, replace(state, order=None), config, NOW)
    need = max(2, math.ceil(queue.load / config.jobs_per_worker))
    assert decision.desired == min(config.ceiling, max(config.floor, need + config.spares))
    assert decision.level is Level.WAKING


@everything
@MANY
def test_deciding_again_gives_the_same(snapshot: Snapshot, state: FleetState, config: Rules):
    """Whether the service shows the first decision yet or not, and after the state went through the table."""
    first = decide(snapshot, state, config, NOW)
    remembered = from_json(to_json(first.state))
    assert remembered == first.state
    assert decide(snapshot, remembered, config, NOW).desired == first.desired
    assert decide(resized(snapshot, first), remembered, config, NOW).desired == first.desired


@everything
@MANY
def test_it_says_why_in_words_and_remembers_what_it_decided(snapshot: Snapshot, state: FleetState, config: Rules):
    decision = decide(snapshot, state, config, NOW)
    assert decision.reason
    assert (decision.state.desired, decision.state.level) == (decision.desired, decision.level)
    assert (decision.level is Level.ASLEEP) == (decision.desired == 0)
    assert len(decision.state.demand.samples) <= len(state.demand.samples) + 1
    assert decision.waited_seconds >= 0


@given(
    config=rules(may_sleep=True),
    queue=QUEUES,
    desired=st.integers(0, 60),
    state=STATES,
    jitter=st.floats(0, 5),
)
@example(config=Rules(1, 3, 1, True, 300.0), queue=EMPTY, desired=3, state=FleetState(), jitter=0.0)
@settings(max_examples=examples(60), deadline=None)
def test_whatever_happened_before_an_idle_fleet_falls_to_its_floor_and_then_sleeps(
    config: Rules, queue: Queue, desired: int, state: FleetState, jitter: float
):
    """A look at some load, and then ticks over an empty queue, each as late as a scheduler may be."""
    state = replace(state, order=None, breaker=Breaker(), called_at=None)
    seen: list[int] = []
    now = NOW
    work = queue
    patience = int(config.sleep_after_seconds // 60) + 4
    for _ in range(patience):
        service = Service(desired=desired, running=desired)
        decision = decide(Snapshot(queue=work, service=service), state, config, now)
        desired, state, work = decision.desired, decision.state, EMPTY
        seen.append(desired)
        now += 60 + jitter
    assert seen[-1] == 0
    rest = min(config.ceiling, max(config.floor, config.spares))
    if config.sleep_after_seconds > 120 and seen[0] > rest:
        assert rest in seen
    assert sorted(seen[1:], reverse=True) == seen[1:]
