"""Named situations of the warm-pool guide: so many users at once, a floor of 10, a ceiling of 50.

Its figures are those of the advice that this project began with: 90 s a video, 30 to 60 s for a cold start. Its
arithmetic is made again from them here, at its kindest: each cold worker starts after 30 s, each job ends after 90 s.
"""

import random
from dataclasses import dataclass
from statistics import median

from lambdas.warmkeeper.rules import Rules
from simulator.outcome import Outcome
from simulator.policies.warm_pool import WarmPool
from simulator.run import simulate
from simulator.trace import HOUR_SECONDS, Trace, trace_of
from simulator.world import ColdStart, World

FLOOR, CEILING = 10, 50
VIDEO_SECONDS = 90.0
SPREAD = 0.3
"""Of the logarithm of a video's time: nobody's videos are all alike. A guess; measure yours."""
COLD = ColdStart(median_seconds=45.0, spread=0.2)
"""Nine starts of ten take 32 to 63 s."""
ARRIVE_WITHIN_SECONDS = 5.0
RUN_SECONDS = HOUR_SECONDS


@dataclass(frozen=True, slots=True)
class Scenario:
    """`users` who each send a video within a few seconds, to a fleet that is warm, or asleep."""

    name: str
    users: int
    asleep: bool = False


SCENARIOS = (
    Scenario("10 users at once", 10),
    Scenario("20 users at once", 20),
    Scenario("100 users at once", 100),
    Scenario("10 users at once, asleep", 10, asleep=True),
    Scenario("100 users at once, asleep", 100, asleep=True),
)

START_SECONDS = 120.0
"""When they come: a fleet that is always awake is warm by then."""


def trace_of_scenario(scenario: Scenario, seed: int = 1) -> Trace:
    """The scenario as a trace."""
    chance = random.Random(seed)  # noqa: S311 - must be the same again for a seed
    jobs = [
        (
            START_SECONDS + chance.uniform(0.0, ARRIVE_WITHIN_SECONDS),
            VIDEO_SECONDS * chance.lognormvariate(0.0, SPREAD),
        )
        for _ in range(scenario.users)
    ]
    return trace_of(scenario.name, jobs, began_at=0.0, length_seconds=RUN_SECONDS)


def play(scenario: Scenario, seed: int = 1) -> Outcome:
    """What becomes of it, under our decision with a poke for each job."""
    rules = Rules(FLOOR, CEILING, 1, scale_to_zero=scenario.asleep, sleep_after_seconds=300.0)
    world = World(cold_start=COLD, ceiling=CEILING)
    return simulate(trace_of_scenario(scenario, seed), WarmPool(rules, name=scenario.name), world, seed=seed)


def by_the_guide(scenario: Scenario) -> tuple[float, float]:
    """What the guide's own arithmetic gives: the longest wait, and when the last video is done, in seconds.

    Ten start at once, up to forty more after 30 s, and each round takes 90 s.
    """
    warm = 0 if scenario.asleep else FLOOR
    free_at = sorted([0.0] * warm + [30.0] * (min(CEILING, scenario.users) - warm if scenario.users > warm else 0))
    starts: list[float] = []
    for _ in range(scenario.users):
        start = free_at.pop(0)
        starts.append(start)
        free_at.append(start + VIDEO_SECONDS)
        free_at.sort()
    return max(starts), max(starts) + VIDEO_SECONDS


def done_after(scenario: Scenario, outcome: Outcome, seed: int = 1) -> float:
    """When the last video was done, in seconds from the users' coming."""
    trace = trace_of_scenario(scenario, seed)
    ends = [
        arrival + wait + service
        for arrival, wait, service in zip(trace.arrivals, outcome.waits.tolist(), trace.services, strict=True)
    ]
    return max(ends) - START_SECONDS


COLUMNS = (
    "scenario",
    "guide: longest wait s",
    "p50 s",
    "p95 s",
    "longest wait s",
    "guide: all done s",
    "all done s",
    "most workers",
)
SEEDS = tuple(range(1, 21))


def row(scenario: Scenario) -> tuple[str, ...]:
    """A scenario's row under COLUMNS: medians over twenty drawings, beside the guide's arithmetic."""
    outcomes = [(seed, play(scenario, seed)) for seed in SEEDS]
    longest, all_done = by_the_guide(scenario)
    return (
        scenario.name,
        f"{longest:.0f}",
        f"{median([outcome.wait(50) for _, outcome in outcomes]):.0f}",
        f"{median([outcome.wait(95) for _, outcome in outcomes]):.0f}",
        f"{median([outcome.longest_wait for _, outcome in outcomes]):.0f}",
        f"{all_done:.0f}",
        f"{median([done_after(scenario, outcome, seed) for seed, outcome in outcomes]):.0f}",
        f"{max(count for _, outcome in outcomes for _, count in outcome.tally.history)}",
    )
