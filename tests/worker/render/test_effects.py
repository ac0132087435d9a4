"""Effects, looked at: each changes what it is for, on its clip or on all, and nothing of the length."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobs.effects import DEFAULT_EFFECTS, TABLE_FILE, EffectCatalogue
from jobs.spec import parse_spec
from tests.worker.render.studio import BLUE, RED, WHITE, Studio, decode_picture, ink, is_near, spec_of
from worker.errors import PermanentError
from worker.render import filter_table

SHORT = {"trim": {"end": 0.08}}


def test_the_table_is_that_of_the_pinned_ffmpeg():
    kept = json.loads(TABLE_FILE.read_text("utf-8"))
    here = filter_table.table(DEFAULT_EFFECTS)

    assert kept["ffmpeg"] == here["ffmpeg"], "write it anew: python -m worker.render.filter_table"
    assert {name: kept["filters"][name] for name in DEFAULT_EFFECTS} == here["filters"]
    assert sorted(kept["filters"]) == sorted(filter_table.fit_filters(filter_table._say("-filters")))


def test_options_are_read_with_their_bounds_and_words():
    assert filter_table.options(filter_table._say("-h", "filter=unsharp"))["luma_amount"] == {
        "kind": "number",
        "low": -2.0,
        "high": 5.0,
    }
    assert filter_table.options("  file  <string>     ..FV....... set the file name\n") == {}


def test_an_effect_is_on_its_clip_alone_and_one_over_all_is_on_all(studio: Studio, red: Path):
    grey = {"filter": "hue", "options": {"s": 0}}
    negative = {"filter": "negate"}
    spec = spec_of(
        {"source": "r", **SHORT, "effects": [grey]},
        {"source": "r", **SHORT},
        {"color": "#00ffff", "duration": 0.08, "effects": [negative]},
    )

    plain = studio.render(spec, {"r": red})
    changed = studio.render({**spec, "effects": [negative]}, {"r": red})

    grey_level = plain.colour_at(0, 80, 45)
    assert max(grey_level) - min(grey_level) < 12
    assert is_near(plain.colour_at(2, 80, 45), RED)
    assert is_near(plain.colour_at(5, 80, 45), RED)
    assert is_near(changed.colour_at(2, 80, 45), (0, 255, 255))
    assert len(plain.frames) == len(changed.frames) == 6


def test_a_blur_softens_an_edge_and_a_vignette_darkens_the_corners(studio: Studio, thirds: Path):
    blurred = {"source": "t", **SHORT, "effects": [{"filter": "gblur", "options": {"sigma": 8}}]}
    vignetted = {"color": "#ffffff", "duration": 0.08, "effects": [{"filter": "vignette", "options": {"angle": 1.2}}]}

    shown = studio.render(spec_of({"source": "t", **SHORT}, blurred, vignetted, width=240, height=80), {"t": thirds})

    sharp, soft = (np.abs(np.diff(shown.frames[frame, 40].astype(int), axis=0)).max() for frame in (0, 2))
    assert soft < sharp / 4
    assert is_near(shown.colour_at(4, 120, 40), WHITE)
    assert max(shown.colour_at(4, 4, 4)) < 100


def test_a_table_of_colours_comes_from_a_source(studio: Studio, red: Path, tmp_path: Path):
    swap = tmp_path / "look.cube"
    points = [f"{b} {g} {r}" for b in (0, 1) for g in (0, 1) for r in (0, 1)]
    swap.write_text("LUT_3D_SIZE 2\n" + "\n".join(points) + "\n", "utf-8")
    effect = {"filter": "lut3d", "source": "looks/swap.cube", "options": {"interp": "tetrahedral"}}
    spec = spec_of({"source": "r", **SHORT, "effects": [effect]})

    shown = studio.render(spec, {"r": red, "looks/swap.cube": swap})
    studio.folder.mkdir(exist_ok=True)
    still = studio.engine().still(
        parse_spec(spec), 0.04, lambda material: {"r": red}.get(material.source, swap), studio.folder, stop=studio.stop
    )

    assert is_near(shown.colour_at(1, 80, 45), BLUE)
    assert ink(decode_picture(still, 160, 90)[0], BLUE).all()
    assert parse_spec(spec).source_names == ("r", "looks/swap.cube")


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        ({"filter": "boxblur", "options": {"luma_radius": 80}}, "boxblur does not work like this: Invalid"),
        ({"filter": "lut3d", "source": "look"}, "lut3d does not work like this: "),
    ],
)
def test_an_effect_that_ffmpeg_refuses_ends_the_job_and_is_named(
    studio: Studio, red: Path, tmp_path: Path, effect: dict[str, Any], said: str
):
    (tmp_path / "look").write_bytes(b"no table")
    spec = spec_of({"source": "r", **SHORT}, {"source": "r", **SHORT, "effects": [effect]})

    with pytest.raises(PermanentError) as caught:
        studio.render(spec, {"r": red, "look": tmp_path / "look"})

    assert caught.value.problem.field == "spec.clips[1].effects[0]"
    assert caught.value.problem.message.startswith(said)


def test_a_table_of_colours_that_is_too_large_is_refused_before_anything_reads_it(
    studio: Studio, red: Path, tmp_path: Path
):
    with (tmp_path / "look").open("wb") as file:
        file.truncate(16 * 1024**2 + 1)
    effect = {"filter": "lut1d", "source": "look"}

    with pytest.raises(PermanentError, match=r"spec\.effects\[0\]\.source: .* has 16777217 bytes"):
        studio.render({**spec_of({"source": "r"}), "effects": [effect]}, {"r": red, "look": tmp_path / "look"})


def test_what_may_not_be_an_effect_is_refused_before_any_download(studio: Studio):
    spec = parse_spec(spec_of({"source": "r", "effects": [{"filter": "drawtext"}]}))

    with pytest.raises(PermanentError, match='"drawtext" is no effect here'):
        studio.engine().check(spec)
    assert EffectCatalogue().names == DEFAULT_EFFECTS
