"""Parameter sets of several origins in one stream: which agree, what number is free, and an MP4's record. Pure."""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from worker.render.splice.groups import Group, ParameterSets
from worker.render.splice.h264 import PPS, PROFILES, SPS, UnreadableUnitError, read_sequence

MAX_NUMBER = 31
"""The highest number of a sequence parameter set."""

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


def agreeing(groups: Sequence[Sequence[Group]]) -> list[list[Group]]:
    """The clips' groups without those whose parameter sets contradict others' that are good for more frames."""
    frames: Counter[frozenset[tuple[tuple[int, int], bytes]]] = Counter()
    for clip in groups:
        for group in clip:
            frames[frozenset(group.sets.items())] += group.ends[-1]
    kept: list[ParameterSets] = []
    for candidate, _ in frames.most_common():
        if join_sets([*kept, dict(candidate)]) is not None:
            kept.append(dict(candidate))
    return [[group for group in clip if group.sets in kept] for clip in groups]


def free_number(sets: ParameterSets) -> int:
    """The least number that neither a sequence nor a picture parameter set has; it may exceed `MAX_NUMBER`."""
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


def have_one_colour(sets: ParameterSets) -> bool:
    """Whether all sets mean the same colours by the same numbers: an MP4 says it once for its whole picture.

    Raises:
        UnreadableUnitError: a set is broken.
    """
    return len({read_sequence(unit).colour for (kind, _), unit in sets.items() if kind == SPS}) == 1


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
