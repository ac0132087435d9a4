"""The need for workers over the last minutes, and what of the fleet it keeps (docs/adr/0010-scale-in-by-simulation.md).

Need is a step function: each reading holds until the next one. Of the last PEAK_MINUTES its changes are kept, at most
SAMPLES_PER_MINUTE of them a minute, so that a peak is some ten samples however many pokes come; of all before, two
averages that forget exponentially.
"""

import math

from fleet.state import Demand

PEAK_MINUTES = 0.75
"""The span whose highest need is always kept."""
QUICK_MINUTES, STEADY_MINUTES = 1, 10
"""The time constants of the averages: what goes on now, and what the last quarter of an hour was like."""
QUICK_SHARE = 0.4
"""The quick average's weight in the mean; the steady one has the rest."""
ROOT, BASE = 0.7, 0.75
AHEAD_MINUTES = 3
"""A mean of m keeps m + ROOT sqrt(m) + BASE workers, rounded down: one from m = 0.07 on, two from 0.6, three from 1.4.

Under the root, m counts as no more than what came in AHEAD_MINUTES: a long job keeps its worker busy without another
job being any nearer.

All of these were chosen together on simulated traces, whose figures are in the ADR; near them it hardly matters which.
"""
SAMPLES_PER_MINUTE = 12
_ROUNDING = 1e-9
"""What keeps exactly two workers keeps two, not one, whatever the last bit of a float says."""


def note(demand: Demand, now: float, need: int, minute_seconds: float) -> Demand:
    """The demand with a reading of `need` at `now` added.

    Readings closer than a slot keep their highest: a lower one follows with the next slot. What is from the future (the
    clock was set back) is dropped.
    """
    minutes = 0.0 if demand.read_at is None else max(0.0, now - demand.read_at) / minute_seconds
    return Demand(
        samples=_with(demand.samples, now, need, minute_seconds),
        need=need,
        quick=_toward(demand.quick, demand.need, minutes / QUICK_MINUTES),
        steady=_toward(demand.steady, demand.need, minutes / STEADY_MINUTES),
        read_at=now,
        rises=_toward(demand.rises, 0, minutes / STEADY_MINUTES) + max(0, need - demand.need),
    )


def peak(demand: Demand, now: float, minute_seconds: float) -> int:
    """The highest need in force at any time of the last PEAK_MINUTES; 0 without samples."""
    start = now - PEAK_MINUTES * minute_seconds
    highest = 0
    until = math.inf
    for at, need in reversed(demand.samples):
        if until <= start:
            break
        highest = max(highest, need)
        until = at
    return highest


def mean(demand: Demand) -> float:
    """The need that the near future is expected to have."""
    return QUICK_SHARE * demand.quick + (1 - QUICK_SHARE) * demand.steady


def coming(demand: Demand) -> float:
    """By how much need rose in AHEAD_MINUTES, on average lately; what it fell by is left aside."""
    return demand.rises / STEADY_MINUTES * AHEAD_MINUTES


def reserve(expected: float, arriving: float) -> int:
    """How many workers a mean need keeps where so many arrive."""
    return math.floor(expected + ROOT * math.sqrt(min(expected, arriving)) + BASE + _ROUNDING)


def _with(
    samples: tuple[tuple[float, int], ...], now: float, need: int, minute_seconds: float
) -> tuple[tuple[float, int], ...]:
    start = now - PEAK_MINUTES * minute_seconds
    first = 0
    while first + 1 < len(samples) and samples[first + 1][0] <= start:
        first += 1
    kept = samples[first:]
    while kept and kept[-1][0] > now:
        kept = kept[:-1]
    if not kept:
        return ((now, need),)
    last_at, last_need = kept[-1]
    if need == last_need:
        return kept
    if now - last_at < minute_seconds / SAMPLES_PER_MINUTE:
        return (*kept[:-1], (last_at, max(need, last_need)))
    return (*kept, (now, need))


def _toward(average: float, value: int, constants: float) -> float:
    """An average after `value` held for so many of its time constants."""
    return value + (average - value) * math.exp(-constants)
