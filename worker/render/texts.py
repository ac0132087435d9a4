"""Texts as drawtext filters. Nothing that a user wrote enters a filter: words go by file, the rest is numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from jobs.spec import Position, Spec, Text
from worker.render.plan import frame_at


@dataclass(frozen=True)
class FontChoice:
    """The letters that a text needs: a family (as the spec names it) and a weight."""

    family: str
    weight: int


@dataclass(frozen=True)
class TextLayer:
    """One text with the names, in the scratch folder, of the files that carry its words and its letters."""

    text: Text
    text_file: str
    font_file: str


def text_layers(spec: Spec, font_files: Mapping[FontChoice, str]) -> tuple[TextLayer, ...]:
    """Every text in the order of its track, with file names of ours."""
    return tuple(
        TextLayer(track.text, f"text-{index}.txt", font_files[font_choice(track.text)])
        for index, track in enumerate(spec.tracks)
    )


def font_choice(text: Text) -> FontChoice:
    """The family and weight of a text; families are named without regard to case."""
    return FontChoice(text.font.family.casefold(), text.font.weight)


def drawtext(layer: TextLayer, fps: Fraction, first_frame: int = 0) -> str:
    """The filter that draws one text over its frames; the stream begins at the output's `first_frame`.

    `enable` counts frames: seconds as decimals would miss by one frame.
    """
    first, end = drawn_frames(layer.text, fps)
    first, end = max(0, first - first_frame), None if end is None else end - first_frame
    if end is not None:
        return f"{always_drawn(layer)}:enable='gte(n,{first})*lt(n,{end})'"
    return f"{always_drawn(layer)}:enable='gte(n,{first})'" if first else always_drawn(layer)


def is_drawn(text: Text, frame: int, fps: Fraction) -> bool:
    """Whether a text is on this frame of the output."""
    first, end = drawn_frames(text, fps)
    return first <= frame and (end is None or frame < end)


def drawn_frames(text: Text, fps: Fraction) -> tuple[int, int | None]:
    """The first frame with a text, and the first one after it without."""
    return frame_at(text.start, fps), None if text.end is None else frame_at(text.end, fps)


def always_drawn(layer: TextLayer) -> str:
    """The filter that draws one text on whatever frame it is given.

    Lines have the font's own height, so that a text does not jump when its letters change and an editor can lay it
    out the same way.
    """
    text = layer.text
    options = [
        f"fontfile={layer.font_file}",
        f"textfile={layer.text_file}",
        "expansion=none",
        f"fontsize={text.font.size}",
        f"fontcolor={_colour(text.color)}",
        "y_align=font",
        *_place(text.position, _margin(text)),
    ]
    if text.outline:
        options += [f"borderw={text.outline.width}", f"bordercolor={_colour(text.outline.color)}"]
    if text.box:
        options += ["box=1", f"boxcolor={_colour(text.box.color)}", f"boxborderw={text.box.padding}"]
    return "drawtext=" + ":".join(options)


def _margin(text: Text) -> int:
    """How far the box or the outline reaches beyond the lines: it, too, stays inside at an anchor's edge."""
    return max(text.box.padding if text.box else 0, text.outline.width if text.outline else 0)


def _place(position: Position, margin: int) -> tuple[str, str, str]:
    """The lines' left and top edges by anchor and offset, and how the lines lie to each other."""
    left = {"left": f"{margin}", "center": "(w-text_w)/2", "right": f"w-text_w-{margin}"}
    top = {"top": f"{margin}", "center": "(h-text_h)/2", "bottom": f"h-text_h-{margin}"}
    sides = position.anchor.split("-")
    horizontal = next((side for side in sides if side in {"left", "right"}), "center")
    vertical = next((side for side in sides if side in {"top", "bottom"}), "center")
    return (
        f"x={left[horizontal]}{position.x:+d}",
        f"y={top[vertical]}{position.y:+d}",
        f"text_align={horizontal}",
    )


def _colour(colour: str) -> str:
    """`#rrggbb` or `#rrggbbaa` as FFmpeg's 0xRRGGBBAA."""
    return f"0x{colour.removeprefix('#').ljust(8, 'f').upper()}"
