"""FFmpeg's arguments: for a whole render (one process, one graph), a still and a probe. Pure."""

from collections.abc import Sequence

from jobs.spec import Thumbnails
from jobs.spec.material import MaterialKind
from worker.render.encoder import picture_encoder
from worker.render.extracts import (
    encoded_pad,
    extract_chains,
    extract_outputs,
    extracts_of,
    jpeg_arguments,
    sheet_filters,
    sheet_of,
)
from worker.render.graph import filter_graph, sound_graph, still_graph
from worker.render.layers import Layer, picture_files
from worker.render.limits import Limits
from worker.render.mix import Measured
from worker.render.picture import decimal
from worker.render.plan import InputPlan, RenderPlan
from worker.render.probe import input_options

VIDEO_FILE = "video.mp4"
STILL_FILE = "still.jpg"


WATCHED = ("-nostats", "-progress", "pipe:1", "-stats_period", "0.25")
"""Makes FFmpeg tell how far it is."""

SOUND_ENCODER = ("-c:a", "aac", "-b:a", "160k")


def render_arguments(
    plan: RenderPlan,
    layers: Sequence[Layer],
    source_files: Sequence[str],
    measured: Measured | None = None,
    *,
    threads: int,
    limits: Limits,
) -> tuple[str, ...]:
    """The arguments after `ffmpeg`; `source_files` names one file in the working folder for each input.

    `measured` is the whole's sound before it is brought to the plan's loudness.
    """
    extracts = extracts_of(plan)
    graph = ";".join([filter_graph(plan, layers, measured), *extract_chains(extracts)])
    return (
        *("-nostdin", "-hide_banner", "-v", "warning", *WATCHED),
        *input_arguments(plan, source_files, threads=threads, limits=limits),
        *picture_arguments(layers, threads, limits),
        *("-filter_complex_threads", str(threads), "-filter_complex", graph),
        *("-map", encoded_pad(extracts), "-map", "[sound]"),
        # What a source says of itself (a place, a name) is nobody's business in the output.
        *("-map_metadata", "-1", "-map_chapters", "-1"),
        *picture_encoder(plan.output, threads),
        *SOUND_ENCODER,
        *("-threads", str(threads)),
        # Bounds, not lengths: the graph is exact, and these hold should it be led astray.
        *("-t", decimal(plan.seconds + 1), "-fs", str(limits.max_output_bytes)),
        *starting_fast(plan),
        *("-y", VIDEO_FILE),
        *extract_outputs(extracts),
    )


def measure_arguments(
    plan: RenderPlan, source_files: Sequence[str], *, threads: int, limits: Limits
) -> tuple[str, ...]:
    """Makes FFmpeg say how loud the whole is. No picture is decoded."""
    return (
        *("-nostdin", "-hide_banner", "-v", "info", *WATCHED),
        *input_arguments(plan, source_files, threads=threads, limits=limits),
        *("-filter_complex", sound_graph(plan), "-map", "[measured]", "-f", "null", "-"),
    )


def input_arguments(plan: RenderPlan, source_files: Sequence[str], *, threads: int, limits: Limits) -> list[str]:
    """Each of the plan's inputs, confined, and sought to where it is needed."""
    inputs: list[str] = []
    for planned, file in zip(plan.inputs, source_files, strict=True):
        options = input_options(limits.max_source_pixels, threads, planned.material.kind)
        inputs += [*options, *reach_of(planned), "-i", f"file:{file}"]
    return inputs


def reach_of(planned: InputPlan) -> tuple[str, ...]:
    """What of its file an input needs."""
    # Before -i, -ss seeks by the index and decodes from the key frame before; after it, all would be decoded.
    seek = ("-ss", decimal(planned.start_seconds)) if planned.start_seconds else ()
    if planned.is_window:
        return ("-noaccurate_seek", *seek)
    reach = seek if planned.seconds is None else (*seek, "-t", decimal(planned.seconds))
    return ("-stream_loop", "-1", *reach) if planned.loops else reach


def starting_fast(plan: RenderPlan) -> tuple[str, ...]:
    """Where it is asked for, the index comes first in the file."""
    return ("-movflags", "+faststart") if plan.output.faststart else ()


def picture_arguments(layers: Sequence[Layer], threads: int, limits: Limits) -> list[str]:
    """The inputs that the layers' pictures are."""
    options = input_options(limits.max_source_pixels, threads, "overlay")
    return [argument for file in picture_files(layers) for argument in (*options, "-i", f"file:{file}")]


def thumbnails_arguments(plan: RenderPlan, sheet: Thumbnails, *, threads: int) -> tuple[str, ...]:
    """A sheet of the finished video's frames, where it was not made in one pass."""
    return (
        *("-nostdin", "-hide_banner", "-v", "error", "-threads", str(threads), "-i", f"file:{VIDEO_FILE}"),
        *("-vf", sheet_filters(plan, sheet), "-an", *jpeg_arguments(sheet_of(plan, sheet))),
    )


def still_arguments(
    frame: int,
    plan: RenderPlan,
    layers: Sequence[Layer],
    source_files: Sequence[str],
    *,
    output_frame: int,
    threads: int,
    limits: Limits,
) -> tuple[str, ...]:
    """Frame `frame` of `plan` (the clips on screen then, from shortly before it) as a JPEG.

    `output_frame` is its number in the whole output, by which the layers know what they show.

    The key frame before is decoded from, and what lies before the window is not thrown away (-noaccurate_seek): the
    frame rate's filter needs the picture that is on screen when the window begins.
    """
    return (
        *("-nostdin", "-hide_banner", "-v", "warning", "-nostats"),
        *input_arguments(plan, source_files, threads=threads, limits=limits),
        *picture_arguments(layers, threads, limits),
        *("-filter_complex_threads", str(threads)),
        *("-filter_complex", still_graph(plan, layers, frame, output_frame), "-map", "[still]"),
        *("-an", "-map_metadata", "-1", "-threads", str(threads)),
        *("-frames:v", "1", "-update", "1", "-q:v", "3", "-y", STILL_FILE),
    )


def probe_arguments(source_file: str, kind: MaterialKind = "video", *, limits: Limits) -> tuple[str, ...]:
    """Makes FFmpeg say what a file holds. It decodes nothing of it, but a picture's one frame, to see it upright."""
    look = ("-vf", "showinfo", "-frames:v", "1", "-f", "null", "-") if kind in {"image", "overlay"} else ()
    options = input_options(limits.max_source_pixels, 1, kind)
    return ("-nostdin", "-hide_banner", *options, "-i", f"file:{source_file}", *look)


def joint_probe_arguments(source_files: Sequence[str], kinds: Sequence[MaterialKind], *, limits: Limits) -> list[str]:
    """The same for several files of moving pictures or of sound at once."""
    inputs = [
        argument
        for file, kind in zip(source_files, kinds, strict=True)
        for argument in (*input_options(limits.max_source_pixels, 1, kind), "-i", f"file:{file}")
    ]
    return ["-nostdin", "-hide_banner", *inputs]
