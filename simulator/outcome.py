"""What came of a run: waits, hours, cost, and what went wrong."""

from dataclasses import dataclass, field

import numpy as np

from simulator.trace import HOUR_SECONDS
from simulator.world import Prices

MONTH_HOURS = 730.0


@dataclass(slots=True)
class Tally:
    """What is counted while a run goes on. `history` holds (time, desired) at each change."""

    wakes: int = 0
    starts: int = 0
    busy_kills: int = 0
    reclaimed: int = 0
    jobs_lost: int = 0
    busy_seconds: float = 0.0
    on_demand_seconds: float = 0.0
    spot_seconds: float = 0.0
    lambda_seconds: float = 0.0
    lambda_jobs: int = 0
    history: list[tuple[float, int]] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Outcome:
    """A policy's run over a trace.

    `waits`: seconds from each job's arrival to its first start, in the order of arrival; a job that never started has
    waited until the run's end. Waits are kind to policies that kill: what a kill wasted is not in them. `unfinished`:
    jobs that were neither done nor lost when the run ended. `length_seconds` is what the figures of a month are scaled
    by.
    """

    policy: str
    trace: str
    length_seconds: float
    waits: np.ndarray
    tally: Tally
    unfinished: int
    prices: Prices

    def wait(self, percent: float) -> float:
        """A percentile of the waits, in seconds."""
        return float(np.percentile(self.waits, percent))

    @property
    def longest_wait(self) -> float:
        """The longest wait, in seconds."""
        return float(self.waits.max())

    @property
    def task_hours(self) -> float:
        """Hours of Fargate that are billed, over the trace."""
        return (self.tally.on_demand_seconds + self.tally.spot_seconds) / HOUR_SECONDS

    @property
    def cost_usd(self) -> float:
        """US dollars over the trace: tasks, and functions where there are any."""
        prices, tally = self.prices, self.tally
        spot_hours = tally.spot_seconds / HOUR_SECONDS * (1 - prices.spot_discount)
        hours = tally.on_demand_seconds / HOUR_SECONDS + spot_hours
        return hours * prices.task_hour_usd + tally.lambda_seconds * prices.lambda_second_usd

    @property
    def per_month(self) -> float:
        """What figures of the trace are multiplied by for a month of 730 hours."""
        return MONTH_HOURS * HOUR_SECONDS / self.length_seconds

    @property
    def month_usd(self) -> float:
        """US dollars for a month like this."""
        return self.cost_usd * self.per_month


def dominates(ours: Outcome, theirs: Outcome) -> bool:
    """Whether `ours` waits no longer at the 95th percentile and costs no more task-hours, and is better in one."""
    pairs = ((ours.wait(95), theirs.wait(95)), (ours.task_hours, theirs.task_hours))
    return all(mine <= other for mine, other in pairs) and any(mine < other for mine, other in pairs)
