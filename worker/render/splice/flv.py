"""Pictures with times of our own, in a file that FFmpeg reads: a stream of bytes alone would make it guess them. Pure.

FLV (Adobe's specification, version 10.1, annex E) says of each packet when it is decoded and when it is shown, and
takes the decoder's record as it is. Its clock ticks a thousand times a second; here a tick is a frame, and whoever
copies the stream puts it right (`set_times`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

_HEADER: Final = b"FLV\x01\x01\x00\x00\x00\x09\x00\x00\x00\x00"
_VIDEO_TAG: Final = 9
_KEY_FRAME, _OTHER_FRAME, _AVC = 0x10, 0x20, 7
_RECORD, _PICTURE = 0, 1
MAX_PICTURE_BYTES: Final = 2**24 - 16


@dataclass(frozen=True)
class Picture:
    """The units of one picture, the output's frame that it is, and whether a decoder can begin there."""

    frame: int
    is_key: bool
    units: tuple[bytes, ...]


class UnfitPictureError(ValueError):
    """A picture is larger than the format has room for."""


def write_flv(record: bytes, pictures: Iterable[Picture], delay_frames: int) -> Iterator[bytes]:
    """The file in pieces; pictures come in the order of decoding, and each is shown `delay_frames` after its frame."""
    yield _HEADER
    yield from _tag(0, bytes([_KEY_FRAME | _AVC, _RECORD, 0, 0, 0]) + record)
    for index, picture in enumerate(pictures):
        late_frames = picture.frame + delay_frames - index
        kind = (_KEY_FRAME if picture.is_key else _OTHER_FRAME) | _AVC
        data = [bytes([kind, _PICTURE]), late_frames.to_bytes(3, "big")]
        for unit in picture.units:
            data += [len(unit).to_bytes(4, "big"), unit]
        yield from _tag(index, b"".join(data))


def _tag(time: int, data: bytes) -> Iterator[bytes]:
    if len(data) > MAX_PICTURE_BYTES:
        raise UnfitPictureError(f"a picture has {len(data)} bytes")
    low, high = (time & 0xFFFFFF).to_bytes(3, "big"), (time >> 24).to_bytes(1, "big")
    yield bytes([_VIDEO_TAG]) + len(data).to_bytes(3, "big") + low + high + b"\x00\x00\x00"
    yield data
    yield (11 + len(data)).to_bytes(4, "big")


def delay_of(frames: Sequence[int]) -> int:
    """By how many frames showing must lag behind decoding, so that no picture is shown before it is decoded."""
    return max(index - frame for index, frame in enumerate([*frames, len(frames)]))


def set_times(fps: Fraction) -> str:
    """The bitstream filters that make ticks frames at `fps`: FFmpeg has taken the delay off what it shows by then.

    Exactly: the times go to a clock on which ticks and frames are both whole, and from there to one of frames.
    """
    ticks, frame = 1000 * fps.numerator, 1000 * fps.denominator
    factor = f"{frame}/{fps.numerator}"
    return ",".join([
        f"setts=pts=PTS:dts=DTS:time_base=1/{ticks}",
        f"setts=pts=PTS*{factor}:dts=DTS*{factor}:duration={frame}",
        f"setts=pts=PTS:dts=DTS:time_base=1/{fps.numerator}",
    ])  # fmt: skip
