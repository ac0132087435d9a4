"""The table of filters that may be effects: `python -m worker.render.filter_table` makes it of what FFmpeg says.

An effect must not change how many frames there are, nor their size: FFmpeg's mark for such filters is that they can be
switched off for a time ("timeline support"). Of their options the table has those that a number, a truth value, a word
or a colour can set: no file, no list of points, no expression.
"""

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any, Final

from jobs.effects import TABLE_FILE
from worker.render.ffmpeg import executable

UNFIT: Final = frozenset(
    {
        # They read or write files, load code, or need another program's data, whatever their options are.
        *("drawtext", "frei0r", "metadata", "nnedi", "removelogo", "sidedata"),
        # They can change how many frames there are or their size all the same.
        *("bwdif", "estdif", "framestep", "rotate", "shuffleframes", "thumbnail", "w3fdif", "yadif"),
    }
)
_OTHER_HARDWARE: Final = re.compile(r"_(?:vulkan|opencl|cuda|vaapi|qsv)$")

_FILTER: Final = re.compile(r"^ T[S.] +(\w+) +V->V ")
_OPTION: Final = re.compile(r"^ {1,3}(?P<name>\w+) +<(?P<type>\w+)> +[.A-Z]{11}(?P<about>.*)$")
_WORD: Final = re.compile(r"^ {5}(\w+) +(?:-?\d+ +)?[.A-Z]{11}")
_RANGE: Final = re.compile(r"\(from (\S+) to (\S+)\)")
_DEFAULT: Final = re.compile(r'\(default "?([^")]*)"?\)')
_NUMBERS: Final = frozenset({"int", "int64", "uint", "float", "double", "duration", "rational"})
_ARITHMETIC: Final = re.compile(r"^[-+*/().0-9]*(?:PI|[wh])?[-+*/().0-9]*$")


def table(names: Sequence[str] | None = None) -> dict[str, Any]:
    """The table of these filters, or of all that are fit."""
    names = names if names is not None else fit_filters(_say("-filters"))
    return {"ffmpeg": version(), "filters": {name: options(_say("-h", f"filter={name}")) for name in sorted(names)}}


def version() -> str:
    """The pinned FFmpeg's own version."""
    return _say("-version").split()[2]


def fit_filters(listing: str) -> list[str]:
    """The filters in FFmpeg's list that can be effects."""
    found = (match[1] for line in listing.splitlines() if (match := _FILTER.match(line)))
    return [name for name in found if name not in UNFIT and not _OTHER_HARDWARE.search(name)]


def options(help_text: str) -> dict[str, dict[str, Any]]:
    """What each option of a filter takes: `{"kind": "number", "low": 0.0, "high": 1024.0}`, for one."""
    found: dict[str, dict[str, Any]] = {}
    for option, words in _options(help_text.splitlines()):
        taken = _taken(option, words)
        if taken:
            found[option["name"]] = taken
    return found


def _options(lines: Sequence[str]) -> Iterator[tuple[re.Match[str], list[str]]]:
    """Each option's line with the words below it."""
    option: re.Match[str] | None = None
    words: list[str] = []
    for line in lines:
        if (found := _OPTION.match(line)) is not None:
            if option:
                yield option, words
            option, words = found, []
        elif word := _WORD.match(line):
            words.append(word[1])
    if option:
        yield option, words


def _taken(option: re.Match[str], words: list[str]) -> dict[str, Any] | None:
    kind, about = option["type"], option["about"]
    if words:
        return {"kind": "word", "words": words} if kind in {"int", "flags"} else None
    if kind == "boolean":
        return {"kind": "boolean"}
    if kind == "color":
        return {"kind": "colour"}
    default = _DEFAULT.search(about)
    # What takes an expression takes a number.
    is_arithmetic = "expr" in about or (default is not None and bool(_ARITHMETIC.match(default[1])))
    if kind not in _NUMBERS and not (kind == "string" and is_arithmetic):
        return None
    bounds = _RANGE.search(about)
    low, high = (_number(bound) for bound in bounds.groups()) if bounds else (None, None)
    whole = {"whole": True} if kind in {"int", "int64", "uint"} else {}
    ends = {key: bound for key, bound in (("low", low), ("high", high)) if bound is not None}
    return {"kind": "number", **whole, **ends}


def _number(bound: str) -> float | None:
    """A bound, unless it is none in truth (DBL_MAX, INT_MAX)."""
    try:
        number = float(bound)
    except ValueError:
        return None
    return number if abs(number) < 1e9 else None  # noqa: PLR2004 - the largest number that a spec may give


def _say(*arguments: str) -> str:
    argv = (executable(), "-hide_banner", "-v", "quiet", *arguments)
    return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=30).stdout


if __name__ == "__main__":
    TABLE_FILE.write_text(json.dumps(table(), indent=1) + "\n", "utf-8")
