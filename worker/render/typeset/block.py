"""What the typesetter is asked for: blocks of words, with every length in pixels and every time in frames."""

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Face:
    """The letters of one font: a file, the font's place in it, a weight, and whether they are to be slanted by us."""

    path: str
    index: int
    weight: int
    slanted: bool


@dataclass(frozen=True)
class Motion:
    """How a block comes or goes: `effect` is fade or slide, `side` the edge that a slide comes from or leaves by."""

    effect: str
    side: str
    frames: int


@dataclass(frozen=True)
class Edge:
    """A line around letters: its width in pixels and its colour."""

    width: int
    color: str


@dataclass(frozen=True)
class Shadow:
    """A shadow: its offset in pixels, the width of its edge, its colour."""

    x: int
    y: int
    blur: float
    color: str


@dataclass(frozen=True)
class Box:
    """A rectangle behind words: lengths in pixels."""

    color: str
    padding: int
    radius: int


@dataclass(frozen=True)
class Block:
    """Words at a place, from `first_frame` up to, not including, `end_frame` of the output.

    Colours are `#rrggbb` or `#rrggbbaa`. `faces` indexes the sheet's, the first being asked first for each letter.
    The point of the block (with its box or outline) that lies at (`x`, `y`) is given by `anchor_x` and `anchor_y`: 0 is
    its left or top, 1 its right or bottom. `align` places lines in the same way. `line_height` is in sizes.
    """

    content: str
    faces: tuple[int, ...]
    size: int
    color: str
    x: float
    y: float
    anchor_x: float
    anchor_y: float
    align: float
    max_width: int | None
    line_height: float | None
    first_frame: int
    end_frame: int
    outline: Edge | None = None
    shadow: Shadow | None = None
    box: Box | None = None
    enter: Motion | None = None
    leave: Motion | None = None


@dataclass(frozen=True)
class Captions:
    """The words and times of a subtitle file: each is a block with the looks of `like`, `delay_seconds` later.

    What is not on any of the frames of `like` is left out.
    """

    file: str
    like: Block
    delay_seconds: float


@dataclass(frozen=True)
class Sheet:
    """What is drawn at once into one file, later ones above."""

    file: str
    parts: tuple[Block | Captions, ...]


@dataclass(frozen=True)
class Order:
    """All that one render needs: the output's size in pixels, its rate as a fraction, fonts and sheets."""

    width: int
    height: int
    rate: tuple[int, int]
    letters: str
    """The family of the font in FFmpeg's own folder of fonts; none of its letters are drawn."""
    faces: tuple[Face, ...]
    sheets: tuple[Sheet, ...]


def dump(order: Order) -> str:
    """The order as JSON."""
    return json.dumps(asdict(order))


def load(text: str) -> Order:
    """The order that `dump` wrote."""
    raw = json.loads(text)
    return Order(
        raw["width"],
        raw["height"],
        (raw["rate"][0], raw["rate"][1]),
        raw["letters"],
        tuple(Face(**face) for face in raw["faces"]),
        tuple(Sheet(sheet["file"], tuple(_part(part) for part in sheet["parts"])) for sheet in raw["sheets"]),
    )


def _part(raw: dict[str, Any]) -> Block | Captions:
    if "like" in raw:
        return Captions(raw["file"], _block(raw["like"]), raw["delay_seconds"])
    return _block(raw)


def _block(raw: dict[str, Any]) -> Block:
    parts = {"outline": Edge, "shadow": Shadow, "box": Box, "enter": Motion, "leave": Motion}
    inner = {name: kind(**raw[name]) for name, kind in parts.items() if raw[name] is not None}
    return Block(**{**raw, **inner, "faces": tuple(raw["faces"])})
