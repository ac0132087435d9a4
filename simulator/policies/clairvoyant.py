"""The bound: what a fleet would cost that knew every job before it came, and made none wait."""

import numpy as np

from simulator.outcome import Outcome, Tally
from simulator.trace import Trace
from simulator.world import World

NAME = "clairvoyant"


def clairvoyant(trace: Trace, world: World) -> Outcome:
    """A worker is warm at each arrival; between two jobs it is kept if that is cheaper than another cold start.

    Each job goes to the worker that became free last. A gap costs the shorter of itself and a cold start, which is a
    concave price: of two pairs of gaps, the nested one costs no more than the crossed one, so this is the least.
    Cold starts have the median's length. No ceiling holds it.
    """
    cold_seconds = world.cold_start.median_seconds
    tally = Tally()
    free: list[float] = []
    busy: list[float] = []
    for arrival, service in zip(trace.arrivals, trace.services, strict=True):
        # Those that became free, in that order: the last of them is the latest.
        busy.sort()
        while busy and busy[0] <= arrival:
            free.append(busy.pop(0))
        gap = arrival - free.pop() if free else float("inf")
        if gap >= cold_seconds:
            tally.starts += 1
            tally.on_demand_seconds += cold_seconds
        else:
            tally.on_demand_seconds += gap
        tally.on_demand_seconds += service
        busy.append(arrival + service)
    tally.busy_seconds = trace.work_seconds
    return Outcome(
        policy=NAME,
        trace=trace.name,
        length_seconds=trace.length_seconds,
        waits=np.zeros(len(trace)),
        tally=tally,
        unfinished=0,
        prices=world.prices,
    )
