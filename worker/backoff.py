"""How long a message stays hidden after a failure that may pass."""

import math
import random
from collections.abc import Callable

BASE_SECONDS = 10.0
"""The first delay. Doubled each time, ten receives of a message take some half hour in all: a rolling deployment (or a
short outage) passes before SQS moves the message to the dead-letter queue."""


class Backoff:
    """Exponential delays with jitter, capped: a hidden message counts as load and keeps the fleet awake.

    `chance` answers 0..1, evenly. The jitter takes away up to half, so that messages which failed together part.
    """

    def __init__(self, max_seconds: float, chance: Callable[[], float] = random.random) -> None:
        self._max_seconds = max_seconds
        self._chance = chance

    def seconds(self, failures: int) -> int:
        """The delay after so many failures (from 1), in whole seconds as SQS takes them, at least 1."""
        full = min(self._max_seconds, BASE_SECONDS * 2.0 ** min(failures - 1, 32))
        return max(1, math.floor(full * (1 - self._chance() / 2)))
