"""The adviser finds what meets a target, says what its neighbours cost, and owns up where nothing does."""

import operator
import shlex
from collections.abc import Sequence
from dataclasses import astuple

import pytest
import yaml

from simulator.adviser import Attempt, Goal, Pool, advise
from simulator.outcome import Outcome
from simulator.synthetic import synthetic
from simulator.trace import HOUR_SECONDS
from simulator.world import World
from tests.components.test_settings import settings as stack_settings
from tests.simulator.stage import SURE

TRACE = synthetic(1).between(14 * HOUR_SECONDS, 15.5 * HOUR_SECONDS)
"""The busiest hours of a day."""
WORLD = World(cold_start=SURE, ceiling=50)


def run(pools: Sequence[Pool]) -> list[Outcome]:
    return [Attempt(TRACE, WORLD, pool, pokes=True)() for pool in pools]


def test_the_advised_pool_meets_the_target_and_no_neighbour_meets_it_for_less():
    goal = Goal(target_seconds=20.0)
    advice = advise(goal, 50, run)
    assert advice.met
    assert advice.best.outcome.wait(95) <= 20.0
    cheaper = [trial for trial in advice.neighbours if goal.met(trial.outcome)]
    assert all(trial.outcome.month_usd >= advice.best.outcome.month_usd for trial in cheaper)
    assert len(advice.neighbours) >= 4
    assert all(trial.change for trial in advice.neighbours)


def test_a_budget_that_is_too_small_is_kept_to_and_the_target_is_owned_to_be_missed():
    goal = Goal(target_seconds=1.0, budget_usd=150.0)
    advice = advise(goal, 50, run)
    assert not advice.met
    assert advice.best.outcome.month_usd <= 150.0 * 1.01


def test_the_lines_to_paste_are_settings_of_a_stack():
    commands = [shlex.split(line) for line in Pool(3, None, 2, 1.35).commands(20)]
    assert all(words[:3] == ["pulumi", "config", "set"] for words in commands)
    found = stack_settings(**{words[3]: words[4] for words in commands})
    assert (found.warm_pool_size, found.max_workers, found.scale_to_zero) == (3, 20, False)
    assert (found.warm_spares, found.jobs_per_worker) == (2, 1.35)


def test_it_starts_from_the_defaults_of_a_stack():
    with open("Pulumi.yaml", encoding="utf-8") as file:  # noqa: PTH123 - the root is where the tests run
        defaults = yaml.safe_load(file)["config"]
    assert Pool().sleep_minutes == defaults["sleepAfterMinutes"]["default"]
    assert Pool().spares == defaults["warmSpares"]["default"]
    assert Pool().jobs_per_worker == float(defaults["jobsPerWorker"]["default"])


@pytest.mark.parametrize("pool", [Pool(), Pool(200, None, 20, 2.0), Pool(5, 1, 3, 1.5)])
def test_neighbours_differ_in_one_setting(pool: Pool):
    found = list(pool.neighbours(1000))
    assert all(sum(map(operator.ne, astuple(pool), astuple(other))) == 1 for _, other in found)
    assert len({other for _, other in found}) == len(found)
