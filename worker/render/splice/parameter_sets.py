"""Parameter sets of several origins in one stream: which agree, what number is free, and an MP4's record. Pure."""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from worker.render.splice.groups import Group, ParameterSets
from worker.render.splice.h264 import PPS, PROFILES, SPS, UnreadableUnitError, read_sequence
from worker.render.splice.numbers import Numbering, new_numbering

_MAX_SEQUENCES = 31
_HIGH = 100


def join_sets(sets: Iterable[ParameterSets]) -> ParameterSets | None:
    """All of them as one; None where two have the same number and say different things."""
    joined: dict[tuple[int, int], bytes] = {}
    for each in sets:
        for key, unit in each.items():
            if joined.setdefault(key, unit) != unit:
                return None
    return joined


Family = frozenset[tuple[tuple[int, int], bytes]]
"""The parameter sets of one origin, by which it is known."""


def family(sets: ParameterSets) -> Family:
    """The sets as what they are known by."""
    return frozenset(sets.items())


def settle(groups: Sequence[Sequence[Group]]) -> dict[Family, Numbering]:
    """How the sets of each origin are numbered, so that none contradicts another's; those with no way are left out.

    Those that are good for the most frames keep their numbers.
    """
    frames: Counter[Family] = Counter()
    for clip in groups:
        for group in clip:
            frames[family(group.sets)] += group.ends[-1]
    settled: dict[Family, Numbering] = {}
    joined: ParameterSets = {}
    for candidate, _ in frames.most_common():
        sets = dict(candidate)
        numbering = numbering_beside(sets, joined)
        if numbering is not None:
            settled[candidate] = numbering
            joined = {**joined, **numbering.sets(sets)}
    return settled


def numbering_beside(sets: ParameterSets, joined: ParameterSets) -> Numbering | None:
    """Numbers for `sets` under which they may lie beside those that are joined already; None if there are none."""
    if join_sets([joined, sets]) is not None:
        return Numbering()
    return new_numbering(sets, joined)


def free_number(sets: ParameterSets) -> int:
    """The least number that neither a sequence nor a picture parameter set has; it may be too high."""
    taken = {number for _, number in sets}
    return next(number for number in itertools.count() if number not in taken)


def suits(sets: ParameterSets, width: int, height: int) -> bool:
    """Whether all that the sets describe are plain pictures of square pixels and of that size.

    A set that cannot be read suits nothing.
    """
    try:
        sequences = [read_sequence(unit) for (kind, _), unit in sets.items() if kind == SPS]
    except UnreadableUnitError:
        return False
    return bool(sequences) and all(
        each.is_plain and each.profile in PROFILES and (each.width, each.height, each.sar) == (width, height, 1)
        for each in sequences
    )


def colours_of(sets: ParameterSets) -> frozenset[tuple[int, int, int, int]]:
    """What the sets say that colours are.

    Raises:
        UnreadableUnitError: a set is broken.
    """
    return frozenset(read_sequence(unit).colour for (kind, _), unit in sets.items() if kind == SPS)


def decoder_record(sets: ParameterSets) -> bytes:
    """The AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1) of all sets; units have lengths of four bytes.

    Players read profile and level there before they look at any set: it names the highest, and that set comes first.

    Raises:
        UnreadableUnitError: a set is broken, or there are more than the record has room for.
    """
    sequences = [(read_sequence(unit), unit) for (kind, _), unit in sorted(sets.items()) if kind == SPS]
    pictures = [unit for (kind, _), unit in sorted(sets.items()) if kind == PPS]
    if not 0 < len(sequences) <= _MAX_SEQUENCES or not 0 < len(pictures) <= 255:  # noqa: PLR2004 - a byte
        raise UnreadableUnitError("it has too many parameter sets")
    sequences.sort(key=lambda pair: (-pair[0].profile, -pair[0].level))
    highest = replace(sequences[0][0], level=max(sequence.level for sequence, _ in sequences))
    constraints = 255
    for _, unit in sequences:
        constraints &= unit[2]
    # Formats of colour and depth: 4:2:0 of 8 bits, and no further sets.
    extension = bytes([0xFC | 1, 0xF8, 0xF8, 0]) if highest.profile >= _HIGH else b""
    return b"".join([
        bytes([1, highest.profile, constraints, highest.level, 0xFC | 3, 0xE0 | len(sequences)]),
        *(_with_length(unit) for _, unit in sequences),
        bytes([len(pictures)]),
        *(_with_length(unit) for unit in pictures),
        extension,
    ])  # fmt: skip


def _with_length(unit: bytes) -> bytes:
    return len(unit).to_bytes(2, "big") + unit
