"""Texts of a spec as blocks for the typesetter: every length in pixels, every time in frames. Pure."""

from fractions import Fraction
from typing import Final

from jobs import spec as format_v1
from jobs.fonts import FontCatalogue
from jobs.spec import DAY_SECONDS, Font, Lettering, Position, Text
from worker.render.timeline import frame_at
from worker.render.typeset.block import Block, Box, Edge, Face, Motion, Shadow

_LEFT_TO_RIGHT: Final = {"left": 0.0, "center": 0.5, "right": 1.0}
_TOP_TO_BOTTOM: Final = {"top": 0.0, "center": 0.5, "bottom": 1.0}


class FaceTable:
    """The faces that an order lists, each once."""

    def __init__(self, catalogue: FontCatalogue) -> None:
        self._catalogue = catalogue
        self._places: dict[Face, int] = {}

    @property
    def faces(self) -> tuple[Face, ...]:
        """All so far."""
        return tuple(self._places)

    def places(self, font: Font) -> tuple[int, ...]:
        """Where in `faces` the letters for a font are, its own first. The font must be known to the catalogue."""
        faces = (
            Face(str(file.path), file.index, file.nearest(font.weight), slanted=font.italic and not file.italic)
            for file in self._catalogue.faces(font)
        )
        return tuple(self._places.setdefault(face, len(self._places)) for face in faces)


def shares(position: Position) -> tuple[float, float]:
    """Where the anchor is: from 0 at the left and at the top to 1 at the right and at the bottom."""
    sides = position.anchor.split("-")
    horizontal = next((side for side in sides if side in {"left", "right"}), "center")
    vertical = next((side for side in sides if side in {"top", "bottom"}), "center")
    return _LEFT_TO_RIGHT[horizontal], _TOP_TO_BOTTOM[vertical]


def point(position: Position, width: int, height: int) -> tuple[float, float]:
    """Where the anchor's point lies in an output of `width` x `height` pixels."""
    across, down = shares(position)
    if position.x_percent is not None:
        across = position.x_percent / 100
    if position.y_percent is not None:
        down = position.y_percent / 100
    return across * width + position.x, down * height + position.y


def frames_of(start: float, end: float | None, fps: Fraction) -> tuple[int, int]:
    """The first frame with something on it, and the first after it without; one that stays has a day."""
    return frame_at(start, fps), frame_at(DAY_SECONDS if end is None else end, fps)


def is_drawn(start: float, end: float | None, frames: tuple[int, int], fps: Fraction) -> bool:
    """Whether something that is there from `start` to `end` seconds is on any frame from the first up to the second."""
    first, after = frames_of(start, end, fps)
    return first < frames[1] and after > frames[0]


def block_of(text: Text, table: FaceTable, width: int, height: int, fps: Fraction) -> Block:
    """The block of a text on an output of `width` x `height` pixels."""
    first_frame, end_frame = frames_of(text.start, text.end, fps)
    return lettered(
        text,
        text.position,
        table,
        width,
        height,
        content=text.content,
        first_frame=first_frame,
        end_frame=end_frame,
        enter=_motion(text.enter, fps),
        leave=_motion(text.leave, fps),
    )


def lettered(
    lettering: Lettering,
    position: Position,
    table: FaceTable,
    width: int,
    height: int,
    *,
    content: str = "",
    first_frame: int = 0,
    end_frame: int = 0,
    enter: Motion | None = None,
    leave: Motion | None = None,
) -> Block:
    """A block that looks as `lettering` says, with whatever words and times."""
    x, y = point(position, width, height)
    across, down = shares(position)
    outline, shadow, box = lettering.outline, lettering.shadow, lettering.box
    return Block(
        content=content,
        faces=table.places(lettering.font),
        size=lettering.font.size,
        color=lettering.color,
        x=x,
        y=y,
        anchor_x=across,
        anchor_y=down,
        align=across if lettering.align is None else _LEFT_TO_RIGHT[lettering.align],
        max_width=lettering.max_width,
        line_height=lettering.line_height,
        first_frame=first_frame,
        end_frame=end_frame,
        outline=Edge(outline.width, outline.color) if outline else None,
        shadow=Shadow(shadow.x, shadow.y, shadow.blur, shadow.color) if shadow else None,
        box=Box(box.color, box.padding, box.radius) if box else None,
        enter=enter,
        leave=leave,
    )


def _motion(motion: format_v1.Motion | None, fps: Fraction) -> Motion | None:
    return Motion(motion.effect, motion.side, max(1, round(motion.duration * fps))) if motion else None
