"""The demo's timeline, told as it happens: time, event, desired/running, queue."""

import threading
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape

from local.demo.sample import Sample

EVENT_WIDTH = 74


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline: what happened `at_seconds`, and the fleet and the queue at that time."""

    at_seconds: float
    event: str
    sample: Sample


class Narrator:
    """Prints each moment as a line, and keeps the moments. Any thread may tell."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.moments: list[Moment] = []
        self._lock = threading.Lock()

    def head(self) -> None:
        """Print what the columns are."""
        self.console.print(
            f"[dim]{'seconds':>7}  {'event':<{EVENT_WIDTH}}  desired/running  waiting+in flight[/dim]", highlight=False
        )

    def tell(self, event: str, sample: Sample, *, style: str = "") -> None:
        """Print `event` as a line of the timeline."""
        with self._lock:
            self.moments.append(Moment(sample.at_seconds, event, sample))
            words = event if len(event) <= EVENT_WIDTH else f"{event[: EVENT_WIDTH - 1]}…"
            fleet = f"{sample.desired}/{sample.running}"
            queue = f"{sample.visible}+{sample.in_flight}"
            told = f"[{style}]{escape(f'{words:<{EVENT_WIDTH}}')}[/]" if style else escape(f"{words:<{EVENT_WIDTH}}")
            self.console.print(
                f"[dim]{sample.at_seconds:7.1f}[/dim]  {told}  {fleet:>15}  {queue:>17}",
                highlight=False,
                no_wrap=True,
                overflow="ignore",
                crop=False,
            )
