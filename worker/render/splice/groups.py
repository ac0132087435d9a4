"""Where a clip's picture can be cut without decoding it: groups of packets that need nothing from outside. Pure.

A group begins at an IDR picture, which makes the decoder forget all that was before. Its packets refer to earlier ones
of the group alone, so it may also end early: wherever the packets so far are the pictures so far, without a gap.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from worker.render.splice.h264 import (
    IDR_SLICE,
    NEEDLESS,
    PPS,
    SLICE,
    SPS,
    UnreadableUnitError,
    read_picture_ids,
    read_sequence,
    split_units,
    unit_kind,
)
from worker.render.splice.packets import Packet

ParameterSets = Mapping[tuple[int, int], bytes]
"""The units by their kind (SPS or PPS) and number."""


@dataclass(frozen=True)
class Group:
    """Packets `first_packet` to `end_packet` (excluded) in the order of decoding; frames count from the clip's first.

    `ends` are the numbers of packets after which it may end, growing; the last one is all that it is good for.
    """

    first_frame: int
    first_packet: int
    end_packet: int
    ends: tuple[int, ...]
    sets: ParameterSets

    @property
    def is_whole(self) -> bool:
        """Whether all of its packets may be taken, so that another group may follow."""
        return self.ends[-1] == self.end_packet - self.first_packet

    @property
    def end_frame(self) -> int:
        """The first frame after it."""
        return self.first_frame + self.ends[-1]


def frame_of(seconds: Fraction, fps: Fraction) -> int:
    """The output's frame for which the frame rate's filter takes a picture: the nearest; halves go away from zero."""
    twice = 2 * seconds * fps
    return (int(twice) + 1) // 2 if twice >= 0 else -((int(-twice) + 1) // 2)


def find_groups(
    packets: Sequence[Packet], read: Callable[[Packet], bytes], *, fps: Fraction, seconds: float
) -> list[Group]:
    """The groups of a clip that shows its source from 0 to `seconds` at its own speed.

    Each of their pictures is the only one for its frame. `read` answers with a packet's bytes in the format of annex B.
    """
    frames = [
        frame_of(packet.seconds, fps)
        if packet.seconds is not None and packet.is_usable and 0 <= packet.seconds < Fraction(seconds)
        else None
        for packet in packets
    ]
    pictures = Counter(frame for frame in frames if frame is not None)
    groups: list[Group] = []
    sets: ParameterSets = {}
    for first, end in _spans_of_keys(packets):
        try:
            changes = _parameter_sets(read(packets[first]))
        except UnreadableUnitError:
            changes = None
        if changes is None:
            sets = {}
            continue
        sets = {**sets, **changes}
        ends = _ends([frame if frame is not None and pictures[frame] == 1 else None for frame in frames[first:end]])
        first_frame = frames[first]
        if ends and first_frame is not None and sets:
            groups.append(Group(first_frame, first, end, ends, sets))
    return groups


def _spans_of_keys(packets: Sequence[Packet]) -> Iterator[tuple[int, int]]:
    """From each key frame to the next."""
    keys = [index for index, packet in enumerate(packets) if packet.is_key]
    yield from itertools.pairwise([*keys, len(packets)])


def _parameter_sets(data: bytes) -> ParameterSets | None:
    """The parameter sets at the beginning of a group; None if it does not begin with an IDR picture."""
    sets: dict[tuple[int, int], bytes] = {}
    for unit in split_units(data):
        kind = unit_kind(unit)
        if kind == SPS:
            sets[SPS, read_sequence(unit).id] = unit
        elif kind == PPS:
            sets[PPS, read_picture_ids(unit)[0]] = unit
        elif kind == IDR_SLICE:
            return sets
        elif kind not in NEEDLESS:
            return None
    return None


def _ends(frames: Sequence[int | None]) -> tuple[int, ...]:
    """After how many packets all frames from the first to the latest are there; a packet of no frame ends it all."""
    ends: list[int] = []
    latest = first = frames[0]
    for count, frame in enumerate(frames, 1):
        if frame is None or first is None or latest is None or frame < first:
            break
        latest = max(latest, frame)
        if latest - first + 1 == count:
            ends.append(count)
    return tuple(ends)


def slices_of(data: bytes, known: Collection[bytes]) -> list[bytes] | None:
    """The units of a packet that are its picture.

    None if there is anything in it that is not understood here, or a parameter set that is not among the `known`.
    """
    slices: list[bytes] = []
    for unit in split_units(data):
        kind = unit_kind(unit)
        if kind in {SLICE, IDR_SLICE}:
            slices.append(unit)
        elif kind not in NEEDLESS and not (kind in {SPS, PPS} and unit in known):
            return None
    return slices or None
