"""From a spec and what its sources hold to the plan of its render."""

from collections.abc import Mapping
from fractions import Fraction

from jobs.problem import Problem
from jobs.spec import Clip, Material, Spec
from jobs.spec.transition import transition_problems
from worker.errors import PermanentError
from worker.render.beds import bed_problems, plan_beds
from worker.render.effects import table_files
from worker.render.limits import Limits
from worker.render.plan import ClipPlan, InputPlan, RenderPlan
from worker.render.probe import Media
from worker.render.source_checks import material_problem
from worker.render.timeline import Timeline, exact_fps, exact_speed


def make_plan(spec: Spec, media: Mapping[Material, Media], limits: Limits) -> RenderPlan:
    """The plan of `spec` over what each of its `materials` holds.

    Raises:
        PermanentError: with every problem at once, each field naming the clip.
    """
    problems = media_problems(spec, media, limits)
    if problems:
        raise PermanentError(problems)
    clip_media = [media_of_clip(spec, index, media) for index in range(len(spec.clips))]
    lengths = [clip_seconds(clip, found) for clip, found in zip(spec.clips, clip_media, strict=True)]
    joints = transition_problems(spec.clips, [float(length) for length in lengths])
    if joints:
        raise PermanentError(joints)

    fps = exact_fps(spec.output.fps)
    timeline = Timeline(fps)
    inputs: list[InputPlan] = []
    clips: list[ClipPlan] = []
    for index, clip in enumerate(spec.clips):
        found = clip_media[index]
        span = timeline.add(lengths[index], clip.transition.duration if clip.transition else None)
        if found:
            inputs.append(clip_input(spec, index, found))
        clips.append(
            ClipPlan(
                clip,
                len(inputs) - 1 if found else None,
                found.video if found else None,
                found.audio_index if found and clip.volume else None,
                span.frames,
                span.samples,
                span.overlap_frames,
                span.overlap_samples,
            )
        )
    seconds = timeline.frames / fps
    if seconds > limits.max_output_seconds:
        raise PermanentError(
            too_long(f"last {float(seconds):.1f} s together, more than {limits.max_output_seconds:g} s")
        )
    problems = [*_poster_problems(spec, float(seconds)), *bed_problems(spec, media, limits, float(seconds))]
    if problems:
        raise PermanentError(problems)
    bed_inputs, beds = plan_beds(spec, media, seconds, len(inputs))
    return RenderPlan(
        spec.output,
        fps,
        (*inputs, *bed_inputs),
        tuple(clips),
        timeline.frames,
        spec.effects,
        table_files(spec.materials),
        beds,
        spec.sound.loudness.target if spec.sound.loudness else None,
    )


def media_problems(spec: Spec, media: Mapping[Material, Media], limits: Limits) -> list[Problem]:
    """What is wrong with what the files hold, by each clip and each bed whose file is in `media`."""
    problems = [
        problem
        for index, clip in enumerate(spec.clips)
        if (found := media_of_clip(spec, index, media))
        and (problem := material_problem(f"spec.clips[{index}]", clip, found, limits))
    ]
    return problems + bed_problems(spec, media, limits)


def _poster_problems(spec: Spec, seconds: float) -> list[Problem]:
    poster = spec.output.poster
    if poster is None or poster.at < seconds:
        return []
    message = f"is {poster.at:g} s, but the video ends at {seconds:g} s"
    return [Problem(field="spec.output.poster.at", message=message, remedy=f"use less than {seconds:g}")]


def too_long(message: str) -> Problem:
    """The clips exceed the output's longest length."""
    return Problem(field="spec.clips", message=message, remedy="trim them, or send several jobs")


def media_of_clip(spec: Spec, index: int, media: Mapping[Material, Media]) -> Media | None:
    """What a clip's file holds; None for a plain colour, and where it is not known."""
    material = clip_material(spec, index)
    return media.get(material) if material else None


def clip_material(spec: Spec, index: int) -> Material | None:
    """The file that a clip is made of, with its place; None for a plain colour."""
    field = f"spec.clips[{index}].{spec.clips[index].material_field}"
    return next((material for material in spec.materials if material.field == field), None)


def clip_input(spec: Spec, index: int, media: Media) -> InputPlan:
    """What to read of a clip's file."""
    clip, material = spec.clips[index], clip_material(spec, index)
    assert material is not None, "a plain colour has no media"
    if clip.source is None:
        return InputPlan(material)
    return InputPlan(material, clip.trim.start, source_seconds(clip, media))


def source_seconds(clip: Clip, media: Media | None) -> float:
    """How much of its source a clip takes; without a `trim.end` that is for its source's `media` to say."""
    end = clip.trim.end if clip.trim.end is not None else media and media.duration_seconds
    assert end is not None, "material_problem() refuses a source that does not say how long it is"
    return end - clip.trim.start


def clip_seconds(clip: Clip, media: Media | None) -> Fraction:
    """How long a clip lasts in the output."""
    if clip.duration is not None:
        return Fraction(clip.duration)
    return Fraction(source_seconds(clip, media)) / exact_speed(clip.speed)
