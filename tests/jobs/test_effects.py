"""Which effects a spec may name, and what is told of those that it may not."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.effects import DEFAULT_EFFECTS, FILE_OPTIONS, EffectCatalogue, filter_table
from jobs.spec import InvalidSpec, Spec, parse_spec

PRESETS = filter_table()["curves"]["preset"]["words"]


def spec_with(*effects: Any, over: tuple[Any, ...] = ()) -> Spec:
    clip = {"source": "a", "effects": list(effects)}
    return parse_spec({"output": {"width": 16, "height": 16}, "clips": [clip], "effects": list(over)})


def told(*effects: Any, over: tuple[Any, ...] = ()) -> list[str]:
    return [str(problem) for problem in EffectCatalogue().problems(spec_with(*effects, over=over))]


def test_everything_that_is_wrong_with_effects_is_told_at_once_with_a_remedy():
    said = told(
        {"filter": "gblurr"},
        {"filter": "gblur", "options": {"sigma": 2000, "steps": 1.5, "sgma": 1}},
        {"filter": "lut3d"},
        {"filter": "curves", "options": {"preset": "vintag"}},
        over=(
            {"filter": "eq", "source": "sources/a.cube", "options": {"contrast": "init"}},
            {"filter": "vignette", "options": {"dither": 1}},
        ),
    )

    assert said == [
        'spec.clips[0].effects[0].filter: "gblurr" is no effect here; did you mean "gblur"?',
        "spec.clips[0].effects[1].options.sigma: is 2000, which is more than 1024; use 1024 or less",
        "spec.clips[0].effects[1].options.steps: is 1.5, not a whole number; use a whole number",
        'spec.clips[0].effects[1].options.sgma: is no option of gblur; did you mean "sigma"?',
        "spec.clips[0].effects[2].source: is missing; name a .cube file",
        f'spec.clips[0].effects[3].options.preset: is "vintag"; use one of {", ".join(PRESETS)}',
        "spec.effects[0].source: is nothing that eq takes; remove it",
        'spec.effects[0].options.contrast: is "init", not a number; use a number',
        "spec.effects[1].options.dither: is 1; use true or false",
    ]


def test_what_the_operator_does_not_list_is_no_effect_whatever_ffmpeg_has():
    spec = spec_with({"filter": "hue", "options": {"s": 0}})

    assert EffectCatalogue(["hue"]).problems(spec) == ()
    assert [problem.field for problem in EffectCatalogue(["eq"]).problems(spec)] == ["spec.clips[0].effects[0].filter"]
    with pytest.raises(ValueError, match="movie, drawtext: not among the filters"):
        EffectCatalogue(["eq", "movie", "drawtext"])


@given(st.text(max_size=12) | st.sampled_from(["1:eq", "a,b", "[x]", "'", "\\", "=", "file.cube", "../x", "%{pts}"]))
def test_no_value_of_an_option_has_a_character_that_a_filter_graph_reads(value: str):
    effect = {"filter": "curves", "options": {"preset": value}}
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*|#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?", value):
        assert spec_with(effect).clips[0].effects[0].options == {"preset": value}
        return
    with pytest.raises(InvalidSpec) as caught:
        spec_with(effect)
    assert [problem.field for problem in caught.value.problems] == ["spec.clips[0].effects[0].options.preset"]


@pytest.mark.parametrize("name", ["eq=contrast=2", "eq,eq", "", "EQ", "e" * 41])
def test_a_filters_name_is_a_word(name: str):
    with pytest.raises(InvalidSpec):
        spec_with({"filter": name})


def test_no_option_of_the_table_takes_a_file_or_an_expression():
    table = filter_table()

    assert set(DEFAULT_EFFECTS) <= set(table)
    assert not {"movie", "drawtext", "subtitles", "frei0r", "sendcmd", "metadata", "framestep"} & set(table)
    options = {name for taken in table.values() for name in taken}
    assert not {"file", "filename", "textfile", "psfile", "plot", "enable"} & options
    assert all(FILE_OPTIONS[name] not in table[name] for name in FILE_OPTIONS)
    kinds = {json.dumps(taken["kind"]) for known in table.values() for taken in known.values()}
    assert kinds == {'"number"', '"boolean"', '"word"', '"colour"'}
