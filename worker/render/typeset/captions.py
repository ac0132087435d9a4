"""A subtitle file as blocks. It comes from a stranger: of all it says, its words and their times are taken."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final

from worker.render.timeline import frame_at
from worker.render.typeset.block import Block, Captions
from worker.render.typeset.cues import Cue, srt_cues, vtt_cues

MAX_CUES: Final = 3000
MAX_CUE_CHARACTERS: Final = 2000
MAX_CHARACTERS: Final = 200_000
"""Of all cues together: twice what is said in the longest films. Of the kind that takes longest, set in 30 s."""

_UNREADABLE: Final = "is no subtitle file (SRT, WebVTT or ASS) that can be read"
# Remarks may stand before the first section's name.
_ASS: Final = re.compile(r"\s*(?:[;!][^\n]*\n\s*)*\[[^\]\n]+\]")
_OVERRIDES: Final = re.compile(r"\{\\[^{}]*\}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class UnreadableCaptionsError(ValueError):
    """The file is no subtitles, or more of them than is allowed. Its words can be told to the sender."""


def blocks_of(captions: Captions, rate: Fraction) -> list[Block]:
    """The blocks of a file, in the order of their times. What is shown at once is one block of several lines.

    Raises:
        UnreadableCaptionsError: the file cannot be read as subtitles.
    """
    cues = _cues(_decoded(Path(captions.file).read_bytes()))
    if len(cues) > MAX_CUES:
        raise UnreadableCaptionsError(f"has {len(cues)} subtitles, more than {MAX_CUES}")
    framed = [
        (frame_at(max(0.0, start + captions.delay_seconds), rate), frame_at(end + captions.delay_seconds, rate), words)
        for start, end, words in cues
        if end + captions.delay_seconds > 0
    ]
    return [
        replace(captions.like, content=words, first_frame=first, end_frame=end)
        for first, end, words in _flat(framed)
        if first < captions.like.end_frame and end > captions.like.first_frame
    ]


def _decoded(raw: bytes) -> str:
    """The file as text: UTF-8, or UTF-16 where it says so."""
    encoding = "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return raw.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise UnreadableCaptionsError("is not text in UTF-8") from error


def _cues(text: str) -> list[Cue]:
    """Start and end in seconds, and words, of each subtitle that has any.

    Of which kind a file is stands at its beginning: what looks like another's in its words is words.
    """
    if text.lstrip().startswith("WEBVTT"):
        read = list(vtt_cues(text))
    elif _ASS.match(text):
        read = list(_ass_cues(text))
    else:
        read = list(srt_cues(text))
        if not read:
            raise UnreadableCaptionsError(_UNREADABLE)
    found = [(start, end, kept) for start, end, words in read if (kept := _kept(words)) and end > start]
    if any(len(words) > MAX_CUE_CHARACTERS for _, _, words in found):
        raise UnreadableCaptionsError(f"has a subtitle of more than {MAX_CUE_CHARACTERS} characters")
    if sum(len(words) for _, _, words in found) > MAX_CHARACTERS:
        raise UnreadableCaptionsError(f"has more than {MAX_CHARACTERS} characters")
    return found


def _ass_cues(text: str) -> Iterator[Cue]:
    sections = text.casefold()
    if "[events]" not in sections:
        raise UnreadableCaptionsError(_UNREADABLE)
    # Loaded where there is such a file: most renders have none, and this process begins anew for each.
    import pysubs2  # noqa: PLC0415
    from pysubs2.exceptions import Pysubs2Error  # noqa: PLC0415

    try:
        file = pysubs2.SSAFile.from_string(text, "ssa" if "[v4 styles]" in sections else "ass")
    except (Pysubs2Error, ValueError, NotImplementedError, LookupError) as error:
        raise UnreadableCaptionsError(_UNREADABLE) from error
    yield from ((event.start / 1000, event.end / 1000, _plain(event.text)) for event in file if event.is_text)


def _kept(words: str) -> str:
    """The words without what no font can draw, and without space around them."""
    return _CONTROL.sub("", words).strip()


def _plain(text: str) -> str:
    """The words of a subtitle in ASS: its overrides are left out, its line ends are newlines, other braces stay."""
    return _OVERRIDES.sub("", text).replace("\\N", "\n").replace("\\n", "\n").replace("\\h", "\u00a0")


def _flat(cues: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Cues that do not overlap: where several are on at once, one under the other, the later below."""
    bounds = sorted({frame for first, end, _ in cues for frame in (first, end)})
    waiting = sorted(cues, key=lambda cue: cue[0])
    waiting.reverse()
    shown: list[tuple[int, int, str]] = []
    last: tuple[int, int, str] | None = None
    for first, end in pairwise(bounds):
        shown = [cue for cue in shown if cue[1] > first]
        while waiting and waiting[-1][0] <= first:
            if waiting[-1][1] > first:
                shown.append(waiting[-1])
            waiting.pop()
        words = "\n".join(cue[2] for cue in shown)
        if last and last[1] == first and last[2] == words:
            last = (last[0], end, words)
            continue
        if last and last[2]:
            yield last
        last = (first, end, words)
    if last and last[2]:
        yield last
