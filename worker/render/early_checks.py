"""What is wrong with a spec whatever its sources hold, by this worker's limits: told before anything is downloaded."""

from collections.abc import Iterator

from jobs.problem import Problem
from jobs.spec import Spec
from worker.render.limits import Limits


def early_problems(spec: Spec, limits: Limits) -> Iterator[Problem]:
    """Each limit that the spec exceeds, and each time that lies beyond its end, as far as lengths are known."""
    if len(spec.clips) > limits.max_clips:
        message = f"has {len(spec.clips)} clips, and one render takes {limits.max_clips}"
        remedy = f"send at most {limits.max_clips} clips a job"
        yield Problem(field="spec.clips", message=message, remedy=remedy)
    pixels = spec.output.width * spec.output.height
    if pixels > limits.max_output_pixels:
        size = f"{spec.output.width}x{spec.output.height}"
        message = f"is {size}, {pixels} pixels, and a frame may have {limits.max_output_pixels}"
        yield Problem(field="spec.output", message=message, remedy="make width or height smaller")
    letters = sum(len(track.text.content) for track in spec.tracks if track.text)
    if letters > limits.max_letters:
        message = f"have {letters} characters in their texts together, more than {limits.max_letters}"
        yield Problem(field="spec.tracks", message=message, remedy="write less, or send several jobs")
    lengths = [clip.known_seconds for clip in spec.clips]
    overlaps_seconds = sum(clip.transition.duration for clip in spec.clips if clip.transition)
    known_seconds = sum(length for length in lengths if length is not None) - overlaps_seconds
    # A frame's length is left to the plan, which counts frames.
    slack_seconds = len(lengths) / spec.output.fps
    if known_seconds > limits.max_output_seconds + slack_seconds:
        message = f"last {known_seconds:.1f} s together, more than {limits.max_output_seconds:g} s"
        yield Problem(field="spec.clips", message=message, remedy="trim them, or send several jobs")
    if None not in lengths:
        yield from _beyond(spec, known_seconds, slack_seconds)


def _beyond(spec: Spec, seconds: float, slack_seconds: float) -> Iterator[Problem]:
    """What begins after the end of a video that lasts so long."""
    times = [(f"spec.sound.music[{index}].start", music.start) for index, music in enumerate(spec.sound.music)]
    if spec.output.poster is not None:
        times.append(("spec.output.poster.at", spec.output.poster.at))
    for field, at in times:
        if at >= seconds + slack_seconds:
            message = f"is {at:g} s, but the video ends at {seconds:g} s"
            yield Problem(field=field, message=message, remedy=f"use less than {seconds:g}")
