"""Keeps a job in this worker's hands while it works: extends lease and message, carries progress, and knows the end.

A beat comes every third of the visibility time-out. The lease lasts a little less than the message is hidden, so that
a dead worker's lease has ended when its message comes back. Whether the lease still holds is judged by the monotonic
clock from *before* each beat was sent: neither a wall clock that jumps nor an answer that comes late can stretch it.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from jobs.lease import NotHolderError
from worker.drain import Drain
from worker.errors import LeaseLostError, StoppedError
from worker.queue import MessageGoneError

log = logging.getLogger(__name__)

BEATS_PER_TIMEOUT = 3
LEASE_SHARE = 0.9
"""The lease's share of the visibility time-out."""


def lease_seconds(visibility_seconds: float) -> float:
    """How long a lease lasts that goes with a message hidden for `visibility_seconds`."""
    return LEASE_SHARE * visibility_seconds


@dataclass(frozen=True)
class Standing:
    """How far the render is as a beat tells it: 0..1, frames a second, and seconds from now to its end, if known."""

    fraction: float = 0.0
    frames_per_second: float = 0.0
    remaining_seconds: float | None = None


Beat = Callable[[Standing], None]
"""Extends lease and message once, and tells the render's standing. Raises NotHolderError or MessageGoneError when they
are another's."""


class Heartbeat:
    """A context manager around the work on one job; `stop` is set as soon as the work must end early.

    `taken_at` is the monotonic time from before the lease was taken. `also` is called with each beat, `alive` whenever
    the work itself got further (a beat proves nothing of it); neither may raise. Leaving the context stops the thread
    and waits for it, so that no late beat can hide the message again.
    """

    def __init__(
        self,
        beat: Beat,
        *,
        visibility_seconds: float,
        taken_at: float,
        drain: Drain,
        clock: Callable[[], float] = time.monotonic,
        also: Callable[[], None] = lambda: None,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self.stop = threading.Event()
        self._beat = beat
        self._also = also
        self._alive = alive
        self._drain = drain
        self._clock = clock
        self._lease_seconds = lease_seconds(visibility_seconds)
        self._interval_seconds = visibility_seconds / BEATS_PER_TIMEOUT
        self._deadline = taken_at + self._lease_seconds
        self._next_beat = taken_at + self._interval_seconds
        self._lost: str | None = None
        self._progress = Standing()
        self._ends_at: float | None = None
        self._render_began_at: float | None = None
        self._rendered = False
        self._left = threading.Event()
        self._thread = threading.Thread(target=copy_context().run, args=(self._keep,), name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        self._thread.join()

    def rendering(self) -> None:
        """The render begins: its pace is measured from here."""
        self._render_began_at = self._clock()

    def report(self, fraction: float, frames_per_second: float, eta_seconds: float | None) -> None:
        """Take the render's progress (0..1); sets `stop` when the render cannot be finished in time."""
        if fraction > self._progress.fraction:
            self._alive()
        self._progress = Standing(fraction, frames_per_second)
        self._ends_at = None if eta_seconds is None else self._clock() + eta_seconds
        self._judge()

    def rendered(self) -> None:
        """The render is whole: from now on a task that ends may use its whole time for the upload."""
        self._rendered = True

    def check(self) -> None:
        """Raise LeaseLostError or StoppedError if the work must end now. Called by the work as it gets further."""
        self._alive()
        must_stop = self._judge()
        if self._lost is not None:
            raise LeaseLostError(self._lost)
        if must_stop:
            raise StoppedError("the task is ending, and this job cannot be finished in time")

    def _judge(self) -> bool:
        """Whether the lease is over or the task's end leaves too little time: then `stop` is set, too."""
        if self._lost is None and self._clock() >= self._deadline:
            self._lost = "the lease ran out before it could be renewed"
        too_late = not self._rendered and not self._drain.leaves_time_for(self._remaining_seconds())
        must_stop = self._lost is not None or self._drain.is_over or too_late
        if must_stop:
            self.stop.set()
        return must_stop

    def _remaining_seconds(self) -> float:
        """How long the render will take still, from its pace so far; for ever while nothing is known."""
        fraction = self._progress.fraction
        if self._render_began_at is None or fraction <= 0:
            return float("inf")
        return (self._clock() - self._render_began_at) * (1 - fraction) / fraction

    def _standing(self, now: float) -> Standing:
        """The newest progress; its end comes nearer while FFmpeg says nothing."""
        ends_at = self._ends_at
        return self._progress if ends_at is None else replace(self._progress, remaining_seconds=max(0.0, ends_at - now))

    def _keep(self) -> None:
        # Looks more often than it beats: the lease's end and the task's end are noticed even if FFmpeg says nothing.
        look_seconds = min(1.0, self._interval_seconds / 4)
        while not self._left.wait(look_seconds):
            self._judge()
            if self._lost is not None:
                return
            if self._clock() >= self._next_beat:
                self._try_to_beat(retry_seconds=look_seconds)

    def _try_to_beat(self, retry_seconds: float) -> None:
        sent_at = self._clock()
        try:
            self._beat(self._standing(sent_at))
        except (NotHolderError, MessageGoneError) as error:
            log.warning("the lease is lost", extra={"cause": f"{type(error).__name__}: {error}"})
            self._lost = "another worker may hold the job now"
            self.stop.set()
        except Exception as error:  # noqa: BLE001 - whatever failed, the next beat may succeed while the lease lasts
            log.warning("a heartbeat failed", extra={"cause": f"{type(error).__name__}: {error}"})
            self._next_beat = self._clock() + retry_seconds
        else:
            self._deadline = sent_at + self._lease_seconds
            self._next_beat = sent_at + self._interval_seconds
            self._also()
