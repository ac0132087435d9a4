"""The numbers that a decision follows."""

from dataclasses import dataclass

from lambdas.warmkeeper.hours import WarmHours


@dataclass(frozen=True, slots=True)
class Rules:
    """The fleet's configuration. `floor` is 1 or more and not above `ceiling`; `jobs_per_worker` is 1 or more.

    `minute_seconds` is what every "minute" of the windows and confirmations lasts: 60, less where time is compressed.
    `spares` is how many workers more than needed an awake fleet has at least, ahead of demand.
    `warm_hours` are those in which a fleet that scales to zero does not; None if there are none.
    """

    floor: int
    ceiling: int
    jobs_per_worker: float
    scale_to_zero: bool
    sleep_after_seconds: float
    minute_seconds: float = 60.0
    warm_hours: WarmHours | None = None
    spares: int = 0

    def kept_awake_by(self, now: float) -> str | None:
        """Why the fleet may not sleep at `now`, in seconds of the epoch, as words; None if it may."""
        if not self.scale_to_zero:
            return "scaleToZero is false"
        if self.warm_hours is not None and self.warm_hours.is_warm(now):
            return f"warm hours {self.warm_hours}"
        return None
