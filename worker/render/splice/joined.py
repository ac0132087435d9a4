"""The file that strips are joined in, before the sound is put beside it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from worker.errors import StoppedError
from worker.render.splice.flv import Picture, delay_of, write_flv
from worker.render.splice.footage import OpenFootage
from worker.render.splice.groups import ParameterSets, slices_of
from worker.render.splice.parameter_sets import decoder_record
from worker.render.splice.strip import SpliceError, Strip

JOINED_FILE: Final = "joined.flv"


def write_joined(
    folder: Path, strips: Sequence[Strip], sets: ParameterSets, *, frames: int, stop: threading.Event
) -> None:
    """Write the strips, whose parameter sets are in `sets`, as one stream of so many frames.

    Raises:
        SpliceError: they are not each frame once, or something in them is not understood.
        UnreadableUnitError: a parameter set is broken.
        UnfitPictureError: a picture is too large.
        StoppedError: `stop` was set.
    """
    numbers = [number for strip in strips for number in strip.frames]
    if sorted(numbers) != list(range(frames)):
        raise SpliceError("the spans do not have each frame once")
    with ExitStack() as stack:
        opened = [stack.enter_context(strip.footage.opened()) for strip in strips]
        file = stack.enter_context((folder / JOINED_FILE).open("wb"))
        file.writelines(write_flv(decoder_record(sets), _pictures(strips, opened, numbers, stop), delay_of(numbers)))


def _pictures(
    strips: Sequence[Strip], opened: Sequence[OpenFootage], numbers: Sequence[int], stop: threading.Event
) -> Iterator[Picture]:
    left = iter(numbers)
    for strip, bytes_of in zip(strips, opened, strict=True):
        if stop.is_set():
            raise StoppedError("rendering was stopped before its end")
        for packet in strip.packets:
            slices = slices_of(bytes_of.read(packet), strip.sets.values())
            if slices is None:
                raise SpliceError("a picture has units that are not known here")
            yield Picture(next(left), packet.is_key, tuple(map(strip.numbering.slice, slices)))
