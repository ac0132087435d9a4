"""Odd pictures, bombs among them, and playlists handed in as music, tables of colours and subtitles."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.worker.render.hostile.canary import Canary
from tests.worker.render.hostile.reels import PLAYLISTS, bad_pictures, film_base, odd_pictures
from tests.worker.render.hostile.test_videos import LIMITS, assert_is_helpful
from tests.worker.render.studio import RED, Studio, is_near
from worker.errors import PermanentError
from worker.render.log_file import LOG_FILE

SIDE = 16


def spec_with(**parts: Any) -> dict[str, Any]:
    """Two frames of black, and more."""
    output = {"width": 160, "height": 32, "fps": 25, "crf": 12}
    return {"output": output, "clips": [{"color": "#000000", "duration": 0.08}]} | parts


def refusals(studio: Studio, spec: Mapping[str, Any], sources: Mapping[str, Path]) -> dict[str, Any]:
    """The problems by their fields."""
    with pytest.raises(PermanentError) as caught:
        studio.render(spec, sources, limits=LIMITS)
    return {problem.field: problem for problem in caught.value.problems}


def test_odd_pictures_are_drawn_whatever_they_are_named(studio: Studio, tmp_path: Path):
    names = odd_pictures(tmp_path)
    tracks = [
        {"image": {"source": name, "position": {"anchor": "top-left", "x": SIDE * index}}}
        for index, name in enumerate(names)
    ]
    spec = spec_with(tracks=tracks)
    spec["clips"].append({"image": names[0], "duration": 0.08})
    shown = studio.render(spec, {name: tmp_path / name for name in names}, limits=LIMITS)

    for index, name in enumerate(names):
        assert is_near(shown.colour_at(0, SIDE * index + SIDE // 2, SIDE // 2), RED), name
    assert shown.frames[0][:, SIDE * len(names) + 2 :].max() < 30
    assert is_near(shown.colour_at(2, 150, 24), RED), "as a clip"


def test_what_is_no_picture_is_refused_before_a_pixel_of_it_is_decoded(canary: Canary, studio: Studio, tmp_path: Path):
    video = film_base(tmp_path / "base.mp4")
    (tmp_path / "pictures").mkdir()
    names = bad_pictures(tmp_path / "pictures", video, canary)
    assert canary.touches == []
    sources = {name: tmp_path / "pictures" / name for name in names}
    told = refusals(studio, spec_with(tracks=[{"image": {"source": name}} for name in names]), sources)

    assert len(told) == len(names) > 15
    for index, name in enumerate(names):
        assert_is_helpful(told[f"spec.tracks[{index}].image.source"], name, tmp_path)
    assert canary.touches == []


def test_a_bomb_is_no_clip_either(canary: Canary, studio: Studio, tmp_path: Path):
    (tmp_path / "pictures").mkdir()
    names = bad_pictures(tmp_path / "pictures", film_base(tmp_path / "base.mp4"), canary)
    bombs = [name for name in names if name.startswith("bomb.")]
    spec = spec_with(clips=[{"image": name, "duration": 0.08} for name in bombs])
    told = refusals(studio, spec, {name: tmp_path / "pictures" / name for name in bombs})

    assert len(told) == len(bombs) == 4
    for index, name in enumerate(bombs):
        assert_is_helpful(told[f"spec.clips[{index}].image"], name, tmp_path)


@pytest.fixture
def playlists(tmp_path: Path, canary: Canary) -> dict[str, Path]:
    """Each kind, pointing to the file that nobody may open and to the address that nobody may call."""
    found: dict[str, Path] = {}
    for kind, playlist in PLAYLISTS.items():
        for to, target in (("file", canary.file.as_uri()), ("url", canary.url)):
            found[f"{kind}-{to}"] = tmp_path / f"{kind}-{to}"
            found[f"{kind}-{to}"].write_text(playlist.replace("@TARGET@", target), "utf-8")
    return found


def test_a_playlist_is_no_music(playlists: dict[str, Path], canary: Canary, studio: Studio, tmp_path: Path):
    names = ["hls-url", "hls-key-file", "concat-file", "dash-url"]
    told = refusals(studio, spec_with(sound={"music": [{"source": name} for name in names]}), playlists)

    for index, name in enumerate(names):
        assert_is_helpful(told[f"spec.sound.music[{index}].source"], name, tmp_path)
    assert canary.touches == []


def test_a_playlist_is_no_subtitles(playlists: dict[str, Path], canary: Canary, studio: Studio, tmp_path: Path):
    tracks = [{"subtitles": {"source": name, "font": {"family": "Roboto", "size": 9}}} for name in playlists]
    told = refusals(studio, spec_with(tracks=tracks), playlists)

    for index, name in enumerate(playlists):
        assert_is_helpful(told[f"spec.tracks[{index}].subtitles.source"], name, tmp_path)
    assert canary.touches == []


def test_a_playlist_is_no_table_of_colours(playlists: dict[str, Path], canary: Canary, studio: Studio, tmp_path: Path):
    effects = [{"filter": "lut3d", "source": "concat-file"}, {"filter": "lut1d", "source": "hls-url"}]
    [(field, problem)] = refusals(studio, spec_with(effects=effects), playlists).items()

    assert field.startswith("spec.effects[")
    assert "does not work like this" in problem.message
    assert str(tmp_path) not in str(problem)
    assert canary.touches == []
    said = next(studio.folder.glob(f"*/{LOG_FILE}")).read_text("utf-8", "replace")
    assert str(canary.file) not in said
