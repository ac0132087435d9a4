"""The local stack's command line: `python -m local --help`."""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The whole stack on this machine, over moto.")

INTERRUPTED = 130
"""What a shell reports for a command that Ctrl-C ended: 128 + SIGINT."""
TIMELINE_COLUMNS = 160


@app.callback()
def main() -> None:
    """The whole stack on this machine: the same Pulumi program, the same Lambdas and the same worker, over moto."""


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where the videos, poster frames and timeline.png go.")] = Path("out"),
    work: Annotated[Path, typer.Option(help="Where logs and scratch files go while it runs.")] = Path(".local"),
) -> None:
    """A fleet wakes from zero, bursts, renders real video and goes back to sleep. Takes about a minute."""
    from local.demo.demo import run  # noqa: PLC0415 - moto and matplotlib take a second to load; --help should not

    signal.signal(signal.SIGTERM, _interrupt)
    console = Console(width=None if sys.stdout.isatty() else TIMELINE_COLUMNS)
    try:
        code = run(console, out=out, work=work)
    except KeyboardInterrupt:
        console.print("interrupted: everything that was started has ended")
        code = INTERRUPTED
    raise typer.Exit(code)


def _interrupt(*_: object) -> None:
    """End on SIGTERM as on Ctrl-C, so that nothing stays behind."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    app()
