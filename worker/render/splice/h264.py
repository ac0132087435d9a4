"""H.264 as bytes: its units, and what its parameter sets say. Pure; the bytes may be a stranger's.

Numbers of clauses and tables are those of ITU-T H.264.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

SLICE: Final = 1
IDR_SLICE: Final = 5
SPS: Final = 7
PPS: Final = 8

# Beside slices and parameter sets: remarks (6), delimiters (9) and filling (12), which a decoder does without. Anything
# else (partitions, layers, auxiliary pictures) is more than is understood here.
NEEDLESS: Final = frozenset({6, 9, 12})

PROFILES: Final = (66, 77, 100)
"""Baseline, main and high, each of which decodes the ones before (a baseline of arbitrary order aside)."""

_START: Final = b"\x00\x00\x01"
_HIGH_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_LIKE_A_START: Final = re.compile(rb"\x00\x00(?=[\x00-\x03])")
_SQUARE: Final = 1
_EXTENDED_SHAPE: Final = 255
_MAX_GOLOMB_ZEROS: Final = 31


class UnreadableUnitError(ValueError):
    """A unit ends too early or says what cannot be."""


def split_units(data: bytes) -> list[bytes]:
    """The units of a stream in the byte format of annex B, without their start codes."""
    return [unit for part in data.split(_START)[1:] if (unit := part.rstrip(b"\x00"))]


def unit_kind(unit: bytes) -> int:
    """The unit's `nal_unit_type`."""
    return unit[0] & 31


@dataclass(frozen=True)
class Sequence:
    """What a sequence parameter set says of pictures; width and height are those shown.

    `sar` is the width of a pixel over its height; None is one of the standard's own shapes (table E-1).
    `colour` is full range, primaries, transfer and matrix (annex E; 2 is unspecified).
    """

    id: int
    profile: int
    level: int
    is_plain: bool
    """Whole frames (never fields) of 8 bits in 4:2:0."""
    width: int
    height: int
    sar: Fraction | None
    colour: tuple[int, int, int, int]


def read_sequence(unit: bytes) -> Sequence:
    """Clause 7.3.2.1.1.

    Raises:
        UnreadableUnitError: the unit is broken, or has scaling lists (which no camera or x264 writes here).
    """
    bits = Bits(unit[1:])
    profile, _, level = bits.take(8), bits.take(8), bits.take(8)
    number = bits.golomb()
    is_plain = True
    if profile in _HIGH_PROFILES:
        chroma = bits.golomb()
        if chroma == 3:  # noqa: PLR2004 - 4:4:4
            bits.take(1)
        depths = bits.golomb(), bits.golomb()
        lossless = bits.take(1)
        is_plain = chroma == 1 and depths == (0, 0) and not lossless
        if bits.take(1):
            raise UnreadableUnitError("it has scaling lists")
    bits.golomb()
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.take(1)
        for _ in range(2):
            bits.golomb()
        for _ in range(min(bits.golomb(), 255)):
            bits.golomb()
    bits.golomb()
    bits.take(1)
    across, down = bits.golomb() + 1, bits.golomb() + 1
    whole_frames = bits.take(1)
    if not whole_frames:
        bits.take(1)
    bits.take(1)
    left = right = top = bottom = 0
    if bits.take(1):
        left, right, top, bottom = (bits.golomb() for _ in range(4))
    sar, colour = _read_usability(bits) if bits.take(1) else (Fraction(1), (0, 2, 2, 2))
    return Sequence(
        id=number,
        profile=profile,
        level=level,
        is_plain=is_plain and bool(whole_frames),
        width=16 * across - 2 * (left + right),
        height=(16 * down - 2 * (top + bottom)) * (1 if whole_frames else 2),
        sar=sar,
        colour=colour,
    )


def _read_usability(bits: "Bits") -> tuple[Fraction | None, tuple[int, int, int, int]]:
    """Clause E.1.1, as far as colours. A shape that is not said (0) counts as square, as FFmpeg has it."""
    sar: Fraction | None = Fraction(1)
    if bits.take(1):
        shape = bits.take(8)
        if shape == _EXTENDED_SHAPE:
            across, down = bits.take(16), bits.take(16)
            sar = Fraction(across, down) if across and down else Fraction(1)
        else:
            sar = Fraction(1) if shape <= _SQUARE else None
    if bits.take(1):
        bits.take(1)
    full_range, description = 0, (2, 2, 2)
    if bits.take(1):
        bits.take(3)
        full_range = bits.take(1)
        if bits.take(1):
            description = bits.take(8), bits.take(8), bits.take(8)
    return sar, (full_range, *description)


def read_picture_ids(unit: bytes) -> tuple[int, int]:
    """A picture parameter set's number, and that of the sequence parameter set that it belongs to (7.3.2.2)."""
    bits = Bits(unit[1:])
    return bits.golomb(), bits.golomb()


def plain(payload: bytes) -> bytes:
    """A payload without the bytes that only keep start codes out of it (7.4.1)."""
    return payload.replace(b"\x00\x00\x03", b"\x00\x00")


def escape(payload: bytes) -> bytes:
    """A payload with these bytes."""
    escaped = _LIKE_A_START.sub(b"\x00\x00\x03", payload)
    return escaped + b"\x03" if escaped.endswith(b"\x00") else escaped


class Bits:
    """Reads a unit's payload bit by bit, without the bytes that only keep start codes out of it (7.4.1)."""

    def __init__(self, payload: bytes) -> None:
        self._payload = plain(payload)
        self.position = 0

    def take(self, count: int) -> int:
        """The next `count` bits as a number."""
        end = self.position + count
        if end > 8 * len(self._payload):
            raise UnreadableUnitError("it ends too early")
        first, last = self.position // 8, -(-end // 8)
        value = int.from_bytes(self._payload[first:last], "big") >> (8 * last - end)
        self.position = end
        return value & ((1 << count) - 1)

    def golomb(self) -> int:
        """The next number in the exponential code (9.1)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > _MAX_GOLOMB_ZEROS:
                raise UnreadableUnitError("it has a number that is too large")
        return (1 << zeros) - 1 + (self.take(zeros) if zeros else 0)
