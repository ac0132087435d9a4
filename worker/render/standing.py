"""A text that stands, and neither moves nor fades: drawn once, and laid on each of its frames as a picture. Pure.

FFmpeg's `ass` blends all that libass draws into every frame anew, the outline and what it goes around: for two lines
of a reel that took 0.8 s of a processor in ten seconds of video; so it takes 0.2 s, 0.02 s of it to draw each text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from worker.render.typeset.block import Block

MIN_FRAMES: Final = 60
"""How long a text must stand for it to be worth it."""

MAX_STANDING: Final = 8
"""How many texts of a render may be drawn like this: each draws with a libass of its own."""


@dataclass(frozen=True)
class Standing:
    """The text that the typesetter drew into `file`: its part of the output in even pixels, and its frames.

    `canvas` is the size of the whole output, `edge` the colour (#rrggbb) that it ends in.
    """

    file: str
    canvas: tuple[int, int]
    left: int
    top: int
    width: int
    height: int
    edge: str
    first_frame: int
    end_frame: int


def may_stand(block: Block, frames: int) -> bool:
    """Whether a text of which so many frames are wanted neither moves nor fades, and ends in one colour everywhere.

    Opaque: of what is translucent FFmpeg draws another opacity into a picture than it draws on a video.
    """
    colours = [block.color, *(part.color for part in (block.outline, block.box) if part)]
    is_opaque = all(colour[7:9].lower() in {"", "ff"} for colour in colours)
    return is_opaque and block.shadow is None and block.enter is None and block.leave is None and frames >= MIN_FRAMES


def standing_of(file: str, block: Block, area: Sequence[float], canvas: tuple[int, int]) -> Standing | None:
    """A block that may stand, drawn in `area` (left, top, right, bottom); None where nothing of it is on the canvas."""
    left, top = (max(0, int(edge) // 2 * 2) for edge in area[:2])
    right, bottom = (min(bound, int(edge) // 2 * 2 + 2) for edge, bound in zip(area[2:], canvas, strict=True))
    if right <= left or bottom <= top:
        return None
    edge = (block.box or block.outline or block).color[:7]
    return Standing(file, canvas, left, top, right - left, bottom - top, edge, block.first_frame, block.end_frame)


def standing_chains(standing: Standing, letters_folder: str, fps: Fraction, *, below: str, label: str) -> list[str]:
    """The chains that lay it on the stream `below`, and end in `label`."""
    width, height = standing.canvas
    drawn = [
        # Of the video's own first frame, so that colours mean the same by it; a corner of that is padded, and cut off.
        *("trim=end_frame=1", "format=yuva420p", "crop=2:2:0:0"),
        # What is half covered by a letter has the letter's colour then, and not half of another.
        f"pad={width + 2}:{height}:{width}:0:0x{standing.edge[1:]}",
        *(f"crop={width}:{height}:0:0", "lutyuv=a=0"),
        *(f"settb={1 / fps}", f"setpts={standing.first_frame}"),
        f"ass=f={standing.file}:fontsdir={letters_folder}:alpha=1",
        *(f"crop={standing.width}:{standing.height}:{standing.left}:{standing.top}", "setpts=0"),
    ]
    # Half a frame early, so that no rounding matters.
    first, end = (
        float(max(Fraction(0), (frame - Fraction(1, 2)) / fps)) for frame in (standing.first_frame, standing.end_frame)
    )
    enable = f"enable='gte(t,{first:.6f})*lt(t,{end:.6f})'"
    return [
        f"[{below}]split[under-{label}][ground-{label}]",
        f"[ground-{label}]{','.join(drawn)}[on-{label}]",
        f"[under-{label}][on-{label}]overlay=x={standing.left}:y={standing.top}:alpha=straight:{enable}[{label}]",
    ]
