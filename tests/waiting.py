"""Waiting for a condition, so that no test sleeps for a guessed time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T | None], timeout_seconds: float = 10.0, what: str = "the condition") -> T:
    """Poll `condition` until it answers something truthy, and return that; fail by name after `timeout_seconds`."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about within {timeout_seconds} s")
        time.sleep(0.02)
