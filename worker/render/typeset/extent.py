"""How far a block's drawings reach. Pure."""

from collections.abc import Iterator

from worker.render.typeset.block import Block
from worker.render.typeset.layout import Laid, Rectangle

_SMOOTHED = 2.0
"""What libass may round and smooth at an edge, in pixels."""


def extent(block: Block, laid: Laid) -> Rectangle | None:
    """A rectangle outside of which nothing of a block is drawn; None if nothing of it is."""
    parts = list(_parts(block, laid))
    if not parts:
        return None
    return Rectangle(
        min(part.left for part in parts),
        min(part.top for part in parts),
        max(part.right for part in parts),
        max(part.bottom for part in parts),
    ).grown(_SMOOTHED)


def _parts(block: Block, laid: Laid) -> Iterator[Rectangle]:
    if block.box:
        yield laid.area.grown(block.box.padding)
    # A curve stays between its control points.
    points = [
        (glyph.x + x * glyph.scale, glyph.y - y * glyph.scale)
        for glyph in laid.glyphs
        for _, stroke in glyph.letters.outline(glyph.number)
        for x, y in stroke
    ]
    if not points:
        return
    across, down = [x for x, _ in points], [y for _, y in points]
    letters = Rectangle(min(across), min(down), max(across), max(down))
    width = block.outline.width if block.outline else 0
    yield letters.grown(width)
    if block.shadow:
        x, y = block.shadow.x, block.shadow.y
        moved = Rectangle(letters.left + x, letters.top + y, letters.right + x, letters.bottom + y)
        # A blur is two standard deviations wide; beyond three there is less than one part of 255.
        yield moved.grown(width + 2 * block.shadow.blur)
