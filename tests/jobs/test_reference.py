"""The reference pages say what the code does."""

import jsonschema
import pytest

from jobs.reference import PAGE_FILE, SCHEMA_FILE, page, schema, schema_text


def test_the_schema_in_the_docs_is_that_of_the_code():
    assert SCHEMA_FILE.read_text("utf-8") == schema_text(), "write it anew: python -m jobs.reference"


def test_the_page_in_the_docs_is_that_of_the_code():
    assert PAGE_FILE.read_text("utf-8") == page(), "write it anew: python -m jobs.reference"


def test_every_key_of_the_format_is_described():
    described = page()

    for model in (schema(), *schema()["$defs"].values()):
        for key in model["properties"]:
            assert f"| `{key}` |" in described


def test_the_schema_refuses_what_the_parser_refuses():
    validator = jsonschema.Draft202012Validator(schema())
    good = {"output": {"width": 16, "height": 16}, "clips": [{"source": "a"}]}

    assert validator.is_valid(good)
    assert not validator.is_valid(good | {"clip": []})
    assert not validator.is_valid(good | {"output": {"width": 17, "height": 16}})
    assert not validator.is_valid(good | {"clips": []})
    image, words = {"source": "a"}, {"source": "a", "font": {"family": "R", "size": 9}}
    assert validator.is_valid(good | {"tracks": [{"image": image}, {"subtitles": words}]})
    assert not validator.is_valid(good | {"tracks": [{}]})
    assert not validator.is_valid(good | {"tracks": [{"image": image, "subtitles": words}]})


@pytest.mark.parametrize("path", ["spec", "spec.clips[].trim", "spec.tracks[].text.font", "spec.tracks[].image"])
def test_every_object_has_its_section(path: str):
    assert f"## `{path}`\n" in page()
