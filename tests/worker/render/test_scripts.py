"""Scripts that are not written letter by letter from left to right, held against another engine's drawing of them.

The other engine is libass with its own shaping and FriBidi's order: it gets the words themselves, and the font.
"""

import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont

from jobs.fonts import FontCatalogue
from tests.worker.render.studio import Studio, bounds, decode_picture, words
from worker.render.ffmpeg import executable

SIZE = 48
WIDTH, HEIGHT = 480, 120

_SHEET = """[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, BorderStyle, Outline, Shadow, \
Alignment, Encoding
Style: s,{family},{size},&H00FFFFFF,&H00000000,&H00000000,0,1,0,0,5,-1

[Events]
Format: Layer, Start, End, Style, Text
Dialogue: 0,0:00:00.00,0:01:00.00,s,{words}
"""


def by_the_other_engine(text: str, family: str, folder: Path) -> npt.NDArray[np.uint8]:
    found = FontCatalogue.installed().find(family)
    assert found is not None
    (folder / "fonts").mkdir()
    (folder / "fonts" / "font.ttf").symlink_to(found.file(400, italic=False).path)
    sheet = _SHEET.format(width=WIDTH, height=HEIGHT, family=family, size=SIZE, words=text)
    (folder / "a.ass").write_text(sheet, "utf-8")
    source = f"color=black:s={WIDTH}x{HEIGHT}:d=0.04,format=yuv420p,ass=f=a.ass:fontsdir=fonts"
    argv = [executable(), "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", "1", "other.png"]
    subprocess.run(argv, check=True, cwd=folder, timeout=60)
    return decode_picture(folder / "other.png", WIDTH, HEIGHT)[0].max(axis=2)


def by_pillow(visible: str, family: str) -> npt.NDArray[np.uint8]:
    """Letters as they follow each other from left to right, which is enough where none changes by its neighbours."""
    found = FontCatalogue.installed().find(family)
    assert found is not None
    font = ImageFont.truetype(found.file(400, italic=False).path, SIZE, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([400])
    picture = Image.new("L", (WIDTH, HEIGHT))
    ImageDraw.Draw(picture).text((WIDTH // 2, HEIGHT // 2), visible, 255, font, anchor="mm")
    return np.asarray(picture)


def by_us(studio: Studio, black: Path, text: str, family: str) -> npt.NDArray[np.uint8]:
    spec = {
        "output": {"width": WIDTH, "height": HEIGHT, "fps": 25},
        "clips": [{"source": "b", "trim": {"end": 0.04}}],
        "tracks": [{"text": words(text) | {"font": {"family": family, "weight": 400, "size": SIZE}}}],
    }
    return studio.render(spec, {"b": black}).frames[0].max(axis=2)


def assert_alike(ours: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> None:
    """The same ink, wherever it stands and however large it is: what ASS calls a size is not one em."""
    mine, its = _cropped(ours), _cropped(other)
    assert mine.shape[1] / mine.shape[0] == pytest.approx(its.shape[1] / its.shape[0], rel=0.04)
    scaled = np.asarray(Image.fromarray(its).resize(mine.shape[::-1], Image.Resampling.BICUBIC))
    both, either = np.minimum(mine, scaled).sum(dtype=int), np.maximum(mine, scaled).sum(dtype=int)
    assert both / either > 0.7, f"{both / either:.2f} of the ink is the same"


def _cropped(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    left, top, right, bottom = bounds(picture > 60)
    return picture[top:bottom, left:right]


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("مرحبا بالعالم", "Noto Sans Arabic"),
        ("हिन्दी क्षत्रिय र्कि", "Noto Sans Devanagari"),
        ("ที่น้ำ ปั๊ม กำ", "Noto Sans Thai"),
        ("今日は良い天気", "WenQuanYi Micro Hei"),
    ],
)
def test_a_script_looks_as_another_engine_draws_it(studio: Studio, black: Path, tmp_path: Path, text: str, family: str):
    assert_alike(by_us(studio, black, text, family), by_the_other_engine(text, family, tmp_path))


def test_hebrew_runs_from_right_to_left_around_what_does_not(studio: Studio, black: Path):
    assert_alike(by_us(studio, black, "שלום", "Noto Sans Hebrew"), by_pillow("םולש", "Noto Sans Hebrew"))
    mixed = by_us(Studio(studio.folder / "mixed"), black, "רוח go 12 שלום", "Open Sans")
    assert_alike(mixed, by_pillow("םולש go 12 חור", "Open Sans"))


def test_letters_that_a_family_lacks_are_those_of_the_family_that_helps_out(studio: Studio, black: Path):
    asked = by_us(studio, black, "हिन्दी", "Montserrat")
    helping = by_us(Studio(studio.folder / "own"), black, "हिन्दी", "Noto Sans Devanagari")

    assert_alike(asked, helping)
