"""Has words turned into drawings, in a process that can touch nothing else: fonts and words are parser input."""

import json
from dataclasses import dataclass
from pathlib import Path

from worker.render import confined_module
from worker.render.typeset.block import Order, dump

_ORDER_FILE, _ANSWER_FILE = "order.json", "answer.json"


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a part of an order, counted as the order has sheets and parts.

    `kind` is `letters` (`words` are characters that no font has) or `file` (`words` say why it cannot be read).
    """

    sheet: int
    part: int
    kind: str
    words: str


@dataclass(frozen=True)
class Answer:
    """What is wrong with what, and for each sheet of a single text where it is drawn: left, top, right, bottom.

    In pixels; None where nothing is, or where the sheet has several.
    """

    wrong: tuple[Wrong, ...]
    areas: tuple[tuple[float, ...] | None, ...]


def typeset(order: Order, folder: Path) -> Answer:
    """Write the sheets of `order` into `folder`.

    Raises:
        TransientError: the process failed or took too long.
    """
    (folder / _ORDER_FILE).write_text(dump(order), "utf-8")
    confined_module.run(
        "worker.render.typeset.__main__", _ORDER_FILE, _ANSWER_FILE, folder=folder, what="the texts could not be set"
    )
    answer = json.loads((folder / _ANSWER_FILE).read_text("utf-8"))
    areas = tuple(tuple(map(float, area)) if area else None for area in answer["areas"])
    return Answer(tuple(Wrong(*wrong) for wrong in answer["wrong"]), areas)
