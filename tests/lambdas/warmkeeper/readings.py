"""Strategies for everything that a decision rests on."""

from typing import get_args

from hypothesis import strategies as st

from fleet.activity import Activity
from fleet.command import Command, CommandName
from fleet.state import Breaker, Demand, FleetState
from lambdas.warmkeeper.hours import parse_warm_hours
from lambdas.warmkeeper.rules import Rules
from lambdas.warmkeeper.snapshot import Queue, Service, Snapshot

NOW = 1_800_000_000.0
COUNTS = st.integers(0, 60)
TIMES = st.one_of(
    st.sampled_from([NOW - seconds for seconds in (-1, 0, 1, 30, 59, 60, 61, 180, 299, 300, 301, 600, 601, 9999)]),
    st.floats(NOW - 1000, NOW + 10),
)
MAYBE_TIMES = st.none() | TIMES


WARM_NOW = parse_warm_hours("Fri 08:00-20:00 UTC")
"""Their first second is `NOW`."""
WARM_LATER = parse_warm_hours("Sat-Thu 08:00-20:00 UTC")
SLEEPERS = st.tuples(st.just(value=True), st.sampled_from([None, WARM_LATER]))
WAKEFUL = st.tuples(st.just(value=False), st.none()) | st.tuples(st.booleans(), st.just(WARM_NOW))
"""Whether the fleet scales to zero, and its warm hours."""


@st.composite
def rules(draw: st.DrawFn, *, may_sleep: bool | None = None) -> Rules:
    """Rules under which the fleet may sleep at `NOW`, or may not; None draws either."""
    scale_to_zero, warm_hours = draw({True: SLEEPERS, False: WAKEFUL, None: SLEEPERS | WAKEFUL}[may_sleep])
    floor = draw(st.integers(1, 12))
    return Rules(
        floor=floor,
        ceiling=floor + draw(st.integers(0, 30)),
        jobs_per_worker=draw(st.sampled_from([1, 1.35, 2, 4])),
        spares=draw(st.sampled_from([0, 0, 2])),
        scale_to_zero=scale_to_zero,
        sleep_after_seconds=draw(st.sampled_from([60.0, 300.0, 900.0])),
        minute_seconds=60.0,
        warm_hours=warm_hours,
    )


@st.composite
def commands(draw: st.DrawFn) -> Command:
    name: CommandName = draw(st.sampled_from(get_args(CommandName)))
    holds = name == "hold"
    return Command(
        id=draw(st.sampled_from(["first", "second", "third"])),
        name=name,
        at=draw(TIMES),
        count=draw(st.none() | st.integers(0, 40)) if holds else None,
        until=draw(MAYBE_TIMES) if holds else None,
    )


QUEUES = st.builds(Queue, visible=COUNTS, in_flight=COUNTS, delayed=st.integers(0, 3))
EMPTY = Queue(visible=0, in_flight=0)
SERVICES = st.builds(
    Service,
    desired=COUNTS,
    running=COUNTS,
    pending=COUNTS,
    deploying=st.sampled_from([False, False, False, True]),
    failed_tasks=st.integers(0, 3),
)
SNAPSHOTS = st.builds(
    Snapshot,
    queue=st.none() | st.just(EMPTY) | QUEUES,
    service=SERVICES,
    activity=st.none() | st.builds(Activity, at=TIMES),
    command=st.none() | commands(),
)
ORDERS = st.none() | commands().filter(lambda command: command.name in {"hold", "sleep"})
BREAKERS = st.builds(
    Breaker, fruitless_since=MAYBE_TIMES, sound_since=MAYBE_TIMES, least_load=COUNTS, tripped_at=st.none() | TIMES
)
DEMANDS = st.builds(
    Demand,
    samples=st.lists(st.tuples(TIMES, COUNTS), max_size=6).map(lambda samples: tuple(sorted(samples))),
    quick=st.floats(0, 60),
    steady=st.floats(0, 60),
    read_at=MAYBE_TIMES,
    rises=st.floats(0, 600),
)
STATES = st.builds(
    FleetState,
    desired=COUNTS,
    busy_at=MAYBE_TIMES,
    called_at=MAYBE_TIMES,
    calls_from=TIMES,
    empty_since=MAYBE_TIMES,
    phantom_since=MAYBE_TIMES,
    waiting_since=MAYBE_TIMES,
    waking_since=MAYBE_TIMES,
    command_id=st.sampled_from(["", "first", "second"]),
    order=ORDERS,
    breaker=st.just(Breaker()) | BREAKERS,
    demand=DEMANDS,
)
