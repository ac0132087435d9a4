"""The last sign that someone is about to need the fleet."""

from dataclasses import dataclass

AHEAD_SECONDS = 300.0
"""Clocks of two machines differ by less. What lies further ahead was noted by one that has been set back since."""


@dataclass(frozen=True, slots=True)
class Activity:
    """An authenticated request or heartbeat at `at` (seconds of the epoch), and what it was."""

    at: float
    reason: str = ""
