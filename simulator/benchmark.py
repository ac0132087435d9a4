"""Whether ours beats KEDA's scaler on traces, at two cold starts, in ten drawings of all that is drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from lambdas.warmkeeper.rules import Rules
from simulator.comparison import in_parallel
from simulator.outcome import Outcome, dominates
from simulator.policies.keda import Keda
from simulator.policies.warm_pool import WarmPool
from simulator.run import simulate
from simulator.trace import Trace
from simulator.world import ColdStart, World

COLD_STARTS_SECONDS = (60.0, 40.0)
DRAWINGS = 10
DEFAULTS = Rules(floor=1, ceiling=1000, jobs_per_worker=1, scale_to_zero=True, sleep_after_seconds=300.0)
"""The defaults of a stack that scales to zero, with a floor of one and no ceiling in the way."""

MakeTrace = Callable[[int], Trace]
"""A trace by its seed."""


@dataclass(frozen=True)
class Duel:
    """Ours and KEDA's on one drawing of one trace. `outcomes`: ours, KEDA's, and KEDA's if it spared the busy."""

    make_trace: MakeTrace
    cold_seconds: float
    seed: int
    rules: Rules = DEFAULTS

    def __call__(self) -> tuple[Outcome, Outcome, Outcome]:
        """Fight it out."""
        trace = self.make_trace(self.seed)
        world = World(cold_start=ColdStart(self.cold_seconds))
        ours, theirs, sparing = (
            simulate(trace, policy, world, seed=self.seed)
            for policy in (WarmPool(self.rules), Keda(), Keda(spares_the_busy=True))
        )
        return ours, theirs, sparing


def duels(make_traces: Sequence[MakeTrace], cold_starts_seconds: Sequence[float] = COLD_STARTS_SECONDS) -> list[Duel]:
    """All of them, a trace after another."""
    return [
        Duel(make_trace, cold_seconds, seed)
        for make_trace in make_traces
        for cold_seconds in cold_starts_seconds
        for seed in range(1, DRAWINGS + 1)
    ]


COLUMNS = (
    "trace",
    "cold start s",
    "p95 s: ours",
    "KEDA",
    "task-hours: ours",
    "KEDA",
    "busy killed: ours",
    "KEDA",
    "drawings in which ours dominates",
    "a KEDA that spares the busy",
)


def row(fought: Sequence[tuple[Outcome, Outcome, Outcome]], cold_seconds: float) -> tuple[str, ...]:
    """The drawings of one trace and cold start as a row: ranges over them, and how often ours dominates."""
    ours, theirs, sparing = zip(*fought, strict=True)
    return (
        ours[0].trace,
        f"{cold_seconds:.0f}",
        _range([outcome.wait(95) for outcome in ours], 1),
        _range([outcome.wait(95) for outcome in theirs], 1),
        _range([outcome.task_hours for outcome in ours], 0),
        _range([outcome.task_hours for outcome in theirs], 0),
        _range([outcome.tally.busy_kills for outcome in ours], 0),
        _range([outcome.tally.busy_kills for outcome in theirs], 0),
        _share([dominates(one, other) for one, other in zip(ours, theirs, strict=True)]),
        _share([dominates(one, other) for one, other in zip(ours, sparing, strict=True)]),
    )


def won(fought: Sequence[tuple[Outcome, Outcome, Outcome]]) -> bool:
    """Whether ours dominates both in every drawing, and killed no busy worker and lost no job."""
    return all(
        dominates(ours, theirs)
        and dominates(ours, sparing)
        and ours.tally.busy_kills == 0
        and ours.tally.jobs_lost + ours.unfinished == 0
        for ours, theirs, sparing in fought
    )


def points(
    make_trace: MakeTrace, cold_seconds: float, rules: Sequence[Rules], seeds: Sequence[int]
) -> list[list[Outcome]]:
    """The outcomes of each choice of rules, over the seeds."""
    outcomes = list(
        in_parallel([partial(_point, make_trace, cold_seconds, choice, seed) for choice in rules for seed in seeds])
    )
    return [outcomes[start : start + len(seeds)] for start in range(0, len(outcomes), len(seeds))]


def _point(make_trace: MakeTrace, cold_seconds: float, rules: Rules, seed: int) -> Outcome:
    return simulate(make_trace(seed), WarmPool(rules), World(cold_start=ColdStart(cold_seconds)), seed=seed)


def _range(figures: Sequence[float], decimals: int) -> str:
    low, high = (f"{figure:,.{decimals}f}" for figure in (min(figures), max(figures)))
    return low if low == high else f"{low} to {high}"


def _share(held: Sequence[bool]) -> str:
    return f"{sum(held)} of {len(held)}"
