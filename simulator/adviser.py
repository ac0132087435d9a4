"""The adviser: which floor, sleep, spares and jobs a worker meet a target on a trace at the least cost. A pure search.

From each of a few beginnings it goes to the best neighbour, one setting one step away, as long as that is better: at
first fewer jobs wait too long, then cost is saved while the target holds. The best end counts. What was tried is kept,
so that no pool runs twice and each neighbour of the end is shown with what it would cost.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from lambdas.warmkeeper.rules import Rules
from simulator.outcome import Outcome
from simulator.policies.warm_pool import Wake, WarmPool
from simulator.run import simulate
from simulator.trace import Trace
from simulator.world import World

FLOORS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200)
SLEEPS_MINUTES = (1, 2, 3, 5, 8, 10, 15, 20, 30, 60, None)
"""None never sleeps."""
SPARES = (0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20)
JOBS_PER_WORKER = (1.0, 1.2, 1.35, 1.5, 2.0)
MOST_STEPS = 40
LATE_SHARE = 0.05
"""What a 95th percentile leaves over."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pool:
    """A choice of settings; `sleep_minutes` None is `scaleToZero: false`."""

    floor: int = 1
    sleep_minutes: int | None = 5
    spares: int = 0
    jobs_per_worker: float = 1.0

    def rules(self, ceiling: int) -> Rules:
        """The same as the decision takes it."""
        return Rules(
            floor=min(self.floor, ceiling),
            ceiling=ceiling,
            jobs_per_worker=self.jobs_per_worker,
            scale_to_zero=self.sleep_minutes is not None,
            sleep_after_seconds=60.0 * (self.sleep_minutes or 5),
            spares=self.spares,
        )

    def neighbours(self, ceiling: int) -> Iterator[tuple[str, "Pool"]]:
        """Each pool that differs in one setting by one step, with the difference in words."""
        for floor in _beside(FLOORS, self.floor):
            if floor <= ceiling:
                yield f"floor {floor}", replace(self, floor=floor)
        for minutes in _beside(SLEEPS_MINUTES, self.sleep_minutes):
            words = "never asleep" if minutes is None else f"asleep after {minutes} min"
            yield words, replace(self, sleep_minutes=minutes)
        for spares in _beside(SPARES, self.spares):
            if spares < ceiling:
                yield f"{spares} spare", replace(self, spares=spares)
        for jobs in _beside(JOBS_PER_WORKER, self.jobs_per_worker):
            yield f"{jobs:g} jobs a worker", replace(self, jobs_per_worker=jobs)

    def commands(self, ceiling: int) -> tuple[str, ...]:
        """The lines that set a stack to it."""
        sleeps = self.sleep_minutes is not None
        lines = [
            f"pulumi config set warmPoolSize {self.floor}",
            f"pulumi config set maxWorkers {ceiling}",
            f"pulumi config set scaleToZero {'true' if sleeps else 'false'}",
        ]
        if sleeps:
            lines.append(f"pulumi config set sleepAfterMinutes {self.sleep_minutes}")
        lines += [
            f"pulumi config set warmSpares {self.spares}",
            f"pulumi config set jobsPerWorker {self.jobs_per_worker:g}",
        ]
        return tuple(lines)


@dataclass(frozen=True, slots=True)
class Goal:
    """Waits of `target_seconds` at the 95th percentile, for `budget_usd` a month at most (None: whatever it costs)."""

    target_seconds: float
    budget_usd: float | None = None

    def shortfall(self, outcome: Outcome) -> tuple[float, float, float]:
        """How far an outcome is from the goal; less is better. Over budget first, then too slow, then the cost.

        Too slow is the share of jobs that wait beyond the target, over the twentieth that may: a percentile itself
        stands still while a change for the better is small. Over budget is in steps of a percent, too slow in steps of
        a thousandth, so that a hair's breadth of one does not outweigh what follows.
        """
        over = 0.0 if self.budget_usd is None else max(0.0, outcome.month_usd / self.budget_usd - 1.0)
        slow = max(0.0, float((outcome.waits > self.target_seconds).mean()) - LATE_SHARE)
        return (round(over, 2), round(slow, 3), outcome.month_usd)

    def met(self, outcome: Outcome) -> bool:
        """Whether it holds."""
        over, slow, _ = self.shortfall(outcome)
        return over == 0 and slow == 0


@dataclass(frozen=True)
class Trial:
    """A pool, and what it does to the trace; `change` is how it differs from the advised one."""

    pool: Pool
    outcome: Outcome
    change: str = ""


@dataclass(frozen=True)
class Advice:
    """The best pool that was found, whether it meets the goal, its neighbours, and the ceiling that the trace needs."""

    best: Trial
    met: bool
    neighbours: tuple[Trial, ...]
    ceiling: int


Try = Callable[[Sequence[Pool]], Sequence[Outcome]]
"""Runs pools, perhaps at once, and answers their outcomes in order."""


@dataclass(frozen=True)
class Attempt:
    """One pool on the trace, to be run in any process."""

    trace: Trace
    world: World
    pool: Pool
    pokes: bool

    def __call__(self) -> Outcome:
        """Run it."""
        wakes = frozenset(Wake) if self.pokes else frozenset({Wake.TICK, Wake.ALARM})
        policy = WarmPool(self.pool.rules(self.world.ceiling), wakes=wakes)
        return simulate(self.trace, policy, self.world)


BEGINNINGS = (Pool(), Pool(sleep_minutes=30), Pool(sleep_minutes=None))
"""The defaults of a stack; one that seldom sleeps; one that never does."""


def advise(goal: Goal, ceiling: int, run: Try, beginnings: Sequence[Pool] = BEGINNINGS) -> Advice:
    """Search. `ceiling` bounds floors; `run` is what simulates."""
    known: dict[Pool, Outcome] = {}

    def shortfalls(pools: Sequence[Pool]) -> list[tuple[float, float, float]]:
        new = [pool for pool in dict.fromkeys(pools) if pool not in known]
        known.update(zip(new, run(new), strict=True))
        return [goal.shortfall(known[pool]) for pool in pools]

    ends: list[tuple[tuple[float, float, float], Pool]] = []
    for beginning in beginnings:
        pool = beginning
        [shortfall] = shortfalls([pool])
        for _ in range(MOST_STEPS):
            around = [neighbour for _, neighbour in pool.neighbours(ceiling)]
            nearest, best = min(zip(shortfalls(around), around, strict=True), key=lambda pair: pair[0])
            if nearest >= shortfall:
                break
            pool, shortfall = best, nearest
        ends.append((shortfall, pool))
    _, pool = min(ends, key=lambda end: end[0])
    outcome = known[pool]
    trials = tuple(
        Trial(neighbour, known[neighbour], change)
        for change, neighbour in pool.neighbours(ceiling)
        if neighbour in known
    )
    most = max(count for _, count in outcome.tally.history)
    return Advice(Trial(pool, outcome), goal.met(outcome), trials, max(pool.floor, most))


def _beside(scale: Sequence[T], value: T) -> Iterator[T]:
    """The steps before and after a value on its scale."""
    place = scale.index(value)
    if place > 0:
        yield scale[place - 1]
    if place + 1 < len(scale):
        yield scale[place + 1]
