"""FFmpeg's arguments for a whole render: one process, one graph, each frame decoded and encoded once. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from worker.render.limits import Limits
from worker.render.plan import MAX_STANDSTILL_SECONDS, SAMPLE_RATE, ClipPlan, RenderPlan, StillPlan
from worker.render.probe import input_options
from worker.render.texts import TextLayer, always_drawn, drawtext

VIDEO_FILE = "video.mp4"
POSTER_FILE = "poster.jpg"
STILL_FILE = "still.jpg"


def render_arguments(
    plan: RenderPlan, layers: Sequence[TextLayer], source_files: Sequence[str], *, threads: int, limits: Limits
) -> tuple[str, ...]:
    """The arguments after `ffmpeg`; `source_files` names one file in the working folder for each clip."""
    inputs: list[str] = []
    for clip, file in zip(plan.clips, source_files, strict=True):
        # Before -i, -ss seeks by the index and decodes from the key frame before; after it, all would be decoded.
        seek = ("-ss", _decimal(clip.start_seconds)) if clip.start_seconds else ()
        length = ("-t", _decimal(clip.seconds))
        inputs += [*input_options(limits.max_source_pixels, threads), *seek, *length, "-i", f"file:{file}"]
    return (
        *("-nostdin", "-hide_banner", "-v", "warning", "-nostats", "-progress", "pipe:1", "-stats_period", "0.25"),
        *inputs,
        *("-filter_complex_threads", str(threads), "-filter_complex", filter_graph(plan, layers)),
        *("-map", "[video]", "-map", "[sound]"),
        # What a source says of itself (a place, a name) is nobody's business in the output.
        *("-map_metadata", "-1", "-map_chapters", "-1"),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p"),
        *("-c:a", "aac", "-b:a", "160k"),
        *("-threads", str(threads)),
        # Bounds, not lengths: the graph is exact, and these hold should it be led astray.
        *("-t", _decimal(plan.seconds + 1), "-fs", str(limits.max_output_bytes)),
        *("-movflags", "+faststart", "-y", VIDEO_FILE),
    )


def poster_arguments(plan: RenderPlan, *, threads: int) -> tuple[str, ...]:
    """One frame of the finished video, a third of the way in, as a JPEG."""
    return (
        *("-nostdin", "-hide_banner", "-v", "error"),
        *("-ss", _decimal(plan.seconds / 3), "-threads", str(threads), "-i", f"file:{VIDEO_FILE}"),
        *("-an", "-frames:v", "1", "-update", "1", "-q:v", "3", "-y", POSTER_FILE),
    )


def still_arguments(
    still: StillPlan, plan: RenderPlan, layers: Sequence[TextLayer], source_file: str, *, threads: int, limits: Limits
) -> tuple[str, ...]:
    """One frame of the output as a JPEG, from the one clip of `plan`: the render's own filters from shortly before it.

    The key frame before is decoded from, and what lies before the window is not thrown away (-noaccurate_seek): the
    frame rate's filter needs the picture that is on screen when the window begins. `trim` then bounds what it sees to
    the clip, as seeking to the clip's start does in the render.
    """
    [clip] = plan.clips
    offset = _decimal(still.offset_seconds)
    seek = ("-noaccurate_seek", "-ss", _decimal(round(clip.start_seconds, 6) + still.offset_seconds))
    if not still.offset_seconds:
        seek = ("-ss", _decimal(clip.start_seconds))
    bounds = f"trim=start=-{offset}:end={_decimal(clip.seconds - still.offset_seconds)}"
    filters = [
        *([bounds] if still.offset_seconds else []),
        *_video_filters(replace(clip, frames=clip.frames - still.offset_frames), plan),
        f"trim=start_frame={still.frame - still.offset_frames}",
        *(always_drawn(layer) for layer in layers),
    ]
    length = () if still.offset_seconds else ("-t", _decimal(clip.seconds))
    return (
        *("-nostdin", "-hide_banner", "-v", "warning", "-nostats"),
        *input_options(limits.max_source_pixels, threads),
        *(*seek, *length, "-i", f"file:{source_file}"),
        *("-filter_complex_threads", str(threads)),
        *("-filter_complex", f"[0:{clip.video.index}]{','.join(filters)}[still]", "-map", "[still]"),
        *("-an", "-map_metadata", "-1", "-threads", str(threads)),
        *("-frames:v", "1", "-update", "1", "-q:v", "3", "-y", STILL_FILE),
    )


def probe_arguments(source_file: str, *, limits: Limits) -> tuple[str, ...]:
    """Makes FFmpeg say what a file holds, and decode nothing of it."""
    return ("-nostdin", "-hide_banner", *input_options(limits.max_source_pixels, 1), "-i", f"file:{source_file}")


def filter_graph(plan: RenderPlan, layers: Sequence[TextLayer]) -> str:
    """Each clip made alike, all joined, the texts drawn on top; ends in [video] and [sound]."""
    alone = len(plan.clips) == 1
    texts = ",".join(drawtext(layer, plan.fps) for layer in layers)
    joined = "joined" if texts else "video"
    chains: list[str] = []
    for index, clip in enumerate(plan.clips):
        video_label, sound_label = (joined, "sound") if alone else (f"v{index}", f"a{index}")
        chains += [
            f"[{index}:{clip.video.index}]{','.join(_video_filters(clip, plan))}[{video_label}]",
            f"{_sound_chain(index, clip)}[{sound_label}]",
        ]
    if not alone:
        pads = "".join(f"[v{index}][a{index}]" for index in range(len(plan.clips)))
        chains.append(f"{pads}concat=n={len(plan.clips)}:v=1:a=1[{joined}][sound]")
    if texts:
        chains.append(f"[joined]{texts}[video]")
    return ";".join(chains)


def _video_filters(clip: ClipPlan, plan: RenderPlan) -> list[str]:
    size = _cover(clip, plan) if clip.fit == "cover" else _contain(clip, plan)
    rate = [f"fps={plan.fps}:start_time=0"]
    # Frames are dropped before the work of scaling them, and repeated after it.
    slower = clip.video.fps is not None and clip.video.fps > plan.fps
    return [
        *(rate + size if slower else size + rate),
        "format=yuv420p",
        f"tpad=stop_mode=clone:stop_duration={MAX_STANDSTILL_SECONDS}",
        f"trim=end_frame={clip.frames}",
    ]


def _cover(clip: ClipPlan, plan: RenderPlan) -> list[str]:
    """Crop to the output's shape, then scale: pixels that are cut off are never scaled."""
    video = clip.video
    shape = Fraction(plan.width, plan.height) / video.sar
    width = min(video.width, _even(video.height * shape))
    height = min(video.height, _even(video.width / shape))
    crop = [f"crop={width}:{height}"] if (width, height) != (video.width, video.height) else []
    return crop + _scale(width, height, plan.width, plan.height, video.sar)


