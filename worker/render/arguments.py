"""FFmpeg's arguments: for a whole render (one process, one graph), its poster, a still and a probe. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from worker.render.graph import filter_graph
from worker.render.limits import Limits
from worker.render.picture import video_filters
from worker.render.plan import ClipPlan, RenderPlan, StillPlan
from worker.render.probe import input_options
from worker.render.texts import TextLayer, always_drawn

VIDEO_FILE = "video.mp4"
POSTER_FILE = "poster.jpg"
STILL_FILE = "still.jpg"

PICTURE_ENCODER = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p")
SOUND_ENCODER = ("-c:a", "aac", "-b:a", "160k")

WATCHED = ("-nostats", "-progress", "pipe:1", "-stats_period", "0.25")
"""Makes FFmpeg tell how far it is."""


def render_arguments(
    plan: RenderPlan, layers: Sequence[TextLayer], source_files: Sequence[str], *, threads: int, limits: Limits
) -> tuple[str, ...]:
    """The arguments after `ffmpeg`; `source_files` names one file in the working folder for each clip."""
    return (
        *("-nostdin", "-hide_banner", "-v", "warning", *WATCHED),
        *input_arguments(plan, source_files, threads=threads, limits=limits),
        *("-filter_complex_threads", str(threads), "-filter_complex", filter_graph(plan, layers)),
        *("-map", "[video]", "-map", "[sound]"),
        # What a source says of itself (a place, a name) is nobody's business in the output.
        *("-map_metadata", "-1", "-map_chapters", "-1"),
        *PICTURE_ENCODER,
        *SOUND_ENCODER,
        *("-threads", str(threads)),
        # Bounds, not lengths: the graph is exact, and these hold should it be led astray.
        *("-t", decimal(plan.seconds + 1), "-fs", str(limits.max_output_bytes)),
        *("-movflags", "+faststart", "-y", VIDEO_FILE),
    )


def input_arguments(plan: RenderPlan, source_files: Sequence[str], *, threads: int, limits: Limits) -> list[str]:
    """Each clip's source, confined, and sought to where it is needed."""
    inputs: list[str] = []
    for clip, file in zip(plan.clips, source_files, strict=True):
        inputs += [*input_options(limits.max_source_pixels, threads), *reach_of(clip), "-i", f"file:{file}"]
    return inputs


def reach_of(clip: ClipPlan) -> tuple[str, ...]:
    """What of its source a clip needs."""
    # Before -i, -ss seeks by the index and decodes from the key frame before; after it, all would be decoded.
    seek = ("-ss", decimal(clip.start_seconds)) if clip.start_seconds else ()
    if clip.is_window:
        return ("-noaccurate_seek", *seek)
    return (*seek, "-t", decimal(clip.seconds))


def poster_arguments(plan: RenderPlan, *, threads: int) -> tuple[str, ...]:
    """One frame of the finished video, a third of the way in, as a JPEG."""
    return (
        *("-nostdin", "-hide_banner", "-v", "error"),
        *("-ss", decimal(plan.seconds / 3), "-threads", str(threads), "-i", f"file:{VIDEO_FILE}"),
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
    offset = decimal(still.offset_seconds)
    seek = ("-noaccurate_seek", "-ss", decimal(round(clip.start_seconds, 6) + still.offset_seconds))
    if not still.offset_seconds:
        seek = ("-ss", decimal(clip.start_seconds))
    bounds = f"trim=start=-{offset}:end={decimal(clip.seconds - still.offset_seconds)}"
    filters = [
        *([bounds] if still.offset_seconds else []),
        *video_filters(replace(clip, frames=clip.frames - still.offset_frames), plan),
        f"trim=start_frame={still.frame - still.offset_frames}",
        *(always_drawn(layer) for layer in layers),
    ]
    length = () if still.offset_seconds else ("-t", decimal(clip.seconds))
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


def decimal(seconds: float) -> str:
    """Seconds in microseconds' steps, without needless digits."""
    return f"{seconds:.6f}".rstrip("0").rstrip(".")
