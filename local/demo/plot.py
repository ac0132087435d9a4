"""timeline.png: the fleet and the queue over the demo's time."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")  # no display is needed, and none may be asked for
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from local.demo.sample import Sample

INK, MUTED, FLEET, WANTED, QUEUE, WORK = "#1b1f24", "#8b949e", "#1f6feb", "#1b1f24", "#d1495b", "#edae49"

_LETTER_WIDTH = 0.011
"""Of a mark's letter, as a part of the axis: measured on the figure below, at its font size."""


def draw(samples: Sequence[Sample], marks: Sequence[tuple[float, str]], target: Path) -> None:
    """Draw `samples` (one a quarter of a second) with `marks` (seconds, words) above them to `target`, a PNG."""
    seconds = [sample.at_seconds for sample in samples]
    figure, (fleet, queue) = plt.subplots(
        2, 1, figsize=(11, 6), dpi=120, sharex=True, gridspec_kw={"height_ratios": [1, 1], "hspace": 0.28}
    )
    fleet.fill_between(
        seconds, [sample.running for sample in samples], step="post", color=FLEET, alpha=0.35, label="running"
    )
    fleet.step(
        seconds,
        [sample.running + sample.pending for sample in samples],
        where="post",
        color=FLEET,
        linewidth=1,
        linestyle=":",
        label="running + pending",
    )
    fleet.step(
        seconds, [sample.desired for sample in samples], where="post", color=WANTED, linewidth=1.6, label="desired"
    )
    fleet.set_ylabel("workers")
    queue.stackplot(
        seconds,
        [sample.visible for sample in samples],
        [sample.in_flight for sample in samples],
        step="post",
        colors=[QUEUE, WORK],
        labels=["waiting", "in flight"],
        alpha=0.85,
    )
    queue.set_ylabel("jobs on the queue")
    queue.set_xlabel("seconds since the stack was deployed")
    top = max([sample.desired for sample in samples] + [sample.running for sample in samples], default=1)
    fleet.set_ylim(0, top + 1.2)
    for at_seconds, _ in marks:
        for axes in (fleet, queue):
            axes.axvline(at_seconds, color=MUTED, linewidth=0.8, linestyle="--", zorder=0)
    _write(fleet, marks, top + 1.1, seconds[-1] if seconds else 1.0)
    for axes in (fleet, queue):
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc="lower right", frameon=False, fontsize=9, ncols=3, bbox_to_anchor=(1, 0.98))
        axes.margins(x=0)
    figure.suptitle("From zero to the floor, through a burst, and back to zero", x=0.125, y=0.95, ha="left", color=INK)
    figure.savefig(target, bbox_inches="tight")
    plt.close(figure)


def _write(axes: Axes, marks: Sequence[tuple[float, str]], top: float, until_seconds: float) -> None:
    """Write the marks' words at the top, to the left of the line near the right edge, lower where they would meet."""
    height, last_seconds = top, float("-inf")
    for at_seconds, words in marks:
        width_seconds = len(words) * until_seconds * _LETTER_WIDTH
        is_at_the_edge = at_seconds > until_seconds * 0.8
        begins_seconds = at_seconds - width_seconds if is_at_the_edge else at_seconds
        height = height - 0.35 if begins_seconds < last_seconds else top
        last_seconds = at_seconds if is_at_the_edge else at_seconds + width_seconds
        side, shift_points = ("right", -4) if is_at_the_edge else ("left", 4)
        axes.annotate(
            words,
            (at_seconds, height),
            xytext=(shift_points, 0),
            textcoords="offset points",
            color=INK,
            fontsize=9,
            va="top",
            ha=side,
        )
