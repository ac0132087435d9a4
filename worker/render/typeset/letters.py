"""Fonts as HarfBuzz has them: which letters they have, how these are shaped, and their outlines."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import uharfbuzz

from worker.render.typeset.block import Face

_harfbuzz: Any = uharfbuzz  # compiled: it has no types

_SLANT = 0.25  # what browsers slant by: 14 degrees


@dataclass(frozen=True)
class Glyph:
    """One shape of a font, placed: lengths in font units of `Letters.em`, `cluster` counts the text's characters."""

    number: int
    cluster: int
    advance: int
    x: int
    y: int


Outline = list[tuple[str, tuple[tuple[float, float], ...]]]
"""Strokes: `m`ove, `l`ine and cubic `b`ezier, each with its points in font units, y upwards."""


class Letters:
    """One face. A variable font's weight is set here, so that no font is ever written."""

    def __init__(self, face: Face) -> None:
        self._face = _harfbuzz.Face(_harfbuzz.Blob.from_file_path(face.path), face.index)
        self.font = _harfbuzz.Font(self._face)
        self.font.set_variations({"wght": float(face.weight)})
        self.font.synthetic_slant = _SLANT if face.slanted else 0.0
        self._outlines: dict[int, Outline] = {}

    @property
    def em(self) -> int:
        """Font units in one size."""
        return self._face.upem

    @cached_property
    def height(self) -> tuple[int, int, int]:
        """How far a line reaches above and below its baseline (both positive), and what lies between two lines."""
        extents = self.font.get_font_extents("ltr")
        return extents.ascender, -extents.descender, extents.line_gap

    def has(self, character: str) -> bool:
        """Whether there is a letter for it."""
        return bool(self.font.get_nominal_glyph(ord(character)))

    def shape(self, text: str, start: int, end: int, script: str | None, *, rightwards: bool) -> list[Glyph]:
        """The shapes of `text[start:end]` from left to right; what stands around it counts for joins."""
        buffer = _harfbuzz.Buffer()
        buffer.add_str(text, start, end - start)
        buffer.guess_segment_properties()
        if script:
            buffer.script = script
        buffer.direction = "ltr" if rightwards else "rtl"
        _harfbuzz.shape(self.font, buffer)
        return [
            Glyph(info.codepoint, info.cluster, place.x_advance, place.x_offset, place.y_offset)
            for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
        ]

    def outline(self, number: int) -> Outline:
        """The outline of a shape."""
        if number not in self._outlines:
            pen = _Pen()
            self.font.draw_glyph_with_pen(number, pen)
            self._outlines[number] = pen.strokes
        return self._outlines[number]


class _Pen:
    """Takes an outline from HarfBuzz, by fontTools' names. Both kinds of curves become cubic ones."""

    def __init__(self) -> None:
        self.strokes: Outline = []
        self._at = (0.0, 0.0)

    def _draw(self, stroke: str, *points: tuple[float, float]) -> None:
        self.strokes.append((stroke, points))
        self._at = points[-1]

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - fontTools' name
        self._draw("m", point)

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._draw("l", point)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._draw("b", *points)

    def qCurveTo(self, control: tuple[float, float], end: tuple[float, float]) -> None:  # noqa: N802
        self._draw("b", _third(self._at, control), _third(end, control), end)

    def closePath(self) -> None:  # noqa: N802
        """Every contour is closed where it is filled."""

    def endPath(self) -> None:  # noqa: N802
        """As above."""


def _third(end: tuple[float, float], control: tuple[float, float]) -> tuple[float, float]:
    """The control point, near `end`, of the cubic curve that a quadratic one is."""
    return end[0] + (control[0] - end[0]) * 2 / 3, end[1] + (control[1] - end[1]) * 2 / 3


@cache
def script_of(character: str) -> str | None:
    """The script that a character is of, by ISO 15924, or None for what all scripts have."""
    buffer = _harfbuzz.Buffer()
    buffer.add_str(character)
    buffer.guess_segment_properties()
    return buffer.script
