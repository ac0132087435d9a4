"""Each policy by the case that its users know it for."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.warmkeeper.rules import Rules
from simulator.outcome import dominates
from simulator.policies.alarm_only import AlarmOnly
from simulator.policies.clairvoyant import clairvoyant
from simulator.policies.copilot import CopilotBacklog
from simulator.policies.keda import Keda
from simulator.policies.lambda_bridge import LambdaBridge
from simulator.policies.step_scaling import StepScaling
from simulator.policies.target_tracking import TargetTracking
from simulator.policies.warm_pool import Wake, WarmPool
from simulator.run import Policy, simulate
from simulator.trace import Trace
from simulator.world import World
from tests.simulator.stage import AT_ONCE, SURE, bench, jobs
from tests.thoroughness import examples

WORLD = World(cold_start=SURE, ceiling=50, launches_per_minute=AT_ONCE)
RULES = Rules(1, 50, 1, scale_to_zero=True, sleep_after_seconds=300.0)


def desired_over_time(policy: Policy, trace: Trace) -> list[tuple[int, int]]:
    return [(round(at), count) for at, count in simulate(trace, policy, WORLD).tally.history]


class TestWarmPool:
    @pytest.mark.parametrize(
        ("wakes", "longest"),
        [
            ({Wake.POKE, Wake.TICK}, 60.0),
            ({Wake.TICK}, 60.0 + 60.0),
            ({Wake.ALARM, Wake.POKE}, 60.0),
            ({Wake.ALARM}, 60.0 + 120.0),
        ],
        ids=lambda value: "+".join(sorted(value)) if isinstance(value, set) else "",
    )
    def test_each_wake_is_enough_alone_to_begin_a_job(self, wakes: set[Wake], longest: float):
        trace = jobs((1000, 30))
        outcome = simulate(trace, WarmPool(RULES, wakes=frozenset(wakes)), WORLD)
        assert outcome.unfinished == 0
        assert 60.0 <= outcome.longest_wait <= longest

    def test_it_goes_to_sleep_again(self):
        steps = desired_over_time(WarmPool(RULES), jobs((100, 30)))
        assert [count for _, count in steps] == [1, 0]
        # Its last look at the job is up to a tick before the job ends.
        assert 190 + 300 - 60 <= steps[-1][0] <= 190 + 300 + 60

    def test_a_burst_goes_straight_to_what_is_needed_and_not_above_the_ceiling(self):
        steps = desired_over_time(WarmPool(RULES), jobs(*((100 + n / 100, 200) for n in range(80))))
        assert max(count for _, count in steps) == 50
        assert steps[0][0] == 100
        assert next(at for at, count in steps if count == 50) == 100


class TestKeda:
    def test_it_starts_with_one_pod_and_doubles(self):
        steps = desired_over_time(Keda(), jobs(*((100, 600) for _ in range(30))))
        counts = [count for _, count in steps]
        assert counts[:4] == [1, 5, 10, 20]
        assert counts[4] == 30
        assert all(8 <= later - earlier <= 16 for (earlier, _), (later, _) in itertools.pairwise(steps[1:5]))

    def test_it_keeps_the_highest_recommendation_of_five_minutes_and_then_cools_down_to_zero(self):
        steps = desired_over_time(Keda(), jobs(*((100, 30) for _ in range(4)), length_seconds=2000.0))
        up = next(at for at, count in steps if count == 4)
        down = next(at for at, count in steps if at > up and count == 1)
        assert 300 - 15 <= down - (up + 60 + 30) <= 300 + 30
        assert steps[-1][1] == 0

    def test_within_ten_percent_nothing_moves(self):
        b = bench(WORLD)
        b.service.set_desired(20)
        b.until(70.0)
        b.send(*[10_000.0] * 21)
        Keda().begin(b.stage)
        b.until(200.0)
        assert b.service.desired == 20

    def test_it_kills_the_busy(self):
        trace = jobs((100, 2000), (101, 2000), *((102, 20) for _ in range(20)), length_seconds=4000.0)
        assert simulate(trace, Keda(), WORLD).tally.busy_kills > 0
        assert simulate(trace, Keda(spares_the_busy=True), WORLD).tally.busy_kills == 0


class TestAutoScaling:
    def test_target_tracking_needs_three_minutes_and_the_metric_is_one_late(self):
        steps = desired_over_time(TargetTracking(job_seconds=60), jobs(*((30, 1000) for _ in range(11))))
        assert steps[0] == (0, 1)
        # Samples of 60, 120 and 180 s, the last of which is seen at 240 s: ten wait for the one that runs.
        assert steps[1] == (240, 10)

    def test_copilots_fleet_leaves_a_few_messages_at_zero(self):
        outcome = simulate(jobs((30, 60), (31, 60)), CopilotBacklog(job_seconds=20), WORLD)
        assert (outcome.unfinished, outcome.tally.starts) == (2, 0)

    def test_the_cdks_steps_ignore_less_than_a_hundred_messages(self):
        few = desired_over_time(StepScaling(), jobs(*((30, 60) for _ in range(99)), length_seconds=600.0))
        assert few[:2] == [(0, 1), (240, 2)]  # what moves it is the CPU, after three minutes
        many = jobs(*((30, 60) for _ in range(600)), length_seconds=600.0)
        assert desired_over_time(StepScaling(), many)[1:3] == [(120, 6), (180, 11)]

    def test_alarms_alone_come_minutes_late_and_fire_once(self):
        steps = desired_over_time(AlarmOnly(3), jobs((30, 60), length_seconds=7200.0))
        assert steps[0] == (120, 3)
        assert steps[-1][1] == 0


class TestBridge:
    def test_no_job_waits_longer_than_the_bridge_lets_it(self):
        outcome = simulate(jobs(*((100 + n, 300) for n in range(20))), LambdaBridge(RULES), WORLD)
        assert outcome.longest_wait == 8.0
        assert outcome.tally.lambda_jobs == 20
        assert outcome.tally.lambda_seconds == pytest.approx(20 * (1 + 300 / 2.5))

    def test_a_steady_load_gets_workers_of_its_own(self):
        trace = jobs(*((n * 50.0, 50) for n in range(1, 70)))
        outcome = simulate(trace, LambdaBridge(RULES), WORLD)
        assert outcome.tally.lambda_jobs < 10


class TestClairvoyant:
    @given(pairs=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 100)), min_size=1, max_size=5))
    @settings(max_examples=examples(60), deadline=None)
    def test_it_is_the_least_that_no_wait_can_cost(self, pairs: list[tuple[int, int]]):
        trace = jobs(*pairs)
        found = clairvoyant(trace, WORLD).task_hours * 3600
        assert found == pytest.approx(_least(trace))

    def test_it_is_better_than_any_policy(self):
        trace = jobs(*((n * 37.0 % 3000, 20 + n % 50) for n in range(200)))
        bound = clairvoyant(trace, WORLD)
        assert dominates(bound, simulate(trace, WarmPool(RULES), WORLD))
        assert dominates(bound, simulate(trace, Keda(), WORLD))


def _least(trace: Trace) -> float:
    """By trying every way to hand workers on: each job follows one that ended before it, or starts a worker cold."""
    ends = [arrival + service for arrival, service in zip(trace.arrivals, trace.services, strict=True)]
    cold = WORLD.cold_start.median_seconds

    def go(number: int, free: frozenset[int]) -> float:
        if number == len(ends):
            return 0.0
        best = cold + go(number + 1, free | {number})
        for other in free:
            gap = trace.arrivals[number] - ends[other]
            if gap >= 0:
                best = min(best, min(gap, cold) + go(number + 1, free - {other} | {number}))
        return best

    return go(0, frozenset()) + trace.work_seconds
