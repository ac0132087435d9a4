"""What the demo saw of the fleet and the queue at one moment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """The fleet and the queue at one moment, `at_seconds` after the watch began."""

    at_seconds: float
    desired: int = 0
    running: int = 0
    pending: int = 0
    visible: int = 0
    in_flight: int = 0

    @property
    def is_asleep(self) -> bool:
        """Nothing is wanted, nothing runs and nothing is on the queue."""
        return not (self.desired or self.running or self.pending or self.visible or self.in_flight)
