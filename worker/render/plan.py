"""From a spec and what its sources hold to exact numbers: which part of which stream, how many frames and samples."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from jobs.problem import Problem
from jobs.spec import Clip, Spec
from worker.errors import PermanentError
from worker.render.limits import Limits
from worker.render.probe import Media, VideoStream

SAMPLE_RATE = 48_000  # Hz: what video is made with everywhere

# `ffmpeg -i` prints hundredths of a second, and a container may count the tail of its sound as its length.
DURATION_TOLERANCE_SECONDS = 0.06

# A container often lasts a little longer than its picture, because its sound does: the last frame stands in. What is
# missing beyond this is a broken source, and the output's length tells.
MAX_STANDSTILL_SECONDS = 0.5

ACCEPTED = "an MP4, MOV, WebM, MKV, MPEG-TS or AVI file with a picture in it"


@dataclass(frozen=True)
class ClipPlan:
    """One clip in exact numbers. `seconds` is what to read of the source from `start_seconds` on.

    `is_window`: decoding begins at the key frame before `start_seconds`, and what lies between is not thrown away.
    """

    source: str
    fit: str
    video: VideoStream
    audio_index: int | None
    start_seconds: float
    seconds: float
    frames: int
    samples: int
    is_window: bool = False


@dataclass(frozen=True)
class RenderPlan:
    """All clips, and the whole: frames at `fps`, samples at `SAMPLE_RATE`."""

    width: int
    height: int
    fps: Fraction
    clips: tuple[ClipPlan, ...]

    @property
    def frames(self) -> int:
        """How many frames the output has."""
        return sum(clip.frames for clip in self.clips)

    @property
    def seconds(self) -> float:
        """How long the output lasts: exactly its frames."""
        return float(self.frames / self.fps)


@dataclass(frozen=True)
class StillPlan:
    """One frame of a clip: `frame` counts from the clip's first. What lies before `offset_frames` need not be decoded.

    `offset_seconds` is where that frame lies, in whole microseconds: FFmpeg counts sources' time in these, and a
    window that began between two would round other frames to other places than the whole render does.
    """

    frame: int
    offset_frames: int
    offset_seconds: float


def still_plan(frame: int, fps: Fraction) -> StillPlan:
    """From where to decode for a clip's frame: before any picture that may stand in for it."""
    margin_frames = math.ceil(2 * MAX_STANDSTILL_SECONDS * fps)
    # The fewest frames that last a whole number of microseconds: 1 at 25 fps, 3 at 30 and at the NTSC rates.
    step_frames = fps.numerator // math.gcd(fps.numerator, 1_000_000 * fps.denominator)
    offset_frames = max(0, frame - margin_frames) // step_frames * step_frames
    return StillPlan(frame, offset_frames, float(offset_frames / fps))


def exact_fps(fps: float) -> Fraction:
    """The rate as a fraction; 23.976, 29.97 and 59.94 are the NTSC rates n * 1000 / 1001."""
    ntsc = Fraction(round(fps * 1.001) * 1000, 1001)
    return ntsc if abs(float(ntsc) - fps) < 0.005 else Fraction(fps).limit_denominator(1000)  # noqa: PLR2004 - two printed decimals


def frame_at(seconds: float, fps: Fraction) -> int:
    """The first frame that is shown at or after `seconds`."""
    return math.ceil(round(Fraction(seconds) * fps, 6))


class FrameRuler:
    """Cuts a row of clips into whole frames: the running end is rounded, not each length, so that it does not drift."""

    def __init__(self, fps: Fraction) -> None:
        self._fps = fps
        self._end_seconds = Fraction(0)
        self.frames = 0

    def add(self, seconds: float) -> int:
        """The frames of the next clip, which lasts so long: at least one."""
        self._end_seconds += Fraction(seconds)
        frames = max(1, round(self._end_seconds * self._fps) - self.frames)
        self.frames += frames
        return frames

    @property
    def samples(self) -> int:
        """How many samples go with the frames so far."""
        return round(self.frames / self._fps * SAMPLE_RATE)


