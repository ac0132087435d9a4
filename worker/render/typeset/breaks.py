"""Where a line of words may end: Unicode's line breaking (UAX 14), and words of Thai, which it has no rule for.

Libraries are loaded by the first words that need them: most need none, and this process begins anew for each render.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import budoux

# Most subtitles are such words: lines may end after their spaces and nowhere else. The whole of UAX 14 takes 100 times
# as long to say the same.
_PLAIN = re.compile(r"[A-Za-z0-9]+[.,!?']*(?: +[A-Za-z0-9]+[.,!?']*)*")
_SPACES = " \t\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u200b\u205f\u3000"


# A paragraph is asked for several times while it is laid out, and its letters are costly to find.
@lru_cache(maxsize=4)
def clusters(text: str) -> Sequence[tuple[int, int]]:
    """What a reader takes for one character each, as (start, end)."""
    if text.isascii():
        return [(index, index + 1) for index in range(len(text))]
    from uniseg.graphemecluster import grapheme_clusters  # noqa: PLC0415

    ends = list(accumulate(len(cluster) for cluster in grapheme_clusters(text)))
    return list(zip([0, *ends], ends, strict=False))


def opportunities(text: str) -> list[int]:
    """Every place after which a line may end, the text's end included."""
    if _PLAIN.fullmatch(text):
        return [match.end() for match in re.finditer(r"[^ ]+ *", text)]
    from uniseg.linebreak import line_break_units  # noqa: PLC0415

    thai = set(_ends_of_thai_words(text))
    inner = thai & {end for _, end in clusters(text)} if thai else thai
    return sorted({*accumulate(len(unit) for unit in line_break_units(text)), *inner, len(text)} - {0})


def without_spaces(text: str, start: int, end: int) -> int:
    """The end of `text[start:end]` without the spaces that hang over a line's end."""
    return start + len(text[start:end].rstrip(_SPACES))


def wrap(text: str, width_of: Callable[[int, int], float], max_width: float) -> list[tuple[int, int]]:
    """The lines of one paragraph as (start, end), spaces at their ends included.

    A word that is wider than a line alone is broken between two characters.
    """
    lines: list[tuple[int, int]] = []
    start, last = 0, 0
    for opportunity in opportunities(text):
        while width_of(start, without_spaces(text, start, opportunity)) > max_width and start < opportunity:
            if last <= start:
                last = _as_much_as_fits(text, start, opportunity, width_of, max_width)
                if last >= opportunity:
                    break
            lines.append((start, last))
            start = last
        last = opportunity
    if start < len(text) or not lines:
        lines.append((start, len(text)))
    return lines


def _as_much_as_fits(text: str, start: int, end: int, width_of: Callable[[int, int], float], max_width: float) -> int:
    """The end of the longest piece from `start` that fits; at least one character."""
    found = clusters(text)
    first = bisect_right(found, start, key=lambda cluster: cluster[1])
    last = min(end, found[first][1])
    for _, cluster_end in found[first:]:
        if cluster_end > end or width_of(start, cluster_end) > max_width:
            break
        last = cluster_end
    return last


def _ends_of_thai_words(text: str) -> Iterator[int]:
    for start, end in _stretches(text, lambda character: "\u0e00" <= character <= "\u0e7f"):
        yield from (start + length for length in accumulate(len(word) for word in _thai().parse(text[start:end])))


def _stretches(text: str, belongs: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    marks: Sequence[bool] = [*(belongs(character) for character in text), False]
    start = None
    for index, inside in enumerate(marks):
        if inside and start is None:
            start = index
        elif not inside and start is not None:
            yield start, index
            start = None


@cache
def _thai() -> "budoux.Parser":
    import budoux  # noqa: PLC0415

    return budoux.load_default_thai_parser()
