"""`bench`: whether ours beats KEDA on every trace and drawing, and what the frontier is. `make bench-policies`."""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from lambdas.warmkeeper.rules import Rules
from simulator import benchmark, tables
from simulator.commands import options
from simulator.comparison import in_parallel
from simulator.policies.warm_pool import WarmPool
from simulator.run import simulate
from simulator.synthetic import Habits, synthetic
from simulator.trace import Trace
from simulator.trace_files import Drawing, InvalidTrace, read_trace

Traces = Annotated[
    Path | None, typer.Option(help="Folder of CSVs to run as well; synthetic days are run anyhow.", file_okay=False)
]
SYNTHETIC_DAYS = 7
HABITS = {
    "synthetic, a small studio": Habits(),
    "synthetic, long jobs": Habits(sessions_per_day=60, jobs_per_session=2, job_seconds=240),
    "synthetic, a busy service": Habits(sessions_per_day=600, jobs_per_session=4, pause_seconds=20, job_seconds=45),
}
FRONTIER = (
    ("defaults", benchmark.DEFAULTS),
    *((f"jobsPerWorker 1.35, sleepAfterMinutes {minutes}", (1.35, minutes, 0)) for minutes in (5, 8, 10, 12, 15)),
    ("jobsPerWorker 1.5, sleepAfterMinutes 10", (1.5, 10, 0)),
    *((f"warmSpares {spares}", (1.0, 5, spares)) for spares in (1, 2, 3)),
)
FRONTIER_COLUMNS = (
    "settings",
    "p50 s",
    "p95 s",
    "p99 s",
    "task-hours",
    "$ a month",
    "saved seconds of p95 for a dollar",
)
SEEDS = (1, 2)


def command(
    *,
    traces: Traces = None,
    count_scale: options.CountScale = 1.0,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the tables in Markdown.")] = False,
) -> None:
    """Ours against KEDA (queueLength 1) on traces, in ten drawings each, at cold starts of 60 and 40 s; the frontier.

    Exits non-zero if ours does not dominate in every drawing.
    """
    console = options.console()
    makers: dict[str, benchmark.MakeTrace] = {
        path.stem: partial(_read, path, count_scale) for path in sorted(traces.glob("*.csv") if traces else ())
    }
    for name, habits in HABITS.items():
        makers[name] = partial(_synthetic, name, habits)
    fights = benchmark.duels(list(makers.values()))
    results = []
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("simulating", total=len(fights))
        for result in in_parallel(fights):
            results.append(result)
            progress.advance(task)
    groups = [results[start : start + benchmark.DRAWINGS] for start in range(0, len(results), benchmark.DRAWINGS)]
    rows = [
        benchmark.row(group, fights[number * benchmark.DRAWINGS].cold_seconds) for number, group in enumerate(groups)
    ]
    _print(console, "ours (defaults, floor 1) against KEDA, queueLength 1", rows, benchmark.COLUMNS, markdown=markdown)
    for name, maker in makers.items():
        _print(
            console,
            f"{name}: what settings buy, cold start 60 s",
            _frontier(maker),
            FRONTIER_COLUMNS,
            markdown=markdown,
        )
    trace = max((maker(1) for maker in makers.values()), key=lambda made: made.length_seconds)
    started = time.process_time()
    simulate(trace, WarmPool(benchmark.DEFAULTS))
    seconds = time.process_time() - started
    console.print(f"{trace.name}: {trace.days:.0f} days under ours simulate in {seconds:.1f} s on one processor")
    if not all(map(benchmark.won, groups)):
        raise typer.Exit(1)


def _frontier(maker: benchmark.MakeTrace) -> list[tuple[str, ...]]:
    rules = [choice if isinstance(choice, Rules) else _rules(*choice) for _, choice in FRONTIER]
    rows: list[tuple[str, ...]] = []
    base: tuple[float, float] | None = None
    for (name, _), outcomes in zip(FRONTIER, benchmark.points(maker, 60.0, rules, SEEDS), strict=True):
        p95, cost = (
            fmean([outcome.wait(95) for outcome in outcomes]),
            fmean([outcome.month_usd for outcome in outcomes]),
        )
        base = base or (p95, cost)
        bought = (base[0] - p95) / (cost - base[1]) if cost > base[1] and p95 < base[0] else None
        rows.append(
            (
                name,
                *(tables.seconds(fmean([outcome.wait(percent) for outcome in outcomes])) for percent in (50, 95, 99)),
                f"{fmean([outcome.task_hours for outcome in outcomes]):,.0f}",
                f"{cost:,.2f}",
                "" if bought is None else f"{bought:.2f}",
            )
        )
    return rows


def _rules(jobs_per_worker: float, sleep_minutes: int, spares: int) -> Rules:
    return Rules(1, 1000, jobs_per_worker, scale_to_zero=True, sleep_after_seconds=60.0 * sleep_minutes, spares=spares)


def _print(
    console: Console, title: str, rows: Sequence[Sequence[str]], columns: Sequence[str], *, markdown: bool
) -> None:
    if markdown:
        typer.echo(f"\n{title}\n\n{tables.markdown(rows, columns)}")
    else:
        console.print(tables.terminal(title, rows, columns))


def _read(path: Path, count_scale: float, seed: int) -> Trace:
    try:
        return read_trace(path, Drawing(seed=seed, count_scale=count_scale))
    except InvalidTrace as error:
        raise typer.BadParameter(str(error), param_hint="--traces") from None


def _synthetic(name: str, habits: Habits, seed: int) -> Trace:
    return synthetic(SYNTHETIC_DAYS, habits, seed=seed, name=name)
