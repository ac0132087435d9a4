"""One frame of the output without rendering the rest: find its clips, then run the render's graph around it."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from jobs.fonts import FontCatalogue
from jobs.problem import Problem
from jobs.spec import Material
from worker.errors import PermanentError, StoppedError, TransientError
from worker.render import arguments
from worker.render.causes import find_cause
from worker.render.effects import table_files
from worker.render.ffmpeg import Outcome
from worker.render.layering import prepare_layers
from worker.render.plan import ClipPlan, InputPlan, RenderPlan
from worker.render.planning import clip_input, clip_material, clip_seconds, too_long
from worker.render.probe import Media
from worker.render.session import RenderSession, find_effect_problem, source_problem
from worker.render.source_checks import material_problem
from worker.render.timeline import Span, Timeline, exact_fps, skippable_frames


def take_still(
    session: RenderSession,
    at_seconds: float,
    bring: Callable[[Material], Path],
    catalogue: FontCatalogue,
) -> Path:
    """The frame that is on screen at `at_seconds` of the session's output. Raises as `RenderEngine.still` says."""
    spec, limits = session.spec, session.limits
    fps = exact_fps(spec.output.fps)
    frame = math.floor(round(Fraction(at_seconds) * fps, 6))
    found = _Finder(session, bring).find(frame, fps)
    places = ("spec.effects[", *(f"spec.clips[{index}].effects[" for index in found.indices))
    tables = [known for known in spec.materials if known.kind == "lut" and known.field.startswith(places)]
    problems = session.place_tables({material.source: bring(material) for material in tables})
    if problems:
        raise PermanentError(problems)
    layers = prepare_layers(session, fps, catalogue, bring, frames=(frame, frame + 1))
    outcome = Outcome(0, ())
    # Without an index only the clip's start is sought, as the render does. It serves, too, where nothing is left.
    for skipped in dict.fromkeys((found.skippable_frames, 0)):
        plan = found.plan(session, skipped)
        outcome = session.run_briefly(
            arguments.still_arguments(
                found.frame - skipped,
                plan,
                layers,
                [session.source_files[planned.material.source] for planned in plan.inputs],
                output_frame=frame,
                threads=session.threads,
                limits=limits,
            )
        )
        picture = session.folder / arguments.STILL_FILE
        if outcome.return_code == 0 and picture.exists():
            return picture
    raise find_effect_problem(spec, outcome.lines) or _failure(outcome, found, limits.probe_seconds)


def _failure(outcome: Outcome, found: "_Found", allowed_seconds: float) -> PermanentError | TransientError:
    """The error, by type, of an FFmpeg that made no picture."""
    if outcome.wall_time_exceeded:
        return TransientError(f"one frame took more than {allowed_seconds:g} s")
    cause = find_cause(outcome.return_code, outcome.lines)
    materials = [planned.material for _, planned in found.on_screen if planned]
    if outcome.return_code < 0 or cause.kind == "machine" or not materials:
        return TransientError(cause.message)
    broken = "ends before the length that it states: it is truncated or broken"
    message = cause.message if cause.kind == "source" else broken
    index = cause.input_index if cause.input_index is not None and cause.input_index < len(materials) else 0
    return PermanentError(source_problem(materials[index], message))


