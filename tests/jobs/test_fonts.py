"""The font catalogue: what a text may name."""

from pathlib import Path
from typing import Any

import pytest
import uharfbuzz

from jobs.font_file import FontFile
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
    return FontCatalogue([variable("Roboto", 100, 900), variable("Lora", 400, 700), stepped("Hind", 300, 400, 700)])


def variable(name: str, lightest: int, boldest: int) -> FontFamily:
    """A family of one file, which is one that lies on this disk."""
    return FontFamily(name, (FontFile(roboto().path, lightest, boldest),))


def stepped(name: str, *weights: int) -> FontFamily:
    """A family of one file for each weight."""
    return FontFamily(name, tuple(FontFile(roboto().path, weight, weight) for weight in weights))


def roboto() -> FontFile:
    family = FontCatalogue.installed().find("Roboto")
    assert family is not None
    return family.file(400, italic=False)


def test_a_family_that_is_nearly_right_is_suggested(catalogue: FontCatalogue):
    assert [str(problem) for problem in catalogue.problems(spec_with({"family": "robotto"}))] == [
        'spec.tracks[0].text.font.family: "robotto" is unknown; did you mean "Roboto"?'
    ]


def test_a_family_like_none_gets_the_list(catalogue: FontCatalogue):
    (problem,) = catalogue.problems(spec_with({"family": "Wingdings"}))

    assert problem.remedy == "use one of Hind, Lora, Roboto"


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
        assert family.has(400)
        for file in family.files:
            assert file.path.is_file()
            assert file.italic == ("Italic" in file.path.name)


def test_what_is_said_of_each_installed_file_is_what_stands_in_it():
    hb: Any = uharfbuzz
    catalogue = FontCatalogue.installed()
    for name in catalogue.names:
        family = catalogue.find(name)
        assert family is not None
        for file in family.files:
            face = hb.Face(hb.Blob.from_file_path(str(file.path)), file.index)
            weights = [(axis.min_value, axis.max_value) for axis in face.axis_infos if axis.tag == "wght"]
            assert (face.get_name(16) or face.get_name(1)) == name
            assert (weights or [(400, 400)]) == [(file.lightest, file.boldest)]


def test_a_family_with_a_file_for_each_weight_has_these_and_no_others(catalogue: FontCatalogue):
    assert catalogue.problems(spec_with({"family": "Hind", "weight": 300})) == ()
    (problem,) = catalogue.problems(spec_with({"family": "Hind", "weight": 500}))
    assert (problem.field, problem.remedy) == ("spec.tracks[0].text.font.weight", "use 300, 400 or 700")


def test_letters_come_from_the_file_that_is_nearest_italic_before_weight():
    files = [("upright", 100, 900, False), ("light-italic", 300, 300, True), ("bold-italic", 700, 700, True)]
    family = FontFamily("F", tuple(FontFile(Path(name), low, high, slanted) for name, low, high, slanted in files))

    assert family.file(400, italic=True).path == Path("light-italic")
    assert family.file(600, italic=True).path == Path("bold-italic")
    assert family.file(600, italic=False).path == Path("upright")


def test_letters_that_no_font_has_are_named_and_those_that_another_font_has_are_not():
    text = {"content": "Ok שלום नमस्ते ไทย مرحبا 今日 한국 👍🏽 ❤️\u200f 𓀀𓀁", "font": {"family": "Roboto", "size": 9}}
    raw = {"output": {"width": 16, "height": 16}, "clips": [{"source": "a"}], "tracks": [{"text": text}]}

    (problem,) = FontCatalogue.installed().problems(parse_spec(raw))

    assert problem.field == "spec.tracks[0].text.content"
    assert problem.message == 'has "𓀀" (U+13000), "𓀁" (U+13001), which no font here has'
