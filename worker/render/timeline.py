"""Time in whole frames and samples: rates, a row of clips that may overlap, and where a still's decoding begins."""

import math
from dataclasses import dataclass
from fractions import Fraction

SAMPLE_RATE = 48_000  # Hz: what video is made with everywhere

# A container often lasts a little longer than its picture, because its sound does: the last frame stands in. What is
# missing beyond this is a broken source, and the output's length tells.
MAX_STANDSTILL_SECONDS = 0.5


def exact_fps(fps: float) -> Fraction:
    """The rate as a fraction; 23.976, 29.97 and 59.94 are the NTSC rates n * 1000 / 1001."""
    ntsc = Fraction(round(fps * 1.001) * 1000, 1001)
    return ntsc if abs(float(ntsc) - fps) < 0.005 else Fraction(fps).limit_denominator(1000)  # noqa: PLR2004 - two printed decimals


def exact_speed(speed: float) -> Fraction:
    """The speed as a fraction of small numbers, so that filters and plan reckon alike."""
    return Fraction(speed).limit_denominator(1000)


def frame_at(seconds: float, fps: Fraction) -> int:
    """The first frame that is shown at or after `seconds`."""
    return math.ceil(round(Fraction(seconds) * fps, 6))


def sample_at(frame: int, fps: Fraction) -> int:
    """The sample that is heard when a frame appears."""
    return round(frame / fps * SAMPLE_RATE)


@dataclass(frozen=True)
class Span:
    """Where a clip lies in the output. Its last `overlap_frames` are the first of the next clip, too."""

    first_frame: int
    frames: int
    overlap_frames: int
    samples: int
    overlap_samples: int

    @property
    def end_frame(self) -> int:
        """The first frame after it."""
        return self.first_frame + self.frames


class Timeline:
    """Lays clips in a row, cut into whole frames.

    The running end is rounded, not each length, so that it does not drift. A transition takes the frames that its
    length rounds to, one at least; where rounding leaves none, it becomes a cut.
    """

    def __init__(self, fps: Fraction) -> None:
        self._fps = fps
        self._laid_seconds = Fraction(0)
        self._laid_frames = 0
        self._overlap_frames = 0
        self.frames = 0
        """How many frames the output has so far."""

    def add(self, seconds: float | Fraction, transition_seconds: float | None = None) -> Span:
        """The next clip, which lasts so long (at least a frame), and its transition to the one after it."""
        self._laid_seconds += Fraction(seconds)
        entering = self._overlap_frames
        frames = max(1, entering, round(self._laid_seconds * self._fps) - self._laid_frames)
        self._laid_frames += frames
        leaving = 0 if transition_seconds is None else max(1, round(Fraction(transition_seconds) * self._fps))
        self._overlap_frames = min(leaving, frames - entering)
        first = self.frames - entering
        self.frames = end = first + frames
        end_sample = sample_at(end, self._fps)
        return Span(
            first_frame=first,
            frames=frames,
            overlap_frames=self._overlap_frames,
            samples=end_sample - sample_at(first, self._fps),
            overlap_samples=end_sample - sample_at(end - self._overlap_frames, self._fps),
        )


def skippable_frames(frame: int, fps: Fraction, speed: Fraction) -> int:
    """How many of a clip's first frames need not be decoded for its frame `frame`, which may stand in for later ones.

    They last a whole number of microseconds of the source: FFmpeg counts sources' time in these, and a window that
    began between two would round other frames to other places than the whole render does.
    """
    margin_frames = math.ceil(2 * MAX_STANDSTILL_SECONDS * fps)
    microseconds = 1_000_000 * speed / fps
    # The fewest frames that last a whole number: 1 at 25 fps, 3 at 30 and at the NTSC rates.
    step_frames = microseconds.denominator
    return max(0, frame - margin_frames) // step_frames * step_frames
