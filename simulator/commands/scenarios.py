"""`scenarios`: the warm-pool guide's situations, beside its own arithmetic."""

from functools import partial
from typing import Annotated

import typer

from simulator import scenarios, tables
from simulator.commands import options
from simulator.comparison import in_parallel


def command(
    *, markdown: Annotated[bool, typer.Option("--markdown", help="Print the table in Markdown.")] = False
) -> None:
    """10, 20 and 100 users at once, on a floor of 10 and a ceiling of 50, warm and asleep; 90 s a video."""
    rows = list(in_parallel([partial(scenarios.row, scenario) for scenario in scenarios.SCENARIOS]))
    if markdown:
        typer.echo(tables.markdown(rows, scenarios.COLUMNS))
    else:
        options.console().print(tables.terminal("the warm-pool guide's situations", rows, scenarios.COLUMNS))
