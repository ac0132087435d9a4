"""A block of words laid out: lines of placed shapes, and the rectangle that they take."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.font_coverage import needs_a_letter
from worker.render.typeset.block import Block
from worker.render.typeset.breaks import without_spaces, wrap
from worker.render.typeset.directions import base_level, in_visual_order
from worker.render.typeset.letters import Glyph, Letters
from worker.render.typeset.runs import Run, split

_TAB = "    "
_SOFT_HYPHEN = "\u00ad"


@dataclass(frozen=True)
class Rectangle:
    """Left, top, right and bottom in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def grown(self, by: float) -> "Rectangle":
        """Wider by so many pixels on each side."""
        return Rectangle(self.left - by, self.top - by, self.right + by, self.bottom + by)


@dataclass(frozen=True)
class PlacedGlyph:
    """A shape with its origin in pixels of the output, and the pixels in a font unit."""

    letters: Letters
    number: int
    x: float
    y: float
    scale: float


@dataclass(frozen=True)
class Laid:
    """A block at its place. `area` is its lines', without box and outline; `missing`: what no face has letters for."""

    glyphs: tuple[PlacedGlyph, ...]
    area: Rectangle
    missing: str = ""


@dataclass(frozen=True)
class _Line:
    """Shapes from left to right, with their faces and scales; `width` in pixels."""

    shapes: tuple[tuple[Letters, float, Glyph], ...]
    width: float
    missing: str


def lay_out(block: Block, faces: Sequence[Letters]) -> Laid:
    """Wrap, shape and place a block. `faces` are the block's own, in their order."""
    text = block.content.replace("\t", _TAB)
    lines = [line for paragraph in text.split("\n") for line in _lines(paragraph, block, faces)]
    ascent, descent, gap = (length * block.size / faces[0].em for length in faces[0].height)
    step = block.size * block.line_height if block.line_height else ascent + descent + gap
    width = max(line.width for line in lines)
    height = step * len(lines)

    margin = margin_of(block)
    left = block.x - block.anchor_x * (width + 2 * margin) + margin
    top = block.y - block.anchor_y * (height + 2 * margin) + margin
    glyphs: list[PlacedGlyph] = []
    for number, line in enumerate(lines):
        # What a line is higher than its letters lies above and below them in equal parts.
        baseline = top + number * step + (step - ascent - descent) / 2 + ascent
        x = left + block.align * (width - line.width)
        for letters, scale, glyph in line.shapes:
            glyphs.append(PlacedGlyph(letters, glyph.number, x + glyph.x * scale, baseline - glyph.y * scale, scale))
            x += glyph.advance * scale
    missing = "".join(dict.fromkeys("".join(line.missing for line in lines)))
    return Laid(tuple(glyphs), Rectangle(left, top, left + width, top + height), missing)


def margin_of(block: Block) -> int:
    """How far the box or the outline reaches beyond the lines: it, too, stays inside at an anchor's edge."""
    return max(block.box.padding if block.box else 0, block.outline.width if block.outline else 0)


def _lines(paragraph: str, block: Block, faces: Sequence[Letters]) -> Iterator[_Line]:
    runs = split(paragraph, faces)
    if block.max_width is None:
        yield _shaped(paragraph, runs, block, faces, (0, len(paragraph)))
        return
    # How far one gets with each character: enough to find the lines, which are then shaped for themselves.
    advances = [0.0] * len(paragraph)
    for run in runs:
        scale = block.size / faces[run.face].em
        for glyph in _shapes(paragraph, run, faces):
            advances[glyph.cluster] += glyph.advance * scale
    reached = [0.0, *itertools.accumulate(advances)]
    limit = block.max_width + 0.01
    if max(reached) <= limit:
        # Most lines fit: where they might have been broken is the costliest of questions, and need not be asked.
        yield _shaped(paragraph, runs, block, faces, (0, len(paragraph)))
        return
    for start, end in wrap(paragraph, lambda start, end: reached[end] - reached[start], limit):
        visible = end if end == len(paragraph) else without_spaces(paragraph, start, end)
        yield _shaped(paragraph, runs, block, faces, (start, visible))


def _shaped(
    paragraph: str, runs: Sequence[Run], block: Block, faces: Sequence[Letters], span: tuple[int, int]
) -> _Line:
    """The line that is a span of a paragraph, its runs in the order in which they stand."""
    start, end = span
    if paragraph[start:end].endswith(_SOFT_HYPHEN) and end < len(paragraph):
        paragraph = paragraph[: end - 1] + "-" + paragraph[end:]
    parts = [
        Run(max(run.start, start), min(run.end, end), run.level, run.script, run.face)
        for run in runs
        if run.start < end and run.end > start
    ]
    # Spaces at a line's end stand at the end of its direction (rule L1).
    tail = start + len(paragraph[start:end].rstrip(" \u3000"))
    parts = [piece for part in parts for piece in _cut(part, tail, base_level(paragraph))]
    ordered = in_visual_order([(part.level, part) for part in parts])
    shapes = tuple(
        (faces[part.face], block.size / faces[part.face].em, glyph)
        for part in ordered
        for glyph in _shapes(paragraph, part, faces)
    )
    empty = (paragraph[glyph.cluster] for _, _, glyph in shapes if glyph.number == 0)
    missing = "".join(character for character in empty if needs_a_letter(character))
    return _Line(shapes, sum(scale * glyph.advance for _, scale, glyph in shapes), missing)


def _cut(run: Run, at: int, level: int) -> list[Run]:
    """The run before and after a character; what is after has the paragraph's own level."""
    before = [Run(run.start, min(run.end, at), run.level, run.script, run.face)] if run.start < at else []
    after = [Run(max(run.start, at), run.end, level, run.script, run.face)] if run.end > at else []
    return before + after


def _shapes(paragraph: str, run: Run, faces: Sequence[Letters]) -> list[Glyph]:
    return faces[run.face].shape(paragraph, run.start, run.end, run.script, rightwards=run.level % 2 == 0)
