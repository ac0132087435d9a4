"""Parameter sets and slices under other numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.render.splice.test_h264 import PLAIN
from worker.render.splice.h264 import Bits, escape, plain, read_picture_ids, read_sequence
from worker.render.splice.numbers import Numbering, golomb, new_numbering, numbers_a_byte_longer

PICTURE = bytes.fromhex("68ce0fc8")
NUMBERING = Numbering({0: 3}, {0: 20})


def test_sets_say_the_same_under_other_numbers():
    sets = NUMBERING.sets({(7, 0): PLAIN, (8, 0): PICTURE})

    assert sorted(sets) == [(7, 3), (8, 20)]
    before, after = read_sequence(PLAIN), read_sequence(sets[7, 3])
    assert (after.id, after.profile, after.level) == (3, before.profile, before.level)
    assert (after.width, after.height, after.sar, after.colour) == (
        before.width,
        before.height,
        before.sar,
        before.colour,
    )
    assert read_picture_ids(sets[8, 20]) == (20, 3)
    back = Numbering({3: 0}, {20: 0}).sets(sets)
    assert back == {(7, 0): PLAIN, (8, 0): PICTURE}


@given(st.integers(0, 9000), st.integers(0, 9), st.binary(min_size=1, max_size=30), st.integers(0, 30))
def test_all_that_follows_a_slices_number_moves_by_one_byte(first: int, kind: int, data: bytes, number: int):
    new = numbers_a_byte_longer(number)[0]
    digits = golomb(first) + golomb(kind) + golomb(number)
    digits += "1" * (-len(digits) % 8)
    unit = b"\x65" + escape(int(digits, 2).to_bytes(len(digits) // 8, "big") + data + b"\x80")

    changed = Numbering({0: 1}, {number: new}).slice(unit)

    bits, old = Bits(changed[1:]), Bits(unit[1:])
    assert [bits.golomb() for _ in range(3)] == [first, kind, new]
    assert [old.golomb() for _ in range(3)] == [first, kind, number]
    assert bits.position == old.position + 8
    before, after = plain(unit[1:]), plain(changed[1:])
    assert len(after) == len(before) + 1
    assert after.endswith(data + b"\x80")
    assert b"\x00\x00\x01" not in changed


@pytest.mark.parametrize("number", [0, 1, 2, 3, 126])
def test_numbers_a_byte_longer_are_all_that_are(number: int):
    longer = [each for each in range(256) if len(golomb(each)) == len(golomb(number)) + 8]

    assert list(numbers_a_byte_longer(number)) == longer


def test_numbers_that_are_taken_are_not_given_again():
    sets = {(7, 0): PLAIN, (8, 0): PICTURE}

    assert new_numbering(sets, {(7, 0), (7, 1), (8, 15)}) == Numbering({0: 2}, {0: 16})
    assert new_numbering(sets, {(7, number) for number in range(32)}) is None
    assert new_numbering({(8, 200): PICTURE}, ()) is None
    assert new_numbering({(8, 0): PICTURE}, ()) is None
