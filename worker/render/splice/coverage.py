"""Which frames of the output each layer is on. Pure."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Final

from worker.render.layers import Layer, Words
from worker.render.splice.spans import Range

_EVENT: Final = re.compile(r"^Dialogue: \d+,(\d+):(\d\d):(\d\d)\.(\d\d),(\d+):(\d\d):(\d\d)\.(\d\d),")

Coverage = Sequence[tuple[Layer, Sequence[Range]]]
"""Each layer with the frames that it is on."""


def find_coverage(layers: Sequence[Layer], fps: Fraction, read: Callable[[str], Iterable[str]]) -> Coverage:
    """The frames of every layer; `read` answers with the lines of a file that the typesetter drew."""
    return [
        (
            layer,
            events_frames(read(layer.file), fps)
            if isinstance(layer, Words)
            else [(layer.first_frame, layer.end_frame)],
        )
        for layer in layers
    ]


def events_frames(lines: Iterable[str], fps: Fraction) -> list[Range]:
    """The frames of each event of an ASS file: those that begin within its time."""
    ranges: dict[Range, None] = {}
    for line in lines:
        if event := _EVENT.match(line):
            numbers = [int(number) for number in event.groups()]
            ranges[_first_frame(numbers[:4], fps), _first_frame(numbers[4:], fps)] = None
    return list(ranges)


def on_frames(coverage: Coverage, first_frame: int, end_frame: int) -> list[Layer]:
    """The layers that are on any of these frames, in their order."""
    return [
        layer
        for layer, ranges in coverage
        if any(first < end_frame and end > first_frame and first < end for first, end in ranges)
    ]


def _first_frame(stamp: Sequence[int], fps: Fraction) -> int:
    hours, minutes, seconds, hundredths = stamp
    return math.ceil(Fraction(((hours * 60 + minutes) * 60 + seconds) * 100 + hundredths, 100) * fps)
