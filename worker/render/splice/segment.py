"""A part of a render as a render of its own: the frames that the whole has there, with what lies over them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from worker.render.picture import video_filters
from worker.render.plan import ClipPlan, RenderPlan, still_plan
from worker.render.splice.spans import ClipRange, Encoded, Range
from worker.render.texts import TextLayer, drawn_frames, drawtext


@dataclass(frozen=True)
class Segment:
    """The render of the output's frames from `first_frame` on: `plan` has the clips on them.

    The first of them is the spec's clip `first_clip`. Of it, `window_frames` are not there, and `skipped_frames` more
    are decoded in vain: what stands still for a later frame may be among them.
    """

    first_frame: int
    plan: RenderPlan
    first_clip: int
    window_frames: int
    skipped_frames: int

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.plan.frames - self.skipped_frames


def clip_ranges(plan: RenderPlan) -> list[ClipRange]:
    """Where in the output each clip is."""
    ranges: list[ClipRange] = []
    at = 0
    for clip in plan.clips:
        ranges.append(ClipRange(at, at + clip.frames))
        at += clip.frames
    return ranges


def covered_frames(plan: RenderPlan, layers: Sequence[TextLayer]) -> list[Range]:
    """The frames that something lies over."""
    ranges: list[Range] = []
    for layer in layers:
        first, end = drawn_frames(layer.text, plan.fps)
        ranges.append((first, plan.frames if end is None else end))
    return ranges


def may_be_copied(clip: ClipPlan, plan: RenderPlan) -> bool:
    """Whether a clip's picture, by what was probed, may be what the output wants; its packets tell the rest."""
    video = clip.video
    return (
        (video.stored_width, video.stored_height) == (plan.width, plan.height)
        and video.rotation_degrees == 0
        and video.sar == 1
        # Its stated rate is rounded, and each picture's time is held against the plan later.
        and (video.fps is None or abs(video.fps / float(plan.fps) - 1) < 0.01)  # noqa: PLR2004 - a hundredth
    )


def segment_of(plan: RenderPlan, span: Encoded) -> Segment:
    """The part of the whole that `span` is."""
    ranges = clip_ranges(plan)
    indices = [
        index
        for index, clip in enumerate(ranges)
        if clip.first_frame < span.end_frame and clip.end_frame > span.first_frame
    ]
    clips = [plan.clips[index] for index in indices]
    clips[-1] = replace(clips[-1], frames=span.end_frame - ranges[indices[-1]].first_frame)
    wanted = span.first_frame - ranges[indices[0]].first_frame
    window = still_plan(wanted, plan.fps)
    if window.offset_frames:
        first = clips[0]
        clips[0] = replace(
            first,
            start_seconds=round(first.start_seconds, 6) + window.offset_seconds,
            seconds=first.seconds - window.offset_seconds,
            frames=first.frames - window.offset_frames,
            is_window=True,
        )
    return Segment(
        first_frame=span.first_frame,
        plan=replace(plan, clips=tuple(clips)),
        first_clip=indices[0],
        window_frames=window.offset_frames,
        skipped_frames=wanted - window.offset_frames,
    )


def segment_graph(segment: Segment, layers: Sequence[TextLayer]) -> str:
    """The segment's picture; ends in [video]. Layers count the frames of the whole."""
    plan = segment.plan
    chains: list[str] = []
    for index, clip in enumerate(plan.clips):
        filters = video_filters(clip, plan)
        if index == 0 and segment.window_frames:
            offset = float(segment.window_frames / plan.fps)
            filters = [f"trim=start=-{offset:.6f}:end={clip.seconds:.6f}", *filters]
        chains.append(f"[{index}:{clip.video.index}]{','.join(filters)}[v{index}]")
    pads = "".join(f"[v{index}]" for index in range(len(plan.clips)))
    over = [
        f"concat=n={len(plan.clips)}",
        f"trim=start_frame={segment.skipped_frames}",
        "setpts=PTS-STARTPTS",
        *(drawtext(layer, plan.fps, segment.first_frame) for layer in layers if _is_on(layer, segment, plan)),
    ]
    return ";".join([*chains, f"{pads}{','.join(over)}[video]"])


def _is_on(layer: TextLayer, segment: Segment, plan: RenderPlan) -> bool:
    first, end = drawn_frames(layer.text, plan.fps)
    return first < segment.first_frame + segment.frames and (end is None or end > segment.first_frame)
