"""Outcomes as a table: for the terminal by Rich, and in Markdown for the docs. Pure."""

from collections.abc import Iterable, Sequence

from rich.table import Table

from simulator.outcome import Outcome

COLUMNS = ("policy", "p50 s", "p95 s", "p99 s", "max s", "task-hours", "$ a month", "wakes", "busy killed", "jobs lost")


def cells(outcome: Outcome) -> tuple[str, ...]:
    """A row, as text, under COLUMNS. Jobs that were never begun count as lost."""
    tally = outcome.tally
    return (
        outcome.policy,
        *(seconds(outcome.wait(percent)) for percent in (50, 95, 99)),
        seconds(outcome.longest_wait),
        f"{outcome.task_hours:,.0f}",
        f"{outcome.month_usd:,.0f}",
        f"{tally.wakes:,}" if tally.wakes else "",
        f"{tally.busy_kills:,}",
        f"{tally.jobs_lost + outcome.unfinished:,}",
    )


def seconds(value: float) -> str:
    """A wait for a table: a decimal while it matters."""
    return f"{value:.1f}" if 0 < value < 100 else f"{value:,.0f}"  # noqa: PLR2004 - three figures are enough


def markdown(rows: Iterable[Sequence[str]], columns: Sequence[str] = COLUMNS) -> str:
    """Rows as a table in Markdown: the first column to the left, figures to the right."""
    lines = [columns, ("---", *("---:",) * (len(columns) - 1)), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def terminal(title: str, rows: Iterable[Sequence[str]], columns: Sequence[str] = COLUMNS) -> Table:
    """The same for a terminal."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*row)
    return table
