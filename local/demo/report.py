"""The table of the jobs, and what is left in out/."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from local.demo.ending import Ending
from local.demo.scenario import FIRST, WARM

STATE_STYLES = {"done": "green", "failed": "yellow"}
CIRCUMSTANCES = {FIRST.id: "reel (from zero)", WARM.id: "warm (at the floor)"}
"""The two jobs whose waits are worth comparing, and what they met; they stand first in the table."""


def jobs_table(endings: Sequence[Ending]) -> Table:
    """State, wait, render time, cost and output (or the error and its remedy) of each job.

    The first job, which woke the fleet, and the one that met it warm stand side by side.
    """
    table = Table(title="Jobs", title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False)
    table.add_column("job", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for heading in ("wait s", "render s", "cost $"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("webhook", no_wrap=True)
    table.add_column("output, or the error and its remedy", overflow="fold")
    for ending in sorted(endings, key=lambda ending: ending.job.id not in CIRCUMSTANCES):
        record = ending.record
        times = record.times if record else None
        table.add_row(
            CIRCUMSTANCES.get(ending.job.id, ending.job.id),
            f"[{STATE_STYLES.get(ending.state, 'red')}]{ending.state}[/]",
            f"{times.wait_seconds:.1f}" if times else "-",
            f"{times.render_seconds:.1f}" if times and times.render_seconds else "-",
            f"{record.cost_usd:.6f}" if record else "-",
            "verified" if ending.payloads else "none",
            _outcome(ending),
        )
    return table


def print_wrongs(console: Console, wrongs: Sequence[str]) -> None:
    """Say that all was as it should be, or all that was not."""
    if not wrongs:
        console.print("[green]Everything was as it should be.[/green]")
        return
    console.print("[red]Not everything was as it should be:[/red]")
    for wrong, times in Counter(wrongs).items():
        console.print(f"  - {wrong}" + (f" ({times} times)" if times > 1 else ""), markup=False)


def _outcome(ending: Ending) -> str:
    record = ending.record
    if record is None:
        return "no record"
    if record.error:
        return str(record.error).replace("[", r"\[")
    if ending.video and record.rendered:
        rendered = record.rendered
        return f"{ending.video} ({rendered.width}x{rendered.height}, {rendered.duration_seconds:.1f} s)"
    return "no output"
