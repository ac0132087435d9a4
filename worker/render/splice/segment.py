"""A part of a render as a render of its own: the frames that the whole has there, with what lies over them. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from worker.render.graph import effect_filters, picture_graph
from worker.render.joints import Pads, joint_chains
from worker.render.layers import Layer, layer_chains
from worker.render.plan import ClipPlan, InputPlan, RenderPlan
from worker.render.splice.spans import ClipRange, Encoded
from worker.render.timeline import skippable_frames


@dataclass(frozen=True)
class Segment:
    """The render of the output's frames from `first_frame` on: `plan` has the clips on them.

    Of its first frames, `skipped_frames` are decoded in vain: what stands still for a later one may be among them.
    """

    first_frame: int
    plan: RenderPlan
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
        ranges.append(ClipRange(at, at + clip.frames, may_be_cut=not clip.clip.effects))
        at += clip.frames - clip.overlap_frames
    return ranges


def may_be_copied(clip: ClipPlan, plan: RenderPlan) -> bool:
    """Whether a clip's picture, by what was probed, may be what the output wants; its packets tell the rest.

    What the spec says of the encoder (`quality`, `crf`, `bitrate`) is said of the whole picture: then all is encoded.
    """
    video, output = clip.video, plan.output
    return (
        video is not None
        and clip.clip.source is not None
        and not (clip.speed != 1 or clip.clip.effects or clip.clip.rotate or plan.effects)
        and output.codec == "h264"
        and output.quality is output.crf is output.bitrate is None
        and (video.stored_width, video.stored_height) == (plan.width, plan.height)
        and video.rotation_degrees == 0
        and video.sar == 1
        and video.hdr_transfer is None
        # Its stated rate is rounded, and each picture's time is held against the plan later.
        and (video.fps is None or abs(video.fps / float(plan.fps) - 1) < 0.01)  # noqa: PLR2004 - a hundredth
    )


def segment_of(plan: RenderPlan, span: Encoded, seekable: Collection[int] = ()) -> Segment:
    """The part of the whole that `span` is.

    Where it begins within a clip, that is decoded from its start on, unless it is among the `seekable` (by index), in
    whose files any time can be sought.
    """
    ranges = clip_ranges(plan)
    indices = [
        index
        for index, where in enumerate(ranges)
        if where.first_frame < span.end_frame and where.end_frame > span.first_frame
    ]
    placed = [(plan.clips[index], ranges[index]) for index in indices]
    first_frame = placed[0][1].first_frame
    clips = [clip for clip, _ in placed]
    clips[-1] = replace(clips[-1], frames=span.end_frame - placed[-1][1].first_frame, overlap_frames=0)
    files = [None if clip.input_index is None else plan.inputs[clip.input_index] for clip in clips]
    wanted = span.first_frame - first_frame
    joint = clips[0].frames - clips[0].overlap_frames
    is_sought = wanted and indices[0] in seekable
    window = skippable_frames(min(wanted, joint), plan.fps, clips[0].speed) if is_sought else 0
    if window:
        clips[0], files[0] = _later(clips[0], files[0], window, plan)
    inputs = [file for file in files if file is not None]
    numbers = iter(range(len(inputs)))
    numbered = [
        replace(clip, input_index=None if file is None else next(numbers))
        for clip, file in zip(clips, files, strict=True)
    ]
    own = replace(
        plan,
        inputs=tuple(inputs),
        clips=tuple(numbered),
        frames=span.end_frame - first_frame - window,
        beds=(),
        loudness_lufs=None,
    )
    return Segment(span.first_frame, own, wanted - window)


def _later(clip: ClipPlan, file: InputPlan | None, frames: int, plan: RenderPlan) -> tuple[ClipPlan, InputPlan]:
    """A clip and its file without the clip's first frames."""
    assert file is not None
    assert file.seconds is not None, "only what was copied from is cut, and that has a length"
    seconds = float(frames / plan.fps * clip.speed)
    return (
        replace(clip, frames=clip.frames - frames, skipped_seconds=seconds),
        replace(
            file,
            start_seconds=round(file.start_seconds, 6) + seconds,
            seconds=file.seconds - seconds,
            is_window=True,
        ),
    )


def segment_graph(segment: Segment, layers: Sequence[Layer]) -> str:
    """The segment's picture; ends in [video]. Layers are drawn by the frames' numbers in the whole."""
    plan = segment.plan
    ends = Pads("plain", "none")
    over = "joined" if layers else "video"
    shown = [
        f"trim=start_frame={segment.skipped_frames}",
        *effect_filters(plan),
        f"settb={1 / plan.fps}",
        f"setpts=N+{segment.first_frame if layers else 0}",
    ]
    chains = [*picture_graph(plan, ends), *joint_chains(plan, ends, sound=False), f"[plain]{','.join(shown)}[{over}]"]
    if layers:
        chains += layer_chains(layers, plan.fps, first_picture=len(plan.inputs), below="joined", above="laid")
        chains.append(f"[laid]setpts=PTS-{segment.first_frame}[video]")
    return ";".join(chains)
