"""`python -m bench.decision_speed`: what one decision of the warmkeeper costs, in microseconds of one core.

It decides over the fullest memory there is: a window with as many samples as are kept, warm hours by the clocks of a
place, a call, an order and a breaker to look after. The fastest of many rounds counts: whatever else runs on the
machine only makes a round slower.
"""

import timeit
from typing import Annotated

import typer

from fleet.activity import Activity
from fleet.command import Command
from fleet.state import Breaker, Demand, FleetState
from lambdas.warmkeeper.decision import Decision, decide
from lambdas.warmkeeper.demand import PEAK_MINUTES, SAMPLES_PER_MINUTE
from lambdas.warmkeeper.hours import parse_warm_hours
from lambdas.warmkeeper.rules import Rules
from lambdas.warmkeeper.snapshot import Queue, Service, Snapshot

GOAL_MICROSECONDS = 50
CALLS = 20
NOW = 1_800_000_000.0
MINUTE_SECONDS = 60.0
RULES = Rules(
    floor=10,
    ceiling=50,
    jobs_per_worker=4 / 3,
    scale_to_zero=True,
    sleep_after_seconds=300.0,
    warm_hours=parse_warm_hours("Mon-Fri 10:00-20:00 Europe/Paris"),
    spares=2,
)


def full_memory() -> FleetState:
    """A state with a sample in every slot of the window."""
    slot_seconds = MINUTE_SECONDS / SAMPLES_PER_MINUTE
    slots = int(PEAK_MINUTES * SAMPLES_PER_MINUTE) + 1
    samples = tuple((NOW - slot_seconds * slot, slot % 7) for slot in reversed(range(1, slots + 1)))
    order = Command(id="1", name="sleep", at=NOW)
    breaker = Breaker(fruitless_since=NOW - 60, least_load=3)
    demand = Demand(samples, need=4, quick=4.0, steady=3.0, read_at=NOW - slot_seconds)
    return FleetState(busy_at=NOW - 60, order=order, breaker=breaker, demand=demand, command_id="1")


def looks() -> dict[str, Snapshot]:
    """What is decided on, by what it is."""
    call = Activity(NOW - 30, "the editor was opened")
    return {
        "steady": Snapshot(Queue(visible=3, in_flight=9), Service(desired=11, running=11), call),
        "burst": Snapshot(Queue(visible=30, in_flight=9), Service(desired=14, running=14), call),
        "in": Snapshot(Queue(visible=0, in_flight=9), Service(desired=40, running=40), call),
        "idle": Snapshot(Queue(visible=0, in_flight=0), Service(desired=10, running=10)),
        "wake": Snapshot(Queue(visible=3, in_flight=0), Service(desired=0, running=0), call),
    }


def microseconds(snapshot: Snapshot, state: FleetState, rounds: int) -> float:
    """The time of one decision, in the fastest of so many rounds."""

    def once() -> Decision:
        return decide(snapshot, state, RULES, NOW)

    return min(timeit.repeat(once, number=CALLS, repeat=rounds)) / CALLS * 1e6


def main(rounds: Annotated[int, typer.Option(min=1, help="Rounds of twenty decisions each.")] = 300) -> None:
    """Print a line a look; fail if one costs more than the goal."""
    state = full_memory()
    slowest = 0.0
    for name, snapshot in looks().items():
        cost = microseconds(snapshot, state, rounds)
        slowest = max(slowest, cost)
        typer.echo(f"{name:8}{cost:6.1f} microseconds")
    typer.echo(f"goal: {GOAL_MICROSECONDS} microseconds, with {len(state.demand.samples)} samples in the window")
    if slowest > GOAL_MICROSECONDS:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
