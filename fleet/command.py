"""What an operator orders the fleet to do."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

CommandName = Literal["wake", "sleep", "hold", "resume"]


@dataclass(frozen=True, slots=True)
class Command:
    """One order. The latest one is in force: each replaces what an earlier one ordered.

    `wake` starts a sleeping fleet and counts as activity; `sleep` puts it to sleep as soon as no work is left; `hold`
    keeps it at `count` tasks (None: as many as it has) until `until` (None: until another command); `resume` ends a
    hold or a sleep that has not come about. `at` and `until` are seconds of the epoch; `id` tells one order from the
    next, so that each is carried out once.
    """

    id: str
    name: CommandName
    at: float
    count: int | None = None
    until: float | None = None
    reason: str = ""
    by: str = ""

    def __str__(self) -> str:
        """The order as an operator would say it: `hold 3 until 2026-11-22T12:00:00+00:00 (ana: maintenance)`."""
        words: list[str] = [self.name]
        if self.count is not None:
            words.append(str(self.count))
        if self.until is not None:
            words.append(f"until {datetime.fromtimestamp(self.until, UTC).isoformat(timespec='seconds')}")
        origin = ": ".join(part for part in (self.by, self.reason) if part)
        return " ".join(words) + (f" ({origin})" if origin else "")
