"""Stretches of a paragraph that are shaped at once: one direction, one script, one face."""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.render.typeset.breaks import clusters
from worker.render.typeset.directions import levels
from worker.render.typeset.letters import Letters, script_of

_STEERING = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f")
_AS_EMOJI = "\ufe0f"


@dataclass(frozen=True)
class Run:
    """The paragraph's characters from `start` to `end`, their embedding level, script, and place among the faces."""

    start: int
    end: int
    level: int
    script: str | None
    face: int


def split(paragraph: str, faces: Sequence[Letters]) -> list[Run]:
    """The runs of a paragraph in the order of its characters."""
    level_of = levels(paragraph)
    script_at = _scripts(paragraph)
    found: list[Run] = []
    for start, end in clusters(paragraph):
        face = _face(paragraph[start:end], faces)
        kind = level_of[start], script_at[start], face
        if found and (found[-1].level, found[-1].script, found[-1].face) == kind:
            found[-1] = Run(found[-1].start, end, *kind)
        else:
            found.append(Run(start, end, *kind))
    return found


def _face(cluster: str, faces: Sequence[Letters]) -> int:
    """The first face with all of a cluster; else the first with its first character; else the first of all.

    What asks to be shown as an emoji is looked for from the end, where the signs are.
    """
    order = range(len(faces))
    if _AS_EMOJI in cluster:
        order = sorted(order, reverse=True)
    needed = [character for character in cluster if character not in _STEERING and not character.isspace()]
    if not needed:
        return 0
    for index in order:
        if all(faces[index].has(character) for character in needed):
            return index
    return next((index for index in order if faces[index].has(needed[0])), 0)


def _scripts(paragraph: str) -> list[str | None]:
    """The script of each character; what all scripts share goes with what stands before it, or else after it."""
    found: list[str | None] = []
    for character in paragraph:
        found.append(script_of(character) or (found[-1] if found else None))
    first = next((script for script in found if script), None)
    return [script or first for script in found]