def _contain(clip: ClipPlan, plan: RenderPlan) -> list[str]:
    """Scale until one side fits, pad the other with black."""
    video = clip.video
    factor = min(plan.width / (video.width * video.sar), Fraction(plan.height, video.height))
    width = min(plan.width, _even(video.width * video.sar * factor))
    height = min(plan.height, _even(video.height * factor))
    padded = (width, height) != (plan.width, plan.height)
    pad = [f"pad={plan.width}:{plan.height}:{(plan.width - width) // 2}:{(plan.height - height) // 2}"]
    return _scale(video.width, video.height, width, height, video.sar) + (pad if padded else [])


def _scale(from_width: int, from_height: int, width: int, height: int, sar: Fraction) -> list[str]:
    if (from_width, from_height) == (width, height):
        return [] if sar == 1 else ["setsar=1"]
    return [f"scale={width}:{height}", "setsar=1"]


def _sound_chain(index: int, clip: ClipPlan) -> str:
    if clip.audio_index is None:
        return f"anullsrc=r={SAMPLE_RATE}:cl=stereo,atrim=end_sample={clip.samples}"
    return (
        f"[{index}:{clip.audio_index}]aresample={SAMPLE_RATE}:async=1:first_pts=0,"
        f"aformat=sample_fmts=fltp:channel_layouts=stereo,"
        f"apad=whole_len={clip.samples},atrim=end_sample={clip.samples}"
    )


def _even(pixels: Fraction) -> int:
    """The nearest even number, at least 2: 4:2:0 has no odd sides."""
    return max(2, 2 * round(pixels / 2))


def _decimal(seconds: float) -> str:
    return f"{seconds:.6f}".rstrip("0").rstrip(".")
