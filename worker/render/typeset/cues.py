"""SRT and WebVTT: times with words below them. Of what else such a file may say, nothing is taken. Pure.

`pysubs2`, which reads ASS here, takes WebVTT for SRT: its names of cues, its notes and lines with two times in them
would become words, and a last line that is a number would be lost.
"""

import html
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

Cue = tuple[float, float, str]
"""When words come and go, in seconds, and the words."""

_TIME: Final = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES: Final = re.compile(rf"\s*{_TIME}\s*--?>\s*{_TIME}(?:\s.*)?")
_TAG: Final = re.compile(r"</?\s*[A-Za-z][^<>]*>")
_VTT_TAG: Final = re.compile(r"<[^<>]*>")
# What is ASS's is used in SRT, too.
_OVERRIDE: Final = re.compile(r"\{\\[^{}]*\}")


def srt_cues(text: str) -> Iterator[Cue]:
    """The cues of an SRT file; a blank line within the words of one is part of them."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if _TIMES.fullmatch(line)]
    for cue, (at, end) in enumerate(pairwise([*starts, len(lines)])):
        words = lines[at + 1 : end]
        if end < len(lines):
            words = _without_next_number(words, cue + 2)
        yield *_times(lines[at]), _OVERRIDE.sub("", _TAG.sub("", "\n".join(words)))


def vtt_cues(text: str) -> Iterator[Cue]:
    """The cues of a WebVTT file: its blocks that have times in their first or second line."""
    for block in re.split(r"\n[ \t]*\n", text):
        lines = block.strip("\n").split("\n")
        at = next((number for number, line in enumerate(lines[:2]) if _TIMES.fullmatch(line)), None)
        if at is not None:
            words = _OVERRIDE.sub("", _VTT_TAG.sub("", "\n".join(lines[at + 1 :])))
            yield *_times(lines[at]), html.unescape(words)


def _times(line: str) -> tuple[float, float]:
    found = _TIMES.fullmatch(line)
    assert found is not None, "the line was found by its times"
    return _seconds(found.groups()[:4]), _seconds(found.groups()[4:])


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = parts
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + float(f"0.{fraction}")


def _without_next_number(words: Sequence[str], number: int) -> Sequence[str]:
    """The words without the line that counts the next cue, if there is one."""
    kept = list(words)
    while kept and not kept[-1].strip():
        kept.pop()
    last = kept[-1].strip() if kept else ""
    if last.isdecimal() and (len(kept) == 1 or not kept[-2].strip() or int(last[:9]) == number):
        kept.pop()
    return kept
