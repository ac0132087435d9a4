"""The poster of an output that is copied, known by the number that its frame says."""

from pathlib import Path
from typing import Any

import pytest

from tests.worker.render.splice.conftest import HEIGHT, WIDTH, count, numbers
from tests.worker.render.studio import Studio, decode_picture, spec_of


@pytest.fixture(scope="module")
def grouped(counted: Path, reels: Path) -> Path:
    """With B-frames and a group each 40 frames."""
    return count(counted, reels / "grouped.mp4")


def poster_number(studio: Studio, source: Path, start: float, end: float, **output: Any) -> int:
    clip = {"source": "c", "trim": {"start": start, "end": end}}
    result = studio.render(spec_of(clip, width=WIDTH, height=HEIGHT, **output), {"c": source}).result
    [number] = numbers(decode_picture(result.poster, WIDTH, HEIGHT))
    return number


def test_the_poster_that_is_asked_for_is_that_very_frame_between_two_key_frames(studio: Studio, grouped: Path):
    assert poster_number(studio, grouped, 1.2, 7.48, poster={"at": 3.0}) == 30 + 75


def test_a_poster_before_the_first_key_frame_is_of_what_is_encoded(studio: Studio, grouped: Path):
    assert poster_number(studio, grouped, 1.2, 7.48, poster={"at": 0.2}) == 30 + 5


def test_without_being_asked_for_it_is_the_key_frame_nearest_to_a_third_of_the_way_in(studio: Studio, grouped: Path):
    assert poster_number(studio, grouped, 1.2, 7.48) == 80  # a third of the way in is 82


def test_where_key_frames_are_rare_it_is_a_third_of_the_way_in(studio: Studio, counted: Path):
    source = count(counted, counted.with_name("rare.mp4"), "-g", "250")

    assert poster_number(studio, source, 0.0, 7.6) == 63
