"""One frame of the output without rendering the rest: find its clip, then run the render's graph around it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from jobs.fonts import FontCatalogue
from jobs.problem import Problem
from worker.errors import PermanentError, StoppedError, TransientError
from worker.render import arguments
from worker.render.causes import find_cause
from worker.render.ffmpeg import Outcome
from worker.render.layering import prepare_layers
from worker.render.plan import (
    ClipPlan,
    FrameRuler,
    RenderPlan,
    StillPlan,
    clip_problem,
    clip_seconds,
    exact_fps,
    still_plan,
)
from worker.render.probe import Media
from worker.render.session import RenderSession, source_problem


def take_still(
    session: RenderSession,
    at_seconds: float,
    bring: Callable[[int], Path],
    catalogue: FontCatalogue,
) -> Path:
    """The frame that is on screen at `at_seconds` of the session's output. Raises as `RenderEngine.still` says."""
    spec, limits = session.spec, session.limits
    fps = exact_fps(spec.output.fps)
    frame = math.floor(round(Fraction(at_seconds) * fps, 6))
    found = _Finder(session, bring).find(frame, fps)
    plan = RenderPlan(spec.output.width, spec.output.height, fps, (found.clip,))
    layers = prepare_layers(session, fps, catalogue, bring, frames=(frame, frame + 1))
    # Without an index only the clip's start is sought, as the render does. It serves, too, where nothing is left.
    whole = StillPlan(frame - found.first_frame, 0, 0.0)
    near = still_plan(whole.frame, fps) if found.has_index else whole
    outcome = Outcome(0, ())
    for still in dict.fromkeys((near, whole)):
        outcome = session.run_briefly(
            arguments.still_arguments(
                still,
                plan,
                layers,
                session.source_files[found.clip.source],
                output_frame=frame,
                threads=session.threads,
                limits=limits,
            )
        )
        picture = session.folder / arguments.STILL_FILE
        if outcome.return_code == 0 and picture.exists():
            return picture
    raise _failure(outcome, found, limits.probe_seconds)


def _failure(outcome: Outcome, found: "_Found", allowed_seconds: float) -> PermanentError | TransientError:
    """The error, by type, of an FFmpeg that made no picture."""
    if outcome.wall_time_exceeded:
        return TransientError(f"one frame took more than {allowed_seconds:g} s")
    cause = find_cause(outcome.return_code, outcome.lines)
    if outcome.return_code < 0 or cause.kind == "machine":
        return TransientError(cause.message)
    broken = "ends before the length that it states: it is truncated or broken"
    message = cause.message if cause.kind == "source" else broken
    return PermanentError(source_problem(found.index, found.clip.source, message))


@dataclass(frozen=True)
class _Found:
    """The clip that is on screen: its place in the spec, and the output's frame that it begins with."""

    index: int
    clip: ClipPlan
    first_frame: int
    has_index: bool


class _Finder:
    """Walks along the clips, and looks into as few sources as it can."""

    def __init__(self, session: RenderSession, bring: Callable[[int], Path]) -> None:
        self._session = session
        self._bring = bring
        self._seen: dict[str, Media] = {}

    def find(self, frame: int, fps: Fraction) -> _Found:
        """The clip that shows the output's `frame`."""
        limits = self._session.limits
        ruler = FrameRuler(fps)
        for index, clip in enumerate(self._session.spec.clips):
            media = self._look(index) if clip.trim.end is None else None
            seconds = clip_seconds(clip, media)
            first_frame = ruler.frames
            frames = ruler.add(seconds)
            if ruler.frames > limits.max_output_seconds * fps:
                message = f"last more than {limits.max_output_seconds:g} s together"
                raise PermanentError(Problem(field="spec.clips", message=message, remedy="trim them"))
            if frame < ruler.frames:
                media = media or self._look(index)
                assert media.video is not None, "clip_problem() refuses sources without a picture"
                planned = ClipPlan(clip.source, clip.fit, media.video, None, clip.trim.start, seconds, frames, 0)
                return _Found(index, planned, first_frame, media.has_index)
        length = f"{float(ruler.frames / fps):g}"
        raise PermanentError(
            Problem(field="at", message=f"the video ends at {length} s", remedy=f"give a time below {length}")
        )

    def _look(self, index: int) -> Media:
        """What a clip's source holds, if the clip can be made from it."""
        session, clip = self._session, self._session.spec.clips[index]
        media = self._seen.get(clip.source)
        if media is None:
            path = self._bring(index)
            if session.stop.is_set():
                raise StoppedError("the preview was stopped")
            found = session.probe(session.source_files[clip.source], path)
            if not isinstance(found, Media):
                raise PermanentError(source_problem(index, clip.source, found))
            media = self._seen[clip.source] = found
        problem = clip_problem(f"spec.clips[{index}]", clip, media, session.limits)
        if problem is not None:
            raise PermanentError(problem)
        return media
