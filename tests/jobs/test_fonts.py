"""The font catalogue: what a text may name."""

from pathlib import Path
from typing import Any

import pytest

from jobs.fonts import FontCatalogue, FontFamily
from jobs.spec import Spec, parse_spec


def spec_with(*fonts: dict[str, Any]) -> Spec:
    return parse_spec(
        {
            "output": {"width": 16, "height": 16},
            "clips": [{"source": "a"}],
            "tracks": [{"text": {"content": "x", "font": {"size": 9} | font}} for font in fonts],
        }
    )


@pytest.fixture
def catalogue() -> FontCatalogue:
    return FontCatalogue([FontFamily("Roboto", Path("r.ttf"), 100, 900), FontFamily("Lora", Path("l.ttf"), 400, 700)])


def test_a_family_that_is_nearly_right_is_suggested(catalogue: FontCatalogue):
    assert [str(problem) for problem in catalogue.problems(spec_with({"family": "robotto"}))] == [
        'spec.tracks[0].text.font.family: "robotto" is unknown; did you mean "Roboto"?'
    ]


def test_a_family_like_none_gets_the_list(catalogue: FontCatalogue):
    (problem,) = catalogue.problems(spec_with({"family": "Wingdings"}))

    assert problem.remedy == "use one of Lora, Roboto"


def test_every_text_with_a_wrong_font_is_told(catalogue: FontCatalogue):
    spec = spec_with({"family": "X"}, {"family": "Roboto"}, {"family": "Lora", "weight": 701})

    assert [problem.field for problem in catalogue.problems(spec)] == [
        "spec.tracks[0].text.font.family",
        "spec.tracks[2].text.font.weight",
    ]


@pytest.mark.parametrize("weight", [400, 555, 700])
def test_every_weight_of_the_range_is_right(catalogue: FontCatalogue, weight: int):
    assert catalogue.problems(spec_with({"family": "Lora", "weight": weight})) == ()


def test_case_makes_no_difference(catalogue: FontCatalogue):
    assert catalogue.problems(spec_with({"family": "ROBOTO"})) == ()


def test_the_installed_families_are_upright_fonts_on_this_disk():
    catalogue = FontCatalogue.installed()

    assert {"Montserrat", "Open Sans", "Playfair Display", "Roboto"} <= set(catalogue.names)
    for name in catalogue.names:
        family = catalogue.find(name)
        assert family is not None
        assert family.path.is_file()
        assert "Italic" not in family.path.name
        assert family.lightest <= 400 <= family.boldest
