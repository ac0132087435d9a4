"""From frames to the times of an ASS file, which are in hundredths of a second, so that each event keeps its frames."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from worker.render.typeset.block import Block, Motion
from worker.render.typeset.layout import Rectangle

# A slide is drawn as straight pieces: enough that its slowing down looks smooth.
_PIECES = 8

_EARLY_MILLISECONDS = 2


@dataclass(frozen=True)
class Stretch:
    """A part of a block's time: frames, how far it is off its place at both ends (pixels), its fades' frames."""

    first_frame: int
    end_frame: int
    begin: tuple[float, float] = (0.0, 0.0)
    finish: tuple[float, float] = (0.0, 0.0)
    fade_in_frames: int = 0
    fade_out_frames: int = 0


@dataclass(frozen=True)
class Clock:
    """A rate in frames a second."""

    rate: Fraction

    def hundredths(self, frame: int) -> int:
        """Shortly before a frame, and after the frame before, since no rate is above 60.

        FFmpeg counts a frame's time in binary fractions and rounds it down: it may be a millisecond early.
        """
        return max(0, int((frame / self.rate * 1000 - _EARLY_MILLISECONDS) / 10))

    def stamp(self, frame: int) -> str:
        """The time of a frame as ASS writes it."""
        minutes, hundredths = divmod(self.hundredths(frame), 6000)
        return f"{minutes // 60}:{minutes % 60:02}:{hundredths // 100:02}.{hundredths % 100:02}"

    def milliseconds_between(self, event_frame: int, frame: int) -> int:
        """From the start of an event that begins with `event_frame`, as the file has it, to the time of `frame`."""
        return round(frame / self.rate * 1000) - self.hundredths(event_frame) * 10

    def milliseconds(self, frames: int) -> int:
        """How long frames last."""
        return round(frames / self.rate * 1000)


def stretches(block: Block, area: Rectangle, width: int, height: int) -> Iterator[Stretch]:
    """A block's time in parts: coming, standing, going. `area` is all of it, box and shadow included."""
    whole = block.end_frame - block.first_frame
    enter_frames = min(block.enter.frames, whole) if block.enter else 0
    leave_frames = min(block.leave.frames, whole - enter_frames) if block.leave else 0
    slide_in = block.enter if block.enter and block.enter.effect == "slide" else None
    slide_out = block.leave if block.leave and block.leave.effect == "slide" else None
    stands_from = block.first_frame + (enter_frames if slide_in else 0)
    stands_to = block.end_frame - (leave_frames if slide_out else 0)

    if slide_in:
        yield from _slide(block.first_frame, enter_frames, _way(slide_in, area, width, height), coming=True)
    if stands_from < stands_to:
        fades = (0 if slide_in else enter_frames, 0 if slide_out else leave_frames)
        yield Stretch(stands_from, stands_to, fade_in_frames=fades[0], fade_out_frames=fades[1])
    if slide_out:
        yield from _slide(stands_to, leave_frames, _way(slide_out, area, width, height), coming=False)


def _way(motion: Motion, area: Rectangle, width: int, height: int) -> tuple[float, float]:
    """From its place to just beyond the output's edge."""
    ways = {
        "left": (-area.right, 0.0),
        "right": (width - area.left, 0.0),
        "top": (0.0, -area.bottom),
        "bottom": (0.0, height - area.top),
    }
    return ways[motion.side]


def _slide(first_frame: int, frames: int, way: tuple[float, float], *, coming: bool) -> Iterator[Stretch]:
    """Pieces of a slide: the rest of the way falls with the cube of the time that is left."""
    pieces = min(_PIECES, frames)
    bounds = [round(frames * piece / pieces) for piece in range(pieces + 1)] if pieces else []
    offs = [(bound if not coming else frames - bound) / frames for bound in bounds]
    for piece in range(len(bounds) - 1):
        begin, finish = (off**3 for off in offs[piece : piece + 2])
        yield Stretch(
            first_frame + bounds[piece],
            first_frame + bounds[piece + 1],
            (way[0] * begin, way[1] * begin),
            (way[0] * finish, way[1] * finish),
        )
