"""The end of the task: from SIGTERM on, what can still be finished and what is better given back."""

import threading
import time
from collections.abc import Callable

RENDER_SHARE = 0.75
"""The share of the stop time-out within which a render must be expected to end: the upload needs the rest."""

WORK_SHARE = 0.9
"""The share after which everything is given back, so that this is done before SIGKILL."""


class Drain:
    """Whether the task is ending, and by when. Safe to ask from any thread; `clock` is monotonic, in seconds."""

    def __init__(self, stop_timeout_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._stop_timeout_seconds = stop_timeout_seconds
        self._clock = clock
        self._requested = threading.Event()
        self._began_at = 0.0

    def begin(self) -> None:
        """The task was told to end. A second call changes nothing: the first one's time runs."""
        if not self._requested.is_set():
            self._began_at = self._clock()
            self._requested.set()

    @property
    def requested(self) -> bool:
        """Whether the task is ending."""
        return self._requested.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait at most so long for the task's end, and say whether it is ending."""
        return self._requested.wait(seconds)

    def leaves_time_for(self, render_seconds: float) -> bool:
        """Whether a render that needs so much longer can be finished, uploaded and published before SIGKILL."""
        if not self.requested:
            return True
        return self._elapsed() + render_seconds <= RENDER_SHARE * self._stop_timeout_seconds

    @property
    def is_over(self) -> bool:
        """Whether even work that is nearly done must be given back now."""
        return self.requested and self._elapsed() >= WORK_SHARE * self._stop_timeout_seconds

    def _elapsed(self) -> float:
        return self._clock() - self._began_at
