"""The examples are what a newcomer copies: they parse, they fit together, and the bad ones are bad as they say."""

import json
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobs.effects import EffectCatalogue
from jobs.fonts import FontCatalogue
from jobs.spec import Clip, InvalidSpec, Music, Output, Spec, parse_spec
from local.demo import footage
from tests.worker.render.studio import Picture, decode_picture, film
from worker.render.engine import RenderEngine

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
GOOD = ("reel", "landscape", "punctuation", "contain", "warm")
LAID_OVER = ("lower-third", "quote", "scripts", "logo", "captions", "countdown", "price-tags", "weights")
# Of what clips, effects, sound and output can be.
FURTHER = (
    *("blur-fill", "transitions", "speed", "title-cards", "focus", "turned", "looks", "black-and-white"),
    *("music", "ducking", "delivery"),
)


def load(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", [*GOOD, *LAID_OVER, *FURTHER, "broken-source"])
def test_a_good_example_parses_and_its_fonts_and_effects_are_there(name: str):
    spec = parse_spec(load(name))

    assert FontCatalogue.installed().problems(spec) == ()
    assert EffectCatalogue().problems(spec) == ()
    assert all(source.startswith("sources/") for source in spec.source_names)


def test_the_invalid_example_has_its_five_mistakes():
    with pytest.raises(InvalidSpec) as caught:
        parse_spec(load("invalid"))

    assert [problem.field for problem in caught.value.problems] == [
        "spec.output.width",
        "spec.clips[0].trim.start",
        "spec.clips[0].fitt",
        "spec.tracks[0].text.color",
        "spec.tracks[0].text.position.anchor",
    ]


def test_the_broken_source_comes_first():
    assert load("broken-source")["clips"][0]["source"] == "sources/broken.mp4"


def test_the_good_examples_are_short_and_use_every_family_and_both_shapes():
    specs = [parse_spec(load(name)) for name in GOOD]
    families = {track.lettering.font.family for spec in specs for track in spec.tracks if track.lettering}
    trims = [clip.trim for spec in specs for clip in spec.clips]

    assert families == {"Montserrat", "Open Sans", "Playfair Display", "Roboto"}
    assert sum((trim.end or 0) - trim.start for trim in trims) <= 25
    assert all(trim.end is not None for trim in trims)
    sizes = {(spec.output.width, spec.output.height) for spec in specs}
    assert {(1080, 1920), (1280, 720)} <= sizes


def test_the_further_examples_are_short_and_between_them_use_every_key_of_clips_sound_and_output():
    specs = [parse_spec(load(name)) for name in FURTHER]
    used = {
        model: {key for part in parts for key in part.model_fields_set}
        for model, parts in {
            Clip: [clip for spec in specs for clip in spec.clips],
            Music: [music for spec in specs for music in spec.sound.music],
            Output: [spec.output for spec in specs],
        }.items()
    }

    # There is no picture to show among the sources; a size is in the other examples.
    assert set(Clip.model_fields) - used[Clip] == {"image"}
    assert set(Music.model_fields) == used[Music]
    assert set(Output.model_fields) - used[Output] == {"width", "height", "crf", "bitrate", "faststart"}
    lengths = [clip.known_seconds for spec in specs for clip in spec.clips]
    assert all(length is not None and length <= 4 for length in lengths)


def test_one_text_has_every_character_that_breaks_careless_renderers():
    contents = [track["text"]["content"] for track in load("punctuation")["tracks"]]

    assert any(all(character in content for character in "':%\\") for content in contents)


def test_every_example_is_listed():
    listed = re.findall(r"\]\((\S+\.json)\)", (EXAMPLES / "README.md").read_text("utf-8"))

    assert sorted(listed) == sorted(path.name for path in EXAMPLES.glob("*.json"))


@pytest.mark.parametrize(("name", "at"), [(name, 1.5 if name == "countdown" else 1.2) for name in LAID_OVER])
def test_what_lies_over_the_clips_is_seen(name: str, at: float, tmp_path: Path):
    """A still with the tracks has what one without them has not."""
    files = dict(footage.real_clips()) | {f"sources/{file.name}": file for file in footage.EXAMPLE_FILES.iterdir()}
    raw = load(name)
    # What is generated for the demo is stood in for: of a picture's size, and as long.
    for clip in raw["clips"]:
        if clip["source"] not in files:
            source = "color=gray:size=320x180:rate=25:duration=4"
            files[clip["source"]] = film(tmp_path / "gray.mp4", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p")
    pictures = [still(parse_spec({**raw, "tracks": tracks}), at, files, tmp_path) for tracks in (raw["tracks"], [])]

    changed = np.abs(pictures[0].astype(int) - pictures[1].astype(int)).max(axis=2) > 60
    assert changed.mean() > 0.002


def still(spec: Spec, at: float, files: Mapping[str, Path], folder: Path) -> Picture:
    engine = RenderEngine(threads=2)
    path = engine.still(spec, at, lambda material: files[material.source], folder, stop=threading.Event())
    return decode_picture(path, spec.output.width, spec.output.height)[0]
