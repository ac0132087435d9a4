"""The examples are what a newcomer copies: they parse, they fit together, and the bad ones are bad as they say."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from jobs.effects import EffectCatalogue
from jobs.fonts import FontCatalogue
from jobs.spec import Clip, InvalidSpec, Music, Output, parse_spec

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
GOOD = ("reel", "landscape", "punctuation", "contain", "warm")
# Of what clips, effects, sound and output can be.
FURTHER = (
    *("blur-fill", "transitions", "speed", "title-cards", "focus", "turned", "looks", "black-and-white"),
    *("music", "ducking", "delivery"),
)


def load(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", [*GOOD, *FURTHER, "broken-source"])
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
    families = {track.text.font.family for spec in specs for track in spec.tracks}
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
