"""Segments that only our encoder made, by the same settings: FFmpeg joins them as they are, if they are alike."""

import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from worker.render.splice.strip import SpliceError

LIST_FILE: Final = "segments.txt"

MIN_FRAMES: Final = 4
"""A shorter segment is decoded without the delay that others have, and its neighbours' times would give way."""

_RECORD: Final = b"hvcC"


def write_list(folder: Path, files: Sequence[Path]) -> None:
    """Write the list by which FFmpeg joins `files` of HEVC, which lie in `folder`.

    Their decoder's records (ISO/IEC 14496-15, 8.3.3.1) have all their parameter sets, and the output has one record.

    Raises:
        SpliceError: the records differ, as where clips have other colours.
    """
    if len({_record_of(file) for file in files}) != 1:
        raise SpliceError("the segments have other parameter sets")
    (folder / LIST_FILE).write_text("".join(f"file '{file.name}'\n" for file in files), "ascii")


def _record_of(file: Path) -> bytes:
    """The record in an MP4 whose index comes last, with its size before it."""
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = data.rfind(_RECORD)
        if at < 4:  # noqa: PLR2004 - a box begins with its size, in four bytes
            raise SpliceError("a segment has no decoder's record")
        return data[at - 4 : at - 4 + int.from_bytes(data[at - 4 : at], "big")]
