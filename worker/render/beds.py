"""Music in exact numbers: when it begins, how much of it is heard, and whether it begins anew."""

from collections.abc import Mapping
from fractions import Fraction

from jobs.problem import Problem
from jobs.spec import Material, Spec
from jobs.spec.sound import Music
from worker.render.limits import Limits
from worker.render.plan import BedPlan, InputPlan
from worker.render.probe import Media
from worker.render.source_checks import sound_problem
from worker.render.timeline import SAMPLE_RATE


def bed_problems(
    spec: Spec, media: Mapping[Material, Media], limits: Limits, seconds: float | None = None
) -> list[Problem]:
    """What is wrong with the music's files, and with its beginning in an output of that length (if it is known).

    A file that is not in `media` could not be read, and is passed over.
    """
    problems: list[Problem] = []
    for index, music in enumerate(spec.sound.music):
        field, found = f"spec.sound.music[{index}]", media.get(music_material(spec, index))
        problem = found and sound_problem(field, music, found, limits)
        if problem is None and seconds is not None and music.start >= seconds:
            message = f"is {music.start:g} s, but the video ends at {seconds:g} s"
            problem = Problem(field=f"{field}.start", message=message, remedy=f"use less than {seconds:g}")
        problems += [problem] if problem else []
    return problems


def plan_beds(
    spec: Spec, media: Mapping[Material, Media], seconds: Fraction, first_input: int
) -> tuple[tuple[InputPlan, ...], tuple[BedPlan, ...]]:
    """The inputs of the music, numbered from `first_input` on, and the beds, in an output that lasts so long."""
    pairs = [
        _plan_bed(music, music_material(spec, index), media, seconds, first_input + index)
        for index, music in enumerate(spec.sound.music)
    ]
    return tuple(planned for planned, _ in pairs), tuple(bed for _, bed in pairs)


def music_material(spec: Spec, index: int) -> Material:
    """A bed's file with its place."""
    return Material(f"spec.sound.music[{index}].source", spec.sound.music[index].source, "sound")


def _plan_bed(
    music: Music, material: Material, media: Mapping[Material, Media], seconds: Fraction, input_index: int
) -> tuple[InputPlan, BedPlan]:
    found = media[material]
    assert found.audio_index is not None, "sound_problem() refuses what has no sound"
    needed = float(seconds) - music.start
    end = music.trim.end if music.trim.end is not None else found.duration_seconds
    part = needed if end is None else end - music.trim.start
    loops = music.loop and part < needed
    heard = needed if loops else min(needed, part)
    # A whole file is read again and again; of a part, its samples are kept.
    is_whole = not music.trim.start and music.trim.end is None
    reads = heard if loops and is_whole else min(needed, part)
    return (
        InputPlan(material, music.trim.start, reads, loops=loops and is_whole),
        BedPlan(
            music=music,
            input_index=input_index,
            audio_index=found.audio_index,
            start_sample=round(music.start * SAMPLE_RATE),
            samples=round(heard * SAMPLE_RATE),
            loop_samples=round(part * SAMPLE_RATE) if loops and not is_whole else None,
        ),
    )
