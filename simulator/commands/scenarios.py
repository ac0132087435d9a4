"""`scenarios`: the warm-pool guide's situations, beside its own arithmetic."""

from typing import Annotated

import typer

from simulator import scenarios, tables
from simulator.commands import options
from simulator.comparison import in_parallel


def command(
    *, markdown: Annotated[bool, typer.Option("--markdown", help="Print the table in Markdown.")] = False
) -> None:
    """10, 20 and 100 users at once, on a floor of 10 and a ceiling of 50, warm and asleep; 90 s a video."""
    rows = list(in_parallel([Row(number) for number in range(len(scenarios.SCENARIOS))]))
    if markdown:
        typer.echo(tables.markdown(rows, scenarios.COLUMNS))
    else:
        options.console().print(tables.terminal("the warm-pool guide's situations", rows, scenarios.COLUMNS))


class Row:
    """A scenario's row, for any process."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __call__(self) -> tuple[str, ...]:
        """Play it."""
        return scenarios.row(scenarios.SCENARIOS[self._number])
