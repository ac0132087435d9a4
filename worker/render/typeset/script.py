"""The ASS file of a sheet, for FFmpeg's `ass` filter: drawings at times, and not one character of anybody's text."""

from collections.abc import Iterator
from fractions import Fraction

from worker.render.typeset import drawing
from worker.render.typeset.block import Block, Order, Shadow
from worker.render.typeset.layout import Laid, Rectangle, margin_of
from worker.render.typeset.times import Clock, Stretch, stretches

# libass draws nothing at all, not even shapes, where it finds no font: `letters` names one that is surely there.
_HEAD = """[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
WrapStyle: 2
ScaledBorderAndShadow: yes
YCbCr Matrix: None

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: s,{letters},16,&H00FFFFFF,&H00FFFFFF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,0,0,7,0,0,0,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""

_SCALE = drawing.UNITS.bit_length()
# libass leaves the letters' shape out of the shadow of what is wholly transparent: one part of 255 is not.
_ALL_BUT_TRANSPARENT = "&HFE&"
# libass' blur of 1 is a normal distribution of 0.85 pixels; a shadow's edge is two of these wide, as in CSS.
_BLUR = 1 / 2 / 0.85


def head(order: Order) -> str:
    """What stands before the events of each sheet."""
    return _HEAD.format(width=order.width, height=order.height, letters=order.letters)


def events(block: Block, laid: Laid, order: Order) -> Iterator[str]:
    """The lines that draw a block: its box, its shadow, its letters, in this order."""
    clock = Clock(Fraction(*order.rate))
    looks = list(_looks(block, _on_screen(block, laid, order)))
    for stretch in stretches(block, _reach(block, laid), order.width, order.height):
        for look, shape in looks:
            times = f"{clock.stamp(stretch.first_frame)},{clock.stamp(stretch.end_frame)}"
            tags = f"{_place(stretch, clock)}{_fade(stretch, clock)}{look}\\p{_SCALE}"
            yield f"Dialogue: 0,{times},s,,0,0,0,,{{{tags}}}{shape}\n"


def _on_screen(block: Block, laid: Laid, order: Order) -> Laid:
    """What of a block that stays at its place may touch the output, and of its box, too: libass draws all it is given.

    Two thousand letters of 300 pixels, most of them below the frame, took it 1.2 GB.
    """
    if "slide" in {motion.effect for motion in (block.enter, block.leave) if motion}:
        return laid
    reach, em = _margin(block), block.size
    # No letter is known that stands further from its origin; the widest ones are whole Arabic phrases.
    left, right = -reach - 12 * em, order.width + reach + 2 * em
    top, bottom = -reach - 3 * em, order.height + reach + 3 * em
    glyphs = tuple(glyph for glyph in laid.glyphs if left < glyph.x < right and top < glyph.y < bottom)
    # What the box loses is so far beyond the edges that its corners stay as they are.
    beyond = reach + (2 * block.box.radius if block.box else 0)
    area = Rectangle(
        max(laid.area.left, -beyond),
        max(laid.area.top, -beyond),
        min(laid.area.right, order.width + beyond),
        min(laid.area.bottom, order.height + beyond),
    )
    return Laid(glyphs, area, laid.missing)


def _looks(block: Block, laid: Laid) -> Iterator[tuple[str, str]]:
    """What is drawn of a block: tags and a drawing for each."""
    if block.box and not _transparent(block.box.color):
        area = laid.area.grown(block.box.padding)
        if area.right > area.left:
            yield f"\\bord0\\shad0{_fill(block.box.color)}", drawing.rounded(area, block.box.radius)
    shape = drawing.letters(laid.glyphs)
    if not shape:
        return
    width = block.outline.width if block.outline else 0
    if block.shadow and not _transparent(block.shadow.color):
        yield _shadow(block.shadow, width), shape
    line = f"\\3c{_colour(block.outline.color)}\\3a{_alpha(block.outline.color)}" if block.outline else ""
    yield f"\\bord{width}\\shad0{line}{_fill(block.color)}", shape


def _shadow(shadow: Shadow, width: int) -> str:
    # Without an offset libass draws no shadow: a tenth of a pixel is none to the eye.
    x, y = (shadow.x, shadow.y) if shadow.x or shadow.y else (0.1, 0)
    return (
        f"\\bord{width}\\xshad{x:g}\\yshad{y:g}\\blur{shadow.blur * _BLUR:.2f}"
        f"\\1a{_ALL_BUT_TRANSPARENT}\\3a{_ALL_BUT_TRANSPARENT}"
        f"\\4c{_colour(shadow.color)}\\4a{_alpha(shadow.color)}"
    )


def _reach(block: Block, laid: Laid) -> Rectangle:
    """All that a block's drawings may touch."""
    return laid.area.grown(_margin(block))


def _margin(block: Block) -> float:
    """How far a block's drawings may reach beyond its lines."""
    shadow = max(abs(block.shadow.x), abs(block.shadow.y)) + block.shadow.blur if block.shadow else 0
    # Letters may reach beyond their lines, most in scripts with tall marks.
    return margin_of(block) + shadow + block.size / 4


def _place(stretch: Stretch, clock: Clock) -> str:
    if stretch.begin == stretch.finish:
        return f"\\pos({_pair(stretch.begin)})"
    start = clock.milliseconds_between(stretch.first_frame, stretch.first_frame)
    end = clock.milliseconds_between(stretch.first_frame, stretch.end_frame)
    return f"\\move({_pair(stretch.begin)},{_pair(stretch.finish)},{start},{end})"


def _pair(point: tuple[float, float]) -> str:
    return f"{point[0]:.2f},{point[1]:.2f}"


def _fade(stretch: Stretch, clock: Clock) -> str:
    if not stretch.fade_in_frames and not stretch.fade_out_frames:
        return ""
    return f"\\fad({clock.milliseconds(stretch.fade_in_frames)},{clock.milliseconds(stretch.fade_out_frames)})"


def _fill(colour: str) -> str:
    return f"\\1c{_colour(colour)}\\1a{_alpha(colour)}"


def _colour(colour: str) -> str:
    """`#rrggbb…` as ASS's &HBBGGRR&."""
    return f"&H{colour[5:7]}{colour[3:5]}{colour[1:3]}&".upper()


def _alpha(colour: str) -> str:
    """How transparent a colour is, as ASS counts: 00 is opaque."""
    return f"&H{255 - int(colour[7:9] or 'ff', 16):02X}&"


def _transparent(colour: str) -> bool:
    return colour[7:9] == "00"
