"""A trace: when jobs arrived, and how long each took a worker."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

HOUR_SECONDS = 3600.0
DAY_SECONDS = 86_400.0
LEAST_SERVICE_SECONDS = 1.0
"""What a job takes whose time was not recorded, or recorded as nothing."""


@dataclass(frozen=True, eq=False)
class Trace:
    """Jobs in the order of their arrival.

    `arrivals`: seconds from the trace's beginning, ascending; `services`: seconds of a worker for each, 1 or more;
    `began_at`: the beginning in seconds of the epoch, for the hours of a day; `length_seconds`: what the trace covers,
    not less than the last arrival.
    """

    name: str
    arrivals: tuple[float, ...]
    services: tuple[float, ...]
    began_at: float
    length_seconds: float

    def __post_init__(self) -> None:
        if len(self.arrivals) != len(self.services):
            raise ValueError(f"{self.name}: {len(self.arrivals)} arrivals and {len(self.services)} service times")
        if not self.arrivals:
            raise ValueError(f"{self.name}: the trace has no jobs")
        if any(later < earlier for earlier, later in pairwise(self.arrivals)):
            raise ValueError(f"{self.name}: the arrivals are not in order")
        if self.arrivals[0] < 0 or self.length_seconds < self.arrivals[-1]:
            raise ValueError(f"{self.name}: the arrivals lie outside of the trace's {self.length_seconds:.0f} s")
        if min(self.services) < LEAST_SERVICE_SECONDS:
            raise ValueError(f"{self.name}: a job took less than {LEAST_SERVICE_SECONDS:.0f} s")

    def __len__(self) -> int:
        return len(self.arrivals)

    @cached_property
    def work_seconds(self) -> float:
        """What all jobs take together, in seconds of one worker."""
        return sum(self.services)

    @property
    def days(self) -> float:
        """The trace's length in days."""
        return self.length_seconds / DAY_SECONDS

    @property
    def mean_concurrency(self) -> float:
        """How many workers are busy on average, if none ever waits."""
        return self.work_seconds / self.length_seconds

    def between(self, start_seconds: float, end_seconds: float) -> "Trace":
        """The jobs that arrive from `start_seconds` on and before `end_seconds`, as a trace of its own.

        Raises:
            ValueError: none does.
        """
        chosen = [
            (arrival - start_seconds, service)
            for arrival, service in zip(self.arrivals, self.services, strict=True)
            if start_seconds <= arrival < end_seconds
        ]
        end_seconds = min(end_seconds, self.length_seconds)
        return trace_of(
            self.name, chosen, began_at=self.began_at + start_seconds, length_seconds=end_seconds - start_seconds
        )


def trace_of(name: str, jobs: Iterable[tuple[float, float]], *, began_at: float, length_seconds: float) -> Trace:
    """A trace of jobs (arrival, service), in any order; a service that is too short is taken as the least.

    Raises:
        ValueError: there are none, or one lies outside of the trace.
    """
    ordered = sorted(jobs)
    return Trace(
        name=name,
        arrivals=tuple(arrival for arrival, _ in ordered),
        services=tuple(max(LEAST_SERVICE_SECONDS, service) for _, service in ordered),
        began_at=began_at,
        length_seconds=length_seconds,
    )
