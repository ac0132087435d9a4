"""The local stack's command line: `python -m local --help`."""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from local.background.folder import Folder
from local.background.order import CEILING, COLD_START_SECONDS, FLOOR, MINUTE_SECONDS, REAL_MINUTE_SECONDS, Order

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The whole stack on this machine, over moto.")

INTERRUPTED = 130
"""What a shell reports for a command that Ctrl-C ended: 128 + SIGINT."""
TIMELINE_COLUMNS = 160
WorkFolder = Annotated[Path, typer.Option(help="Where the stack's state, logs and scratch files are.")]


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


@app.command()
def up(
    *,
    minute_seconds: Annotated[
        int, typer.Option(min=1, max=REAL_MINUTE_SECONDS, help="How long a minute of the fleet lasts; 60 is real time.")
    ] = MINUTE_SECONDS,
    floor: Annotated[int, typer.Option(min=1, help="Workers that are kept warm while the fleet is awake.")] = FLOOR,
    ceiling: Annotated[int, typer.Option(min=1, help="Workers at the most.")] = CEILING,
    cold_start_seconds: Annotated[
        float, typer.Option(min=0, help="From the order to start a worker to its process; 30 to 60 on Fargate.")
    ] = COLD_START_SECONDS,
    config: Annotated[
        list[str] | None,
        typer.Option("--config", "-c", metavar="KEY=VALUE", help="Any other key of Pulumi.yaml; may be repeated."),
    ] = None,
    engine: Annotated[
        bool,
        typer.Option(
            "--engine/--without-engine",
            help="Deploy by the real Pulumi engine where there is one; or by Pulumi's mocks, which is quicker.",
        ),
    ] = True,
    work: WorkFolder = Path(".local"),
) -> None:
    """Start the stack, and keep it in the background; says how to reach it. If it is up already, says that again."""
    from local.background import control  # noqa: PLC0415 - see demo

    try:
        order = Order(
            minute_seconds=minute_seconds,
            floor=floor,
            ceiling=ceiling,
            cold_start_seconds=cold_start_seconds,
            engine=engine,
            config=dict(_key_and_value(text) for text in config or ()),
        )
    except ValidationError as error:
        said = (str(problem.get("ctx", {}).get("error", problem["msg"])) for problem in error.errors())
        raise typer.BadParameter("; ".join(said)) from None
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    console = Console()
    try:
        control.up(console, Folder(work / "up"), order)
    except control.StartError as error:
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("interrupted: everything that was started has ended")
        raise typer.Exit(INTERRUPTED) from None


@app.command()
def down(work: WorkFolder = Path(".local")) -> None:
    """End the stack that `up` started, and all that belongs to it."""
    from local.background import control  # noqa: PLC0415 - see demo

    control.down(Console(), Folder(work / "up"))


@app.command()
def env(work: WorkFolder = Path(".local")) -> None:
    """Print lines for a shell: `eval "$(make -s env)"` points it, and the programs that it starts, to the stack."""
    from local.background import control, words  # noqa: PLC0415 - see demo

    facts = control.facts_of(Folder(work / "up"))
    if facts is None:
        typer.echo("no stack is up here: make up", err=True)
        raise typer.Exit(1)
    for line in words.shell_lines(facts):
        typer.echo(line)


def _key_and_value(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is not KEY=VALUE")
    return key, value


def _interrupt(*_: object) -> None:
    """End on SIGTERM as on Ctrl-C, so that nothing stays behind."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    app()
