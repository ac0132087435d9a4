"""Which characters fonts have letters for. Loads HarfBuzz."""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import uharfbuzz

from jobs.font_file import FontFile

_harfbuzz: Any = uharfbuzz  # compiled: it has no types


def missing_characters(content: str, faces: Sequence[FontFile]) -> tuple[str, ...]:
    """The characters that none of `faces` has, each once, in their order."""
    return tuple(
        character
        for character in dict.fromkeys(content)
        if needs_a_letter(character) and not any(ord(character) in _code_points(face) for face in faces)
    )


def needs_a_letter(character: str) -> bool:
    """Whether a font must have something for it: not for spaces, nor for what only steers (joiners, directions)."""
    if unicodedata.category(character) in {"Zs", "Zl", "Zp", "Cc", "Cf"}:
        return False
    return not ("\ufe00" <= character <= "\ufe0f" or "\U000e0000" <= character <= "\U000e0fff" or character == "\u034f")


def _code_points(file: FontFile) -> frozenset[int]:
    return _covered(file.path, file.index) if file.covered is None else file.covered


@cache
def _covered(path: Path, index: int) -> frozenset[int]:
    """The code points of one font. Some 0.2 ms for a thousand of them."""
    unicodes: Iterable[int] = _harfbuzz.Face(_harfbuzz.Blob.from_file_path(str(path)), index).unicodes
    return frozenset(unicodes)
