"""How many workers of one machine a day's users need: `python -m local.compose.capacity` prints docs/how-to's table.

Jobs come independently of one another (a Poisson process) in the busiest hour, and each of `c` workers renders one at
a time: the model is M/M/c, whose waits Erlang's C formula gives. Real renders vary less than its exponential times, so
the waits are overstated rather than understated.
"""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass

SECONDS_PER_HOUR = 3600
JOBS_PER_USER = 5.0
"""A day; assumed."""
PEAK_SHARE = 0.2
"""The share of a day's jobs that come in its busiest hour; assumed. Evenly spread over a day it would be 0.04."""
WAIT_SECONDS = 60.0
"""What 95% of the jobs may wait at the most: as long as a worker on Fargate takes to start."""
QUANTILE = 0.95
MOST_BUSY = 0.8
"""The share of the time that a worker may work on average: an hour is not all the same, and a day has a busier one."""
USERS = (100, 200, 300, 400, 500)
RENDER_SECONDS_PER_SECOND = 1.2
"""Of 1080x1920 at 30 frames a second with two texts, on one core: examples/reel.json. docs/how-to/one-machine.md says
when and where it was measured."""
OUTPUT_SECONDS = (15, 60)


@dataclass(frozen=True)
class Load:
    """Jobs that come in an hour, and the seconds that a core takes for one."""

    jobs_per_hour: float
    service_seconds: float

    @property
    def busy_workers(self) -> float:
        """How many workers are at work on average: the load in Erlang."""
        return self.jobs_per_hour * self.service_seconds / SECONDS_PER_HOUR


def peak(users: int, service_seconds: float) -> Load:
    """The busiest hour of a day with so many users."""
    return Load(users * JOBS_PER_USER * PEAK_SHARE, service_seconds)


def waiting_share(load: Load, workers: int) -> float:
    """The share of the jobs that find every worker busy (Erlang C). 1 where the workers cannot keep up."""
    busy = load.busy_workers
    if busy >= workers:
        return 1.0
    # Erlang B, by its recursion, which overflows nowhere; C follows from it.
    blocked = 1.0
    for servers in range(1, workers + 1):
        blocked = busy * blocked / (servers + busy * blocked)
    return blocked / (1 - (busy / workers) * (1 - blocked))


def wait_seconds(load: Load, workers: int, quantile: float = QUANTILE) -> float:
    """What that share of the jobs waits at the most: the rest waits longer. Infinite where they cannot keep up."""
    idle_workers = workers - load.busy_workers
    if idle_workers <= 0:
        return math.inf
    longer = 1 - quantile
    share = waiting_share(load, workers)
    return max(0.0, math.log(share / longer) * load.service_seconds / idle_workers) if share > 0 else 0.0


def workers_needed(load: Load) -> int:
    """The fewest workers with which the wait stays within WAIT_SECONDS and nobody works more than MOST_BUSY."""
    workers = max(1, math.ceil(load.busy_workers / MOST_BUSY))
    while wait_seconds(load, workers) > WAIT_SECONDS:
        workers += 1
    return workers


def table() -> Iterator[str]:
    """The page's table, a line each."""
    columns = [f"{seconds} s of output" for seconds in OUTPUT_SECONDS]
    yield f"| users a day | jobs in the busiest hour | {' | '.join(columns)} |"
    yield f"| --- | --- |{' --- |' * len(columns)}"
    for users in USERS:
        loads = [peak(users, seconds * RENDER_SECONDS_PER_SECOND) for seconds in OUTPUT_SECONDS]
        cells = [_cell(load) for load in loads]
        yield f"| {users} | {loads[0].jobs_per_hour:.0f} | {' | '.join(cells)} |"


def _cell(load: Load) -> str:
    workers = workers_needed(load)
    noun = "worker" if workers == 1 else "workers"
    return f"{load.busy_workers:.1f} busy, **{workers}** {noun}, {wait_seconds(load, workers):.0f} s"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in table())
