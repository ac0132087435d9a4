"""The commands, a file each."""

import typer

from simulator.commands import advise, bench, compare, generate, scenarios

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Scaling policies on arrival traces, by the warmkeeper's own decision: compare them, and size a pool.",
)
for module in (compare, advise, scenarios, generate, bench):
    app.command(module.__name__.rpartition(".")[2])(module.command)

__all__ = ["app"]
