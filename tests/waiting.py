"""Waiting for a condition, so that no test sleeps for a guessed time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.01, 0.25
"""Between two looks: what comes soon is seen soon, and whoever waits for long leaves the processor to others."""


def wait_until(
    condition: Callable[[], T | None],
    timeout_seconds: float = 10.0,
    what: str = "the condition",
    *,
    longest_pause_seconds: float = LONGEST_PAUSE_SECONDS,
) -> T:
    """Poll `condition` until it answers something truthy, and return that; fail by name after `timeout_seconds`."""
    deadline = time.monotonic() + timeout_seconds
    pause_seconds = SHORTEST_PAUSE_SECONDS
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about within {timeout_seconds} s")
        time.sleep(pause_seconds)
        pause_seconds = min(pause_seconds * 1.5, longest_pause_seconds)
