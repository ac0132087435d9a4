"""Parameter sets of several origins in one stream."""

import pytest

from tests.worker.render.splice.test_h264 import PLAIN
from worker.render.splice.groups import Group, ParameterSets
from worker.render.splice.h264 import UnreadableUnitError, read_sequence
from worker.render.splice.numbers import Numbering
from worker.render.splice.parameter_sets import (
    colours_of,
    decoder_record,
    family,
    free_number,
    join_sets,
    settle,
    suits,
)

PICTURE = bytes.fromhex("68ce0fc8")
HIGH = bytes.fromhex("6764000bacd9428df93016a04040280000030008000003019078a14cb0")
SETS = {(7, 0): PLAIN, (8, 0): PICTURE}


def group(sets: ParameterSets, frames: int) -> Group:
    return Group(0, 0, frames, tuple(range(1, frames + 1)), sets)


def test_sets_that_contradict_each_other_cannot_be_joined():
    assert join_sets([SETS, {(8, 1): b"other"}, SETS]) == {**SETS, (8, 1): b"other"}
    assert join_sets([SETS, {(8, 0): b"other"}]) is None


def test_the_origin_with_the_most_frames_keeps_its_numbers_and_another_is_numbered_anew():
    other_sets = {(7, 0): HIGH, (8, 0): PICTURE}

    settled = settle([[group(other_sets, 20), group(SETS, 30)], [group(SETS, 5)]])

    assert settled[family(SETS)] == Numbering()
    numbering = settled[family(other_sets)]
    assert (dict(numbering.sequences), dict(numbering.pictures)) == ({0: 1}, {0: 15})
    assert join_sets([SETS, numbering.sets(other_sets)]) is not None


def test_origins_that_agree_keep_their_numbers():
    assert list(settle([[group(SETS, 9)], [group({(7, 5): HIGH}, 1)]]).values()) == [Numbering()] * 2


def test_the_number_of_ours_is_one_that_neither_kind_of_set_has():
    assert free_number({}) == 0
    assert free_number({(7, 0): PLAIN, (8, 0): PICTURE, (8, 1): PICTURE}) == 2


def test_only_plain_pictures_of_the_outputs_size_suit():
    assert suits(SETS, 160, 90)
    assert not suits(SETS, 160, 96)
    assert not suits({(8, 0): PICTURE}, 160, 90)
    assert not suits({**SETS, (7, 1): PLAIN[:9]}, 160, 90)


def test_colours_are_compared():
    assert colours_of(SETS) == {(0, 2, 2, 2)}
    assert colours_of({**SETS, (7, 1): HIGH}) == {(0, 2, 2, 2), read_sequence(HIGH).colour}
    assert len(colours_of({**SETS, (7, 1): HIGH})) == 2


def test_the_record_names_the_highest_profile_and_has_its_set_first():
    lower = HIGH[:3] + b"\x0a" + HIGH[4:]
    record = decoder_record({**SETS, (7, 1): lower, (8, 1): PICTURE})

    assert record[:6] == bytes([1, 100, 0, 11, 0xFF, 0xE2])
    first = int.from_bytes(record[6:8], "big")
    assert record[8 : 8 + first] == lower
    rest = record[8 + first :]
    assert rest == (
        len(PLAIN).to_bytes(2, "big") + PLAIN + b"\x02" + 2 * (b"\x00\x04" + PICTURE) + b"\xfd\xf8\xf8\x00"
    )  # fmt: skip


def test_a_baseline_has_no_extension():
    assert decoder_record(SETS).endswith(PICTURE)


def test_there_is_no_record_without_sets():
    with pytest.raises(UnreadableUnitError):
        decoder_record({})
