"""FFmpeg's arguments: for a whole render (one process, one graph), its poster, a still and a probe. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from worker.render.graph import filter_graph
from worker.render.layers import Layer, Words, layer_chains, picture_files
from worker.render.limits import Limits
from worker.render.overlay import PICTURE_CODECS, PICTURE_FORMATS
from worker.render.picture import video_filters
from worker.render.plan import RenderPlan, StillPlan
from worker.render.probe import CODECS, FORMATS, input_options

VIDEO_FILE = "video.mp4"
POSTER_FILE = "poster.jpg"
STILL_FILE = "still.jpg"


def render_arguments(
    plan: RenderPlan, layers: Sequence[Layer], source_files: Sequence[str], *, threads: int, limits: Limits
) -> tuple[str, ...]:
    """The arguments after `ffmpeg`; `source_files` names one file in the working folder for each clip."""
    inputs: list[str] = []
    for clip, file in zip(plan.clips, source_files, strict=True):
        # Before -i, -ss seeks by the index and decodes from the key frame before; after it, all would be decoded.
        seek = ("-ss", _decimal(clip.start_seconds)) if clip.start_seconds else ()
        length = ("-t", _decimal(clip.seconds))
        inputs += [*input_options(limits.max_source_pixels, threads), *seek, *length, "-i", f"file:{file}"]
    inputs += _pictures(layers, threads, limits)
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
        *("-ss", _decimal(float(plan.frames // 3 / plan.fps)), "-threads", str(threads), "-i", f"file:{VIDEO_FILE}"),
        *("-an", "-frames:v", "1", "-update", "1", "-q:v", "3", "-y", POSTER_FILE),
    )


def still_arguments(
    still: StillPlan,
    plan: RenderPlan,
    layers: Sequence[Layer],
    source_file: str,
    *,
    output_frame: int,
    threads: int,
    limits: Limits,
) -> tuple[str, ...]:
    """One frame of the output as a JPEG, from the one clip of `plan`: the render's own filters from shortly before it.

    `output_frame` is its number in the whole output, by which the layers know what they show.

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
        *video_filters(replace(clip, frames=clip.frames - still.offset_frames), plan),
        f"trim=start_frame={still.frame - still.offset_frames}",
    ]
    # The layers are drawn by the frame's number in the whole output, and it alone passes through them.
    chains = [f"[0:{clip.video.index}]{','.join(filters)}[{'shown' if layers else 'still'}]"]
    if layers:
        chains[0] = chains[0].removesuffix("[shown]") + f",settb={1 / plan.fps},setpts={output_frame}[shown]"
        frozen = [layer if isinstance(layer, Words) else layer.frozen(output_frame) for layer in layers]
        chains += layer_chains(frozen, plan.fps, first_picture=1, below="shown", above="still")
    length = () if still.offset_seconds else ("-t", _decimal(clip.seconds))
    return (
        *("-nostdin", "-hide_banner", "-v", "warning", "-nostats"),
        *input_options(limits.max_source_pixels, threads),
        *(*seek, *length, "-i", f"file:{source_file}"),
        *_pictures(layers, threads, limits),
        *("-filter_complex_threads", str(threads)),
        *("-filter_complex", ";".join(chains), "-map", "[still]"),
        *("-an", "-map_metadata", "-1", "-threads", str(threads)),
        *("-frames:v", "1", "-update", "1", "-q:v", "3", "-y", STILL_FILE),
    )


def probe_arguments(
    source_file: str, *, limits: Limits, formats: Sequence[str] = FORMATS, codecs: Sequence[str] = CODECS
) -> tuple[str, ...]:
    """Makes FFmpeg say what a file holds, and decode nothing of it."""
    options = input_options(limits.max_source_pixels, 1, formats=formats, codecs=codecs)
    return ("-nostdin", "-hide_banner", *options, "-i", f"file:{source_file}")


def _pictures(layers: Sequence[Layer], threads: int, limits: Limits) -> list[str]:
    """The inputs that the layers' pictures are."""
    options = input_options(limits.max_source_pixels, threads, formats=PICTURE_FORMATS, codecs=PICTURE_CODECS)
    return [argument for file in picture_files(layers) for argument in (*options, "-i", f"file:{file}")]


def _decimal(seconds: float) -> str:
    return f"{seconds:.6f}".rstrip("0").rstrip(".")
