"""Static fonts of the weights that jobs ask for."""

from dataclasses import replace
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from jobs.fonts import FontCatalogue, FontFamily
from worker.errors import TransientError
from worker.render.fonts import FontCabinet


@pytest.fixture
def roboto() -> FontFamily:
    family = FontCatalogue.installed().find("Roboto")
    assert family is not None
    return family


def test_an_instance_has_its_weight_and_every_letter_that_is_needed(fonts: Path, roboto: FontFamily):
    path = FontCabinet(fonts).instance(roboto, 700, "Fête Ω\n")

    font = TTFont(path)
    assert "fvar" not in font
    weight_class = getattr(font["OS/2"], "usWeightClass")  # noqa: B009 - fontTools makes the attribute at run time
    assert weight_class == 700
    assert {ord(letter) for letter in "FêteΩ 0~%{}\\'"} <= set(font.getBestCmap() or {})


def test_an_instance_is_made_once_and_found_again(tmp_path: Path, roboto: FontFamily):
    first = FontCabinet(tmp_path).instance(roboto, 500, "once")
    made_at = first.stat().st_mtime_ns

    assert FontCabinet(tmp_path).instance(roboto, 500, "and again") == first
    assert first.stat().st_mtime_ns == made_at
    assert [path.name for path in tmp_path.iterdir()] == [first.name], "nothing half-made is left"


def test_a_font_that_cannot_be_read_is_told_and_leaves_nothing(tmp_path: Path, roboto: FontFamily):
    bad = tmp_path / "bad.ttf"
    bad.write_bytes(b"no font")
    cabinet = tmp_path / "cabinet"

    with pytest.raises(TransientError, match="Roboto at weight 400"):
        FontCabinet(cabinet).instance(replace(roboto, path=bad), 400, "x")

    assert list(cabinet.iterdir()) == []
