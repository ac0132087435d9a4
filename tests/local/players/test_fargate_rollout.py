"""The service scheduler's decision, tried on every shape of service that Hypothesis finds."""

from dataclasses import dataclass, field, replace

import hypothesis.strategies as st
from hypothesis import example, given, settings

from local.players.rollout import Replica, Target, is_steady, next_steps
from tests.thoroughness import examples

PRIMARY = "ecs-svc/2"
REPLICAS = st.lists(
    st.builds(
        Replica,
        task_id=st.uuids().map(str),
        deployment_id=st.sampled_from([PRIMARY, "ecs-svc/1", "ecs-svc/0"]),
        is_running=st.booleans(),
        is_protected=st.booleans(),
        age=st.floats(0, 1e6),
    ).map(lambda replica: replace(replica, is_protected=replica.is_protected and replica.is_running)),
    max_size=12,
    unique_by=lambda replica: replica.task_id,
)
TARGETS = st.builds(Target, desired=st.integers(0, 8), deployment_id=st.just(PRIMARY))


def replica(name: str, deployment: str = PRIMARY, *, running: bool = True, protected: bool = False, age: float = 1.0):
    return Replica(name, deployment, is_running=running, is_protected=protected, age=age)


@dataclass
class Simulated:
    """A service whose pending tasks run and whose stopped tasks are gone after each look.

    `look` says whether there may be more to do: a task that begins to run may make an old one expendable.
    """

    target: Target
    replicas: list[Replica]
    started: int = 0
    fewest_running: int = field(init=False)

    def look(self) -> bool:
        steps = next_steps(self.target, self.replicas)
        left = [one for one in self.replicas if one.task_id not in steps.stop]
        fresh = [
            Replica(f"new-{self.started + n}", PRIMARY, is_running=False, is_protected=False, age=0)
            for n in range(steps.start)
        ]
        is_waiting = any(not one.is_running for one in left)
        self.started += steps.start
        self.fewest_running = sum(one.is_running for one in left)
        self.replicas = [replace(one, is_running=True, age=one.age + 1) for one in [*left, *fresh]]
        return steps.start > 0 or bool(steps.stop) or is_waiting


@settings(max_examples=examples(60))
@given(TARGETS, REPLICAS)
def test_a_protected_task_is_never_stopped(target: Target, replicas: list[Replica]):
    stopped = set(next_steps(target, replicas).stop)
    assert not stopped & {one.task_id for one in replicas if one.is_protected}


@settings(max_examples=examples(60))
@given(TARGETS, REPLICAS)
def test_starting_never_takes_the_service_above_twice_its_desired_count(target: Target, replicas: list[Replica]):
    steps = next_steps(target, replicas)
    after = len(replicas) - len(steps.stop) + steps.start
    assert steps.start == 0 or after <= 2 * target.desired


@settings(max_examples=examples(60))
@given(TARGETS, REPLICAS)
def test_stopping_never_takes_running_tasks_below_the_desired_count(target: Target, replicas: list[Replica]):
    stopped = set(next_steps(target, replicas).stop)
    running_before = sum(one.is_running for one in replicas)
    running_after = sum(one.is_running for one in replicas if one.task_id not in stopped)
    assert running_after >= min(running_before, target.desired)


@settings(max_examples=examples(60))
@given(TARGETS, REPLICAS)
def test_a_task_is_never_stopped_twice_nor_started_and_stopped_in_one_look(target: Target, replicas: list[Replica]):
    steps = next_steps(target, replicas)
    assert len(set(steps.stop)) == len(steps.stop)
    assert steps.start == 0 or not set(steps.stop) & {
        one.task_id for one in replicas if one.deployment_id == target.deployment_id
    }


@settings(max_examples=examples(60))
@given(TARGETS, REPLICAS)
@example(
    Target(2, PRIMARY),
    [replica("new-a", running=False), replica("new-b", running=False), replica("old", "ecs-svc/1")],
)
def test_it_comes_to_rest_and_then_only_protected_tasks_exceed_the_target(target: Target, replicas: list[Replica]):
    service = Simulated(target, list(replicas))
    looks = 0
    while service.look():
        looks += 1
        assert looks < 50, "the scheduler never came to rest"
    beyond_ceiling = sum(one.is_protected for one in replicas) > target.desired
    new = [one for one in service.replicas if one.deployment_id == PRIMARY]
    assert len(new) >= target.desired or beyond_ceiling
    if len(new) > target.desired:
        assert all(one.is_protected for one in new)
    if not beyond_ceiling:
        assert all(one.is_protected for one in service.replicas if one.deployment_id != PRIMARY)


@settings(max_examples=examples(60))
@given(TARGETS, REPLICAS)
def test_once_protection_ends_the_service_is_exactly_what_was_asked_for(target: Target, replicas: list[Replica]):
    service = Simulated(target, [replace(one, is_protected=False) for one in replicas])
    while service.look():
        pass
    assert len(service.replicas) == target.desired
    assert is_steady(target, service.replicas)


@settings(max_examples=examples(60))
@given(TARGETS, REPLICAS)
def test_a_steady_service_is_left_alone_but_for_its_surplus(target: Target, replicas: list[Replica]):
    if is_steady(target, replicas):
        assert next_steps(target, replicas).start == 0


def test_scale_in_takes_pending_tasks_before_running_ones_and_the_youngest_of_those():
    tasks = [replica("old", age=9), replica("young", age=3), replica("pending", running=False, age=5)]
    assert next_steps(Target(2, PRIMARY), tasks).stop == ("pending",)
    assert next_steps(Target(1, PRIMARY), tasks).stop == ("pending", "young")


def test_scale_in_passes_over_a_busy_task_however_young():
    tasks = [replica("idle", age=9), replica("busy", protected=True, age=1)]
    assert next_steps(Target(1, PRIMARY), tasks).stop == ("idle",)
    assert next_steps(Target(0, PRIMARY), tasks).stop == ("idle",)


def test_a_rollout_starts_new_tasks_before_it_stops_old_ones():
    old = [replica(f"old-{n}", "ecs-svc/1") for n in range(3)]
    assert next_steps(Target(3, PRIMARY), old) == replace(next_steps(Target(3, PRIMARY), old), start=3, stop=())


def test_a_rollout_waits_for_protected_old_tasks_and_is_steady_only_without_them():
    target = Target(1, PRIMARY)
    tasks = [replica("old", "ecs-svc/1", protected=True), replica("new")]
    assert next_steps(target, tasks).stop == ()
    assert not is_steady(target, tasks)
    assert next_steps(target, [replace(tasks[0], is_protected=False), tasks[1]]).stop == ("old",)


def test_protected_old_tasks_at_the_ceiling_hold_a_rollout_up():
    tasks = [replica(f"old-{n}", "ecs-svc/1", protected=True) for n in range(2)]
    assert next_steps(Target(1, PRIMARY), tasks).start == 0


def test_a_service_of_no_tasks_starts_none_and_keeps_none():
    assert next_steps(Target(0, PRIMARY), []).start == 0
    assert next_steps(Target(0, PRIMARY), [replica("idle"), replica("old", "ecs-svc/1")]).stop == ("idle", "old")
