"""Options that several commands have, and what is made of them."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from components.prices import FARGATE, task_usd_per_hour
from simulator.synthetic import synthetic
from simulator.trace import Trace
from simulator.trace_files import Drawing, InvalidTrace, read_trace
from simulator.world import ColdStart, Prices, World

TERMINAL_COLUMNS = 150
"""What tables take where nobody looks at a terminal."""

TraceFile = Annotated[
    Path | None,
    typer.Option(
        "--trace",
        help="CSV of jobs (arrived_at,seconds), of counts (timestamp,value), or of the image jobs as published. "
        "Without one, synthetic days.",
        exists=True,
        dir_okay=False,
    ),
]
Days = Annotated[int, typer.Option(min=1, max=365, help="How many synthetic days, where there is no trace.")]
Seed = Annotated[int, typer.Option(help="What all chance comes from: the same seed, the same figures.")]
CountScale = Annotated[float, typer.Option(min=0.0001, help="What counts of a CSV of counts are multiplied by.")]
JobSeconds = Annotated[float, typer.Option(min=1, help="How long a job takes (the median), where the CSV has counts.")]
ColdSeconds = Annotated[float, typer.Option("--cold-start", min=0, help="From a task's order to its first poll, s.")]
Ceiling = Annotated[int, typer.Option(min=1, help="Workers at the most (maxWorkers), of every policy.")]
Region = Annotated[str, typer.Option(help="Whose prices count.")]
Cpu = Annotated[int, typer.Option(help="CPU units of a task.")]
Memory = Annotated[int, typer.Option("--memory-mib", help="MiB of a task.")]
Out = Annotated[Path, typer.Option(help="Where the plots go.", file_okay=False)]


def console() -> Console:
    """Where a command prints."""
    found = Console()
    return found if found.is_terminal else Console(width=TERMINAL_COLUMNS)


def trace_from(path: Path | None, days: int, drawing: Drawing) -> Trace:
    """The trace in a file, or synthetic days.

    Raises:
        typer.BadParameter: the file holds no trace.
    """
    if path is None:
        return synthetic(days, seed=drawing.seed)
    try:
        return read_trace(path, drawing)
    except InvalidTrace as error:
        raise typer.BadParameter(str(error), param_hint="--trace") from None


def world_of(*, cold_seconds: float, ceiling: int, region: str, cpu: int, memory_mib: int) -> World:
    """What is assumed of AWS.

    Raises:
        typer.BadParameter: the region has no price here.
    """
    if region not in FARGATE:
        known = ", ".join(sorted(FARGATE))
        raise typer.BadParameter(f"no price is known for {region}; known are {known}", param_hint="--region")
    hour_usd = task_usd_per_hour(region, cpu_units=cpu, memory_mib=memory_mib)
    return World(cold_start=ColdStart(cold_seconds), ceiling=ceiling, prices=Prices(task_hour_usd=hour_usd))


def describe(trace: Trace, world: World) -> str:
    """What is simulated, in a line or two."""
    return (
        f"{trace.name}: {len(trace):,} jobs in {trace.days:.1f} days, {trace.work_seconds / len(trace):.0f} s each, "
        f"{trace.mean_concurrency:.2f} workers busy on average. Cold start {world.cold_start.median_seconds:.0f} s, "
        f"ceiling {world.ceiling}, ${world.prices.task_hour_usd:.4f} a task-hour."
    )
