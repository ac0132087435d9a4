"""Which way each character of a paragraph runs: Unicode's bidirectional algorithm (UAX 9)."""

from collections.abc import Sequence
from typing import TypeVar

from bidi import algorithm

Item = TypeVar("Item")

# The library knows embeddings, and the isolates that came after them behave alike in all but rare nestings.
_AS_EMBEDDINGS = str.maketrans({"\u2066": "\u202a", "\u2067": "\u202b", "\u2068": "\u202a", "\u2069": "\u202c"})


def levels(paragraph: str) -> list[int]:
    """The embedding level of each character: an odd one runs from right to left."""
    text = paragraph.translate(_AS_EMBEDDINGS)
    base = algorithm.get_base_level(text)
    storage = {**algorithm.get_empty_storage(), "base_level": base, "base_dir": "LR"[base]}
    algorithm.get_embedding_levels(text, storage)
    for index, character in enumerate(storage["chars"]):
        character["index"] = index
        # What is not assigned in this Python's Unicode has no direction, and the library would stop at it.
        character["type"] = character["orig"] = character["type"] or "L"
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, debug=False)
    algorithm.resolve_implicit_levels(storage, debug=False)
    found = {character["index"]: character["level"] for character in storage["chars"]}
    result: list[int] = []
    for index in range(len(text)):
        # What only steers is removed by the algorithm: it goes with what stands before it.
        result.append(found.get(index, result[-1] if result else base))
    return result


def base_level(paragraph: str) -> int:
    """The level of the whole: that of its first character with a direction."""
    return algorithm.get_base_level(paragraph)


def in_visual_order(items: Sequence[tuple[int, Item]]) -> list[Item]:
    """Items of a line with their levels, from left to right (rule L2)."""
    row = list(items)
    odd = [level for level, _ in row if level % 2]
    for level in range(max((level for level, _ in row), default=0), min(odd, default=1) - 1, -1):
        start = 0
        while start < len(row):
            if row[start][0] < level:
                start += 1
                continue
            end = start
            while end < len(row) and row[end][0] >= level:
                end += 1
            row[start:end] = reversed(row[start:end])
            start = end
    return [item for _, item in row]
