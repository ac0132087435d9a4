"""Shapes as the drawings of an ASS file: numbers and the letters m, l and b. Pure."""

from collections.abc import Iterable

from worker.render.typeset.layout import PlacedGlyph, Rectangle

UNITS = 16
"""To how many parts of a pixel a drawing is exact; its scale in ASS (`\\p`) says the same."""

# How far from a quarter circle's ends the control points of the curve that is nearest to it lie.
_ROUND = 0.5523


def letters(glyphs: Iterable[PlacedGlyph]) -> str:
    """One drawing of all shapes: as one, so that an outline runs around all of them and never between two."""
    parts: list[str] = []
    for glyph in glyphs:
        for stroke, points in glyph.letters.outline(glyph.number):
            places = (
                f"{round((glyph.x + x * glyph.scale) * UNITS)} {round((glyph.y - y * glyph.scale) * UNITS)}"
                for x, y in points
            )
            parts.append(f"{stroke} {' '.join(places)}")
    return " ".join(parts)


def rounded(area: Rectangle, radius: float) -> str:
    """A rectangle of whole pixels with round corners."""
    left, top, right, bottom = (round(edge) * UNITS for edge in (area.left, area.top, area.right, area.bottom))
    r = round(min(radius * UNITS, (right - left) / 2, (bottom - top) / 2))
    if r <= 0:
        return f"m {left} {top} l {right} {top} {right} {bottom} {left} {bottom}"
    c = round(r * (1 - _ROUND))
    return (
        f"m {left + r} {top} l {right - r} {top} b {right - c} {top} {right} {top + c} {right} {top + r} "
        f"l {right} {bottom - r} b {right} {bottom - c} {right - c} {bottom} {right - r} {bottom} "
        f"l {left + r} {bottom} b {left + c} {bottom} {left} {bottom - c} {left} {bottom - r} "
        f"l {left} {top + r} b {left} {top + c} {left + c} {top} {left + r} {top}"
    )
