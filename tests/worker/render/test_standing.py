"""Texts that stand look as they would if they were drawn into every frame."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobs.fonts import FontCatalogue
from jobs.spec import Text
from tests.worker.render.studio import Picture, Studio, film, spec_of, words
from worker.render import standing
from worker.render.standing import may_stand, standing_of
from worker.render.texts import FaceTable, block_of
from worker.render.typeset.block import Block

FRAMES = 20


@pytest.fixture(scope="module")
def coloured(reels: Path) -> Path:
    """A picture of many colours for 1 s, which says that they are BT.709's."""
    tags = ("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709")
    source = "testsrc2=size=160x90:rate=25:duration=1,setparams=colorspace=bt709"
    return film(reels / "coloured.mp4", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", *tags, "-qp", "4")


def shown(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, source: Path, text: dict[str, Any], min_frames: int
) -> tuple[Picture, str]:
    """The frames, and what FFmpeg was told."""
    monkeypatch.setattr(standing, "MIN_FRAMES", min_frames)
    rendered = studio.render(
        spec_of({"source": "c", "trim": {"end": FRAMES / 25}}, texts=(text,), crf=10), {"c": source}
    )
    return rendered.frames, rendered.result.video.with_name("ffmpeg.log").read_text("utf-8")


@pytest.mark.parametrize(
    "style",
    [
        {"color": "#ffffff"},
        {"color": "#ff0000", "outline": {"width": 3, "color": "#00ff00"}, "start": 0.2, "end": 0.6},
        {"box": {"color": "#ff00ff", "padding": 8, "radius": 6}},
        {"position": {"anchor": "top-left", "x": -10}, "outline": {"width": 4, "color": "#000000"}},
    ],
)
def test_a_text_that_stands_is_drawn_once_and_looks_the_same(
    studio: Studio, coloured: Path, monkeypatch: pytest.MonkeyPatch, style: dict[str, Any]
):
    text = words("Ång jy", size=30, **style)

    once, told_once = shown(studio, monkeypatch, coloured, text, 5)
    often, told_often = shown(studio, monkeypatch, coloured, text, 1000)

    assert ("alpha=1" in told_once, "alpha=1" in told_often) == (True, False)
    difference = np.abs(once.astype(int) - often.astype(int))
    assert difference.mean() < 0.8
    assert np.percentile(difference, 99.9) < 24  # two encodes; a fringe of black or of another matrix is more


def block(**style: Any) -> Block:
    text = Text.model_validate(words("x", **style))
    return block_of(text, FaceTable(FontCatalogue.installed()), 160, 90, Fraction(25))


@pytest.mark.parametrize(
    "style",
    [
        {"enter": {"effect": "fade", "duration": 0.2}},
        {"leave": {"effect": "slide", "duration": 0.2}, "end": 5.0},
        {"color": "#ffffff80"},
        {"outline": {"width": 2, "color": "#00000080"}},
        {"box": {"color": "#00000080"}},
        {"shadow": {"x": 2, "y": 2, "color": "#000000"}},
    ],
)
def test_what_moves_fades_or_lets_something_through_is_drawn_into_every_frame(style: dict[str, Any]):
    assert may_stand(block(), 60)
    assert not may_stand(block(), 59)
    assert not may_stand(block(**style), 60)


def test_its_part_of_the_output_is_even_and_has_all_of_it():
    def part(*area: float) -> tuple[int, ...] | None:
        stands = standing_of("a", block(), area, (160, 90))
        return stands and (stands.left, stands.top, stands.width, stands.height)

    assert part(10.9, 11.2, 50.1, 61.0) == (10, 10, 42, 52)
    assert part(-5.0, -5.0, 500.0, 500.0) == (0, 0, 160, 90)
    assert part(170.0, 0.0, 190.0, 20.0) is None
