"""From clocks to ratios. Pure."""

import statistics
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Run:
    """What one run took: the clock's seconds, and the processors' (user and system, all processes of the contender)."""

    clock_seconds: float
    processor_seconds: float


@dataclass
class Score:
    """A contender's runs by round, and what came out in the last: bytes, and VMAF (0..100) where it was measured."""

    runs: dict[int, Run] = field(default_factory=dict)
    size_bytes: int = 0
    vmaf: float | None = None
    note: str = ""

    @property
    def clock_seconds(self) -> float:
        """The median."""
        return statistics.median(run.clock_seconds for run in self.runs.values())

    @property
    def processor_seconds(self) -> float:
        """The median."""
        return statistics.median(run.processor_seconds for run in self.runs.values())


@dataclass(frozen=True)
class Ratio:
    """How many times the limit's time."""

    clock: float
    processor: float


def ratio(score: Score, limit: Score) -> Ratio:
    """The median of the rounds' own ratios: a machine that others load is as slow for both within a round.

    Raises ValueError where no round had both.
    """
    rounds = [(run, limit.runs[number]) for number, run in score.runs.items() if number in limit.runs]
    if not rounds:
        raise ValueError("no round had both")
    return Ratio(
        statistics.median(run.clock_seconds / other.clock_seconds for run, other in rounds),
        statistics.median(run.processor_seconds / other.processor_seconds for run, other in rounds),
    )
