"""FFmpeg's arguments for the parts of a spliced output. Pure."""

from collections.abc import Sequence

from worker.render.arguments import (
    SOUND_ENCODER,
    VIDEO_FILE,
    WATCHED,
    input_arguments,
    picture_arguments,
    starting_fast,
)
from worker.render.encoder import picture_encoder
from worker.render.graph import sound_chains
from worker.render.layers import Layer
from worker.render.limits import Limits
from worker.render.mix import Measured
from worker.render.picture import decimal
from worker.render.plan import RenderPlan
from worker.render.splice.flv import set_times
from worker.render.splice.segment import Segment, segment_graph

JOINED_FILE = "joined.flv"


def segment_arguments(
    segment: Segment,
    layers: Sequence[Layer],
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
        *picture_arguments(layers, threads, limits),
        *("-filter_complex_threads", str(threads), "-filter_complex", segment_graph(segment, layers)),
        *("-map", "[video]", *picture_encoder(plan.output, threads), "-x264-params", f"sps-id={number}"),
        *("-threads", str(threads)),
        *("-t", decimal(plan.seconds + 1), "-fs", str(limits.max_output_bytes)),
        *("-y", file),
    )


def join_arguments(
    plan: RenderPlan, source_files: Sequence[str], measured: Measured | None, *, threads: int, limits: Limits
) -> tuple[str, ...]:
    """Puts the joined picture and the whole's sound, which is encoded here, into the output."""
    return (
        *("-nostdin", "-hide_banner", "-v", "warning", *WATCHED),
        *input_arguments(plan, source_files, threads=threads, limits=limits),
        *("-f", "flv", "-i", f"file:{JOINED_FILE}"),
        *("-filter_complex_threads", str(threads), "-filter_complex", ";".join(sound_chains(plan, measured))),
        *("-map", f"{len(source_files)}:v", "-c:v", "copy", "-bsf:v", set_times(plan.fps), "-map", "[sound]"),
        *("-map_metadata", "-1", "-map_chapters", "-1", *SOUND_ENCODER, "-threads", str(threads)),
        *("-fs", str(limits.max_output_bytes), *starting_fast(plan), "-y", VIDEO_FILE),
    )
