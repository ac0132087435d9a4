"""The demo's timeline, told as it happens: time, event, desired/running, queue."""

import threading

from rich.console import Console
from rich.markup import escape

from local.demo.sample import Sample

OTHER_COLUMNS_WIDTH = 7 + 2 + 2 + 15 + 2 + 17
LEAST_EVENT_WIDTH = 40


class Narrator:
    """Prints each moment as a line. Any thread may tell."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._lock = threading.Lock()
        self._event_width = max(LEAST_EVENT_WIDTH, console.width - OTHER_COLUMNS_WIDTH)

    def head(self) -> None:
        """Print what the columns are."""
        self.console.print(
            f"[dim]{'seconds':>7}  {'event':<{self._event_width}}  desired/running  waiting+in flight[/dim]",
            highlight=False,
        )

    def tell(self, event: str, sample: Sample, *, style: str = "") -> None:
        """Print `event` as a line of the timeline."""
        with self._lock:
            words = event if len(event) <= self._event_width else f"{event[: self._event_width - 1]}…"
            fleet = f"{sample.desired}/{sample.running}"
            queue = f"{sample.visible}+{sample.in_flight}"
            told = (
                f"[{style}]{escape(f'{words:<{self._event_width}}')}[/]"
                if style
                else escape(f"{words:<{self._event_width}}")
            )
            self.console.print(
                f"[dim]{sample.at_seconds:7.1f}[/dim]  {told}  {fleet:>15}  {queue:>17}",
                highlight=False,
                no_wrap=True,
                overflow="ignore",
                crop=False,
            )
