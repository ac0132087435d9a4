"""The files that a spec is made of."""

from dataclasses import dataclass
from typing import Literal

MaterialKind = Literal["video", "image", "sound", "lut", "overlay", "subtitles"]


@dataclass(frozen=True)
class Material:
    """One place of a spec that names a file: its path (`spec.clips[0].source`), the name, and what has to be in it."""

    field: str
    source: str
    kind: MaterialKind
