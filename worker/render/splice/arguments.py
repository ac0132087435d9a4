"""FFmpeg's arguments for the parts of a spliced output. Pure."""

from collections.abc import Sequence

from worker.render.arguments import (
    PICTURE_ENCODER,
    SOUND_ENCODER,
    VIDEO_FILE,
    WATCHED,
    decimal,
    input_arguments,
)
from worker.render.graph import sound_graph
from worker.render.limits import Limits
from worker.render.plan import RenderPlan
from worker.render.splice.flv import set_times
from worker.render.splice.segment import Segment, segment_graph
from worker.render.texts import TextLayer

JOINED_FILE = "joined.flv"


def segment_arguments(
    segment: Segment,
    layers: Sequence[TextLayer],
    source_files: Sequence[str],
    file: str,
    number: int,
    *,
    threads: int,
    limits: Limits,
) -> tuple[str, ...]:
    """Encodes a segment without sound into `file`; its parameter sets have the number `number`."""
    plan = segment.plan
    return (
        *("-nostdin", "-hide_banner", "-v", "warning", *WATCHED),
        *input_arguments(plan, source_files, threads=threads, limits=limits),
        *("-filter_complex_threads", str(threads), "-filter_complex", segment_graph(segment, layers)),
        *("-map", "[video]", *PICTURE_ENCODER, "-x264-params", f"sps-id={number}"),
        *("-threads", str(threads)),
        *("-t", decimal(plan.seconds + 1), "-fs", str(limits.max_output_bytes)),
        *("-y", file),
    )


def join_arguments(plan: RenderPlan, source_files: Sequence[str], *, threads: int, limits: Limits) -> tuple[str, ...]:
    """Puts the joined picture and the whole's sound, which is encoded here, into the output."""
    return (
        *("-nostdin", "-hide_banner", "-v", "warning", *WATCHED),
        *input_arguments(plan, source_files, threads=threads, limits=limits),
        *("-f", "flv", "-i", f"file:{JOINED_FILE}"),
        *("-filter_complex_threads", str(threads), "-filter_complex", sound_graph(plan)),
        *("-map", f"{len(source_files)}:v", "-c:v", "copy", "-bsf:v", set_times(plan.fps), "-map", "[sound]"),
        *("-map_metadata", "-1", "-map_chapters", "-1", *SOUND_ENCODER, "-threads", str(threads)),
        *("-fs", str(limits.max_output_bytes), "-movflags", "+faststart", "-y", VIDEO_FILE),
    )
