"""Shows each text of the corpus on a frame of its own, and says where on the frame its letters should be."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from jobs.fonts import FontCatalogue
from jobs.message import parse_envelope
from jobs.spec import Spec, Text, parse_spec
from tests.worker.render.studio import Studio, bounds, decode_picture
from worker.render.limits import Limits
from worker.render.log_file import LOG_FILE
from worker.render.texts import FaceTable, block_of
from worker.render.timeline import exact_fps
from worker.render.typeset.layout import PlacedGlyph, lay_out
from worker.render.typeset.letters import Letters

WIDTH, HEIGHT, FPS, SIZE = 480, 96, 50, 14
MAX_TRACKS = 100
LIMITS = Limits(address_space_bytes=3 * 1024**3, wall_seconds=60)
"""Less than half of what a render may map by default."""

_LARGER = 4

Gray = npt.NDArray[np.uint8]
Area = tuple[float, float, float, float]


@dataclass(frozen=True)
class Scene:
    """A finished render: its frames in gray, what FFmpeg was told, and the lines of its sheets."""

    frames: Gray
    commands: tuple[str, ...]
    sheet: tuple[str, ...]


def text(content: str, frame: int) -> dict[str, Any]:
    """A text that is on one frame alone."""
    return {
        "content": content,
        "font": {"family": "Roboto", "size": SIZE},
        "max_width": WIDTH - 10,
        "start": frame / FPS,
        "end": (frame + 1) / FPS,
    }


def spec_of_tracks(tracks: Sequence[Mapping[str, Any]], frames: int = 2) -> dict[str, Any]:
    """Tracks over black."""
    return {
        "output": {"width": WIDTH, "height": HEIGHT, "fps": FPS, "crf": 10},
        "clips": [{"color": "#000000", "duration": frames / FPS}],
        "tracks": list(tracks),
    }


def sent(raw: Mapping[str, Any]) -> Spec:
    """A spec as it comes out of a message of the queue."""
    return parse_spec(parse_envelope(json.dumps({"version": 1, "id": "x", "spec": raw})).spec)


def show(raw: Mapping[str, Any], studio: Studio, sources: Mapping[str, Path]) -> Scene:
    """Send and render a spec."""
    spec = sent(raw)
    made = studio.engine(LIMITS).render(spec, sources, studio.folder, on_progress=lambda _: None, stop=studio.stop)
    folder = made.video.parent
    said = (folder / LOG_FILE).read_text("utf-8", "surrogateescape").splitlines()
    return Scene(
        decode_picture(made.video, made.width, made.height).max(axis=3),
        tuple(line.removeprefix("$ ffmpeg ") for line in said if line.startswith("$ ffmpeg ")),
        tuple(line for sheet in sorted(folder.glob("words-*.ass")) for line in events_of(sheet.read_text("ascii"))),
    )


def events_of(sheet: str) -> Iterator[str]:
    """What a sheet draws: the lines after its head."""
    yield from sheet.partition("Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n")[
        2
    ].splitlines(keepends=True)


class Prompter:
    """Where a text's shapes lie, by the typesetter's own reckoning, in this process."""

    def __init__(self) -> None:
        self._table = FaceTable(FontCatalogue.installed())
        self._letters: dict[int, Letters] = {}
        self._shapes: dict[tuple[int, int], list[Area]] = {}

    def area(self, text: Text) -> Area | None:
        """Left, top, right, bottom of its shapes in pixels, on the frame or beyond it; None where it has none."""
        block = block_of(text, self._table, WIDTH, HEIGHT, exact_fps(FPS))
        for place in block.faces:
            self._letters.setdefault(place, Letters(self._table.faces[place]))
        laid = lay_out(block, [self._letters[place] for place in block.faces])
        areas = [
            (
                glyph.x + left * glyph.scale,
                glyph.y - high * glyph.scale,
                glyph.x + right * glyph.scale,
                glyph.y - low * glyph.scale,
            )
            for glyph in laid.glyphs
            for left, low, right, high in self._bounds(glyph)
        ]
        if not areas:
            return None
        lefts, tops, rights, bottoms = zip(*areas, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    def _bounds(self, glyph: PlacedGlyph) -> list[Area]:
        """The bounds of a shape in font units; none where it has no outline."""
        key = id(glyph.letters), glyph.number
        if key not in self._shapes:
            points = [point for _, points in glyph.letters.outline(glyph.number) for point in points]
            xs, ys = [x for x, _ in points], [y for _, y in points]
            self._shapes[key] = [(min(xs), min(ys), max(xs), max(ys))] if points else []
        return self._shapes[key]


def is_at(frame: Gray, area: Area | None) -> bool:
    """Whether a frame has ink exactly where shapes of these bounds are, as far as they are on it."""
    ink = frame > 60
    if area is None or area[0] >= WIDTH or area[1] >= HEIGHT or area[2] <= 0 or area[3] <= 0:
        return not ink.any()
    if not ink.any():
        return False
    return all(
        abs(found - expected) <= 2 or not (0 <= expected <= edge)
        for found, expected, edge in zip(bounds(ink), area, (WIDTH, HEIGHT, WIDTH, HEIGHT), strict=True)
    )


def by_pillow(content: str) -> Gray | None:
    """A line as FreeType and Raqm draw it, in the middle; None for what is not one line of letters that Roboto has."""
    words = content.replace("\t", "    ")
    if not words.isascii() or not words.isprintable() or words != words.strip():
        return None
    family = FontCatalogue.installed().find("Roboto")
    assert family is not None
    # Larger, and made smaller then: at this size FreeType would fit the letters to its pixels.
    path, layout = family.file(400, italic=False).path, ImageFont.Layout.RAQM
    font = ImageFont.truetype(path, SIZE * _LARGER, layout_engine=layout)
    font.set_variation_by_axes([400, 100])
    if font.getlength(words) > (WIDTH - 20) * _LARGER:
        return None
    picture = Image.new("L", (WIDTH * _LARGER, HEIGHT * _LARGER))
    middle = WIDTH * _LARGER // 2, HEIGHT * _LARGER // 2
    ImageDraw.Draw(picture).text(middle, words, 255, font, anchor="mm")
    return np.asarray(picture.resize((WIDTH, HEIGHT), Image.Resampling.BOX))


def overlap(ours: Gray, other: Gray) -> float:
    """How much of the ink is the same, where the two pictures lie best over each other."""
    inked = np.maximum(ours, other) > 0
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if len(rows):
        # Where both are black there is nothing to share: a margin is left for what is moved.
        part = slice(max(0, rows[0] - 4), rows[-1] + 5), slice(max(0, columns[0] - 2), columns[-1] + 3)
        ours, other = ours[part], other[part]

    def shared(down: int, right: int) -> float:
        moved = np.roll(other, (down, right), (0, 1))
        return np.minimum(ours, moved).sum(dtype=int) / max(1, np.maximum(ours, moved).sum(dtype=int))

    return max(shared(down, right) for down in range(-3, 4) for right in (-1, 0, 1))
