"""H.264's units, against what libx264 writes (each set was taken out of a stream that it made)."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.render.splice.h264 import (
    Bits,
    Sequence,
    UnreadableUnitError,
    read_picture_ids,
    read_sequence,
    split_units,
    unit_kind,
)

PLAIN = bytes.fromhex("6742c00bda0a37e4c044000003000400000300c83c50aa80")
"""160x90, constrained baseline, square pixels, no word about colours."""

SPECIAL = bytes.fromhex("6764001522cd942dbc45608dc080805000000300100000030321f1429960")
"""162x92 with fields, number 3, pixels of a shape of table E-1, full range, BT.709's matrix."""


def test_a_sequence_says_its_size_its_shape_and_its_colours():
    assert read_sequence(PLAIN) == Sequence(
        id=0,
        profile=66,
        level=11,
        is_plain=True,
        width=160,
        height=90,
        sar=Fraction(1),
        colour=(0, 2, 2, 2),
    )


def test_fields_are_not_plain_and_a_shape_of_the_table_is_not_square():
    sequence = read_sequence(SPECIAL)

    assert (sequence.id, sequence.width, sequence.height, sequence.is_plain) == (3, 162, 92, False)
    assert sequence.sar is None
    assert sequence.colour == (1, 2, 2, 1)


def test_a_picture_set_names_its_sequence():
    assert read_picture_ids(bytes.fromhex("68213ba3cb22c0")) == (3, 3)
    assert read_picture_ids(bytes.fromhex("68ce0fc8")) == (0, 0)


@pytest.mark.parametrize("length", range(1, 10))
def test_a_sequence_that_ends_too_early_is_refused(length: int):
    with pytest.raises(UnreadableUnitError):
        read_sequence(PLAIN[:length])


@given(st.binary(min_size=1, max_size=60))
def test_no_bytes_make_reading_fail_in_another_way_or_go_on_for_ever(data: bytes):
    for read in (read_sequence, read_picture_ids):
        try:
            read(data)
        except UnreadableUnitError:
            continue


def test_units_stand_between_start_codes_of_three_or_four_bytes():
    stream = b"\x00\x00\x00\x01\x67\x01\x00\x00\x01\x68\x02\x00\x00\x00\x01\x65\x03"

    assert [unit_kind(unit) for unit in split_units(stream)] == [7, 8, 5]
    assert b"".join(split_units(stream)) == b"\x67\x01\x68\x02\x65\x03"


@given(st.lists(st.integers(0, 2**16)))
def test_numbers_are_read_as_they_are_written(numbers: list[int]):
    written = "".join(f"{'0' * ((number + 1).bit_length() - 1)}{number + 1:b}" for number in numbers)
    written += "1" * (-len(written) % 8)
    payload = bytes(int(written[at : at + 8], 2) for at in range(0, len(written), 8))
    escaped = re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", payload)
    bits = Bits(escaped)

    assert [bits.golomb() for _ in numbers] == numbers


def test_bytes_that_keep_start_codes_out_are_not_read():
    assert Bits(b"\x00\x00\x03\x01\xff").take(32) == 0x000001FF
