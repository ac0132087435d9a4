"""Simulated time: what is to happen, in order."""

import heapq
import math
from collections.abc import Callable
from itertools import count

Action = Callable[[], None]


class Clock:
    """Runs actions at their times; those of one time run in the order in which they were set."""

    def __init__(self) -> None:
        self.now = 0.0
        """Seconds from the trace's beginning."""
        self._order = count()
        self._agenda: list[tuple[float, int, Action]] = []

    def at(self, time: float, action: Action) -> None:
        """Run `action` at `time`, or now if that is past."""
        heapq.heappush(self._agenda, (max(time, self.now), next(self._order), action))

    def after(self, seconds: float, action: Action) -> None:
        """Run `action` in `seconds`."""
        self.at(self.now + seconds, action)

    def every(self, seconds: float, action: Action, *, first: float = 0.0) -> None:
        """Run `action` each `seconds` from the time `first` on, as long as the clock runs."""

        def turn() -> None:
            action()
            self.after(seconds, turn)

        self.at(first, turn)

    @property
    def next_at(self) -> float:
        """When the next action is due; infinity if none is."""
        return self._agenda[0][0] if self._agenda else math.inf

    def step(self) -> None:
        """Go on to the next action and run it."""
        self.now, _, action = heapq.heappop(self._agenda)
        action()
