"""The poster of an output where its frame is copied: as few of the source's packets as show it."""

from dataclasses import dataclass
from fractions import Fraction

from worker.render.splice.strip import Strip

POSTER_SOURCE = "poster.h264"

MAX_SHIFT_SECONDS = 1.0
"""How far from a third of the way in the poster may be that nobody asked for: a key frame is decoded by itself."""


@dataclass(frozen=True)
class CopiedPoster:
    """Packets of a strip, from `first` up to `end` (excluded), that decode to a picture; it is their `picture`th."""

    strip: Strip
    first: int
    end: int
    picture: int

    def read(self) -> bytes:
        """Them in the format of annex B, with the parameter sets before them."""
        sets = b"".join(b"\x00\x00\x00\x01" + unit for _, unit in sorted(self.strip.sets.items()))
        with self.strip.footage.opened() as bytes_of:
            return sets + b"".join(map(bytes_of.read, self.strip.packets[self.first : self.end]))


def find_poster(strip: Strip, frame: int, *, fps: Fraction, is_asked_for: bool) -> CopiedPoster:
    """The output's `frame`, which is the strip's; a key frame near to it where that very one is not asked for."""
    frames = strip.frames
    keys = [number for number, packet in enumerate(strip.packets) if packet.is_key]
    nearest = min((frames[key] for key in keys), key=lambda shown: abs(shown - frame))
    if not is_asked_for and abs(nearest - frame) <= MAX_SHIFT_SECONDS * fps:
        frame = nearest
    first = max(key for key in keys if frames[key] <= frame)
    last = max(number for number, shown in enumerate(frames) if number >= first and shown <= frame)
    return CopiedPoster(strip, first, last + 1, frame - frames[first])
