"""What a font file holds: the families, weights and letters of each of its fonts. Runs in a confined process.

Arguments of `main`: the font, and the file to write: a list of `[family, lightest, boldest, italic, index, ranges]` in
JSON, where `ranges` are the first and last code points of each stretch of characters.
"""

import json
import struct
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import uharfbuzz

_harfbuzz: Any = uharfbuzz  # compiled: it has no types

_MAX_FONTS_OF_A_COLLECTION: Final = 16
_TYPOGRAPHIC_FAMILY, _FAMILY = 16, 1
_ITALIC_BIT = 1

Survey = list[tuple[str, int, int, bool, int, list[tuple[int, int]]]]


def survey(path: Path) -> Survey:
    """Every font of a file that has letters and a name."""
    return list(_fonts(path))


def _fonts(path: Path) -> Iterator[tuple[str, int, int, bool, int, list[tuple[int, int]]]]:
    blob = _harfbuzz.Blob.from_file_path(str(path))
    for index in range(_MAX_FONTS_OF_A_COLLECTION):
        face = _harfbuzz.Face(blob, index)
        name = face.get_name(_TYPOGRAPHIC_FAMILY) or face.get_name(_FAMILY)
        if not name or not face.glyph_count:
            return
        weights = [(axis.min_value, axis.max_value) for axis in face.axis_infos if axis.tag == "wght"]
        weight, italic = _stated(face.reference_table("OS/2").data)
        lightest, boldest = weights[0] if weights else (weight, weight)
        yield name, int(lightest), int(boldest), italic, index, _ranges(sorted(face.unicodes))


def _stated(table: bytes) -> tuple[int, bool]:
    """The weight and whether it is italic, by the table OS/2: at its bytes 4 and 62."""
    if len(table) < 64:  # noqa: PLR2004 - up to the end of what is read
        return 400, False
    weight, selection = struct.unpack_from(">H", table, 4)[0], struct.unpack_from(">H", table, 62)[0]
    return min(max(weight, 1), 1000), bool(selection & _ITALIC_BIT)


def _ranges(points: list[int]) -> list[tuple[int, int]]:
    stretches = (list(group) for _, group in groupby(enumerate(points), lambda pair: pair[1] - pair[0]))
    return [(stretch[0][1], stretch[-1][1]) for stretch in stretches]


def main(font: str, answer: str) -> None:
    """Survey one file."""
    Path(answer).write_text(json.dumps(survey(Path(font))), "utf-8")
