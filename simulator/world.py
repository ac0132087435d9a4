"""What is assumed of AWS: the numbers that every policy meets alike."""

import random
from dataclasses import dataclass, field

from components.prices import LAMBDA_GB_SECOND_USD, SPOT_DISCOUNT, task_usd_per_hour

LAMBDA_MIB = 10_240
"""The most memory, and with it the most processors, that a function can have."""


@dataclass(frozen=True, slots=True)
class ColdStart:
    """From the order of a task to its first poll, in seconds: log-normal about a median.

    `spread` is the standard deviation of the logarithm; 0 makes every start alike.
    """

    median_seconds: float = 60.0
    spread: float = 0.1

    def draw(self, chance: random.Random) -> float:
        """One start's length in seconds."""
        return self.median_seconds * chance.lognormvariate(0.0, self.spread) if self.spread else self.median_seconds


@dataclass(frozen=True, slots=True)
class Spot:
    """Tasks above `base` run on Spot, if at all: `interruptions_per_hour` of each, on average, after a warning.

    AWS publishes no rate for Fargate Spot: 0.05 an hour (one task in twenty) is an assumption.
    """

    base: int
    interruptions_per_hour: float = 0.05
    warning_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars: an hour of a task on demand, the share of it that Spot saves, a second of the largest function."""

    task_hour_usd: float = field(
        default_factory=lambda: task_usd_per_hour("eu-west-1", cpu_units=2048, memory_mib=4096)
    )
    spot_discount: float = SPOT_DISCOUNT
    lambda_second_usd: float = LAMBDA_MIB / 1024 * LAMBDA_GB_SECOND_USD


@dataclass(frozen=True, slots=True)
class World:
    """The cloud that a run happens in.

    - `ceiling`: most tasks of the service.
    - `launches_per_minute`: how fast ECS starts tasks of one service on Fargate (service quota: 500).
    - `least_billed_seconds`: Fargate bills by the second from the start of the image's pull, a minute at least.
    - `receives`: a message that was received so often and is not done goes to the dead letters (maxReceiveCount).
    - `count_lag_seconds`: how old the queue's approximate counts are when they are read.
    - `metric_delay_seconds`: from the end of a metric's minute until an alarm can see it.
    - `idle_metric_delay_seconds`: the same at most, at random, for the first metrics of a queue that nobody accessed
      for `queue_idle_seconds` (SQS: "up to 15 minutes", "up to 6 hours").
    """

    cold_start: ColdStart = field(default_factory=ColdStart)
    ceiling: int = 1000
    launches_per_minute: float = 500.0
    least_billed_seconds: float = 60.0
    receives: int = 5
    spot: Spot | None = None
    count_lag_seconds: float = 0.0
    metric_delay_seconds: float = 60.0
    idle_metric_delay_seconds: float = 900.0
    queue_idle_seconds: float = 6 * 3600.0
    prices: Prices = field(default_factory=Prices)