@dataclass(frozen=True)
class _Found:
    """The clips on screen (two in a transition), each with its file, and the frame wanted, counted from the first's.

    The first one's `skippable_frames` need not be decoded.
    """

    indices: tuple[int, ...]
    frame: int
    skippable_frames: int
    fps: Fraction
    on_screen: tuple[tuple[ClipPlan, InputPlan | None], ...]

    def plan(self, session: RenderSession, skipped_frames: int) -> RenderPlan:
        """The render of these clips without the first one's first frames."""
        (first, planned), *others = self.on_screen
        first = replace(first, frames=first.frames - skipped_frames)
        if planned and planned.seconds is not None and skipped_frames:
            skipped_seconds = float(skipped_frames / self.fps * first.speed)
            start_seconds = round(planned.start_seconds, 6) + skipped_seconds
            seconds = planned.seconds - skipped_seconds
            planned = replace(planned, start_seconds=start_seconds, seconds=seconds, is_window=True)
            first = replace(first, skipped_seconds=skipped_seconds)
        clips, inputs = [], []
        for clip, reading in ((first, planned), *others):
            clips.append(replace(clip, input_index=len(inputs) if reading else None))
            inputs += [reading] if reading else []
        return RenderPlan(
            session.spec.output,
            self.fps,
            tuple(inputs),
            tuple(clips),
            first.frames,
            session.spec.effects,
            table_files(session.spec.materials),
        )


class _Finder:
    """Walks along the clips, and looks into as few files as it can."""

    def __init__(self, session: RenderSession, bring: Callable[[Material], Path]) -> None:
        self._session = session
        self._bring = bring
        self._seen: dict[Material, Media] = {}

    def find(self, frame: int, fps: Fraction) -> _Found:
        """What shows the output's `frame`."""
        limits = self._session.limits
        timeline = Timeline(fps)
        for index, clip in enumerate(self._session.spec.clips):
            media = self._look(index) if clip.known_seconds is None else None
            span = timeline.add(clip_seconds(clip, media), clip.transition.duration if clip.transition else None)
            if timeline.frames > limits.max_output_seconds * fps:
                raise PermanentError(too_long(f"last more than {limits.max_output_seconds:g} s together"))
            if frame < span.end_frame:
                return self._found(index, span, frame, fps)
        length = f"{float(timeline.frames / fps):g}"
        raise PermanentError(
            Problem(field="at", message=f"the video ends at {length} s", remedy=f"give a time below {length}")
        )

    def _found(self, index: int, span: Span, frame: int, fps: Fraction) -> _Found:
        wanted = frame - span.first_frame
        joint = span.frames - span.overlap_frames
        clip, planned, has_index = self._on_screen(index, span.frames)
        if wanted < joint:
            clips = ((clip, planned),)
        else:
            following, following_input, _ = self._on_screen(index + 1, span.overlap_frames)
            clips = ((replace(clip, overlap_frames=span.overlap_frames), planned), (following, following_input))
        skippable = skippable_frames(min(wanted, joint), fps, clip.speed) if has_index else 0
        return _Found(tuple(range(index, index + len(clips))), wanted, skippable, fps, clips)

    def _on_screen(self, index: int, frames: int) -> tuple[ClipPlan, InputPlan | None, bool]:
        """A clip's first frames, its file, and whether times in it can be sought."""
        clip = self._session.spec.clips[index]
        if clip.material is None:
            return ClipPlan(clip, None, None, None, frames, 0), None, True
        media = self._look(index)
        return (
            ClipPlan(clip, 0, media.video, None, frames, 0),
            clip_input(self._session.spec, index, media),
            media.has_index,
        )

    def _look(self, index: int) -> Media:
        """What a clip's file holds, if the clip can be made from it."""
        session, clip = self._session, self._session.spec.clips[index]
        material = clip_material(session.spec, index)
        assert material is not None, "a plain colour is not looked into"
        media = next((seen for known, seen in self._seen.items() if _is_same(known, material)), None)
        if media is None:
            path = self._bring(material)
            if session.stop.is_set():
                raise StoppedError("the preview was stopped")
            found = session.prober.look_at(material, path)
            if not isinstance(found, Media):
                raise PermanentError(source_problem(material, found))
            media = self._seen[material] = found
        problem = material_problem(f"spec.clips[{index}]", clip, media, session.limits)
        if problem is not None:
            raise PermanentError(problem)
        return media


def _is_same(one: Material, other: Material) -> bool:
    return (one.source, one.kind) == (other.source, other.kind)
