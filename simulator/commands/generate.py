"""`generate`: synthetic days as a CSV."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands import options
from simulator.synthetic import Habits, synthetic
from simulator.trace_files import write_trace

Sessions = Annotated[float, typer.Option(min=0.01, help="Sessions on a weekday, on average.")]
Jobs = Annotated[float, typer.Option(min=1, help="Jobs of a session, on average.")]
Pause = Annotated[float, typer.Option(min=0.1, help="Seconds between two jobs of a session, on average.")]
Busiest = Annotated[float, typer.Option(min=0, max=24, help="The busiest hour of a day, UTC.")]


def command(
    *,
    out: Annotated[Path, typer.Option(help="The CSV to write.", dir_okay=False)],
    days: options.Days = 14,
    sessions_per_day: Sessions = 150,
    jobs_per_session: Jobs = 3,
    pause_seconds: Pause = 60,
    job_seconds: options.JobSeconds = 60,
    busiest_hour: Busiest = 15,
    seed: options.Seed = 1,
) -> None:
    """Write synthetic days: users come by the hour of the day, and render a few videos after another."""
    habits = Habits(
        sessions_per_day=sessions_per_day,
        jobs_per_session=jobs_per_session,
        pause_seconds=pause_seconds,
        job_seconds=job_seconds,
        busiest_hour=busiest_hour,
    )
    try:
        trace = synthetic(days, habits, seed=seed)
    except ValueError as error:
        raise typer.BadParameter(f"{error}; more days or sessions are needed") from None
    write_trace(trace, out)
    typer.echo(f"{out}: {len(trace):,} jobs in {days} days, {trace.mean_concurrency:.2f} workers busy on average")
