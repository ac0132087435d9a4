"""How near a result is to what its sources show: VMAF, by the libvmaf of the worker's own FFmpeg."""

import re

from bench import commands
from bench.contenders import Track
from bench.processes import run
from bench.race import Race

EVERY_NTH = 3
"""Frames that are looked at: every third tells the same to some hundredths in a third of the time."""

_SCORE = re.compile(r"VMAF score: (?P<score>[\d.]+)")


class NoScoreError(Exception):
    """FFmpeg ended well and told no score."""


def vmaf(race: Race, track: Track, video: str) -> float:
    """The mean VMAF (0..100) of `video` beside the frames of the race's graph before any encoder."""
    said = run(commands.vmaf(race, track.threads, video, EVERY_NTH), track.folder)
    found = _SCORE.search(said)
    if found is None:
        raise NoScoreError(said[-500:])
    return float(found["score"])
