"""One row of the fleet's history."""

from dataclasses import dataclass
from datetime import UTC, datetime

from fleet.level import Level


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision that changed something, or that answered a command, with what it rested on.

    `at` is in seconds of the epoch; `run` names the run of the warmkeeper; `event` is what woke it (`tick`, `poke`,
    `operator`, an alarm's name). A figure that could not be read is None. `expires_at` (seconds of the epoch) is the
    table's time to live.
    """

    at: float
    run: str
    event: str
    kind: str
    level: Level
    reason: str
    was: int | None
    desired: int
    expires_at: int
    running: int | None = None
    pending: int | None = None
    visible: int | None = None
    in_flight: int | None = None
    delayed: int | None = None
    command: str | None = None

    @property
    def sort_key(self) -> str:
        """Its place in the history: `<ISO time>#<run>`, so that rows sort by time."""
        return f"{datetime.fromtimestamp(self.at, UTC).isoformat(timespec='milliseconds')}#{self.run}"
