"""Whatever the policy, no job goes missing; and waiting is what queueing theory says."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.warmkeeper.rules import Rules
from simulator.comparison import Setting, compare, names, outcome_of
from simulator.policies.always_on import AlwaysOn
from simulator.run import simulate
from simulator.trace import trace_of
from simulator.world import ColdStart, Spot, World
from tests.simulator.stage import jobs
from tests.thoroughness import examples

RULES = Rules(1, 8, 1, scale_to_zero=True, sleep_after_seconds=120.0)
PAIRS = st.lists(st.tuples(st.floats(0, 3000), st.floats(1, 400)), min_size=1, max_size=25)


@given(pairs=PAIRS, data=st.data(), spot=st.sampled_from([None, Spot(base=1, interruptions_per_hour=20.0)]))
@settings(max_examples=examples(40), deadline=None)
def test_every_job_is_done_lost_or_left_and_the_work_is_paid(
    pairs: list[tuple[float, float]], data: st.DataObject, spot: Spot | None
):
    world = World(cold_start=ColdStart(45.0, 0.3), ceiling=8, spot=spot)
    setting = Setting(jobs(*pairs), world, RULES, seed=3)
    # A bridge and a clairvoyant pay elsewhere; what is left of a policy's work is no business of theirs.
    candidates = [name for name in names(setting) if "Lambda" not in name and name != "clairvoyant"]
    name = candidates[data.draw(st.integers(0, len(candidates) - 1))]
    outcome = outcome_of(setting, name)
    assert outcome.waits.min() >= 0
    done = len(pairs) - outcome.tally.jobs_lost - outcome.unfinished
    assert done >= 0
    assert outcome.tally.busy_seconds <= sum(seconds for _, seconds in pairs) + 1e-6
    assert outcome.task_hours * 3600 >= outcome.tally.busy_seconds - 1e-6
    if name.startswith("warm pool"):
        assert (outcome.tally.busy_kills, outcome.tally.jobs_lost, outcome.unfinished) == (0, 0, 0)


def test_the_same_seed_gives_the_same_figures_in_one_process_or_in_several():
    trace = jobs((10, 30), (20, 30), (1000, 100))
    setting = Setting(trace, World(ceiling=8), RULES)
    chosen = names(setting)[:4]
    alone = [outcome_of(setting, name) for name in chosen]
    together = list(compare(setting, chosen))
    for one, other in zip(alone, together, strict=True):
        assert (one.policy, one.cost_usd, one.waits.tolist()) == (other.policy, other.cost_usd, other.waits.tolist())


@pytest.mark.parametrize(("servers", "load"), [(1, 0.6), (4, 3.0)])
def test_a_fixed_fleet_waits_as_erlang_says(servers: int, load: float):
    chance = random.Random(11)
    at, pairs = 0.0, []
    for _ in range(8_000):
        at += chance.expovariate(load / 60.0)
        pairs.append((at, max(1.0, chance.expovariate(1 / 60.0))))
    trace = trace_of("Poisson", pairs, began_at=0.0, length_seconds=at + 1)
    outcome = simulate(trace, AlwaysOn(servers), World(cold_start=ColdStart(0.0, 0.0)))
    # Erlang C: the chance to wait, and how long on average (all jobs), for exponential services of 60 s.
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    waits = last / (sum(terms) + last)
    assert (outcome.waits > 0).mean() == pytest.approx(waits, abs=0.05)
    assert outcome.waits.mean() == pytest.approx(waits * 60.0 / (servers - load), rel=0.2)
