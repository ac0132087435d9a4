"""The last sign that someone is about to need the fleet."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Activity:
    """An authenticated request or heartbeat at `at` (seconds of the epoch), and what it was."""

    at: float
    reason: str = ""
