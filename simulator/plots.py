"""Plots as PNG and SVG: cost against wait, and a day of the fleet with its queue."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from simulator.outcome import Outcome
from simulator.trace import DAY_SECONDS, Trace

mpl.rcParams["svg.hashsalt"] = "warm-pool"  # the same plot is the same file
DPI = 140
OURS_COLOUR, THEIRS_COLOUR, BOUND_COLOUR = "#d1495b", "#30638e", "#6a994e"
LABEL_PLACES = tuple((x, y, side) for y in (4, -11, 14, -21, 24, -31) for x, side in ((6, "left"), (-6, "right")))
"""Where a point's name may stand, in points from it, the best first."""
LINEAR_SECONDS = 10.0
"""Below this the axis of waits is linear, since a wait may be nothing."""


def pareto(trace: Trace, outcomes: Sequence[Outcome], path: Path) -> list[Path]:
    """Each policy as a point: the cost of a month to the right, the 95th percentile of waits upwards. Both files."""
    figure = Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.subplots()
    axes.set_xscale("log")
    axes.set_yscale("symlog", linthresh=LINEAR_SECONDS)
    for outcome in outcomes:
        axes.scatter([outcome.month_usd], [outcome.wait(95)], s=46, color=_colour(outcome.policy), zorder=3)
    axes.set_ylim(bottom=-0.5)
    axes.margins(x=0.18)
    axes.set_xlabel("US dollars a month (log)")
    axes.set_ylabel(f"p95 wait, seconds (log above {LINEAR_SECONDS:.0f})")
    axes.set_title(
        f"{trace.name}: {len(trace):,} jobs in {trace.days:.0f} days. Lower and further left is better",
        loc="left",
        fontsize=10,
    )
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.xaxis.set_major_formatter(lambda value, _position: f"{value:,.0f}")
    axes.xaxis.set_minor_formatter(lambda value, _position: f"{value:,.0f}" if _leading(value) in {2, 5} else "")
    axes.yaxis.set_major_formatter(lambda value, _position: f"{value:,.0f}")
    _label(figure, axes, outcomes)
    return _save(figure, path)


def day(trace: Trace, outcomes: Sequence[Outcome], number: int, path: Path) -> list[Path]:
    """The fleet of each outcome, and what it had to do, on one day of the trace (0 is the first). Both files.

    The upper plot has the workers that each policy asked for; the lower one the jobs that wait.
    """
    start = number * DAY_SECONDS
    figure = Figure(figsize=(11, 6), layout="constrained")
    fleet, queue = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    times, load = _load(trace, start)
    fleet.fill_between(
        _clock(trace, times), load, step="post", color="#cccccc", label="jobs, if none waited", linewidth=0
    )
    for outcome, colour in zip(outcomes, (OURS_COLOUR, THEIRS_COLOUR, BOUND_COLOUR, "#edae49"), strict=False):
        times, desired = _desired(outcome, start)
        fleet.step(_clock(trace, times), desired, where="post", color=colour, linewidth=1.1, label=outcome.policy)
        times, waiting = _waiting(trace, outcome, start)
        queue.step(_clock(trace, times), waiting, where="post", color=colour, linewidth=1.1)
    fleet.set_ylabel("workers asked for")
    queue.set_ylabel("jobs that wait")
    queue.xaxis.set_major_formatter(dates.DateFormatter("%H:%M", tz=UTC))
    queue.set_xlabel(f"{datetime.fromtimestamp(trace.began_at + start, UTC):%a %d %b %Y}, UTC")
    fleet.legend(loc="upper left", fontsize=8, frameon=False)
    fleet.set_title(f"{trace.name}, day {number + 1}", loc="left", fontsize=10)
    for axes in (fleet, queue):
        axes.set_ylim(bottom=0)
        axes.grid(visible=True, alpha=0.25)
    return _save(figure, path)


def busiest_day(trace: Trace) -> int:
    """The day with the most jobs; the first is 0."""
    return int(np.bincount((np.array(trace.arrivals) / DAY_SECONDS).astype(int)).argmax())


def _label(figure: Figure, axes: Axes, outcomes: Sequence[Outcome]) -> None:
    """Name each point beside it, where its name covers no other's if there is such a place."""
    FigureCanvasAgg(figure).draw()
    frame = axes.get_window_extent()
    taken: list[Bbox] = [
        Bbox.from_bounds(x - 4, y - 4, 8, 8)
        for x, y in axes.transData.transform([(outcome.month_usd, outcome.wait(95)) for outcome in outcomes])
    ]
    for outcome in outcomes:
        label = axes.annotate(
            outcome.policy,
            (outcome.month_usd, outcome.wait(95)),
            xytext=(0, 0),
            textcoords="offset points",
            fontsize=8,
        )
        for x, y, side in LABEL_PLACES:
            label.set(position=(x, y), horizontalalignment=side)
            box = label.get_window_extent()
            if frame.x0 < box.x0 and box.x1 < frame.x1 and not any(box.overlaps(other) for other in taken):
                break
        taken.append(label.get_window_extent())


def _save(figure: Figure, path: Path) -> list[Path]:
    paths = [path.with_suffix(suffix) for suffix in (".png", ".svg")]
    for one in paths:
        metadata = {"Date": None} if one.suffix == ".svg" else {}
        figure.savefig(one, dpi=DPI, metadata=metadata)
    return paths


def _colour(policy: str) -> str:
    if policy.startswith("warm pool"):
        return OURS_COLOUR
    return BOUND_COLOUR if policy == "clairvoyant" else THEIRS_COLOUR


def _leading(value: float) -> int:
    return int(f"{value:e}"[0])


def _clock(trace: Trace, times: Sequence[float]) -> list[datetime]:
    return [datetime.fromtimestamp(trace.began_at + time, UTC) for time in times]


def _desired(outcome: Outcome, start: float) -> tuple[list[float], list[int]]:
    before = [count for at, count in outcome.tally.history if at <= start]
    within = [(at, count) for at, count in outcome.tally.history if start < at < start + DAY_SECONDS]
    steps = [(start, before[-1] if before else 0), *within]
    steps.append((start + DAY_SECONDS, steps[-1][1]))
    return [at for at, _ in steps], [count for _, count in steps]


def _load(trace: Trace, start: float) -> tuple[list[float], list[int]]:
    """How many workers jobs would have if each began at its arrival."""
    return _sum_of_steps(
        ((arrival, arrival + service) for arrival, service in zip(trace.arrivals, trace.services, strict=True)), start
    )


def _waiting(trace: Trace, outcome: Outcome, start: float) -> tuple[list[float], list[int]]:
    """How many jobs wait for their first start."""
    return _sum_of_steps(
        ((arrival, arrival + wait) for arrival, wait in zip(trace.arrivals, outcome.waits.tolist(), strict=True)), start
    )


def _sum_of_steps(spans: Iterable[tuple[float, float]], start: float) -> tuple[list[float], list[int]]:
    end = start + DAY_SECONDS
    changes: list[tuple[float, int]] = [(start, 0), (end, 0)]
    for begin, stop in spans:
        if stop > start and begin < end and stop > begin:
            changes += [(max(begin, start), 1), (min(stop, end), -1)]
    changes.sort()
    times = [at for at, _ in changes]
    return times, np.cumsum([step for _, step in changes]).tolist()
