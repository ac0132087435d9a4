"""Other numbers for parameter sets, so that sources that all count from zero can lie in one stream. Pure.

A slice names its set by a number of variable length, and its coded data behind is aligned to bytes: a number that is
exactly a byte longer moves all that follows by one byte, and changes no bit of it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from worker.render.splice.groups import ParameterSets
from worker.render.splice.h264 import PPS, SPS, Bits, escape, plain, read_picture_ids

MAX_SEQUENCE_NUMBER: Final = 31
MAX_PICTURE_NUMBER: Final = 255

_SEQUENCE_HEAD_BITS: Final = 24
"""Profile, constraints and level, before a sequence's number."""


@dataclass(frozen=True)
class Numbering:
    """New numbers of sequence and of picture sets by their old ones; empty leaves all as it is."""

    sequences: Mapping[int, int] = field(default_factory=dict)
    pictures: Mapping[int, int] = field(default_factory=dict)

    def sets(self, sets: ParameterSets) -> ParameterSets:
        """The sets under their new numbers."""
        if not self.sequences:
            return sets
        return {self._number(key): self._set(key, unit) for key, unit in sets.items()}

    def slice(self, unit: bytes) -> bytes:
        """A slice that names its set by the new number (7.3.3)."""
        if not self.pictures:
            return unit
        payload = plain(unit[1:])
        bits = Bits(unit[1:])
        for _ in range(2):  # which block comes first, and what kind of slice it is
            bits.golomb()
        start = bits.position
        new = golomb(self.pictures[bits.golomb()])
        changed = -(-bits.position // 8)
        head = f"{int.from_bytes(payload[:changed], 'big'):0{8 * changed}b}"
        head = head[:start] + new + head[bits.position :]
        return unit[:1] + escape(int(head, 2).to_bytes(len(head) // 8, "big") + payload[changed:])

    def _number(self, key: tuple[int, int]) -> tuple[int, int]:
        kind, number = key
        return kind, (self.sequences if kind == SPS else self.pictures)[number]

    def _set(self, key: tuple[int, int], unit: bytes) -> bytes:
        bits = Bits(unit[1:])
        if key[0] == SPS:
            head = f"{bits.take(_SEQUENCE_HEAD_BITS):0{_SEQUENCE_HEAD_BITS}b}"
        else:
            head = golomb(self.pictures[bits.golomb()])
        head += golomb(self.sequences[bits.golomb()])
        payload = plain(unit[1:])
        everything = f"{int.from_bytes(payload, 'big'):0{8 * len(payload)}b}"
        # The last bit that is set ends the payload; what fills its byte is written anew.
        digits = head + everything[bits.position :].rstrip("0")
        digits += "0" * (-len(digits) % 8)
        return unit[:1] + escape(int(digits, 2).to_bytes(len(digits) // 8, "big"))


def new_numbering(sets: ParameterSets, taken: Collection[tuple[int, int]]) -> Numbering | None:
    """Numbers for `sets` that are not among the `taken` (kinds and numbers); None where there are not enough."""
    sequences: dict[int, int] = {}
    pictures: dict[int, int] = {}
    for kind, number in sorted(sets):
        wanted = range(MAX_SEQUENCE_NUMBER + 1) if kind == SPS else numbers_a_byte_longer(number)
        given = sequences if kind == SPS else pictures
        free = next((each for each in wanted if (kind, each) not in taken and each not in given.values()), None)
        if free is None:
            return None
        given[number] = free
    named = {read_picture_ids(unit)[1] for (kind, _), unit in sets.items() if kind == PPS}
    return Numbering(sequences, pictures) if named <= sequences.keys() else None


def numbers_a_byte_longer(number: int) -> range:
    """The numbers of picture sets that take a byte more than `number` does."""
    digits = len(golomb(number)) + 8
    first = (1 << (digits // 2)) - 1
    return range(first, min(2 * first + 1, MAX_PICTURE_NUMBER + 1))


def golomb(number: int) -> str:
    """A number in the exponential code (9.1) as binary digits."""
    digits = f"{number + 1:b}"
    return "0" * (len(digits) - 1) + digits
