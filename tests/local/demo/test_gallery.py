import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jobs.spec import parse_spec
from local.demo import footage, gallery

NAMES = sorted(path.stem for path in gallery.EXAMPLES.glob("*.json") if path.stem not in gallery.NOT_SHOWN)


def spec_of(name: str):
    return parse_spec(json.loads((gallery.EXAMPLES / f"{name}.json").read_text("utf-8")))


def test_the_page_is_what_the_examples_tables_say_and_shows_each_that_renders():
    text = gallery.PAGE_FILE.read_text("utf-8")
    assert text == gallery.page((gallery.EXAMPLES / "README.md").read_text("utf-8")), (
        "write it anew: python -m local.demo.gallery"
    )
    assert sorted(re.findall(r"!\[([\w-]+)\]", text)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_picture_has_the_shape_of_its_video(name: str):
    output = spec_of(name).output
    with Image.open(gallery.PICTURES / f"{name}.jpg") as picture:
        assert picture.height == gallery.HEIGHT
        assert picture.width == pytest.approx(gallery.HEIGHT * output.width / output.height, abs=2)


@pytest.mark.parametrize("name", ["captions", "looks"])
def test_a_picture_is_what_the_render_makes_now(name: str, tmp_path: Path):
    files = dict(footage.real_clips()) | {f"sources/{file.name}": file for file in footage.EXAMPLE_FILES.iterdir()}
    gallery.take(name, files, tmp_path, tmp_path / "now.jpg")
    now, kept = (
        np.asarray(Image.open(path), dtype=int) for path in (tmp_path / "now.jpg", gallery.PICTURES / f"{name}.jpg")
    )
    assert np.abs(now - kept).mean() < 6, "take them anew: python -m local.demo.gallery"
