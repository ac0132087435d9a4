"""`advise`: the settings that meet a target at the least cost, on a trace or on a stack's own history."""

import json
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from simulator import adviser, history, tables
from simulator.commands import options
from simulator.comparison import in_parallel
from simulator.outcome import Outcome
from simulator.trace import Trace
from simulator.trace_files import Drawing

_SECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*(s|ms|m|min)?")
_UNITS = {"s": 1.0, "ms": 0.001, "m": 60.0, "min": 60.0, None: 1.0}

Target = Annotated[str, typer.Option("--target-p95", help="What 95 of 100 jobs may wait at most, such as 10s or 1m.")]
Budget = Annotated[float | None, typer.Option(min=1, help="US dollars a month at the most, for tasks.")]
FromStack = Annotated[
    str | None,
    typer.Option(help="Name of a deployed stack: what CloudWatch kept of its queue is the trace. Needs pulumi."),
]
Queue = Annotated[str | None, typer.Option(help="URL of a queue whose history is the trace, without pulumi.")]
HistoryDays = Annotated[int, typer.Option(min=1, max=history.MOST_DAYS, help="How much of its history.")]
Pokes = Annotated[bool, typer.Option("--pokes/--no-pokes", help="Whether the backend calls the API with each job.")]
COLUMNS = ("change", "p95 s", "p99 s", "task-hours", "$ a month", "")


def command(
    *,
    target_p95: Target,
    budget: Budget = None,
    trace: options.TraceFile = None,
    from_stack: FromStack = None,
    queue: Queue = None,
    history_days: HistoryDays = 14,
    days: options.Days = 14,
    seed: options.Seed = 1,
    count_scale: options.CountScale = 1.0,
    job_seconds: options.JobSeconds = 60.0,
    cold_seconds: options.ColdSeconds = 60.0,
    ceiling: options.Ceiling = 200,
    pokes: Pokes = True,
    region: options.Region = "eu-west-1",
    cpu: options.Cpu = 2048,
    memory_mib: options.Memory = 4096,
) -> None:
    """Find floor, sleep, spares and jobs a worker that meet a target at the least cost; with each neighbour's cost."""
    goal = adviser.Goal(_seconds(target_p95), budget)
    drawing = Drawing(seed=seed, count_scale=count_scale, job_seconds=job_seconds)
    if from_stack is not None or queue is not None:
        jobs = _own_history(from_stack, queue, history_days, drawing)
    else:
        jobs = options.trace_from(trace, days, drawing)
    world = options.world_of(cold_seconds=cold_seconds, ceiling=ceiling, region=region, cpu=cpu, memory_mib=memory_mib)
    console = options.console()
    console.print(options.describe(jobs, world), highlight=False)
    tried = 0

    with console.status("simulating") as status:

        def run(pools: Sequence[adviser.Pool]) -> list[Outcome]:
            nonlocal tried
            outcomes = list(in_parallel([adviser.Attempt(jobs, world, pool, pokes) for pool in pools]))
            tried += len(pools)
            status.update(f"simulating: {tried} pools tried")
            return outcomes

        advice = adviser.advise(goal, ceiling, run)
    _tell(console, goal, advice, tried)
    if not advice.met:
        raise typer.Exit(1)


def _tell(console: Console, goal: adviser.Goal, advice: adviser.Advice, tried: int) -> None:
    best = advice.best.outcome
    within = "" if goal.budget_usd is None else f" for ${goal.budget_usd:,.0f} a month at most"
    wanted = f"p95 of {goal.target_seconds:g} s{within}"
    if advice.met:
        console.print(f"{wanted}: met, after {tried} pools tried", highlight=False)
    else:
        console.print(f"{wanted}: no pool that was tried meets it, of {tried}; this comes nearest", highlight=False)
    rows = [_row("as advised", best, goal), *(_row(trial.change, trial.outcome, goal) for trial in advice.neighbours)]
    console.print(tables.terminal("the pool, and each neighbour one step away", rows, COLUMNS))
    for line in advice.best.pool.commands(advice.ceiling):
        console.print(line, highlight=False, soft_wrap=True)


def _row(change: str, outcome: Outcome, goal: adviser.Goal) -> tuple[str, ...]:
    return (
        change,
        tables.seconds(outcome.wait(95)),
        tables.seconds(outcome.wait(99)),
        f"{outcome.task_hours:,.0f}",
        f"{outcome.month_usd:,.2f}",
        "" if goal.met(outcome) else "misses the goal",
    )


def _seconds(text: str) -> float:
    match = _SECONDS.fullmatch(text.strip())
    seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if seconds <= 0:
        raise typer.BadParameter(f"{text!r} is no time; such are 10s and 1m", param_hint="--target-p95")
    return seconds


def _own_history(stack: str | None, queue: str | None, days: int, drawing: Drawing) -> Trace:
    url = queue or _queue_of(stack or "")
    name = url.rstrip("/").rpartition("/")[2]
    try:
        client = boto3.client("cloudwatch")
        minutes = history.read_minutes(client, name, days, datetime.now(UTC))
        return history.trace_of_minutes(name, minutes, drawing)
    except history.NoHistory as error:
        raise typer.BadParameter(str(error)) from None
    except (ClientError, BotoCoreError) as error:
        raise typer.BadParameter(f"CloudWatch's history of {name} cannot be read: {error}") from None


def _queue_of(stack: str) -> str:
    asked = ["pulumi", "stack", "output", "--json", "--stack", stack]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=120, check=True)
        return json.loads(answer.stdout)["jobsQueueUrl"]
    except FileNotFoundError:
        remedy = "pulumi is not on the PATH; name the queue instead: --queue URL"
    except subprocess.TimeoutExpired:
        remedy = "pulumi did not answer within two minutes"
    except subprocess.CalledProcessError as error:
        remedy = (
            error.stderr.strip().splitlines()[-1] if error.stderr.strip() else f"pulumi ended with {error.returncode}"
        )
    except (ValueError, KeyError):
        remedy = "the stack has no output jobsQueueUrl: is it deployed, and one of this project?"
    raise typer.BadParameter(remedy, param_hint="--from-stack")
