"""The need for workers over the last minutes, and what of the fleet it keeps (docs/adr/0001-scale-in-rule.md).

Need is a step function: each sample (time, need) holds until the next one. Only changes are kept, at most
SAMPLES_PER_MINUTE of them a minute, so a state of `WINDOW_MINUTES` is some 60 samples however many pokes come.
"""

import math

Samples = tuple[tuple[float, int], ...]

WINDOW_MINUTES = 5
"""The span of the moving average: 300 s in scaling-anchors, on which the rule was chosen."""
PEAK_MINUTES = 1
"""The span whose highest need is always kept: 60 s, from the same source."""
SAMPLES_PER_MINUTE = 12
_ROUNDING = 1e-9
"""An average of exactly 4 keeps 6 workers, not 7, whatever the last bit of a float says."""


def add_sample(samples: Samples, now: float, need: int, minute_seconds: float) -> Samples:
    """The samples with a reading of `need` at `now` added, and what the window has passed dropped.

    Readings closer than a slot keep their highest: a lower one follows with the next slot. Samples from the future
    (the clock was set back) are dropped.
    """
    start = now - WINDOW_MINUTES * minute_seconds
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


def peak(samples: Samples, now: float, minute_seconds: float) -> int:
    """The highest need in force at any time of the last minute; 0 without samples."""
    start = now - PEAK_MINUTES * minute_seconds
    highest = 0
    until = math.inf
    for at, need in reversed(samples):
        if until <= start:
            break
        highest = max(highest, need)
        until = at
    return highest


def average(samples: Samples, now: float, minute_seconds: float) -> float:
    """The mean need of the window, each need weighted by the time it held; over what is known, if that is shorter."""
    start = now - WINDOW_MINUTES * minute_seconds
    total = 0.0
    until = now
    for at, need in reversed(samples):
        begin = max(at, start)
        total += need * (until - begin)
        until = begin
    span = now - until
    return total / span if span > 0 else float(samples[-1][1] if samples else 0)


def surge(mean: float) -> int:
    """What a mean need of m keeps: m + sqrt(m), rounded up, so that only a mean of nothing keeps nothing."""
    return math.ceil(mean + math.sqrt(mean) - _ROUNDING)
