"""Fonts that come in packages of other kinds than `fontpkg-*`: they help out where a family lacks a letter.

Their names and weights stand here, so that no font is opened for a list's sake; a test holds them against the files.
"""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from jobs.font_file import FontFile

_NOTO = "manimgx_fonts"
_CJK = ("paperang_p2_fonts_cjk", "fonts/wqy-microhei.ttc", "WenQuanYi Micro Hei")

# In the order in which they are asked for letters; emoji come last, and first for what is marked as one.
_NOTO_FAMILIES = (
    "Noto Sans",
    *("Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Thai"),
    *("Noto Sans Bengali", "Noto Sans Gujarati", "Noto Sans Gurmukhi", "Noto Sans Kannada", "Noto Sans Malayalam"),
    *("Noto Sans Oriya", "Noto Sans Sinhala", "Noto Sans Tamil", "Noto Sans Telugu"),
    *("Noto Sans Khmer", "Noto Sans Lao", "Noto Sans Myanmar"),
    *("Noto Sans Armenian", "Noto Sans Ethiopic", "Noto Sans Georgian"),
)
_SIGNS = ("Noto Sans Symbols", "Noto Emoji")
_LIGHTEST = {"Noto Emoji": 300}


def bundled_files() -> Iterator[tuple[str, tuple[FontFile, ...]]]:
    """Each family's name and files, in the order in which they are asked; what is not installed is left out."""
    noto = _folder(_NOTO)
    if noto:
        yield from ((name, _noto_files(noto, name)) for name in _NOTO_FAMILIES)
    cjk = _folder(_CJK[0])
    if cjk:
        yield _CJK[2], (FontFile(cjk / _CJK[1], 400, 400),)
    if noto:
        yield from ((name, _noto_files(noto, name)) for name in _SIGNS)


def _noto_files(folder: Path, name: str) -> tuple[FontFile, ...]:
    weights = _LIGHTEST.get(name, 400), 700
    stem = re.sub(" ", "", name)
    italic = (FontFile(folder / f"{stem}-Italic[wght].ttf", *weights, italic=True),) if name == "Noto Sans" else ()
    return (FontFile(folder / f"{stem}[wght].ttf", *weights), *italic)


def _folder(package: str) -> Path | None:
    """Where a package lies; its code is not run."""
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None
