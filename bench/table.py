"""The scores of one race as a table in Markdown. Pure."""

from collections.abc import Mapping

from bench.race import Race
from bench.score import Score, ratio

LIMIT = "FFmpeg, one pass by hand (the limit)"
OURS = "the worker, end to end"

_MEGABYTE = 1_000_000
_HEAD = (
    "| contender | clock s | processor s | clock / limit | processor / limit | MB | VMAF | runs |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def table(race: Race, scores: Mapping[str, Score]) -> str:
    """A heading, a row a contender in the order of `scores`, and how the worker stands to its goal."""
    limit = scores[LIMIT]
    rows = [f"### {race.title}, {race.frames / race.fps:.1f} s\n", _HEAD]
    rows += [_row(name, score, limit) for name, score in scores.items()]
    rows += ["", f"{verdict(race, scores)}{_note(scores[OURS])}"]
    return "\n".join(rows)


def verdict(race: Race, scores: Mapping[str, Score]) -> str:
    """Whether the goal is met: the processor's ratio, which others' load does not touch."""
    ours, limit = scores[OURS], scores[LIMIT]
    found = ratio(ours, limit).processor
    words = "met" if found <= race.goal else "**missed**"
    told = f"Goal of {race.goal:g} times the limit's processor time: {words} ({found:.2f})."
    if ours.vmaf is None or limit.vmaf is None:
        return told
    gain = ours.vmaf - limit.vmaf
    words = "met" if gain >= -QUALITY_GOAL else "**missed**"
    return f"{told} Quality within {QUALITY_GOAL:g} VMAF of the limit's: {words} ({gain:+.2f})."


QUALITY_GOAL = 0.5
"""In VMAF: two encodes by threaded x264 differ a little anyhow."""


def _row(name: str, score: Score, limit: Score) -> str:
    beside = ratio(score, limit)
    cells = (
        name,
        f"{score.clock_seconds:.2f}",
        f"{score.processor_seconds:.2f}",
        f"{beside.clock:.2f}",
        f"{beside.processor:.2f}",
        f"{score.size_bytes / _MEGABYTE:.1f}",
        "" if score.vmaf is None else f"{score.vmaf:.2f}",
        str(len(score.runs)),
    )
    return f"| {' | '.join(cells)} |"


def _note(score: Score) -> str:
    return f" {score.note}" if score.note else ""