def make_plan(spec: Spec, media: Mapping[str, Media], limits: Limits) -> RenderPlan:
    """The plan of `spec` over sources that were probed.

    Raises:
        PermanentError: with every problem at once, each field naming the clip.
    """
    problems = [
        problem
        for index, clip in enumerate(spec.clips)
        if (problem := clip_problem(f"spec.clips[{index}]", clip, media[clip.source], limits))
    ]
    if problems:
        raise PermanentError(problems)

    fps = exact_fps(spec.output.fps)
    ruler = FrameRuler(fps)
    clips: list[ClipPlan] = []
    for clip in spec.clips:
        found = media[clip.source]
        seconds = clip_seconds(clip, found)
        first_sample = ruler.samples
        frames = ruler.add(seconds)
        video = found.video
        assert video is not None
        clips.append(
            ClipPlan(
                clip.source,
                clip.fit,
                video,
                found.audio_index,
                clip.trim.start,
                seconds,
                frames,
                ruler.samples - first_sample,
            )
        )
    plan = RenderPlan(spec.output.width, spec.output.height, fps, tuple(clips))
    if plan.seconds > limits.max_output_seconds:
        raise PermanentError(
            Problem(
                field="spec.clips",
                message=f"last {plan.seconds:.1f} s together, more than {limits.max_output_seconds:g} s",
                remedy="trim them, or send several jobs",
            )
        )
    return plan


def clip_seconds(clip: Clip, media: Media | None) -> float:
    """How long a clip lasts in the output; without a `trim.end` that is for its source's `media` to say."""
    end = clip.trim.end if clip.trim.end is not None else media and media.duration_seconds
    assert end is not None
    return end - clip.trim.start


def clip_problem(field: str, clip: Clip, media: Media, limits: Limits) -> Problem | None:
    """The first thing that is wrong with a clip; the rest may follow from it."""
    shown = f'"{shorten(clip.source)}"'
    stated = _stream_problem(shown, media, limits)
    if stated:
        return Problem(field=f"{field}.source", message=stated[0], remedy=stated[1])
    return _time_problem(field, shown, clip, media.duration_seconds)


def _stream_problem(shown: str, media: Media, limits: Limits) -> tuple[str, str] | None:
    """What of a source exceeds the limits, and the remedy."""
    video = media.video
    if video is None:
        return f"{shown} has no video stream that can be read", f"give a video: {ACCEPTED}"
    excesses = (
        (media.stream_count, limits.max_source_streams, "streams", "keep one of video and one of sound"),
        (video.width * video.height, limits.max_source_pixels, "pixels in a frame", "send a smaller version"),
        (video.fps or 0, limits.max_source_fps, "frames a second", "send a version with fewer"),
        (media.duration_seconds or 0, limits.max_source_seconds, "seconds", "send a shorter one"),
    )
    return next(
        (
            (f"{shown} has {has:.10g} {what}, more than {bound:g}", remedy)
            for has, bound, what, remedy in excesses
            if has > bound
        ),
        None,
    )


def _time_problem(field: str, shown: str, clip: Clip, duration_seconds: float | None) -> Problem | None:
    """What of a clip's trim lies beyond its source's end."""
    trim = clip.trim
    if duration_seconds is None:
        if trim.end is not None:
            return None
        message = f"{shown} does not say how long it is"
        remedy = "give trim.end, or write the file anew (ffmpeg -i in -c copy out.mp4)"
        return Problem(field=f"{field}.source", message=message, remedy=remedy)
    ends = f"but {shown} ends at {duration_seconds:g} s"
    if trim.start >= duration_seconds:
        message = f"is {trim.start:g} s, {ends}"
        return Problem(field=f"{field}.trim.start", message=message, remedy=f"use less than {duration_seconds:g}")
    if trim.end is not None and trim.end > duration_seconds + DURATION_TOLERANCE_SECONDS:
        message = f"is {trim.end:g} s, {ends}"
        remedy = f"use {duration_seconds:g} or less, or leave it out"
        return Problem(field=f"{field}.trim.end", message=message, remedy=remedy)
    return None


def shorten(name: str, characters: int = 80) -> str:
    """A source's name as a problem shows it: its end, which tells files apart, without a URL's query."""
    name = name.split("?", 1)[0] if name.startswith("https://") else name
    return name if len(name) <= characters else "…" + name[-characters + 1 :]
