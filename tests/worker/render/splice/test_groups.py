"""Groups of packets that need nothing from outside."""

from collections.abc import Sequence
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from worker.render.splice.groups import Group, find_groups, frame_of, slices_of
from worker.render.splice.packets import Packet

FPS = Fraction(25)
# What libx264 writes for 160x90.
SPS = bytes.fromhex("6742c00bda0a37e4c044000003000400000300c83c50aa80")
PPS = bytes.fromhex("68ce0fc8")
IDR, SLICE, NO_IDR = b"\x65\x88", b"\x41\x9a", b"\x41\x88"
START = b"\x00\x00\x00\x01"


def packets_of(frames: Sequence[int | None], keys: Sequence[int], *, flags: int = 0) -> list[Packet]:
    """Packets of 10 bytes each, in the order of decoding, with the frames that they are at 25 a second."""
    return [
        Packet(None if frame is None else Fraction(frame, 25), 10 * index, 10, 1 if index in keys else flags)
        for index, frame in enumerate(frames)
    ]


def found(packets: Sequence[Packet], *, key: bytes = IDR, sets: bytes = START + SPS + START + PPS, seconds: float = 9):
    return find_groups(packets, lambda _: sets + START + key, fps=FPS, seconds=seconds)


def test_a_group_goes_from_one_idr_picture_to_the_next_and_may_end_where_no_frame_is_missing():
    [first, second] = found(packets_of([0, 3, 1, 2, 4, 5, 7, 6], keys=[0, 5]))

    assert (first.first_frame, first.first_packet, first.end_packet, first.ends) == (0, 0, 5, (1, 4, 5))
    assert first.is_whole
    assert (second.first_frame, second.first_packet, second.end_packet, second.ends) == (5, 5, 8, (1, 3))
    assert sorted(first.sets) == [(7, 0), (8, 0)]


def test_a_key_frame_that_is_no_idr_picture_begins_no_group():
    """An open group: its first pictures refer to the group before."""
    assert found(packets_of([0, 1, 2], keys=[0]), key=NO_IDR) == []


def test_a_group_without_parameter_sets_is_of_no_use():
    assert found(packets_of([0, 1, 2], keys=[0]), sets=b"") == []


def test_what_ffmpeg_would_not_show_is_not_copied():
    [group] = found([*packets_of([0, 1], keys=[0]), *packets_of([2, 3], keys=[], flags=4)])

    assert group.ends == (1, 2)
    assert not group.is_whole


def test_pictures_before_the_trim_after_it_or_without_a_time_end_a_group():
    [before, after] = found(packets_of([-2, -1, 0, 1, 2, 3], keys=[0, 3]), seconds=0.1)[:2] + [None] * (
        2 - len(found(packets_of([-2, -1, 0, 1, 2, 3], keys=[0, 3]), seconds=0.1)[:2])
    )

    assert before == Group(1, 3, 6, (1, 2), before.sets if before else {})
    assert after is None
    [untimed] = found(packets_of([0, 1, None, 2], keys=[0]))
    assert untimed.ends == (1, 2)


def test_two_pictures_for_one_frame_are_not_copied():
    packets = [Packet(Fraction(time, 100), 0, 10, int(time == 0)) for time in (0, 4, 8, 9, 12)]

    assert found(packets)[0].ends == (1, 2)


def test_a_packet_with_units_that_are_not_known_has_no_slices():
    assert slices_of(START + IDR + START + SLICE, ()) == [IDR, SLICE]
    assert slices_of(START + b"\x09\xf0" + START + b"\x06\x05" + START + SLICE, ()) == [SLICE]
    assert slices_of(START + b"\x6f\x00\x01" + START + IDR, ()) is None
    assert slices_of(START + PPS + START + IDR, ()) is None
    assert slices_of(START + PPS + START + IDR, {PPS}) == [IDR]
    assert slices_of(START + b"\x09\xf0", ()) is None


@given(st.fractions(-10, 10, max_denominator=90000))
def test_a_picture_is_for_the_nearest_frame_and_halves_go_away_from_zero(seconds: Fraction):
    frame = frame_of(seconds, FPS)

    assert abs(frame - seconds * FPS) <= Fraction(1, 2)
    if abs(frame - seconds * FPS) == Fraction(1, 2):
        assert abs(frame) > abs(seconds * FPS)
