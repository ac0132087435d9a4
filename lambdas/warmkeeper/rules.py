"""The numbers that a decision follows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """The fleet's configuration. `floor` is 1 or more and not above `ceiling`; `jobs_per_worker` is 1 or more.

    `minute_seconds` is what every "minute" of the windows and confirmations lasts: 60, less where time is compressed.
    """

    floor: int
    ceiling: int
    jobs_per_worker: int
    scale_to_zero: bool
    sleep_after_seconds: float
    minute_seconds: float = 60.0
