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
from worker.render.extracts import Extract, encoded_pad, extract_chains, extract_outputs
from worker.render.graph import sound_chains
from worker.render.layers import Layer
from worker.render.limits import Limits
from worker.render.mix import Measured
from worker.render.picture import decimal
from worker.render.plan import RenderPlan
from worker.render.splice.alike import LIST_FILE
from worker.render.splice.copied_poster import POSTER_SOURCE
from worker.render.splice.flv import set_times
from worker.render.splice.joined import JOINED_FILE
from worker.render.splice.segment import Segment, segment_graph


def segment_arguments(
    segment: Segment,
    layers: Sequence[Layer],
    source_files: Sequence[str],
    file: str,
    number: int | None,
    *,
    extracts: Sequence[Extract] = (),
    threads: int,
    limits: Limits,
) -> tuple[str, ...]:
    """Encodes a segment without sound into `file`; its parameter sets have the number `number` (H.264's alone).

    `extracts` are made of its frames, too.
    """
    plan = segment.plan
    graph = ";".join([segment_graph(segment, layers), *extract_chains(extracts)])
    return (
        *("-nostdin", "-hide_banner", "-v", "warning", *WATCHED),
        *input_arguments(plan, source_files, threads=threads, limits=limits),
        *picture_arguments(layers, threads, limits),
        *("-filter_complex_threads", str(threads), "-filter_complex", graph),
        *("-map", encoded_pad(extracts), *picture_encoder(plan.output, threads)),
        *(() if number is None else ("-x264-params", f"sps-id={number}")),
        *("-threads", str(threads)),
        *("-t", decimal(plan.seconds + 1), "-fs", str(limits.max_output_bytes)),
        *("-y", file, *extract_outputs(extracts)),
    )


def join_arguments(
    plan: RenderPlan,
    source_files: Sequence[str],
    measured: Measured | None,
    poster: Extract | None = None,
    *,
    threads: int,
    limits: Limits,
) -> tuple[str, ...]:
    """Puts the joined picture and the whole's sound, which is encoded here, into the output.

    `poster` is made of the pictures in `POSTER_SOURCE`.
    """
    joined, times = (
        (("-f", "flv", "-i", f"file:{JOINED_FILE}"), ("-bsf:v", set_times(plan.fps)))
        if plan.output.codec == "h264"
        else (("-f", "concat", "-i", f"file:{LIST_FILE}"), ("-tag:v", "hvc1"))
    )
    picture = len(source_files)
    source = ("-codec_whitelist", "h264", "-threads", "1", "-f", "h264", "-i", f"file:{POSTER_SOURCE}")
    chains = [poster.chains.format(taken=f"{picture + 1}:v", picture="picture0")] if poster else []
    return (
        *("-nostdin", "-hide_banner", "-v", "warning", *WATCHED),
        *input_arguments(plan, source_files, threads=threads, limits=limits),
        *joined,
        *(source if poster else ()),
        *("-filter_complex_threads", str(threads)),
        *("-filter_complex", ";".join([*sound_chains(plan, measured), *chains])),
        *("-map", f"{picture}:v", "-c:v", "copy", *times, "-map", "[sound]"),
        *("-map_metadata", "-1", "-map_chapters", "-1", *SOUND_ENCODER, "-threads", str(threads)),
        *("-fs", str(limits.max_output_bytes), *starting_fast(plan), "-y", VIDEO_FILE),
        *extract_outputs([poster] if poster else []),
    )
