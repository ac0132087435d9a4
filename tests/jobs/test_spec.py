"""What a spec may say, and how everything wrong with it is told at once."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.spec import InvalidSpec, parse_spec

FULL: dict[str, Any] = {
    "output": {"width": 1080, "height": 1920, "fps": 30},
    "clips": [{"source": "s3://bucket/key", "trim": {"start": 1.0, "end": 3.5}, "fit": "contain"}],
    "tracks": [
        {
            "text": {
                "content": "Hello",
                "font": {"family": "Roboto", "weight": 700, "size": 64},
                "color": "#ffffff",
                "outline": {"width": 4, "color": "#000000"},
                "box": {"color": "#00000099", "padding": 16},
                "position": {"anchor": "bottom", "x": 0, "y": -120},
                "start": 0.0,
                "end": 3.0,
            }
        }
    ],
}
SHORT: dict[str, Any] = {"output": {"width": 16, "height": 16}, "clips": [{"source": "a"}]}


def told(raw: object) -> list[str]:
    with pytest.raises(InvalidSpec) as caught:
        parse_spec(raw)
    return [str(problem) for problem in caught.value.problems]


def changed(path: str, value: object) -> dict[str, Any]:
    """The full spec with one value set; `path` is keys and indices joined by dots."""
    spec = copy.deepcopy(FULL)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = spec
    for part in parents:
        place = place[part]
    place[last] = value
    return spec


def test_all_mistakes_are_told_at_once_each_with_its_path_and_remedy():
    raw = {
        "output": {"width": 1081, "height": True, "fps": 0},
        "clips": [{"source": "a", "fitt": "cover", "trim": {"start": -1.0}}, {"trim": {"start": 3, "end": 2}}],
        "tracks": [{"text": {"content": "x", "font": {"family": "R", "size": 9}, "color": "red"}}],
    }

    assert told(raw) == [
        "spec.output.width: is 1081, an odd number; use an even number: H.264 with 4:2:0 colour needs both sides even",
        "spec.output.height: is true, not a whole number; use a whole number",
        "spec.output.fps: is 0, which is less than 1; use 1 or more",
        "spec.clips[0].trim.start: is -1.0, which is less than 0; use 0 or more",
        'spec.clips[0].fitt: is not known here; did you mean "fit"?',
        "spec.clips[1].source: is missing; add it, or color or image",
        "spec.clips[1].trim.end: is 2.0, not after the start at 3.0; let it end after its start, or leave the end out",
        'spec.tracks[0].text.color: is "red", not a colour; write it as #rrggbb or #rrggbbaa',
    ]


STAYS = {"content": "x", "font": {"family": "R", "size": 9}}


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("clips", [], "spec.clips: has fewer than 1 entries; give at least 1"),
        ("clips", [{"source": "a"}] * 51, "spec.clips: has more than 50 entries; give at most 50"),
        ("clips", {"source": "a"}, "spec.clips: is an object, not a list; use a list"),
        ("clips.0.fit", "stretch", "spec.clips[0].fit: is \"stretch\"; use one of 'cover', 'contain' or 'blur'"),
        ("clips.0.source", "", "spec.clips[0].source: has fewer than 1 characters; give at least 1"),
        ("clips.0.source", "a\nb", "spec.clips[0].source: has a line break"),
        ("output.width", 8192, "spec.output.width: is 8192, which is more than 4096; use 4096 or less"),
        ("output.width", "1080", 'spec.output.width: is "1080", not a whole number; use a whole number'),
        ("output.fps", float("nan"), "spec.output.fps: is NaN, not a finite number; use a finite number"),
        ("tracks.0", {"image": {}}, "spec.tracks[0].image.source: is missing; add it"),
        ("tracks.0", {}, "spec.tracks[0]: has nothing in it; give exactly one of text, image and subtitles"),
        ("tracks.0.image", {"source": "a"}, "spec.tracks[0]: has text and image; give exactly one of text, image and"),
        ("tracks.0", {"image": {"source": "a", "fade_out": 1}}, "spec.tracks[0].image.fade_out: has no end to fade"),
        ("tracks.0", {"text": STAYS | {"leave": {"effect": "fade"}}}, "spec.tracks[0].text.leave: has no end to leave"),
        ("tracks.0.text.font.italic", 1, "spec.tracks[0].text.font.italic: is 1, not true or false; use true or"),
        ("tracks.0.text.enter", {"effect": "fade", "duration": 0}, "spec.tracks[0].text.enter.duration: is 0, which"),
        ("tracks.0.text.content", "a\x00", "spec.tracks[0].text.content: has the control character U+0000; remove it"),
        ("tracks.0.text.content", "x" * 2001, "spec.tracks[0].text.content: has more than 2000 characters"),
        ("tracks.0.text.content", "\ud800", 'spec.tracks[0].text.content: is "\\ud800", not a string of whole'),
        ("tracks.0.text.font.weigth", 7, 'spec.tracks[0].text.font.weigth: is not known here; did you mean "weight"?'),
        ("tracks.0.text.box.shape", 7, "spec.tracks[0].text.box.shape: is not known here; remove it; known"),
        ("tracks.0.text.position.x", 1.5, "spec.tracks[0].text.position.x: is 1.5, not a whole number"),
        ("tracks.0.text.end", 0.0, "spec.tracks[0].text.end: is 0.0, not after the start at 0.0; let it"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_remedy(path: str, value: object, problem: str):
    assert any(line.startswith(problem) for line in told(changed(path, value)))


@pytest.mark.parametrize(
    ("clip", "problem"),
    [
        ({}, "spec.clips[0].source: is missing; add it, or color or image"),
        ({"source": "a", "image": "b", "duration": 1}, "spec.clips[0]: has source and image; give one of source"),
        ({"color": "#000000"}, "spec.clips[0].duration: is missing; say how long it stays"),
        ({"source": "a", "duration": 2}, "spec.clips[0].duration: is for a color or an image, and this is a source"),
        ({"image": "a", "duration": 1, "speed": 2}, "spec.clips[0].speed: is for a source, and this is none"),
        ({"color": "#000000", "duration": 1, "trim": {"end": 1}}, "spec.clips[0].trim: is for a source"),
        ({"source": "a", "rotate": 45}, "spec.clips[0].rotate: is 45; use one of 0, 90, 180 or 270"),
        ({"source": "a", "focus": {"x": 2}}, "spec.clips[0].focus.x: is 2, which is more than 1; use 1 or less"),
        ({"source": "a", "transition": {"name": "wipe"}}, 'spec.clips[0].transition.name: is "wipe"; use one of'),
        ({"source": "a", "transition": {}}, "spec.clips[0].transition: has no clip after it; remove it, or add"),
    ],
)  # fmt: skip
def test_a_clip_is_of_one_kind_and_has_what_that_kind_has(clip: dict[str, Any], problem: str):
    assert any(line.startswith(problem) for line in told(SHORT | {"clips": [clip]}))


def test_every_transition_that_leaves_nothing_of_a_clip_is_told_at_once_as_far_as_the_lengths_are_known():
    clips = [
        {"source": "a", "trim": {"end": 2}, "speed": 2, "transition": {"duration": 1.5}},
        {"color": "#000000", "duration": 2, "transition": {"duration": 0.6}},
        {"image": "b", "duration": 0.5},
        {"source": "a", "transition": {"duration": 5}},
        {"source": "a"},
    ]

    assert told(SHORT | {"clips": clips}) == [
        f"spec.clips[{guilty}].transition.duration: leaves nothing of clips[{short}]: {taken} s of transitions in "
        f"{length} s; make the transition shorter, or the clip longer"
        for guilty, short, taken, length in ((0, 0, 1.5, 1), (1, 1, 2.1, 2), (1, 2, 0.6, 0.5))
    ]


@pytest.mark.parametrize("raw", [None, [], "spec", 4, True])
def test_what_is_no_object_is_told_as_such(raw: object):
    (problem,) = told(raw)

    assert problem.startswith("spec: is ")
    assert problem.endswith("not an object; use an object")


def test_a_spec_of_nonsense_does_not_fill_a_record():
    problems = told(SHORT | {f"key {number}": 1 for number in range(500)})

    assert len(problems) == 21
    assert problems[-1] == "spec: has 480 more problems; mend those named and send it again"


def test_what_is_shown_of_a_strangers_text_is_bounded_and_printable():
    (problem,) = told(SHORT | {"\x1b[31m" + "\ud800" + "x" * 5000: 1})

    assert len(problem) < 200
    assert problem.isprintable()


def test_what_may_be_left_out_has_a_default():
    spec = parse_spec(SHORT)

    assert (spec.output.fps, spec.tracks) == (30.0, ())
    assert (spec.clips[0].fit, spec.clips[0].trim.start, spec.clips[0].trim.end) == ("cover", 0.0, None)


def test_line_ends_of_every_system_are_newlines():
    spec = parse_spec(changed("tracks.0.text.content", "a\r\nb\rc\nd\te"))

    text = spec.tracks[0].text
    assert text is not None
    assert text.content == "a\nb\nc\nd\te"


def test_sources_are_named_once_in_the_order_of_their_clips():
    spec = parse_spec(SHORT | {"clips": [{"source": "b"}, {"source": "a"}, {"source": "b"}]})

    assert spec.source_names == ("b", "a")


def test_a_spec_survives_the_way_through_json():
    spec = parse_spec(FULL)

    assert parse_spec(json.loads(spec.model_dump_json())) == spec


keys = st.text() | st.sampled_from(["output", "clips", "text", "source"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=10,
)


@given(values, st.sampled_from(["output", "clips.0", "clips.0.trim", "tracks.0.text", "tracks.0.text.font.size"]))
def test_no_json_breaks_it(value: object, path: str):
    for raw in (value, changed(path, value)):
        problems = []
        try:
            parse_spec(raw)
        except InvalidSpec as invalid:
            problems += invalid.problems
        assert all(problem.field.startswith("spec") and problem.remedy for problem in problems)


@pytest.mark.parametrize(
    ("preset", "size"),
    [
        ("reel", (1080, 1920)),
        ("square", (1080, 1080)),
        ("landscape-720p", (1280, 720)),
        ("landscape-1080p", (1920, 1080)),
    ],
)
def test_a_preset_stands_for_a_size(preset: str, size: tuple[int, int]):
    output = parse_spec(SHORT | {"output": {"preset": preset}}).output

    assert (output.width, output.height) == size
    assert parse_spec(SHORT | {"output": json.loads(output.model_dump_json())}).output == output


@pytest.mark.parametrize(
    ("output", "problems"),
    [
        ({}, ["width: is missing; add it, or give a preset", "height: is missing; add it, or give a preset"]),
        ({"preset": "rel"}, ["preset: is \"rel\"; use one of 'reel', 'square', 'landscape-720p' or 'landscape-1080p'"]),
        (
            {"preset": "reel", "width": 1920},
            ["width: is not that of reel, which is 1080; leave it out, or the preset"],
        ),
        (
            {"preset": "reel", "quality": "low", "crf": 20},
            ["crf: is given, and quality is, too; give one of quality, crf and bitrate"],
        ),
        (
            {"preset": "reel", "crf": 20, "bitrate": 500},
            ["bitrate: is given, and crf is, too; give one of quality, crf and bitrate"],
        ),
        ({"preset": "reel", "codec": "av1"}, ["codec: is \"av1\"; use one of 'h264' or 'hevc'"]),
    ],
)
def test_what_is_wrong_with_an_output_is_told(output: dict[str, Any], problems: list[str]):
    assert told(SHORT | {"output": output}) == [f"spec.output.{problem}" for problem in problems]
