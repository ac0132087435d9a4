"""Looks into the sources for what may be copied, and lays the output's spans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from worker.render.arguments import reach_of
from worker.render.plan import RenderPlan
from worker.render.scratch import on_disk
from worker.render.session import RenderSession
from worker.render.splice.footage import Footage, extract_arguments, read_footage
from worker.render.splice.groups import Group, ParameterSets, find_groups
from worker.render.splice.numbers import Numbering
from worker.render.splice.parameter_sets import colours_of, family, settle, suits
from worker.render.splice.segment import clip_ranges, may_be_copied
from worker.render.splice.spans import MIN_COPIED_SECONDS, Copied, Range, Span, has_room, lay_spans


@dataclass(frozen=True)
class Survey:
    """The spans of an output, the footage of clips by their index, and each copied span's parameter sets.

    These come as they are in their footage, and with how they are to be numbered.
    """

    spans: Sequence[Span]
    footage: Mapping[int, Footage]
    copied: Mapping[Copied, tuple[ParameterSets, Numbering]]


def take_survey(session: RenderSession, plan: RenderPlan, covered: Sequence[Range]) -> Survey:
    """Look into the sources; `covered` are the frames that something lies over."""
    footage = {
        index: found
        for index, clip in enumerate(plan.clips)
        if may_be_copied(clip, plan)
        and has_room(clip_ranges(plan), index, covered, _min_copied_frames(plan))
        and (found := _extract_clip(session, plan, index))
    }
    groups = [_groups(plan, index, footage[index]) if index in footage else [] for index in range(len(plan.clips))]
    settled = settle(groups)
    groups = [[group for group in clip if family(group.sets) in settled] for clip in groups]
    spans = lay(session, plan, covered, groups)
    copied: dict[Copied, tuple[ParameterSets, Numbering]] = {}
    for span in spans:
        if isinstance(span, Copied):
            sets = next(group.sets for group in groups[span.clip_index] if group.first_packet == span.first_packet)
            copied[span] = sets, settled[family(sets)]
    if not copied:
        for each in footage.values():
            each.remove()
    return Survey(spans, footage if copied else {}, copied)


def lay_encoded(session: RenderSession, plan: RenderPlan, covered: Sequence[Range]) -> Survey:
    """The spans of an output of which all is encoded."""
    return Survey(lay(session, plan, covered, [[] for _ in plan.clips]), {}, {})


def lay(
    session: RenderSession, plan: RenderPlan, covered: Sequence[Range], groups: Sequence[Sequence[Group]]
) -> list[Span]:
    """The spans of the output, where `groups` of each clip may be copied."""
    clips = [
        replace(clip, look=colours_of(of_clip[0].sets) if of_clip else None)
        for clip, of_clip in zip(clip_ranges(plan), groups, strict=True)
    ]
    return lay_spans(
        clips,
        groups,
        covered,
        min_copied_frames=_min_copied_frames(plan),
        max_clips=session.limits.max_inputs,
    )


def extract(session: RenderSession, file: str, reach: Sequence[str], stream_index: int, name: str) -> Footage | None:
    """The packets of a file's picture; None if it is not H.264 in a file whose times can be believed."""
    limits = session.limits
    outcome = session.run_briefly(
        extract_arguments(file, reach, stream_index, name, max_pixels=limits.max_source_pixels)
    )
    # In an MPEG-TS times cannot be sought exactly, and an AVI has none of its own.
    opened = next((line for line in outcome.lines if line.startswith("Input #0, ")), "")
    if outcome.return_code != 0 or not opened.startswith(("Input #0, mov,", "Input #0, matroska,")):
        return None
    with on_disk():
        return read_footage(session.folder, name)


def _min_copied_frames(plan: RenderPlan) -> int:
    """How many frames a copy has at least."""
    return round(MIN_COPIED_SECONDS * plan.fps)


def _extract_clip(session: RenderSession, plan: RenderPlan, index: int) -> Footage | None:
    """A clip's picture as it lies in its source; None if that cannot be told."""
    clip = plan.clips[index]
    assert clip.input_index is not None, "a clip that may be copied has a file"
    assert clip.video is not None
    planned = plan.inputs[clip.input_index]
    file = session.source_files[planned.material.source]
    return extract(session, file, reach_of(planned), clip.video.index, f"footage-{index}")


def _groups(plan: RenderPlan, index: int, footage: Footage) -> list[Group]:
    clip = plan.clips[index]
    seconds = None if clip.input_index is None else plan.inputs[clip.input_index].seconds
    if seconds is None:
        return []
    with footage.opened() as bytes_of:
        found = find_groups(footage.packets, bytes_of.read, fps=plan.fps, seconds=seconds)
    return [group for group in found if suits(group.sets, plan.width, plan.height)]
