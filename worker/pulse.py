"""When the worker last showed that it gets on: one time, written by the thread that works, read by the health check."""

import time
from collections.abc import Callable


class Pulse:
    """Begins with a beat: a worker that has just started is sound. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()

    def beat(self) -> None:
        """Note a sign of life: a poll that ended, a part of a source or a result, a render that got further."""
        self._last = self._clock()

    @property
    def age_seconds(self) -> float:
        """How long ago the last sign of life was."""
        return self._clock() - self._last
