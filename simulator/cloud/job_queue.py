"""The jobs queue: what waits, what is in flight, and what SQS says of both."""

from collections import deque
from dataclasses import dataclass

from simulator.cloud.clock import Clock


@dataclass(slots=True, eq=False)
class Job:
    """One job of the trace. Times are seconds from the trace's beginning; `started_at` is that of its first start."""

    number: int
    arrived_at: float
    service_seconds: float
    receives: int = 0
    started_at: float | None = None
    done: bool = False


class JobQueue:
    """A standard queue with exact truth and, if the world says so, counts that are some seconds old."""

    def __init__(self, clock: Clock, lag_seconds: float) -> None:
        self._clock = clock
        self._lag_seconds = lag_seconds
        self._waiting: deque[Job] = deque()
        self.in_flight = 0
        self.touched_at = 0.0
        """When it last held a message or was accessed: an idle queue's metrics come late."""
        self._past: deque[tuple[float, int, int]] = deque([(0.0, 0, 0)])

    @property
    def visible(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def send(self, job: Job) -> None:
        """A new message."""
        self._waiting.append(job)
        self._note()

    def receive(self) -> Job:
        """Take the first that waits."""
        job = self._waiting.popleft()
        job.receives += 1
        self.in_flight += 1
        self._note()
        return job

    def give_back(self, job: Job) -> None:
        """A worker that must end makes its message visible again at once."""
        self.in_flight -= 1
        self._waiting.appendleft(job)
        self._note()

    def delete(self) -> None:
        """A message that is done with, or that goes to the dead letters."""
        self.in_flight -= 1
        self._note()

    def take_away(self, job: Job) -> bool:
        """Take a job out that still waits, for another executor; whether it did."""
        try:
            self._waiting.remove(job)
        except ValueError:
            return False
        self._note()
        return True

    def counts(self) -> tuple[int, int]:
        """What GetQueueAttributes answers: visible and in flight, as old as the lag."""
        self.touched_at = self._clock.now
        if not self._lag_seconds:
            return len(self._waiting), self.in_flight
        seen_at = self._clock.now - self._lag_seconds
        while len(self._past) > 1 and self._past[1][0] <= seen_at:
            self._past.popleft()
        _, visible, in_flight = self._past[0]
        return visible, in_flight

    def _note(self) -> None:
        self.touched_at = self._clock.now
        if self._lag_seconds:
            self._past.append((self._clock.now, len(self._waiting), self.in_flight))
