"""`compare`: policies side by side on one trace, with plots."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from lambdas.warmkeeper.rules import Rules
from simulator import comparison, tables
from simulator.commands import options
from simulator.policies.catalogue import OURS
from simulator.policies.keda import Keda
from simulator.trace_files import Drawing

if TYPE_CHECKING:
    from simulator.outcome import Outcome

Floor = Annotated[int, typer.Option(min=1, help="Workers while awake (warmPoolSize), of ours.")]
Sleep = Annotated[float, typer.Option(min=1, help="Minutes without load until ours sleeps.")]
JobsPerWorker = Annotated[float, typer.Option(min=1, help="Jobs for which one worker is wanted, of ours.")]
Spares = Annotated[int, typer.Option(min=1, help="Idle workers ahead, in the row of ours that has them.")]
Only = Annotated[list[str] | None, typer.Option("--policy", help="Show this policy alone; may be repeated.")]
Day = Annotated[int | None, typer.Option(min=1, help="The day to plot; the busiest, if none is named.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print the table in Markdown.")]


def command(
    *,
    trace: options.TraceFile = None,
    days: options.Days = 14,
    seed: options.Seed = 1,
    count_scale: options.CountScale = 1.0,
    job_seconds: options.JobSeconds = 60.0,
    cold_seconds: options.ColdSeconds = 60.0,
    ceiling: options.Ceiling = 50,
    floor: Floor = 1,
    sleep_after_minutes: Sleep = 5,
    jobs_per_worker: JobsPerWorker = 1.0,
    spares: Spares = 1,
    policy: Only = None,
    region: options.Region = "eu-west-1",
    cpu: options.Cpu = 2048,
    memory_mib: options.Memory = 4096,
    day: Day = None,
    out: options.Out = Path("out"),
    markdown: Markdown = False,
) -> None:
    """Run policies over one trace: waits, task-hours, cost, wakes, busy workers killed, jobs lost; and plots."""
    drawing = Drawing(seed=seed, count_scale=count_scale, job_seconds=job_seconds)
    jobs = options.trace_from(trace, days, drawing)
    world = options.world_of(cold_seconds=cold_seconds, ceiling=ceiling, region=region, cpu=cpu, memory_mib=memory_mib)
    rules = Rules(
        floor=min(floor, ceiling),
        ceiling=ceiling,
        jobs_per_worker=jobs_per_worker,
        scale_to_zero=True,
        sleep_after_seconds=60.0 * sleep_after_minutes,
    )
    setting = comparison.Setting(jobs, world, rules, spares=spares, seed=seed)
    known = comparison.names(setting)
    unknown = [name for name in policy or () if name not in known]
    if unknown:
        raise typer.BadParameter(f"there is no {', '.join(unknown)}; there are: {'; '.join(known)}")
    if day is not None and day > jobs.days + 1:
        raise typer.BadParameter(f"the trace has {jobs.days:.1f} days", param_hint="--day")
    console = options.console()
    console.print(options.describe(jobs, world), highlight=False)
    chosen = policy or known
    outcomes: list[Outcome] = []
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("simulating", total=len(chosen))
        for outcome in comparison.compare(setting, chosen):
            outcomes.append(outcome)
            progress.advance(task)
    rows = [tables.cells(outcome) for outcome in outcomes]
    if markdown:
        typer.echo(tables.markdown(rows))
    else:
        console.print(tables.terminal(jobs.name, rows))
    out.mkdir(parents=True, exist_ok=True)
    from simulator import plots  # noqa: PLC0415  matplotlib takes half a second to load; --help should not

    drawn = plots.pareto(jobs, outcomes, out / f"{jobs.name}-pareto")
    shown = [outcome for outcome in outcomes if outcome.policy in {OURS, Keda().name}] or outcomes[:2]
    number = plots.busiest_day(jobs) if day is None else day - 1
    drawn += plots.day(jobs, shown, number, out / f"{jobs.name}-day-{number + 1}")
    console.print(f"plots: {', '.join(map(str, drawn))}", highlight=False, soft_wrap=True)
