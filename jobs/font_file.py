"""One file of letters."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class FontFile:
    """A font's file (TrueType or OpenType), and which of its family's letters it has; weights are from 1 to 1000.

    A variable font has every weight from `lightest` to `boldest`, any other just one. `index` counts the fonts of a
    collection (.ttc). `covered` are its code points, where they are known without opening it.
    """

    path: Path
    lightest: int
    boldest: int
    italic: bool = False
    index: int = 0
    covered: frozenset[int] | None = field(default=None, repr=False)

    def distance(self, weight: int) -> int:
        """How far the nearest weight that it has is from `weight`."""
        return abs(self.nearest(weight) - weight)

    def nearest(self, weight: int) -> int:
        """The nearest weight that it has."""
        return min(max(weight, self.lightest), self.boldest)
